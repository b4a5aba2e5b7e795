"""What the log and the metrics give away of second factors, passkeys, devices, sessions and failing triggers.

There is one level of detail: whatever is logged at all is looked at here. The first test of `test_at_rest`
does the same for sign-up, passwords and attributes.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError

from operations.sign_in.test_custom_auth import TRIGGERS, arn
from poolhouse.settings import Aws, Settings, Trigger, Triggers
from poolhouse.store import open_store
from security.test_at_rest import hits
from support import authenticator
from support.authenticator import PHONE, code_of, mfa_place, prefer, set_mfa, token_of, with_app
from support.devices import TRACKED, a_gadget
from support.passkeys import Holder, options, passkey_place
from support.recorder import Answer, Recorded, Recorder
from support.refusals import refusal
from support.scripted import ScriptedClock
from support.server import RunningServer, running_server
from support.sign_in import ALL_FLOWS, PASSWORD, Choosing, Place, make_place

CHOICE = {
    "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]},
}
ROTATING = {
    "ExplicitAuthFlows": [flow for flow in ALL_FLOWS if "REFRESH" not in flow],
    "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
    "GenerateSecret": True,
}
METADATA = {"secret-metadata-name": "secret-metadata-value-1f0c"}
GUESS = "Wrong-Horse-5"
OPEN = {"USERNAME", "DEVICE_KEY", "PREFERRED_CHALLENGE", "CHALLENGE_NAME", "TIMESTAMP"}
"""Members of parameters and of answers that are no secrets."""
MAPS = {"AuthParameters", "ChallengeResponses", "ClientMetadata", "DeviceSecretVerifierConfig"}
SECRET = {
    *("AccessToken", "IdToken", "RefreshToken", "Token", "Session", "SessionId"),
    *("Password", "TemporaryPassword", "ProposedPassword", "PreviousPassword"),
    *("Code", "UserCode", "ConfirmationCode", "SecretCode", "SecretHash", "ClientSecret"),
    *("SECRET_BLOCK", "SALT", "SRP_B", "challenge"),
    *("id", "rawId", "clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"),
}
"""Members of requests and answers that are secrets."""


class Watch:
    """Collects each secret that a client sends or gets."""

    def __init__(self) -> None:
        self.secrets: dict[str, set[str]] = {}

    def over(self, place: Place) -> Place:
        """Look at all that a place's client sends and gets from now on."""
        events = place.idp.meta.events
        events.register("provide-client-params.cognito-idp", lambda params, **_: self.look(params))
        events.register("after-call.cognito-idp", lambda parsed, **_: self.look(parsed))
        return place

    def look(self, value: Any) -> None:
        """Collect what is secret in a request or an answer."""
        if isinstance(value, list):
            for item in value:
                self.look(item)
        elif isinstance(value, Mapping):
            for name, item in value.items():
                if name in {"Error", "ResponseMetadata"}:
                    continue
                if name in MAPS:
                    for inner, text in item.items():
                        self.note(f"{name}.{inner}", text, secret=inner not in OPEN)
                else:
                    self.note(name, item, secret=name in SECRET)

    def note(self, name: str, item: Any, *, secret: bool) -> None:
        """Collect one member, and what JSON in it holds."""
        if not isinstance(item, str):
            self.look(item)
            return
        if item.startswith("{"):
            self.look(json.loads(item))
        if secret and item not in CHOICE["SignInPolicy"]["AllowedFirstAuthFactors"]:
            self.secrets.setdefault(name, set()).add(item)
            if item.startswith("eyJ"):
                self.secrets[name].add(item.rpartition(".")[2])

    @property
    def all(self) -> set[str]:
        """What was collected."""
        return set().union(*self.secrets.values())


class Nonsense:
    """Answers with the event itself, in ways that make no sense."""

    way = ""

    def __call__(self, request: Recorded) -> Answer:
        body, echoed = request.body, json.dumps(request.body.decode()).encode()
        plain = {"content-type": "text/plain"}
        return {
            "text": (200, plain, b"Dear Sir, " + body),
            "other JSON": (200, plain, b"[" + body + b"]"),
            "no response": (200, plain, b'{"request": ' + body + b"}"),
            "wrong types": (200, plain, b'{"response": {"userAttributes": ' + echoed + b"}}"),
            "refusal": (400, plain, b'{"errorMessage": ' + echoed + b', "code": ' + echoed + b"}"),
            "error": (500, plain, body),
            "redirection": (302, {"location": "/" + body.hex()}, body),
            "reason in a header": (403, {"x-amzn-errortype": body.decode()}, b"{}"),
        }[self.way]


WAYS = (
    *("text", "other JSON", "no response", "wrong types"),
    *("refusal", "error", "redirection", "reason in a header"),
)


@pytest.fixture
def nonsense() -> Nonsense:
    return Nonsense()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def talking(
    store_url: str,
    clock: ScriptedClock,
    tmp_path: Path,
    nonsense: Nonsense,
) -> Iterator[RunningServer]:
    """A server whose triggers are loquacious when they fail."""

    def change(settings: Settings) -> Settings:
        python = [
            Trigger(arn=arn(name), kind="python", callable=f"support.sign_in_functions:{name}")
            for name in ("blurt", "define", "create", "verify")
        ]
        there = (
            Trigger(arn=arn("webhook"), kind="webhook", url=recorder.url, secret="trigger-signing-secret"),
            Trigger(arn=arn("lambda"), kind="lambda", endpoint=recorder.url),
        )
        return msgspec.structs.replace(
            settings,
            aws=Aws(access_key_id="AKIAEXAMPLE", secret_access_key="lambda-s-secret-key"),
            triggers=Triggers(map=(*python, *there), attempts=1),
        )

    with (
        Recorder(nonsense) as recorder,
        running_server(open_store(store_url, clock), tmp_path, clock, change) as server,
    ):
        yield server


def is_silent(server: RunningServer, watch: Watch, *more: str) -> None:
    """Assert that neither the log nor the metrics have a secret."""
    server.services.couriers.wait(10)
    with urllib.request.urlopen(f"{server.url}/metrics") as answer:  # noqa: S310
        metrics = answer.read()
    logged = b"".join(server.log)
    secrets = watch.all | {PASSWORD, GUESS, *more}
    for told in (logged, metrics):
        assert b"InitiateAuth" in told, "there is something to look at"
        assert hits(secrets, told) == []


def test_second_factors(talking: RunningServer, watch: Watch) -> None:
    place = watch.over(mfa_place(talking, "OPTIONAL", "SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"))
    app = with_app(place)
    asked = place.plain()
    refusal(authenticator.answer, place, asked, SOFTWARE_TOKEN_MFA_CODE=app.wrong())
    authenticator.answer(place, asked, SOFTWARE_TOKEN_MFA_CODE=app.code())
    for factor in ("SMS_MFA", "EMAIL_OTP"):
        prefer(place, factor, preferred=factor, off="SOFTWARE_TOKEN_MFA")
        asked = place.plain()
        assert asked["ChallengeName"] == factor
        authenticator.answer(place, asked, **code_of(place, asked))
    place.person("john")
    set_mfa(place, "ON", "SOFTWARE_TOKEN_MFA")
    session = place.plain("john")["Session"]
    begun = place.idp.associate_software_token(Session=session)
    second = authenticator.Authenticator(begun["SecretCode"], talking.clock)
    refusal(place.idp.verify_software_token, Session=begun["Session"], UserCode=second.wrong())
    done = place.idp.verify_software_token(Session=begun["Session"], UserCode=second.code())
    place.respond("MFA_SETUP", done["Session"], {"USERNAME": "john"})
    assert watch.secrets.keys() >= {"SecretCode", "UserCode", "Session", "AccessToken", "IdToken"}
    assert {name for name in watch.secrets if name.endswith("_CODE")} == {
        f"ChallengeResponses.{factor}_CODE" for factor in ("SMS_MFA", "EMAIL_OTP", "SOFTWARE_TOKEN_MFA")
    }
    is_silent(talking, watch, app.seed.hex(), second.seed.hex())


def test_codes_and_passkeys_as_the_first_factor(talking: RunningServer, watch: Watch) -> None:
    place = watch.over(passkey_place(talking, Policies=CHOICE))
    place.person(email=authenticator.EMAIL, phone_number=PHONE)
    backend = place.another_client(GenerateSecret=True)
    assert backend.secret
    jane = Choosing(backend)
    for factor, to in (("EMAIL_OTP", authenticator.EMAIL), ("SMS_OTP", PHONE)):
        asked = jane.choose(jane.begin(), factor)
        refusal(jane.answer, asked, **{f"{factor}_CODE": "13572468"})
        jane.answer(asked, **{f"{factor}_CODE": talking.code(to)})
    holder = Holder(backend)
    holder.register()
    asked = holder.ask()
    refusal(holder.answer, asked, origin="https://elsewhere.example.com")
    refusal(holder.give, asked, '{"id": "nonsense-from-a-browser"}')
    holder.answer(asked)
    srp = backend.srp()
    refusal(srp.answer, srp.claim(srp.start(), PASSWORD_CLAIM_SIGNATURE="bm9uc2Vuc2UgZnJvbQ=="))
    srp.answer(srp.claim(srp.start()), ClientMetadata=METADATA)
    talking.services.couriers.wait(10)
    assert options(asked)["challenge"] in watch.secrets["challenge"]
    expected = {"ClientSecret", "SECRET_BLOCK", "signature", "attestationObject", "id"}
    assert watch.secrets.keys() >= expected
    assert {f"ChallengeResponses.{name}" for name in ("CREDENTIAL", "SECRET_HASH")} <= watch.secrets.keys()
    is_silent(talking, watch, *METADATA)


def test_devices(talking: RunningServer, watch: Watch) -> None:
    place = watch.over(make_place(talking, LambdaConfig=TRIGGERS, **TRACKED))
    set_mfa(place, "OPTIONAL", "SMS_MFA")
    place.person("jane", phone_number=PHONE, phone_number_verified="true")
    gadget = a_gadget(place)
    prefer(place, "SMS_MFA")
    asked = place.plain(DEVICE_KEY=gadget.key)
    assert asked["ChallengeName"] == "DEVICE_SRP_AUTH"
    client = gadget.srp()
    verifier = gadget.begin(client, asked)
    wrong = gadget.claim(client, verifier, PASSWORD_CLAIM_SIGNATURE="bm9uc2Vuc2UgZnJvbSBh")
    refusal(place.respond, "DEVICE_PASSWORD_VERIFIER", None, wrong)
    tokens = gadget.prove(place.plain(DEVICE_KEY=gadget.key))
    place.plain(DEVICE_KEY=gadget.key)
    place.idp.get_tokens_from_refresh_token(
        RefreshToken=tokens["RefreshToken"], ClientId=place.client, DeviceKey=gadget.key
    )
    assert watch.secrets.keys() >= {
        "DeviceSecretVerifierConfig.PasswordVerifier",
        "DeviceSecretVerifierConfig.Salt",
        "ChallengeResponses.PASSWORD_CLAIM_SECRET_BLOCK",
        "ChallengeResponses.PASSWORD_CLAIM_SIGNATURE",
        "SECRET_BLOCK",
    }
    is_silent(talking, watch, gadget.secret)


def test_refresh_tokens_and_sessions(talking: RunningServer, watch: Watch) -> None:
    first = watch.over(make_place(talking))
    place = first.another_client(**ROTATING)
    assert place.secret
    first.idp.set_user_pool_session_configuration(
        UserPoolId=place.pool, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 5}
    )
    place.person()
    app = {"ClientId": place.client, "ClientSecret": place.secret}
    tokens = place.plain()["AuthenticationResult"]
    old = tokens["RefreshToken"]
    tokens |= place.idp.get_tokens_from_refresh_token(RefreshToken=old, **app)["AuthenticationResult"]
    talking.clock.advance(1)
    refusal(place.idp.get_tokens_from_refresh_token, RefreshToken=old, **app)
    refusal(
        place.idp.get_tokens_from_refresh_token,
        RefreshToken="a-token-that-nobody-gave",
        ClientId=place.client,
        ClientSecret="a-client-secret-that-is-wrong",
    )
    place.plain()
    tokens = place.plain()["AuthenticationResult"]
    listed = place.idp.list_user_sessions(AccessToken=tokens["AccessToken"])["Sessions"]
    other = next(each["SessionId"] for each in listed if not each["IsCurrentSession"])
    place.idp.revoke_user_session(AccessToken=tokens["AccessToken"], SessionId=other)
    tokens = place.plain()["AuthenticationResult"]
    place.idp.revoke_token(Token=tokens["RefreshToken"], **app)
    refusal(place.idp.get_user, AccessToken=tokens["AccessToken"])
    refusal(place.idp.get_user, AccessToken=tokens["AccessToken"][:-3])
    tokens = place.plain()["AuthenticationResult"]
    place.idp.global_sign_out(AccessToken=tokens["AccessToken"])
    refusal(place.plain, "jane", GUESS)
    expected = {"RefreshToken", "ClientSecret", "Token", "SessionId", "AuthParameters.SECRET_HASH"}
    assert watch.secrets.keys() >= expected
    is_silent(talking, watch)


@pytest.mark.parametrize("function", ["blurt", "webhook", "lambda"])
def test_triggers_that_fail(talking: RunningServer, nonsense: Nonsense, watch: Watch, function: str) -> None:
    """What a trigger says of its failure may be the whole event; UserMigration's has the password."""

    def sign_in(place: Place, name: str) -> None:
        with suppress(ClientError):
            place.idp.initiate_auth(
                AuthFlow="USER_PASSWORD_AUTH",
                ClientId=place.client,
                AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
                ClientMetadata=METADATA,
            )

    families = ("UserMigration", "PreAuthentication", "PostAuthentication", "PreTokenGeneration")
    places = {
        family: watch.over(make_place(talking, LambdaConfig={family: arn(function)}))
        for family in (*families, "CustomMessage")
    }
    for place in places.values():
        place.person(email=authenticator.EMAIL, email_verified="true")
    hiding = places["CustomMessage"].another_client(PreventUserExistenceErrors="ENABLED")
    failing = {**TRIGGERS, "VerifyAuthChallengeResponse": arn(function)}
    riddles = watch.over(make_place(talking, LambdaConfig=failing))
    riddles.person()
    for nonsense.way in WAYS if function != "blurt" else WAYS[:1]:
        for family in families:
            sign_in(places[family], "nobody" if family == "UserMigration" else "jane")
        for place in (places["CustomMessage"], hiding):
            with suppress(ClientError):
                place.idp.forgot_password(ClientId=place.client, Username="jane", ClientMetadata=METADATA)
        asked = riddles.idp.initiate_auth(
            AuthFlow="CUSTOM_AUTH",
            ClientId=riddles.client,
            AuthParameters={"USERNAME": "jane"},
            ClientMetadata=METADATA,
        )
        with suppress(ClientError):
            authenticator.answer(riddles, asked, ANSWER="a-riddle-s-secret-answer")
        if nonsense.way == "text":
            words = refusal(places["UserMigration"].plain, "nobody", GUESS)
            assert words[0] == "UserNotFoundException"
    assert b'"event":"trigger_' in b"".join(talking.log), "what triggers say was looked at"
    is_silent(talking, watch, *METADATA, "trigger-signing-secret", "lambda-s-secret-key")


def test_what_is_no_request(talking: RunningServer, watch: Watch) -> None:
    """Secrets that come where none belongs, in what cannot be read."""
    place = watch.over(make_place(talking))
    place.person()
    token = token_of(place)
    bodies = (f'{{"Password": "{GUESS}"', f'{{"ClientId": ["{token}"], "AuthFlow": "{GUESS}"}}', token)
    for target in ("InitiateAuth", "GetUser", GUESS):
        for body in bodies:
            request = urllib.request.Request(  # noqa: S310 (loopback)
                f"{talking.url}/",
                data=body.encode(),
                headers={
                    "X-Amz-Target": f"AWSCognitoIdentityProviderService.{target}",
                    "Content-Type": "application/x-amz-json-1.1",
                },
            )
            with pytest.raises(urllib.error.HTTPError, match="400"):
                urllib.request.urlopen(request)  # noqa: S310
    for path in ("confirmUser", "nowhere", GUESS):
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{talking.url}/{path}?confirmation_code={GUESS}&token={token}")  # noqa: S310
    is_silent(talking, watch)
