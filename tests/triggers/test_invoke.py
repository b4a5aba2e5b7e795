"""Calling triggers: each kind of target against a real server on loopback, and every way it can fail."""

import base64
import hashlib
import hmac
import json as jsonlib
import socket
import threading
from contextlib import ExitStack

import pytest

from poolhouse.errors import (
    InvalidLambdaResponseException,
    TooManyRequestsException,
    UnexpectedLambdaException,
    UserLambdaValidationException,
)
from poolhouse.settings import Aws, Server, Settings, SettingsError, Trigger
from poolhouse.settings import Triggers as TriggerSettings
from poolhouse.triggers.invoke import Triggers
from poolhouse.world import SystemClock, SystemEntropy
from support import functions
from support.logs import logged
from support.pools import ARN, pool
from support.recorder import Recorder, json

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
ANSWER = b'{"version": "1", "response": {"autoConfirmUser": true}}'
AWS = Aws(access_key_id="AKIAEXAMPLE", secret_access_key="secret")


@pytest.fixture(autouse=True)
def _close():
    with OPEN:
        yield


OPEN = ExitStack()


def triggers(*entries, seconds=5.0, dev=False, threads=32, attempts=3) -> Triggers:
    settings = Settings(
        server=Server(threads=threads),
        aws=AWS,
        dev=dev,
        triggers=TriggerSettings(map=entries, timeout_seconds=seconds, attempts=attempts),
    )
    made = Triggers(settings, SystemClock(), SystemEntropy())
    OPEN.callback(made.close)
    return made


def lambda_at(url: str) -> Trigger:
    return Trigger(arn="arn:aws:lambda:*:*:function:hook", kind="lambda", endpoint=url)


def webhook_at(url: str, **more) -> Trigger:
    return Trigger(arn="*", kind="webhook", url=url, secret=SECRET, **more)


def python(name: str) -> Trigger:
    return Trigger(arn="*", kind="python", callable=f"support.functions:{name}")


def fire(target: Triggers, **config):
    return target.fire(
        pool(**(config or {"PreSignUp": ARN})),
        "PreSignUp",
        "PreSignUp_SignUp",
        user_name="mary",
        client_id="client1",
        request={"userAttributes": {"email": "m@example.com"}, "clientMetadata": {"k": "v"}},
        response={"autoConfirmUser": False},
        user_agent="aws-sdk-nodejs/2.856.0 linux/v12",
    )


EVENT = {
    "version": "1",
    "region": "eu-west-1",
    "userPoolId": "eu-west-1_Abc123",
    "userName": "mary",
    "callerContext": {"awsSdkVersion": "aws-sdk-nodejs-2.856.0", "clientId": "client1"},
    "triggerSource": "PreSignUp_SignUp",
    "request": {"userAttributes": {"email": "m@example.com"}, "clientMetadata": {"k": "v"}},
    "response": {"autoConfirmUser": False},
}


def test_no_trigger_no_call():
    assert fire(triggers(), CustomMessage=ARN) is None


def test_a_source_of_another_family_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="PreSignUp_Nonsense"):
        triggers(python("accept")).fire(
            pool(PreSignUp=ARN),
            "PreSignUp",
            "PreSignUp_Nonsense",
            user_name="x",
            client_id=None,
            request={},
            response={},
        )


def test_lambda_is_invoked_as_aws_is():
    with Recorder(json(ANSWER)) as aws:
        assert fire(triggers(lambda_at(aws.url))) == {"autoConfirmUser": True}
    (request,) = aws.requests
    assert request.path.endswith("/invocations")
    assert "function%3Ahook" in request.path
    assert request.headers["x-amz-invocation-type"] == "RequestResponse"
    assert "/eu-west-1/lambda/aws4_request" in request.headers["authorization"]
    assert jsonlib.loads(request.body) == EVENT


def test_lambda_function_that_throws():
    failed = json(b'{"errorMessage": "No thanks.", "errorType": "Error"}', X_Amz_Function_Error="Unhandled")
    with Recorder(failed) as aws, pytest.raises(UserLambdaValidationException) as raised:
        fire(triggers(lambda_at(aws.url)))
    assert raised.value.message == "PreSignUp failed with error No thanks.."
    assert len(aws.requests) == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "ResourceNotFoundException"), (403, "AccessDeniedException"), (500, "ServiceException")],
)
def test_lambda_that_is_refused_is_not_tried_again(status, code):
    with (
        Recorder(json(b'{"Message": "no"}', status, X_Amzn_ErrorType=code)) as aws,
        pytest.raises(UnexpectedLambdaException) as raised,
    ):
        fire(triggers(lambda_at(aws.url)))
    assert raised.value.message == f"PreSignUp invocation failed due to error {code}."
    assert len(aws.requests) == 1


@pytest.mark.parametrize("at", [lambda_at, webhook_at])
def test_a_trigger_that_hangs_is_tried_three_times(at):
    with Recorder(json(b"")) as server:
        server.answer = server.hang
        with pytest.raises(UnexpectedLambdaException) as raised:
            fire(triggers(at(server.url), seconds=0.2))
    assert raised.value.message == (
        "PreSignUp invocation failed due to error Socket timeout while invoking Lambda function."
    )
    assert len(server.requests) == 3
    ids = {request.headers.get("webhook-id") for request in server.requests}
    assert len(ids) == 1


@pytest.mark.parametrize("at", [lambda_at, webhook_at])
def test_nobody_listens(at):
    with Recorder(json(b"")) as gone:
        pass
    with pytest.raises(UnexpectedLambdaException) as raised:
        fire(triggers(at(gone.url)))
    assert raised.value.message == (
        "PreSignUp invocation failed due to error Connection failure while invoking Lambda function."
    )


INVALID_JSON = "Invalid lambda function output : Invalid JSON"
UNRECOGNIZABLE = "Unrecognizable lambda output"


@pytest.mark.parametrize("at", [lambda_at, webhook_at])
@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"", INVALID_JSON),
        (b"null", INVALID_JSON),
        (b"{", INVALID_JSON),
        (b"\xff\xfe", INVALID_JSON),
        (b'"text"', UNRECOGNIZABLE),
        (b"[]", UNRECOGNIZABLE),
        (b"{}", UNRECOGNIZABLE),
        (b'{"statusCode": 200}', UNRECOGNIZABLE),
        (b'{"response": null}', UNRECOGNIZABLE),
        (b'{"response": []}', UNRECOGNIZABLE),
    ],
)
def test_nonsense_answers(at, answer, message):
    with Recorder(json(answer)) as server, pytest.raises(InvalidLambdaResponseException) as raised:
        fire(triggers(at(server.url)))
    assert raised.value.message == message


def test_a_huge_answer_of_a_function_is_refused():
    huge = b'{"response": {"x": "' + b"x" * (6 * 1024 * 1024) + b'"}}'
    with Recorder(json(huge)) as server, pytest.raises(InvalidLambdaResponseException):
        fire(triggers(lambda_at(server.url)))


def test_a_huge_answer_of_a_webhook_is_refused():
    with Recorder(json(b"x" * (7 * 1024 * 1024))) as server, pytest.raises(InvalidLambdaResponseException):
        fire(triggers(webhook_at(server.url)))


def test_a_deeply_nested_answer_is_refused():
    nested = b'{"response": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    with Recorder(json(nested)) as server, pytest.raises(InvalidLambdaResponseException):
        fire(triggers(webhook_at(server.url)))


def verify(request, secret: str, *, now: float) -> bool:
    """What the receiver does, written from the Standard Webhooks specification."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    sent = int(request.headers["webhook-timestamp"])
    signed = request.headers["webhook-id"].encode() + b"." + str(sent).encode() + b"." + request.body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    given = [part.removeprefix("v1,") for part in request.headers["webhook-signature"].split()]
    return abs(now - sent) < 300 and any(hmac.compare_digest(expected, one) for one in given)


def test_webhook_is_signed():
    with Recorder(json(ANSWER)) as server:
        assert fire(triggers(webhook_at(server.url + "/hook"))) == {"autoConfirmUser": True}
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/hook")
    assert request.headers["content-type"] == "application/json"
    assert jsonlib.loads(request.body) == EVENT
    now = SystemClock().now()
    assert verify(request, SECRET, now=now)
    tampered = type(request)(
        request.method, request.path, request.headers, request.body.replace(b"mary", b"root")
    )
    assert not verify(tampered, SECRET, now=now)
    assert not verify(request, "whsec_" + base64.b64encode(b"other").decode(), now=now)
    assert not verify(request, SECRET, now=now + 600)


def test_webhook_signature_of_the_specifications_example():
    from poolhouse.outbound import webhook

    made = webhook.headers(
        webhook.key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_webhook_that_answers_an_error_message():
    with (
        Recorder(json(b'{"errorMessage": "Not you"}', 400)) as server,
        pytest.raises(UserLambdaValidationException) as raised,
    ):
        fire(triggers(webhook_at(server.url)))
    assert raised.value.message == "PreSignUp failed with error Not you."


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"errorMessage": 3}', b"[]"])
def test_webhook_that_is_broken_is_not_tried_again(body):
    with Recorder(json(body, 502)) as server, pytest.raises(UnexpectedLambdaException) as raised:
        fire(triggers(webhook_at(server.url)))
    assert raised.value.message == "PreSignUp invocation failed due to error HTTP 502."
    assert len(server.requests) == 1


def test_webhook_redirects_are_not_followed():
    with Recorder(json(ANSWER)) as elsewhere:
        with (
            Recorder(json(b"", 307, Location=elsewhere.url)) as server,
            pytest.raises(UnexpectedLambdaException),
        ):
            fire(triggers(webhook_at(server.url)))
        assert elsewhere.requests == []


def test_webhook_kept_out_of_private_networks():
    with Recorder(json(ANSWER)) as server, pytest.raises(UnexpectedLambdaException):
        fire(triggers(webhook_at(server.url, public_only=True)))
    assert server.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "http://10.0.0.1/",
        "http://127.0.0.1.example.com/",
        "ftp://x/",
        "",
        "https://",
    ],
)
def test_webhook_without_tls_is_refused_at_start(url):
    with pytest.raises(SettingsError):
        triggers(webhook_at(url))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://[::1]:1/", "http://localhost:1/", "https://h.example.com/"]
)
def test_webhook_urls_that_may_be(url):
    triggers(webhook_at(url))


def test_webhook_without_tls_is_for_dev():
    triggers(webhook_at("http://hooks.example.com/"), dev=True)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!!"])
def test_webhook_needs_a_secret(secret):
    with pytest.raises(SettingsError):
        triggers(Trigger(arn="*", kind="webhook", url="https://h.example.com", secret=secret))


def test_python_callable():
    assert fire(triggers(python("accept"))) == {"autoConfirmUser": True, "saw": EVENT["request"]}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("refuse", "Only for members"),
        ("refuse_silently", "ValueError"),
        ("leave", "1"),
        ("missing_key", "'nope'"),
    ],
)
def test_python_callable_that_throws(name, message):
    with pytest.raises(UserLambdaValidationException) as raised:
        fire(triggers(python(name)))
    assert raised.value.message == f"PreSignUp failed with error {message}."


@pytest.mark.parametrize(
    ("name", "message"), [("forget", INVALID_JSON), ("opaque", INVALID_JSON), ("number", UNRECOGNIZABLE)]
)
def test_python_callable_that_answers_nonsense(name, message):
    with pytest.raises(InvalidLambdaResponseException) as raised:
        fire(triggers(python(name)))
    assert raised.value.message == message


@pytest.mark.parametrize(
    "name", ["no_such_module:f", "support.functions:nope", "support.functions", ":f", ""]
)
def test_python_callable_that_cannot_be_imported_is_refused_at_start(name):
    with pytest.raises(SettingsError):
        triggers(Trigger(arn="*", kind="python", callable=name))


def test_an_arn_without_mapping():
    with logged() as lines, pytest.raises(UnexpectedLambdaException) as raised:
        fire(
            triggers(
                Trigger(
                    arn="arn:aws:lambda:*:*:function:other",
                    kind="python",
                    callable="support.functions:accept",
                )
            )
        )
    assert raised.value.message == "PreSignUp invocation failed due to configuration."
    assert b"triggers.map" in lines[0]


def test_the_first_mapping_that_fits_counts():
    assert fire(triggers(python("accept"), python("refuse")))["autoConfirmUser"] is True


def test_callables_that_never_return_do_not_take_all_threads():
    stuck = triggers(python("hang"), seconds=0.05, threads=4)  # two slots, three attempts
    with pytest.raises(TooManyRequestsException):
        fire(stuck)
    assert sum(thread.name == "trigger" for thread in threading.enumerate()) == 2
    with functions.released():
        for thread in threading.enumerate():
            if thread.name == "trigger":
                thread.join(10)
        assert fire(stuck)["released"] is True


def test_a_dripping_answer_does_not_outlast_the_limit():
    """One byte now and then keeps a socket's own time limit from ever striking."""
    over = threading.Event()

    def drip(server):
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nx: ")
            while not over.wait(0.02):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, args=(server,), daemon=True)
        thread.start()
        port = server.getsockname()[1]
        dripping = webhook_at(f"http://127.0.0.1:{port}")
        with pytest.raises(UnexpectedLambdaException):
            fire(triggers(dripping, seconds=0.3, attempts=1))
        over.set()
        thread.join()


def test_personal_data_and_metadata_stay_out_of_the_log():
    with logged() as lines, Recorder(json(b"", 502)) as server, pytest.raises(UnexpectedLambdaException):
        triggers(webhook_at(server.url)).fire(
            pool(PreSignUp=ARN),
            "PreSignUp",
            "PreSignUp_SignUp",
            user_name="mary-marker",
            client_id=None,
            request={"clientMetadata": {"k": "metadata-marker"}},
            response={},
        )
    log = b"".join(lines)
    assert b"trigger_invocation_failed" in log
    assert b"marker" not in log
