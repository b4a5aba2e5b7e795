"""Mail servers and SMS providers that hang: few threads wait for them, and none for long."""

from contextlib import suppress

import pytest

from poolhouse.messages.channels import Channels
from poolhouse.messages.outgoing import Mail, SendingError, Sms
from poolhouse.settings import Aws, Messages, Server, Settings
from poolhouse.world import SystemClock, SystemEntropy
from support.hanging import Hanging, hanging, in_thread

MAIL = Mail("pool@example.com", "mary@example.com", "Your code", "It is 123456.\n", html=False)
SMS = Sms("+12065550100", "It is 123456.")


def smtp(server: Hanging) -> dict[str, object]:
    return {"email": "smtp", "smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_security": "none"}


def ses(server: Hanging) -> dict[str, object]:
    return {"email": "ses", "ses_endpoint": f"http://127.0.0.1:{server.port}"}


def sns(server: Hanging) -> dict[str, object]:
    return {"sms": "sns", "sns_endpoint": f"http://127.0.0.1:{server.port}"}


def twilio(server: Hanging) -> dict[str, object]:
    account = {"twilio_account": "AC1", "twilio_token": "t", "twilio_sender": "+15005550006"}
    return {"sms": "twilio", "twilio_url": f"http://127.0.0.1:{server.port}", **account}


def channels(messages: Messages) -> Channels:
    """Return the channels of a server of eight threads, two of which may wait."""
    aws = Aws(access_key_id="AKIAEXAMPLE", secret_access_key="secret")
    settings = Settings(server=Server(threads=8), aws=aws, messages=messages)
    return Channels(settings, SystemClock(), SystemEntropy())


@pytest.mark.parametrize(("channel", "message"), [(smtp, MAIL), (ses, MAIL), (sns, SMS), (twilio, SMS)])
def test_a_quarter_of_the_threads_waits_and_the_rest_is_told_at_once(channel, message) -> None:
    def send() -> None:
        with suppress(SendingError):
            made.send(message)

    with hanging() as server:
        made = channels(Messages(**channel(server), timeout_seconds=30.0))
        waiting = [in_thread(send) for _ in range(2)]
        for _ in waiting:
            server.reached()
        with pytest.raises(SendingError, match="too many messages"):
            made.send(message)
        assert all(thread.is_alive() for thread in waiting), "nobody has answered them yet"
    for thread in waiting:
        thread.join()
    made.close()


def test_a_dripping_mail_server_does_not_outlast_the_limit() -> None:
    with hanging(drip=b"220-wait\r\n") as server:
        made = channels(Messages(**smtp(server), timeout_seconds=0.1))
        with pytest.raises(SendingError, match="too long"):
            made.send(MAIL)
        made.close()
