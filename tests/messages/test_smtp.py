"""The SMTP channel against a real server on loopback: plain, STARTTLS, TLS, AUTH, and all that goes wrong."""

import socket
import threading

import pytest

from poolhouse.messages.channels import smtp
from poolhouse.messages.outgoing import Mail, SendingError
from poolhouse.settings import Messages, SettingsError
from poolhouse.world import SystemClock, SystemEntropy
from support import certificates
from support.mail_server import Inbox, authenticator, serve


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return certificates.make(tmp_path_factory.mktemp("ca"))


def send(port: int, mail: Mail | None = None, **more) -> None:
    settings = Messages(smtp_port=port, **{"smtp_host": "127.0.0.1", "timeout_seconds": 5.0, **more})
    smtp.sender(settings, SystemClock(), SystemEntropy())(mail or MAIL)


MAIL = Mail("Pool <pool@example.com>", "mary@example.com", "Your code", "It is 123456.\n", html=False)
PLAIN = {"smtp_security": "none"}


def test_plain():
    inbox = Inbox()
    with serve(inbox) as port:
        send(port, **PLAIN)
    message = inbox.message()
    assert inbox.envelopes[0].mail_from == "pool@example.com"
    assert inbox.envelopes[0].rcpt_tos == ["mary@example.com"]
    assert message["From"] == "Pool <pool@example.com>"
    assert message["To"] == "mary@example.com"
    assert message["Subject"] == "Your code"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@example.com>")
    assert message["Date"].datetime is not None
    assert message.get_content_type() == "text/plain"
    assert message.get_content().strip() == "It is 123456."
    assert inbox.sessions == [(False, None)]


def test_utf_8_subject_html_and_reply_to():
    inbox = Inbox()
    mail = Mail(
        "Größe <pool@example.com>",
        "mary@example.com",
        "Прове́рочный код 🎾 " + "x" * 100,
        "<p>Zażółć</p>",
        html=True,
        reply_to="help@example.com",
    )
    with serve(inbox) as port:
        send(port, mail, **PLAIN)
    assert inbox.message()["Subject"] == mail.subject
    assert inbox.message()["From"].addresses[0].display_name == "Größe"
    assert inbox.message()["Reply-To"] == "help@example.com"
    assert inbox.message().get_content_type() == "text/html"
    assert inbox.message().get_content().strip() == "<p>Zażółć</p>"


def test_starttls_with_a_known_authority(authority):
    inbox = Inbox()
    with serve(inbox, tls_context=authority.server, require_starttls=True) as port:
        send(port, smtp_ca=str(authority.ca))
    assert inbox.sessions[0][0]


def test_starttls_with_an_unknown_authority_is_refused(authority):
    inbox = Inbox()
    with (
        serve(inbox, tls_context=authority.server) as port,
        pytest.raises(SendingError, match="SSLCertVerificationError"),
    ):
        send(port)
    assert inbox.envelopes == []


def test_starttls_that_a_man_in_the_middle_took_away_is_refused():
    inbox = Inbox()
    with serve(inbox) as port, pytest.raises(SendingError, match="SMTPNotSupportedError"):
        send(port)
    assert inbox.envelopes == []


def test_tls_from_the_first_byte(authority):
    inbox = Inbox()
    with serve(inbox, implicit=authority.server) as port:
        send(port, smtp_security="tls", smtp_ca=str(authority.ca))
    assert len(inbox.envelopes) == 1


def test_tls_for_another_name_is_refused(authority):
    inbox = Inbox()
    with (
        serve(inbox, implicit=authority.server) as port,
        pytest.raises(SendingError, match="SSLCertVerificationError"),
    ):
        send(port, smtp_security="tls", smtp_ca=str(authority.ca), smtp_host="localhost")
    assert inbox.envelopes == []


def test_auth(authority):
    inbox = Inbox()
    options = {"tls_context": authority.server, "auth_required": True, "authenticator": authenticator}
    with serve(inbox, **options) as port:
        send(port, smtp_ca=str(authority.ca), smtp_user="mailer", smtp_password="password")
        with pytest.raises(SendingError, match="SMTPAuthenticationError 535"):
            send(port, smtp_ca=str(authority.ca), smtp_user="mailer", smtp_password="wrong")
        with pytest.raises(SendingError, match="530"):
            send(port, smtp_ca=str(authority.ca))
    assert inbox.sessions == [(True, True)]


def test_a_password_never_travels_in_the_clear():
    with pytest.raises(SettingsError):
        send(1, smtp_user="mailer", smtp_password="x", **PLAIN)


def test_an_authority_that_cannot_be_read(tmp_path):
    with pytest.raises(SettingsError):
        send(1, smtp_ca=str(tmp_path / "none.pem"))


@pytest.mark.parametrize(
    ("refuse", "code"), [("recipient", "SMTPRecipientsRefused 550"), ("data", "SMTPDataError 554")]
)
def test_a_server_that_refuses(refuse, code):
    with serve(Inbox(refuse=refuse)) as port, pytest.raises(SendingError) as raised:
        send(port, **PLAIN)
    assert str(raised.value) == f"SMTP: {code}"
    assert "mary" not in str(raised.value)


def test_nobody_listens():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(SendingError, match="ConnectionRefusedError"):
        send(port, **PLAIN)


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_a_server_that_hangs(security):
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(SendingError, match="SMTP"):
        send(server.getsockname()[1], smtp_security=security, timeout_seconds=0.2)


@pytest.mark.parametrize(
    "script", [[b""], [b"garbage\r\n"], [b"220 hi\r\n", b"250 ok\r\n", b""], [b"421 busy\r\n"]]
)
def test_a_server_that_talks_nonsense(script):
    def talk(server):
        connection, _ = server.accept()
        with connection:
            for line in script:
                connection.sendall(line)
                if line.startswith(b"2"):
                    connection.recv(1000)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=talk, args=(server,))
        thread.start()
        with pytest.raises(SendingError, match="SMTP"):
            send(server.getsockname()[1], **PLAIN)
        thread.join()


@pytest.mark.parametrize(
    "address",
    [
        "mary@example.com\r\nBcc: eve@example.com",
        "mary@example.com\nDATA",
        "mary@example.com, eve@example.com",
        "mary@example.com,eve",
        "<mary@example.com> SIZE=1",
        "Mary <mary@example.com>",
        "mary(comment)@example.com",
        "mary@",
        "@example.com",
        "mary",
        "",
        "mary@exam\x00ple.com",
    ],
)
def test_an_address_is_one_address_and_nothing_else(address):
    inbox = Inbox()
    mail = Mail("pool@example.com", address, "S", "body", html=False)
    with serve(inbox) as port, pytest.raises(SendingError):
        send(port, mail, **PLAIN)
    assert inbox.envelopes == []


@pytest.mark.parametrize("member", ["subject", "sender", "reply_to"])
def test_line_breaks_cannot_add_a_header(member):
    from dataclasses import replace

    inbox = Inbox()
    value = "x@example.com\r\nBcc: eve@example.com\r\n\r\nbody"
    with serve(inbox) as port, pytest.raises(SendingError):
        send(port, replace(MAIL, **{member: value}), **PLAIN)
    assert inbox.envelopes == []


def test_a_body_with_dots_and_bare_line_feeds_arrives_whole():
    inbox = Inbox()
    body = "one\n.\nQUIT\n..two\r\n.\r\nMAIL FROM:<eve@example.com>\r\n"
    with serve(inbox) as port:
        send(port, Mail("pool@example.com", "mary@example.com", "S", body, html=False), **PLAIN)
    assert inbox.message().get_content().replace("\r\n", "\n") == body.replace("\r\n", "\n")
