"""The JSON protocol's door: who gets in, what comes out."""

import json
import uuid

import pytest

from poolhouse.access.caller import Anonymous, IamCaller, UserCaller
from poolhouse.edge.limits import RateLimits
from poolhouse.errors import InvalidParameterException, UserNotFoundException
from poolhouse.store import StaleRow
from poolhouse.wire import shapes

from .conftest import JSON_TYPE, POOL, TOKEN, StoppedClock, returning


def test_an_operation_is_answered(site, user):
    site.does = returning(user)
    reply = site.call("GetUser", {"AccessToken": TOKEN}, {"User-Agent": "test/1"})
    assert reply.status == 200
    assert reply.json == {"Username": "ann", "UserAttributes": []}
    assert reply.headers["Content-Type"] == JSON_TYPE
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert reply.headers["Access-Control-Expose-Headers"] == (
        "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"
    )
    assert "Access-Control-Allow-Credentials" not in reply.headers
    uuid.UUID(reply.headers["x-amzn-RequestId"])
    call, request = site.calls[0]
    assert isinstance(call.caller, UserCaller)
    assert call.client_ip == "127.0.0.1"
    assert call.user_agent == "test/1"
    assert call.request_id == reply.headers["x-amzn-RequestId"]
    assert request == shapes.GetUserRequest(AccessToken=TOKEN)


def test_an_operation_without_output_answers_an_empty_object(site):
    assert site.call("DeleteUser", {"AccessToken": TOKEN}).body == b"{}"


def test_an_error_is_told_in_body_and_headers(site):
    def refuse(call, request):
        raise UserNotFoundException("User “ann” does\nnot exist.")

    site.does = refuse
    reply = site.call("GetUser", {"AccessToken": TOKEN})
    assert reply.status == 400
    assert reply.json == {"__type": "UserNotFoundException", "message": "User “ann” does\nnot exist."}
    assert reply.headers["x-amzn-ErrorType"] == "UserNotFoundException:"
    assert reply.headers["x-amzn-ErrorMessage"] == "User \\u201cann\\u201d does\\nnot exist."
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert "x-amzn-RequestId" in reply.headers


def test_the_reason_code_is_told(site):
    def refuse(call, request):
        raise InvalidParameterException("text", "reason")

    site.does = refuse
    assert site.call("GetUser", {"AccessToken": TOKEN}).json["reasonCode"] == "reason"


def test_a_bug_is_answered_without_detail_and_logged_with_its_trace(site):
    def fail(call, request):
        raise RuntimeError("secret detail")

    site.does = fail
    reply = site.call("GetUser", {"AccessToken": TOKEN})
    assert reply.status == 500
    assert reply.json == {"__type": "InternalErrorException", "message": "Internal server error."}
    event = json.loads(site.log[0])
    assert event["operation"] == "GetUser"
    assert event["request_id"] == reply.headers["x-amzn-RequestId"]
    assert "RuntimeError: secret detail" in event["exception"]


def test_a_row_that_others_keep_changing_is_a_throttled_request_not_a_bug(site):
    def lose_every_run(call, request):
        raise StaleRow("six runs were refused")

    site.does = lose_every_run
    reply = site.call("GetUser", {"AccessToken": TOKEN})
    assert reply.status == 400
    assert reply.json == {"__type": "TooManyRequestsException", "message": "Too many requests"}


def test_in_tests_an_undeclared_error_is_a_bug(site):
    def refuse(call, request):
        raise UserNotFoundException("text")

    site.does = refuse
    reply = site.call("ListUsers", {"UserPoolId": POOL}, {"Authorization": f"for {POOL}"})
    assert reply.status == 500
    assert b"ListUsers does not declare UserNotFoundException" in site.log[0]


# --- targets and content types -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    ["", "GetUser", "AWSCognitoIdentityProviderService.Nothing", "AWSCognitoIdentityProviderService.getUser"],
)
def test_an_unknown_target(site, target):
    reply = site.call("GetUser", {"AccessToken": TOKEN}, {"X-Amz-Target": target})
    assert reply.status == 400
    assert reply.json["__type"] == "UnknownOperationException"


def test_an_operation_that_is_not_there_yet_says_so(site):
    reply = site.call("CreateGroup")
    assert (reply.status, reply.json["__type"]) == (400, "UnknownOperationException")
    assert "does not have the operation CreateGroup yet" in reply.json["message"]


@pytest.mark.parametrize(
    ("media_type", "status"),
    [
        ("application/x-amz-json-1.1", 200),
        ("application/x-amz-json-1.0", 200),
        ("application/x-amz-json-1.1; charset=utf-8", 200),
        ("Application/X-AMZ-JSON-1.1;charset=UTF-8", 200),
        ("application/json", 400),
        ("text/plain", 400),
        ("application/cbor", 400),
        ("", 400),
    ],
)
def test_content_types(site, user, media_type, status):
    site.does = returning(user)
    reply = site.call("GetUser", {"AccessToken": TOKEN}, {"Content-Type": media_type})
    assert reply.status == status
    if status == 400:
        assert reply.json["__type"] == "UnknownOperationException"


# --- credentials ---------------------------------------------------------------------------------------------


def test_a_bad_access_token(site):
    reply = site.call("GetUser", {"AccessToken": "bad"})
    assert reply.json == {"__type": "NotAuthorizedException", "message": "Invalid Access Token"}
    assert site.calls == []


def test_constraints_come_before_the_access_token(site):
    assert site.call("GetUser", {"AccessToken": "b d"}).json["__type"] == "InvalidParameterException"


@pytest.mark.parametrize("authorization", ["Bearer x", "AWS4-HMAC-SHA256 Credential=x", "nonsense"])
def test_an_authorization_header_on_a_users_operation_is_ignored(site, user, authorization):
    site.does = returning(user)
    assert site.call("GetUser", {"AccessToken": TOKEN}, {"Authorization": authorization}).status == 200


def test_a_public_operation_is_anonymous(site):
    site.call("SignUp", {"ClientId": "abc", "Username": "ann", "Password": "password"})
    assert isinstance(site.calls[0][0].caller, Anonymous)


def test_token_or_session(site):
    site.call("VerifySoftwareToken", {"AccessToken": TOKEN, "UserCode": "123456"})
    site.call("VerifySoftwareToken", {"Session": "s" * 20, "UserCode": "123456"})
    assert [type(call.caller) for call, _ in site.calls] == [UserCaller, Anonymous]
    reply = site.call("VerifySoftwareToken", {"AccessToken": "bad", "UserCode": "123456"})
    assert reply.json["__type"] == "NotAuthorizedException"


def test_an_administrators_operation_is_signed(site):
    reply = site.call("ListUsers", {"UserPoolId": POOL})
    assert reply.json["__type"] == "MissingAuthenticationTokenException"
    reply = site.call("ListUsers", {"UserPoolId": POOL}, {"Authorization": f"for {POOL}"})
    assert reply.status == 200
    assert isinstance(site.calls[0][0].caller, IamCaller)
    reply = site.call("ListUsers", {"UserPoolId": POOL}, {"Authorization": "for other"})
    assert reply.json["__type"] == "AccessDeniedException"


def test_tags_are_a_matter_of_the_pool_in_the_arn(site):
    body = {"ResourceArn": f"arn:aws:cognito-idp:us-east-1:000000000000:userpool/{POOL}", "Tags": {"a": "b"}}
    assert site.call("TagResource", body, {"Authorization": f"for {POOL}"}).status == 200


def test_the_signature_comes_before_constraints_and_policy_after(site):
    bad = {"UserPoolId": POOL, "Limit": 61}
    assert site.call("ListUsers", bad).json["__type"] == "MissingAuthenticationTokenException"
    wrong = site.call("ListUsers", bad, {"Authorization": "wrong"})
    assert wrong.json["__type"] == "InvalidSignatureException"
    for authorization in (f"for {POOL}", "for other"):
        reply = site.call("ListUsers", bad, {"Authorization": authorization})
        assert reply.json["__type"] == "InvalidParameterException"


def test_json_comes_before_the_signature(site):
    assert site.call("ListUsers", b"{").json["__type"] == "SerializationException"


# --- what is told --------------------------------------------------------------------------------------------


def test_one_line_tells_of_each_request_and_no_body(site, user):
    site.does = returning(user)
    reply = site.call("GetUser", {"AccessToken": TOKEN})
    site.call("GetUser", {"AccessToken": "bad"})
    first, second = site.access_lines()
    assert first.pop("ms") >= 0
    assert first == {
        "time": 1_700_000_000.5,
        "operation": "GetUser",
        "status": 200,
        "outcome": "ok",
        "request_id": reply.headers["x-amzn-RequestId"],
        "pool": POOL,
    }
    assert (second["status"], second["outcome"], second["pool"]) == (400, "NotAuthorizedException", "")
    assert TOKEN.encode() not in b"".join(site.written)


def test_metrics_count_requests_by_operation_and_outcome(site, user):
    site.does = returning(user)
    site.call("GetUser", {"AccessToken": TOKEN})
    site.call("GetUser", {"AccessToken": "bad"})
    site.call("Hostile" * 50)
    text = site.send("GET", "/metrics").body.decode()
    assert 'poolhouse_requests_total{operation="GetUser",outcome="ok"} 1.0' in text
    assert 'poolhouse_requests_total{operation="GetUser",outcome="NotAuthorizedException"} 1.0' in text
    assert 'poolhouse_request_seconds_count{operation="GetUser"} 2.0' in text
    assert 'poolhouse_requests_total{operation="unknown",outcome="UnknownOperationException"} 1.0' in text
    assert "Hostile" not in text


class TestLimits:
    @pytest.fixture
    def limits(self):
        return RateLimits(dict, StoppedClock())

    def test_a_category_has_its_rate(self, site):
        body = {"ClientId": "abc", "Username": "ann", "Password": "password"}
        replies = (site.call("SignUp", body) for _ in range(2000))
        refused = next(reply for reply in replies if reply.status != 200)
        assert refused.json == {"__type": "TooManyRequestsException", "message": "Rate exceeded"}
        assert len(site.calls) >= 50
