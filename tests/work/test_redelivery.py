"""A mail server that comes back: what a request could not send arrives later, and works."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError

from poolhouse.settings import Settings
from poolhouse.store import open_store
from poolhouse.work import outbox
from support.mail_server import Inbox, serve
from support.scripted import ScriptedClock
from support.server import RunningServer, running_server
from support.sign_in import make_place

NOT_SENT = "CodeDeliveryFailureException"


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def server(store_url: str, clock: ScriptedClock, tmp_path: Path, port: int) -> Iterator[RunningServer]:
    def by_smtp(settings: Settings) -> Settings:
        messages = msgspec.structs.replace(
            settings.messages, email="smtp", smtp_host="127.0.0.1", smtp_port=port, smtp_security="none"
        )
        return msgspec.structs.replace(settings, messages=messages)

    with running_server(open_store(store_url, clock), tmp_path, clock, by_smtp) as running:
        running.application.background.stop()  # the test does its rounds
        yield running


def arrived(server: RunningServer, port: int) -> str:
    """Let the mail server come back and the outbox do a round; return the code that arrives."""
    server.clock.advance(61)
    inbox = Inbox()
    with serve(inbox, port=port):
        outbox.deliver_due(server.services)
        outbox.deliver_due(server.services)
    (envelope,) = inbox.envelopes
    found = re.search(rb"\b\d{6}\b", envelope.content.partition(b"\r\n\r\n")[2])
    assert found
    return found[0].decode()


def test_a_sign_up_while_the_mail_server_is_down(server: RunningServer, port: int) -> None:
    place = make_place(server, AutoVerifiedAttributes=["email"])
    sign_up: dict[str, Any] = {
        "ClientId": place.client,
        "Username": "jane",
        "Password": "Correct-Horse-9",
        "UserAttributes": [{"Name": "email", "Value": "jane@example.com"}],
    }
    with pytest.raises(ClientError, match=NOT_SENT):
        place.idp.sign_up(**sign_up)
    with pytest.raises(ClientError, match="UsernameExistsException"):
        place.idp.sign_up(**sign_up)
    code = arrived(server, port)
    place.idp.confirm_sign_up(ClientId=place.client, Username="jane", ConfirmationCode=code)
    assert place.plain("jane", "Correct-Horse-9")["AuthenticationResult"]


def test_an_update_while_the_mail_server_is_down(server: RunningServer, port: int) -> None:
    place = make_place(
        server,
        AutoVerifiedAttributes=["email"],
        UserAttributeUpdateSettings={"AttributesRequireVerificationBeforeUpdate": ["email"]},
    )
    place.person("jane", email="old@example.com", email_verified="true")
    token = place.plain("jane")["AuthenticationResult"]["AccessToken"]
    with pytest.raises(ClientError, match=NOT_SENT):
        place.idp.update_user_attributes(
            AccessToken=token, UserAttributes=[{"Name": "email", "Value": "new@example.com"}]
        )
    code = arrived(server, port)
    place.idp.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)
    shown = place.idp.get_user(AccessToken=token)["UserAttributes"]
    assert {"Name": "email", "Value": "new@example.com"} in shown
    assert {"Name": "email_verified", "Value": "true"} in shown


def test_an_invitation_that_another_one_replaced_is_not_sent(server: RunningServer, port: int) -> None:
    place = make_place(server)
    invited: dict[str, Any] = {
        "UserPoolId": place.pool,
        "Username": "jane",
        "DesiredDeliveryMediums": ["EMAIL"],
    }
    with pytest.raises(ClientError, match=NOT_SENT):
        place.idp.admin_create_user(
            **invited,
            TemporaryPassword="First-Password-1",
            UserAttributes=[{"Name": "email", "Value": "jane@example.com"}],
        )
    server.clock.advance(1)
    with pytest.raises(ClientError, match=NOT_SENT):
        place.idp.admin_create_user(**invited, TemporaryPassword="Other-Password-2", MessageAction="RESEND")
    server.clock.advance(61)
    inbox = Inbox()
    with serve(inbox, port=port):
        outbox.deliver_due(server.services)
    (envelope,) = inbox.envelopes
    assert b"Other-Password-2" in envelope.content
