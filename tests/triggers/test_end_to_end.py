"""Triggers from the API to the function and back: each of the seven, behind each kind of target."""

import base64
import hashlib
import hmac
import json
from contextlib import contextmanager
from urllib.parse import unquote

import httpx2
import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from poolhouse.settings import Aws, Trigger, Triggers
from poolhouse.store import open_store
from support import hooks
from support.folk import AUTO_EMAIL, EMAIL, PASSWORD, people
from support.recorder import Recorder
from support.refusals import refusal
from support.server import running_server

KEY = b"k" * 32
SECRET = "whsec_" + base64.b64encode(KEY).decode()
FAMILIES = (
    "PreSignUp",
    "PostConfirmation",
    "PreAuthentication",
    "PostAuthentication",
    "PreTokenGeneration",
    "CustomMessage",
    "UserMigration",
)
ALL = dict.fromkeys(FAMILIES, hooks.ARN)


def as_lambda(request):
    """Answer `Invoke` as AWS Lambda does."""
    assert unquote(request.path) == f"/2015-03-31/functions/{hooks.ARN}/invocations"
    assert "/us-east-1/lambda/aws4_request" in request.headers["authorization"]
    try:
        return 200, {}, json.dumps(hooks.function(json.loads(request.body))).encode()
    except Exception as error:  # noqa: BLE001
        body = {"errorMessage": str(error), "errorType": type(error).__name__}
        return 200, {"X-Amz-Function-Error": "Unhandled"}, json.dumps(body).encode()


def as_webhook(request):
    """Answer a POST whose signature is good."""
    headers = request.headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + request.body
    mac = base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{mac}"
    try:
        return 200, {}, json.dumps(hooks.function(json.loads(request.body))).encode()
    except Exception as error:  # noqa: BLE001
        return 400, {}, json.dumps({"errorMessage": str(error)}).encode()


@contextmanager
def target(kind):
    """Yield a `[[triggers.map]]` entry for a function that is really there."""
    if kind == "python":
        yield Trigger(arn="*", kind="python", callable="support.hooks:function")
        return
    with Recorder(as_lambda if kind == "lambda" else as_webhook) as there:
        if kind == "lambda":
            yield Trigger(arn="arn:aws:lambda:*", kind="lambda", endpoint=there.url)
        else:
            yield Trigger(arn="*", kind="webhook", url=there.url, secret=SECRET)
        assert there.requests


@pytest.fixture(params=["lambda", "webhook", "python"])
def server(request, store_url, clock, tmp_path):
    hooks.events.clear()
    hooks.answers.clear()
    with target(request.param) as entry:

        def change(settings):
            return msgspec.structs.replace(
                settings,
                aws=Aws(access_key_id="AKIAEXAMPLE", secret_access_key="secret"),
                triggers=Triggers(map=(entry,)),
            )

        with running_server(open_store(store_url, clock), tmp_path, clock, change) as running:
            yield running


def claims(server, pool, token):
    """Return what a token says, once the pool's published keys vouch for it."""
    keys = httpx2.get(f"{server.url}/{pool}/.well-known/jwks.json").json()
    return jwt.decode(token, KeySet.import_key_set(keys)).claims


def test_all_seven_on_a_users_way(server):
    """From signing up to tokens, with what each function answers taking effect."""
    pool = people(server, LambdaConfig=ALL, **AUTO_EMAIL)
    hooks.answers |= {
        "PreSignUp_SignUp": lambda _: {"autoVerifyEmail": False},
        "CustomMessage_SignUp": lambda _: {"emailSubject": "Ahoy", "emailMessage": "<b>{####}</b>"},
        "TokenGeneration_Authentication": lambda _: {
            "claimsOverrideDetails": {"claimsToAddOrOverride": {"crew": "true"}}
        },
        "UserMigration_Authentication": lambda event: {
            "userAttributes": {"email": "old@example.com", "email_verified": "true"},
            "finalUserStatus": "CONFIRMED" if event["request"]["password"] == PASSWORD else None,
            "messageAction": "SUPPRESS",
        },
    }
    pool.sign_up("jane", email=EMAIL)
    assert server.mails(EMAIL)[-1]["subject"] == "Ahoy"
    pool.confirm("jane", server.code(EMAIL))
    signed_in = ["PreAuthentication_Authentication", "PostAuthentication_Authentication"]
    for name in ("jane", "joan"):  # joan is known to the other directory alone
        tokens = pool.sign_in(name)["AuthenticationResult"]
        assert claims(server, pool.pool, tokens["IdToken"])["crew"] == "true"
        assert "crew" not in claims(server, pool.pool, tokens["AccessToken"])
    assert hooks.sources() == [
        "PreSignUp_SignUp",
        "CustomMessage_SignUp",
        "PostConfirmation_ConfirmSignUp",
        *signed_in,
        "TokenGeneration_Authentication",
        "UserMigration_Authentication",
        *signed_in,
        "TokenGeneration_Authentication",
    ]
    assert {event["userPoolId"] for event in hooks.events} == {pool.pool}
    assert pool.status("joan") == "CONFIRMED"


def test_the_functions_own_words_reach_the_caller(server):
    pool = people(server, LambdaConfig=ALL, **AUTO_EMAIL)
    pool.confirmed("jane", email=EMAIL, email_verified="true")
    pool.sign_up("joan", email="joan@example.com")
    code = server.code("joan@example.com")

    def no(_event):
        raise ValueError("Ask your captain.")

    attempts = {
        "PreSignUp_SignUp": lambda: pool.sign_up("mary", email=EMAIL),
        "PreAuthentication_Authentication": lambda: pool.sign_in("jane"),
        "PostAuthentication_Authentication": lambda: pool.sign_in("jane"),
        "TokenGeneration_Authentication": lambda: pool.sign_in("jane"),
        "CustomMessage_ForgotPassword": lambda: pool.idp.forgot_password(
            ClientId=pool.client, Username="jane"
        ),
        "PostConfirmation_ConfirmSignUp": lambda: pool.confirm("joan", code),
        "UserMigration_ForgotPassword": lambda: pool.idp.forgot_password(
            ClientId=pool.client, Username="nobody"
        ),
    }
    for source, attempt in attempts.items():
        hooks.answers.clear()
        hooks.answers[source] = no
        family = source.partition("_")[0].replace("Token", "PreToken")
        assert refusal(attempt) == (
            "UserLambdaValidationException",
            f"{family} failed with error Ask your captain..",
        )


@pytest.mark.parametrize("version", ["V1_0", "V2_0", "V3_0"])
def test_token_generation_by_version(server, version):
    config = {"PreTokenGenerationConfig": {"LambdaVersion": version, "LambdaArn": hooks.ARN}}
    pool = people(server, LambdaConfig=config)
    groups = {"groupsToOverride": ["crew"], "iamRolesToOverride": [], "preferredRole": ""}
    first = {
        "claimsOverrideDetails": {
            "claimsToAddOrOverride": {"plan": "gold", "name": "Nobody", "sub": "evil"},
            "claimsToSuppress": ["email", "name", "iss"],
            "groupOverrideDetails": groups,
        }
    }
    later = {
        "claimsAndScopeOverrideDetails": {
            "idTokenGeneration": {
                "claimsToAddOrOverride": {"plan": {"tiers": ["gold", 1]}, "sub": "evil"},
                "claimsToSuppress": ["email"],
            },
            "accessTokenGeneration": {
                "claimsToAddOrOverride": {"plan": 7, "aud": pool.client, "username": "evil"},
                "scopesToAdd": ["ship/board", "aws.cognito.other"],
                "scopesToSuppress": ["nothing"],
            },
            "groupOverrideDetails": groups,
        }
    }
    answer = first if version == "V1_0" else later
    hooks.answers |= dict.fromkeys(
        ("TokenGeneration_Authentication", "TokenGeneration_RefreshTokens"), lambda _: answer
    )
    pool.confirmed("jane", email=EMAIL, name="Jane")
    tokens = pool.sign_in("jane")["AuthenticationResult"]
    refreshed = pool.idp.initiate_auth(
        ClientId=pool.client,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
    )["AuthenticationResult"]
    sub = pool.get("jane")["attributes"]["sub"]
    own_scope = "aws.cognito.signin.user.admin"
    for given in (tokens, refreshed):
        identity = claims(server, pool.pool, given["IdToken"])
        access = claims(server, pool.pool, given["AccessToken"])
        assert identity["sub"] == access["sub"] == sub
        assert identity["cognito:groups"] == access["cognito:groups"] == ["crew"]
        assert "email" not in identity
        assert identity["iss"] == access["iss"]
        if version == "V1_0":
            assert (identity["plan"], "name" in identity) == ("gold", False)
            assert (access["scope"], "plan" in access) == (own_scope, False)
        else:
            assert (identity["plan"], identity["name"]) == ({"tiers": ["gold", 1]}, "Jane")
            assert (access["plan"], access["aud"]) == (7, pool.client)
            assert (access["scope"], access["username"]) == (f"{own_scope} ship/board", "jane")
        assert pool.idp.get_user(AccessToken=given["AccessToken"])["Username"] == "jane"
    event = hooks.events[0]
    assert event["version"] == version[1]
    assert ("scopes" in event["request"]) == (version != "V1_0")


def test_who_forgot_a_password_is_taken_over(server):
    pool = people(server, LambdaConfig={"UserMigration": hooks.ARN})
    hooks.answers["UserMigration_ForgotPassword"] = lambda _: {
        "userAttributes": {"email": EMAIL, "email_verified": "true"},
        "messageAction": "SUPPRESS",
    }
    pool.idp.forgot_password(ClientId=pool.client, Username="jane")
    pool.idp.confirm_forgot_password(
        ClientId=pool.client, Username="jane", ConfirmationCode=server.code(EMAIL), Password=PASSWORD
    )
    assert pool.token("jane")
