"""Authentication events on their way to a log destination."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from poolhouse.settings import LogDestination, Logs, Settings
from poolhouse.store import open_store
from poolhouse.work import logs
from support.refusals import refusal
from support.risk import events, protected
from support.scripted import ScriptedClock
from support.server import RunningServer, running_server
from support.sign_in import Place, make_place

BUCKET = {
    "EventSource": "userAuthEvents",
    "LogLevel": "INFO",
    "S3Configuration": {"BucketArn": "arn:aws:s3:::events"},
}


@pytest.fixture
def server(store_url: str, clock: ScriptedClock, tmp_path: Path) -> Iterator[RunningServer]:
    def to_files(settings: Settings) -> Settings:
        return msgspec.structs.replace(settings, logs=Logs(map=(LogDestination(arn="*", kind="file"),)))

    with running_server(open_store(store_url, clock), tmp_path, clock, to_files) as running:
        running.application.background.stop()
        yield running


def place_of(server: RunningServer, mode: str = "AUDIT") -> Place:
    place = protected(server, mode)
    place.person("jane", email="jane@example.com", email_verified="true")
    send(place)
    return place


def send(place: Place) -> None:
    place.idp.set_log_delivery_configuration(UserPoolId=place.pool, LogConfigurations=[BUCKET])


def delivered(place: Place) -> list[dict[str, Any]]:
    """Return what has come, once all is delivered."""
    while logs.deliver_due(place.server.services):
        pass
    file = place.server.data / "logs" / place.pool / "userAuthEvents.jsonl"
    return [json.loads(line) for line in file.read_bytes().splitlines()] if file.exists() else []


@pytest.mark.parametrize("mode", ["AUDIT", "ENFORCED"])
def test_a_sign_in_in_the_services_form(server: RunningServer, mode: str) -> None:
    place = place_of(server, mode)
    answer = place.plain()
    (record,) = delivered(place)
    (event,) = events(place)
    now = server.clock.now()
    message = record.pop("message")
    assert record == {
        "eventTimestamp": str(int(now * 1000)),
        "eventSource": "USER_ACTIVITY",
        "logLevel": "INFO",
        "logSourceId": {"userPoolId": place.pool},
    }
    user = place.idp.admin_get_user(UserPoolId=place.pool, Username="jane")
    assert message == {
        "version": "1",
        "eventId": event["EventId"],
        "eventType": "SignIn",
        "userSub": next(a["Value"] for a in user["UserAttributes"] if a["Name"] == "sub"),
        "userName": "jane",
        "userPoolId": place.pool,
        "clientId": place.client,
        "creationDate": event["CreationDate"].strftime("%a %b %d %H:%M:%S UTC %Y"),
        "eventResponse": "Pass",
        "riskLevel": "",
        "riskDecision": "PASS",
        "challenges": ["Password:Success"],
        "deviceName": message["deviceName"],
        "ipAddress": "127.0.0.1",
        "requestId": answer["ResponseMetadata"]["RequestId"],
        "idpName": "",
        "compromisedCredentialsDetected": "false",
        "city": "",
        "country": "",
        "eventFeedbackValue": "",
        "eventFeedbackDate": "",
        "eventFeedbackProvider": "",
        "hasContextData": "true",
    }


def test_each_step_is_told_as_the_event_then_stands(server: RunningServer) -> None:
    place = place_of(server)
    refusal(place.plain, password="Wrong-Horse-9")
    srp = place.srp()
    srp.answer(srp.claim(srp.start()))
    told = [record["message"] for record in delivered(place)]
    assert [(message["eventResponse"], message["challenges"]) for message in told] == [
        ("Fail", ["Password:Failure"]),
        ("InProgress", []),
        ("Pass", ["Password:Success"]),
    ]
    assert told[1]["eventId"] == told[2]["eventId"] != told[0]["eventId"]


def test_names_that_are_nobodys_are_told_without_name_or_sub(server: RunningServer) -> None:
    place = place_of(server)
    refusal(place.plain, name="nobody")
    (record,) = delivered(place)
    message = record["message"]
    assert (message["userSub"], message["userName"]) == ("", "")
    assert (message["eventType"], message["eventResponse"]) == ("SignIn", "Fail")


def test_a_pool_without_threat_protection_sends_none(server: RunningServer) -> None:
    place = make_place(server, UserPoolTier="PLUS")
    place.person("jane")
    send(place)
    place.plain()
    assert delivered(place) == []


def test_a_pool_that_only_records_them_sends_none(server: RunningServer) -> None:
    place = protected(server, "AUDIT")
    place.person("jane")
    place.plain()
    assert len(events(place)) == 1
    assert server.store.read(lambda tx: tx.logs.count()) == 0


def test_passwords_and_codes_are_not_told(server: RunningServer) -> None:
    place = place_of(server)
    refusal(place.plain, password="Wrong-Horse-9")
    place.plain()
    place.idp.forgot_password(ClientId=place.client, Username="jane")
    told = json.dumps(delivered(place))
    assert len(json.loads(told)) == 3
    for secret in ("Wrong-Horse-9", "Correct-Horse-9", "jane@example.com", server.code("jane@example.com")):
        assert secret not in told
