"""PreventUserExistenceErrors: that a message is on its way does not keep the answer waiting, so it tells nothing."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from poolhouse.settings import Settings, Trigger
from poolhouse.store import open_store
from support.dump import connected, dump
from support.functions import SEEN
from support.hanging import hanging, in_thread
from support.mail_server import Inbox, serve
from support.pools import ARN
from support.scripted import ScriptedClock
from support.server import RunningServer, running_server
from support.sign_in import ALL_FLOWS, PASSWORD, Place, make_place

METADATA = {"hint": "metadata-marker"}
EMAILED = {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}}


@contextmanager
def mailing(store_url: str, clock: ScriptedClock, data: Path, port: int) -> Iterator[RunningServer]:
    def change(settings: Settings) -> Settings:
        messages = msgspec.structs.replace(
            settings.messages,
            email="smtp",
            smtp_host="127.0.0.1",
            smtp_port=port,
            smtp_security="none",
            timeout_seconds=1000.0,
        )
        trigger = Trigger(arn="*", kind="python", callable="support.functions:write_message")
        triggers = msgspec.structs.replace(settings.triggers, map=(trigger,))
        return msgspec.structs.replace(settings, messages=messages, triggers=triggers)

    with running_server(open_store(store_url, clock), data, clock, change) as server:
        server.application.background.stop()
        yield server


def peopled(server: RunningServer) -> Place:
    """Make a pool with jane; whoever waits for an answer of ten seconds has waited for the mail server."""
    place = make_place(
        server,
        client={"PreventUserExistenceErrors": "ENABLED", "ExplicitAuthFlows": ALL_FLOWS},
        AutoVerifiedAttributes=["email"],
        LambdaConfig={"CustomMessage": ARN},
        **EMAILED,
    )
    place.person("jane", email="jane@example.com", email_verified="true")
    return replace(place, idp=server.client(read_timeout=10))


def sign_up(place: Place, name: str) -> None:
    with suppress(ClientError, ReadTimeoutError):
        place.server.client().sign_up(
            ClientId=place.client,
            Username=name,
            Password=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": f"{name}@example.com"}],
        )


def forgot(place: Place, name: str) -> Any:
    return place.idp.forgot_password(ClientId=place.client, Username=name, ClientMetadata=METADATA)


def resend(place: Place, name: str) -> Any:
    return place.idp.resend_confirmation_code(ClientId=place.client, Username=name, ClientMetadata=METADATA)


def one_time_code(place: Place, name: str) -> Any:
    return place.idp.initiate_auth(
        ClientId=place.client,
        AuthFlow="USER_AUTH",
        AuthParameters={"USERNAME": name, "PREFERRED_CHALLENGE": "EMAIL_OTP"},
    )


@pytest.mark.parametrize(("act", "known"), [(forgot, "jane"), (one_time_code, "jane"), (resend, "joan")])
def test_attack_timing_who_is_sent_a_message(
    store_url: str, clock: ScriptedClock, tmp_path: Path, act: Any, known: str
) -> None:
    """The mail server never says a word, and both answers come."""
    with hanging() as mails, mailing(store_url, clock, tmp_path, mails.port) as server:
        place = peopled(server)
        signing_up = in_thread(lambda: sign_up(place, "joan"))  # not hidden: it waits for its mail
        mails.reached()
        theirs = act(place, known)
        mails.reached()
        nobodys = act(place, "nobody")
        assert theirs.keys() == nobodys.keys()
        assert signing_up.is_alive()
        with connected(store_url) as database:
            assert "metadata-marker" not in str(dump(database))
        mails.close()
        signing_up.join()


def test_the_trigger_hears_the_metadata_and_the_message_arrives(
    store_url: str, clock: ScriptedClock, tmp_path: Path
) -> None:
    inbox = Inbox()
    with serve(inbox) as port, mailing(store_url, clock, tmp_path, port) as server:
        place = peopled(server)
        SEEN.clear()
        forgot(place, "jane")
        server.services.couriers.wait(10)
        (seen,) = SEEN
        assert seen["request"]["clientMetadata"] == METADATA
        assert "(metadata-marker)" in inbox.message().get_content()
        forgot(place, "nobody")
        server.services.couriers.wait(10)
        assert server.store.read(lambda tx: tx.outbox.count()) == 0


def test_a_server_that_stops_gives_a_message_its_moment(
    store_url: str, clock: ScriptedClock, tmp_path: Path
) -> None:
    inbox = Inbox()
    with serve(inbox) as port:
        with mailing(store_url, clock, tmp_path, port) as server:
            forgot(peopled(server), "jane")
        assert inbox.message()["To"] == "jane@example.com"
