"""SES, SNS and Twilio against local servers that record what the real clients send; the folder; none."""

import base64
import email
import json as jsonlib
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from poolhouse.messages.channels import Channels, folder
from poolhouse.messages.outgoing import Mail, SendingError, Sms
from poolhouse.settings import Aws, Messages, Settings, SettingsError
from poolhouse.world import SystemClock, SystemEntropy
from support.logs import logged
from support.recorder import Recorder, json
from support.scripted import ScriptedClock

MAIL = Mail("Pool <pool@example.com>", "mary@example.com", "Kód", "<b>123456</b>", html=True)
SMS = Sms("+12065550100", "Your code is 123456 ✓")


@contextmanager
def channels(data=".", **messages):
    settings = Settings(
        data=str(data),
        aws=Aws(access_key_id="AKIAEXAMPLE", secret_access_key="secret", region="eu-west-1"),
        messages=Messages(**{"timeout_seconds": 5.0, **messages}),
    )
    made = Channels(settings, SystemClock(), SystemEntropy())
    try:
        yield made
    finally:
        made.close()


def test_ses():
    with Recorder(json(b'{"MessageId": "1"}')) as aws, channels(email="ses", ses_endpoint=aws.url) as made:
        made.send(MAIL)
    (request,) = aws.requests
    assert request.path == "/v2/email/outbound-emails"
    assert "/eu-west-1/ses/aws4_request" in request.headers["authorization"]
    assert jsonlib.loads(request.body) == {
        "FromEmailAddress": "Pool <pool@example.com>",
        "Destination": {"ToAddresses": ["mary@example.com"]},
        "Content": {
            "Simple": {
                "Subject": {"Data": "Kód", "Charset": "UTF-8"},
                "Body": {"Html": {"Data": "<b>123456</b>", "Charset": "UTF-8"}},
            }
        },
    }


def test_ses_with_both_forms():
    with Recorder(json(b'{"MessageId": "1"}')) as aws, channels(email="ses", ses_endpoint=aws.url) as made:
        made.send(replace(MAIL, plain="123456"))
    (request,) = aws.requests
    body = jsonlib.loads(request.body)["Content"]["Simple"]["Body"]
    assert {form: part["Data"] for form, part in body.items()} == {"Text": "123456", "Html": "<b>123456</b>"}


def test_ses_with_the_pools_own_configuration():
    arn = "arn:aws:ses:eu-west-1:123456789012:identity/pool@example.com"
    mail = Mail("pool@example.com", "m@example.com", "S", "text", False, "help@example.com", arn, "set")
    with Recorder(json(b"{}")) as aws, channels(email="ses", ses_endpoint=aws.url) as made:
        made.send(mail)
    sent = jsonlib.loads(aws.requests[0].body)
    assert sent["FromEmailAddressIdentityArn"] == arn
    assert sent["ConfigurationSetName"] == "set"
    assert sent["ReplyToAddresses"] == ["help@example.com"]
    assert list(sent["Content"]["Simple"]["Body"]) == ["Text"]


def test_sns():
    answer = b"<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"
    with (
        Recorder(lambda _: (200, {"content-type": "text/xml"}, answer)) as aws,
        channels(sms="sns", sns_endpoint=aws.url) as made,
    ):
        made.send(SMS)
    form = parse_qs(aws.requests[0].body.decode())
    assert form["Action"] == ["Publish"]
    assert form["PhoneNumber"] == ["+12065550100"]
    assert form["Message"] == [SMS.body]
    assert form["MessageAttributes.entry.1.Name"] == ["AWS.SNS.SMS.SMSType"]
    assert form["MessageAttributes.entry.1.Value.StringValue"] == ["Transactional"]


TWILIO = {"sms": "twilio", "twilio_account": "AC1", "twilio_token": "token"}


@pytest.mark.parametrize(("sender", "member"), [("+15005550006", "From"), ("MG123", "MessagingServiceSid")])
def test_twilio(sender, member):
    with (
        Recorder(json(b'{"sid": "SM1"}', 201)) as twilio,
        channels(**TWILIO, twilio_sender=sender, twilio_url=twilio.url + "/") as made,
    ):
        made.send(SMS)
    (request,) = twilio.requests
    assert (request.method, request.path) == ("POST", "/2010-04-01/Accounts/AC1/Messages.json")
    assert base64.b64decode(request.headers["authorization"].removeprefix("Basic ")) == b"AC1:token"
    assert parse_qs(request.body.decode()) == {"To": [SMS.to], "Body": [SMS.body], member: [sender]}


@pytest.mark.parametrize("missing", ["twilio_account", "twilio_token", "twilio_sender", "twilio_url"])
def test_twilio_needs_all_its_settings(missing):
    with pytest.raises(SettingsError), channels(**{**TWILIO, "twilio_sender": "+1", missing: ""}):
        pass


ENDPOINTS = [
    (MAIL, {"email": "ses"}, "ses_endpoint"),
    (SMS, {"sms": "sns"}, "sns_endpoint"),
    (SMS, {**TWILIO, "twilio_sender": "+1"}, "twilio_url"),
]


@pytest.mark.parametrize(("message", "settings", "endpoint"), ENDPOINTS)
def test_refused(message, settings, endpoint):
    refusal = json(
        b'{"message": "mary@example.com is not verified"}', 400, X_Amzn_ErrorType="MessageRejected"
    )
    with (
        Recorder(refusal) as server,
        channels(**settings, **{endpoint: server.url}) as made,
        pytest.raises(SendingError) as raised,
    ):
        made.send(message)
    assert "mary" not in str(raised.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize(("message", "settings", "endpoint"), ENDPOINTS)
def test_hanging(message, settings, endpoint):
    with Recorder(json(b"")) as server:
        server.answer = server.hang
        with (
            channels(**settings, **{endpoint: server.url}, timeout_seconds=1.0) as made,
            pytest.raises(SendingError),
        ):
            made.send(message)
    assert len(server.requests) == 1


@pytest.mark.parametrize(("message", "settings", "endpoint"), ENDPOINTS)
def test_down(message, settings, endpoint):
    with Recorder(json(b"")) as gone:
        pass
    with channels(**settings, **{endpoint: gone.url}) as made, pytest.raises(SendingError):
        made.send(message)


def test_folder(tmp_path):
    with channels(tmp_path, email="folder", sms="folder") as made:
        made.send(MAIL)
        made.send(SMS)
    box = tmp_path / "outbox"
    assert sorted(path.suffix for path in box.iterdir()) == [".eml", ".json", ".json"]
    sms, mail = sorted(folder.read(box, 10), key=lambda stored: stored.medium, reverse=True)
    assert (sms.medium, sms.to, sms.body, sms.subject, sms.html) == ("SMS", SMS.to, SMS.body, "", False)
    assert (mail.to, mail.body, mail.subject, mail.html) == (MAIL.to, MAIL.body, MAIL.subject, True)
    assert folder.find(box, mail.id) == mail
    message = email.message_from_bytes((box / f"{mail.id}.eml").read_bytes(), policy=email.policy.default)
    assert message["Subject"] == "Kód"
    assert jsonlib.loads((box / f"{sms.id}.json").read_text())["to"] == SMS.to


def test_folder_lists_the_newest_first(tmp_path):
    clock = ScriptedClock(999.0)
    box = folder.Folder(tmp_path, clock, SystemEntropy())
    for number in range(20):
        box.send_sms(Sms("+1", str(number)))
        clock.advance(number // 2)  # some in the same moment
    assert [stored.body for stored in folder.read(tmp_path, 30)] == [str(n) for n in reversed(range(20))]


def test_folder_passes_over_what_is_no_message(tmp_path):
    (tmp_path / "x.json").write_text("{")
    (tmp_path / "y.json").write_bytes(b"\xff")
    assert folder.read(tmp_path, 10) == []
    assert folder.read(tmp_path / "none", 10) == []


@pytest.mark.parametrize(
    "message_id",
    ["../keyring", "..", "", "x", "/etc/passwd", "000000000000001-000000-" + "0" * 12 + "/..", "\x00"],
)
def test_no_path_comes_from_a_message_id(tmp_path, message_id):
    (tmp_path / "outbox").mkdir()
    (tmp_path / "keyring.json").write_text('{"id":"x","time":1,"medium":"SMS","to":"x","body":"secret"}')
    assert folder.find(tmp_path / "outbox", message_id) is None


def test_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "outbox").write_text("a file in its place")
    with channels(tmp_path, sms="folder") as made, pytest.raises(SendingError):
        made.send(SMS)


@pytest.mark.parametrize("message", [MAIL, SMS])
def test_none_says_what_to_set(message):
    with logged() as lines, channels() as made, pytest.raises(SendingError, match=r"\[messages\]"):
        made.send(message)
    assert b"message_not_sent" in lines[0]
