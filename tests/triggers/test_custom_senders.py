"""Custom senders from the API to a function that decrypts what it is told with the AWS Encryption SDK."""

import base64
import json
import time

import boto3
import msgspec
import pytest
from aws_encryption_sdk.exceptions import AWSEncryptionSDKClientError
from aws_encryption_sdk.key_providers.kms import KMSMasterKey
from cryptography.exceptions import InvalidTag

from poolhouse.settings import Aws, SenderKey, Settings, SettingsError, Trigger, Triggers
from poolhouse.store import open_store
from poolhouse.triggers.invoke import Triggers as Service
from poolhouse.work import outbox
from support.folk import AUTO_BOTH, AUTO_EMAIL, EMAIL, PASSWORD, PHONE, people
from support.recorder import Recorder
from support.recorder import json as answering
from support.risk import ABROAD, HOME, actions, by_admin, configure, events, protected
from support.scripted import ScriptedEntropy
from support.senders import KEY, KEY_ARN, LOCAL, SENDERS, Kms, decrypt, raw_key
from support.server import running_server

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()


@pytest.fixture
def function():
    """A function behind a webhook, which returns nothing, as the service's sample does."""
    with Recorder(answering(b"null")) as there:
        yield there


def with_keys(function, *keys, **options):
    def change(settings):
        entry = Trigger(arn="*", kind="webhook", url=function.url, secret=SECRET)
        triggers = Triggers(map=(entry,), keys=keys, **options)
        aws = Aws(access_key_id="AKIAEXAMPLE", secret_access_key="secret")
        return msgspec.structs.replace(settings, aws=aws, triggers=triggers)

    return change


@pytest.fixture
def server(store_url, clock, tmp_path, function):
    with running_server(open_store(store_url, clock), tmp_path, clock, with_keys(function, LOCAL)) as running:
        running.application.background.stop()  # the test does its rounds
        yield running


def told(server, function):
    """Return the events that the function was told, once all is said."""
    server.services.couriers.wait(10)
    return [json.loads(request.body) for request in function.requests]


def sign_up_in_french(pool):
    pool.idp.sign_up(
        ClientId=pool.client,
        Username="jane",
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": EMAIL}],
        ClientMetadata={"lang": "fr"},
    )


def test_the_event_is_the_services(server, function):
    pool = people(server, LambdaConfig=SENDERS, **AUTO_EMAIL)
    sign_up_in_french(pool)
    (event,) = told(server, function)
    code = event["request"].pop("code")
    sub = event["request"]["userAttributes"].pop("sub")
    assert event == {
        "version": "1",
        "region": "us-east-1",
        "userPoolId": pool.pool,
        "userName": "jane",
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": pool.client},
        "triggerSource": "CustomEmailSender_SignUp",
        "request": {
            "type": "customEmailSenderRequestV1",
            "clientMetadata": {"lang": "fr"},
            "userAttributes": {
                "email": EMAIL,
                "email_verified": "false",
                "cognito:user_status": "UNCONFIRMED",
            },
        },
    }
    assert pool.get("jane")["attributes"]["sub"] == sub
    assert code.startswith("AYADe")  # version 1, with the signed algorithm suite of the captures
    pool.confirm("jane", decrypt({**event, "request": {"code": code}}))
    assert server.mails() == []


def test_every_source_by_mail_and_by_text(server, function):
    pool = people(
        server,
        LambdaConfig={**SENDERS, "CustomMessage": SENDERS["CustomEmailSender"]["LambdaArn"]},
        AliasAttributes=["email", "phone_number"],
        MfaConfiguration="OFF",
        **AUTO_BOTH,
    )
    idp = pool.idp

    def last(source, medium="Email"):
        event = told(server, function)[-1]
        assert event["triggerSource"] == f"Custom{medium}Sender_{source}"
        assert event["request"]["type"] == f"custom{medium}SenderRequestV1"
        return decrypt(event)

    pool.sign_up("joe", phone_number="+15550000001")
    last("SignUp", "SMS")
    idp.resend_confirmation_code(ClientId=pool.client, Username="joe")
    pool.confirm("joe", last("ResendCode", "SMS"))
    pool.sign_up("jane", email=EMAIL)
    last("SignUp")
    idp.resend_confirmation_code(ClientId=pool.client, Username="jane")
    pool.confirm("jane", last("ResendCode"))
    idp.forgot_password(ClientId=pool.client, Username="jane")
    idp.confirm_forgot_password(
        ClientId=pool.client, Username="jane", Password=PASSWORD, ConfirmationCode=last("ForgotPassword")
    )
    token = pool.token("jane")
    idp.update_user_attributes(AccessToken=token, UserAttributes=[{"Name": "phone_number", "Value": PHONE}])
    last("UpdateUserAttribute", "SMS")
    idp.get_user_attribute_verification_code(AccessToken=token, AttributeName="phone_number")
    code = last("VerifyUserAttribute", "SMS")
    idp.verify_user_attribute(AccessToken=token, AttributeName="phone_number", Code=code)
    idp.set_user_pool_mfa_config(
        UserPoolId=pool.pool,
        SmsMfaConfiguration={"SmsConfiguration": AUTO_BOTH["SmsConfiguration"]},
        MfaConfiguration="ON",
    )
    asked = pool.sign_in("jane")
    answer = {"USERNAME": "jane", "SMS_MFA_CODE": last("Authentication", "SMS")}
    assert idp.respond_to_auth_challenge(
        ClientId=pool.client, ChallengeName="SMS_MFA", Session=asked["Session"], ChallengeResponses=answer
    )["AuthenticationResult"]
    assert server.mails() == server.texts() == []
    sources = {event["triggerSource"] for event in told(server, function)}
    assert not any("CustomMessage" in source for source in sources)


def test_temporary_passwords_are_escaped(server, function):
    pool = people(server, LambdaConfig=SENDERS, **AUTO_EMAIL)
    pool.create("jane", {"email": EMAIL}, MessageAction=None, TemporaryPassword="<A&b>'\"9-word")
    (event,) = told(server, function)
    assert event["triggerSource"] == "CustomEmailSender_AdminCreateUser"
    assert event["callerContext"]["clientId"] == "CLIENT_ID_NOT_APPLICABLE"
    assert decrypt(event) == "&lt;A&amp;b&gt;'\"9-word"


def test_a_sender_of_mail_leaves_texts_to_the_server(server, function):
    senders = {name: SENDERS[name] for name in ("CustomEmailSender", "KMSKeyID")}
    pool = people(server, LambdaConfig=senders, **AUTO_BOTH)
    pool.sign_up("joe", phone_number=PHONE)
    pool.confirm("joe", server.code(PHONE))
    assert told(server, function) == []


def test_a_sender_that_fails_is_told_again_and_the_caller_hears_nothing(server, function):
    pool = people(server, LambdaConfig=SENDERS, **AUTO_EMAIL)
    function.answer = answering(b'{"errorMessage": "mail provider down"}', 500)
    sign_up_in_french(pool)
    (first,) = told(server, function)
    outbox.deliver_due(server.services)
    assert len(function.requests) == 1, "not before its time"
    server.clock.advance(61)
    outbox.deliver_due(server.services)
    function.answer = answering(b"null")
    server.clock.advance(3600)
    outbox.deliver_due(server.services)
    server.clock.advance(7200)
    outbox.deliver_due(server.services)
    events = told(server, function)
    assert len(events) == 3
    assert len({request.headers["webhook-id"] for request in function.requests}) == 1
    assert [event["request"]["clientMetadata"] for event in events] == [{"lang": "fr"}, None, None]
    assert {decrypt(event) for event in events} == {decrypt(first)}
    pool.confirm("jane", decrypt(events[-1]))


def test_a_sender_that_hangs_holds_up_nobody(store_url, clock, tmp_path, function):
    function.answer = function.hang
    change = with_keys(function, LOCAL, timeout_seconds=0.5)
    with running_server(open_store(store_url, clock), tmp_path, clock, change) as server:
        pool = people(server, LambdaConfig=SENDERS, **AUTO_EMAIL)
        begun = time.monotonic()
        assert pool.sign_up("jane", email=EMAIL)["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
        assert time.monotonic() - begun < 0.4
        server.services.couriers.wait(10)
        assert len(function.requests) == 1, "it may be sending: once is enough for now"


def test_without_a_key_nothing_leaves(store_url, clock, tmp_path, function):
    change = with_keys(function, msgspec.structs.replace(LOCAL, arn="arn:aws:kms:*:*:key/other"))
    with running_server(open_store(store_url, clock), tmp_path, clock, change) as server:
        pool = people(server, LambdaConfig=SENDERS, **AUTO_EMAIL)
        pool.sign_up("jane", email=EMAIL)
        assert told(server, function) == []
        assert any(b"sender_key_not_mapped" in line and KEY_ARN.encode() in line for line in server.log)
        assert server.mails() == []


def test_codes_are_in_no_log_and_no_event(server, function):
    pool = people(server, LambdaConfig=SENDERS, **AUTO_EMAIL)
    function.answer = answering(b'{"errorMessage": "no"}', 500)
    pool.sign_up("jane", email=EMAIL)
    (event,) = told(server, function)
    code = decrypt(event)
    assert code.encode() not in b"".join(server.log)
    assert code.encode() not in function.requests[0].body
    assert event["request"]["code"].encode() not in b"".join(server.log)


@pytest.mark.parametrize(
    "other", [raw_key(key=bytes(32)), raw_key(name="arn:aws:kms:us-east-1:000000000000:key/other")]
)
def test_another_key_opens_nothing(server, function, other):
    pool = people(server, LambdaConfig=SENDERS, **AUTO_EMAIL)
    pool.sign_up("jane", email=EMAIL)
    (event,) = told(server, function)
    with pytest.raises((AWSEncryptionSDKClientError, InvalidTag)):
        decrypt(event, other)


def test_with_kms_the_functions_of_the_service_need_no_change(store_url, clock, tmp_path, function):
    with Recorder(Kms()) as kms:
        key = SenderKey(arn=KEY_ARN, kind="kms", endpoint=kms.url)
        change = with_keys(function, key)
        with running_server(open_store(store_url, clock), tmp_path, clock, change) as server:
            pool = people(server, LambdaConfig=SENDERS, **AUTO_EMAIL)
            pool.sign_up("jane", email=EMAIL)
            (event,) = told(server, function)
        client = boto3.client(
            "kms",
            endpoint_url=kms.url,
            region_name="us-east-1",
            aws_access_key_id="AKIAEXAMPLE",
            aws_secret_access_key="secret",
        )
        assert len(decrypt(event, KMSMasterKey(key_id=KEY_ARN, client=client))) == 6
        client.close()


@pytest.mark.parametrize(
    "answer", [answering(b'{"__type": "AccessDeniedException"}', 400), answering(b"<html>", 200)]
)
def test_a_kms_that_refuses(store_url, clock, tmp_path, function, answer):
    with Recorder(answer) as kms:
        change = with_keys(function, SenderKey(arn="*", kind="kms", endpoint=kms.url))
        with running_server(open_store(store_url, clock), tmp_path, clock, change) as server:
            pool = people(server, LambdaConfig=SENDERS, **AUTO_EMAIL)
            pool.sign_up("jane", email=EMAIL)
            assert told(server, function) == []
            assert [line for line in server.log if b"sender_key_failed" in line]
            assert not [line for line in server.log if b"courier_failed" in line]


def test_a_key_arn_names_no_other_host(store_url, clock, tmp_path, function):
    """The region of an ARN becomes part of a host's name."""
    change = with_keys(function, SenderKey(arn="*", kind="kms"))
    with running_server(open_store(store_url, clock), tmp_path, clock, change) as server:
        senders = {**SENDERS, "KMSKeyID": "arn:aws:kms:x@evil.example/:000000000000:key/senders"}
        pool = people(server, LambdaConfig=senders, **AUTO_EMAIL)
        pool.sign_up("jane", email=EMAIL)
        assert told(server, function) == []
        assert [line for line in server.log if b"sender_key_failed" in line]
        assert not [line for line in server.log if b"courier_failed" in line]


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (SenderKey(arn="*", key="c2hvcnQ="), "32 bytes in base64"),
        (SenderKey(arn="*", file="/does/not/exist"), "cannot be read"),
        (SenderKey(arn="*"), "needs a file"),
    ],
)
def test_keys_that_are_none(clock, key, reason):
    with pytest.raises(SettingsError, match=reason):
        Service(Settings(triggers=Triggers(keys=(key,))), clock, ScriptedEntropy())


def test_a_key_file_that_everybody_may_read(clock, tmp_path):
    file = tmp_path / "sender.key"
    file.write_text(base64.b64encode(KEY).decode())
    file.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        Service(
            Settings(triggers=Triggers(keys=(SenderKey(arn="*", file=str(file)),))), clock, ScriptedEntropy()
        )


def test_a_notification_of_threat_protection_is_told_in_the_services_form(server, function):
    place = protected(server, LambdaConfig=SENDERS)
    place.person("jane", email=EMAIL)
    by_admin(place, HOME)
    configure(place, **actions(notify=True, low="NO_ACTION"))
    server.clock.advance(1)
    by_admin(place, ABROAD)
    (event,) = told(server, function)
    assert event["triggerSource"] == "CustomEmailSender_AccountTakeOverNotification"
    assert event["request"]["type"] == "customEmailSenderRequestV1"
    assert (event["request"]["code"], event["request"]["clientMetadata"]) == (None, None)
    attributes = event["request"]["userAttributes"]
    latest = events(place)[0]
    token, link = attributes.pop("FEEDBACK_TOKEN"), attributes.pop("ONE_CLICK_LINK_VALID")
    assert token.rstrip("=") in link
    assert attributes.pop("ONE_CLICK_LINK_INVALID") != link
    attributes.pop("DEVICE_NAME", None)
    assert attributes == {
        "EVENT_ID": latest["EventId"],
        "USER_NAME": "jane",
        "IP_ADDRESS": ABROAD,
        "ACCOUNT_TAKE_OVER_ACTION": "NO_ACTION",
        "LOGIN_TIME": latest["CreationDate"].strftime("%A, %B %d, %Y %I:%M %p UTC"),
    }
    place.idp.update_auth_event_feedback(
        UserPoolId=place.pool,
        Username="jane",
        EventId=latest["EventId"],
        FeedbackToken=token,
        FeedbackValue="Valid",
    )
    assert server.mails() == []
