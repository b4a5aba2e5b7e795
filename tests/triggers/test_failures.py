"""A trigger that refuses, that talks nonsense, that is not there: what each operation that asks it says of it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from poolhouse.settings import Settings, Trigger
from poolhouse.store import open_store
from support.refusals import refusal
from support.scripted import ScriptedClock
from support.server import running_server
from support.sign_in import PASSWORD, Place, make_place

ARN = "arn:aws:lambda:us-east-1:123456789012:function:"
WAYS = {
    "refuse": "UserLambdaValidationException",
    "number": "InvalidLambdaResponseException",
    "missing": "UnexpectedLambdaException",
}
EMAIL = "jane@example.com"
NEW_PASSWORD = {"USERNAME": "bob", "NEW_PASSWORD": "Other-Horse-10"}


@pytest.fixture
def place(store_url: str, clock: ScriptedClock, tmp_path: Path) -> Iterator[Place]:
    """A pool with Jane, who is confirmed, Bob, who was invited, and Ann, who has signed up."""

    def with_functions(settings: Settings) -> Settings:
        entries = tuple(
            Trigger(arn=ARN + name, kind="python", callable=f"support.functions:{name}")
            for name in ("refuse", "number")
        )
        return msgspec.structs.replace(
            settings, triggers=msgspec.structs.replace(settings.triggers, map=entries)
        )

    with running_server(open_store(store_url, clock), tmp_path, clock, with_functions) as server:
        place = make_place(server, AutoVerifiedAttributes=["email"])
        place.person("jane", email=EMAIL, email_verified="true")
        place.invite("bob", email="bob@example.com", email_verified="true")
        sign_up(place, "ann")
        yield place


def sign_up(place: Place, name: str) -> Any:
    return place.idp.sign_up(
        ClientId=place.client,
        Username=name,
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": f"{name}@example.com"}],
    )


def about(place: Place, name: str) -> dict[str, str]:
    return {"UserPoolId": place.pool, "Username": name}


def by_client(place: Place, name: str) -> dict[str, str]:
    return {"ClientId": place.client, "Username": name}


def admin_begins(place: Place, name: str = "jane") -> Any:
    return place.idp.admin_initiate_auth(
        UserPoolId=place.pool,
        ClientId=place.client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
    )


Act = Callable[[Place], Any]


def confirm_forgotten(place: Place, then: Callable[[], None]) -> Act:
    place.idp.forgot_password(**by_client(place, "jane"))
    code = place.server.code(EMAIL)
    then()
    return lambda place: place.idp.confirm_forgot_password(
        **by_client(place, "jane"), ConfirmationCode=code, Password="Other-Horse-10"
    )


def confirm(place: Place, then: Callable[[], None]) -> Act:
    code = place.server.code("ann@example.com")
    then()
    return lambda place: place.idp.confirm_sign_up(**by_client(place, "ann"), ConfirmationCode=code)


def ask_for_a_code(place: Place, then: Callable[[], None]) -> Act:
    token = place.plain()["AuthenticationResult"]["AccessToken"]
    then()
    return lambda place: place.idp.get_user_attribute_verification_code(
        AccessToken=token, AttributeName="email"
    )


def update(place: Place, then: Callable[[], None]) -> Act:
    token = place.plain()["AuthenticationResult"]["AccessToken"]
    then()
    return lambda place: place.idp.update_user_attributes(
        AccessToken=token, UserAttributes=[{"Name": "email", "Value": "new@example.com"}]
    )


def answer(place: Place, then: Callable[[], None], *, admin: bool) -> Act:
    session = (admin_begins if admin else Place.plain)(place, "bob")["Session"]
    then()
    given = {
        "ClientId": place.client,
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "ChallengeResponses": NEW_PASSWORD,
        "Session": session,
    }
    if admin:
        return lambda place: place.idp.admin_respond_to_auth_challenge(UserPoolId=place.pool, **given)
    return lambda place: place.idp.respond_to_auth_challenge(**given)


def refresh(place: Place, then: Callable[[], None]) -> Act:
    token = place.plain()["AuthenticationResult"]["RefreshToken"]
    then()
    return lambda place: place.idp.get_tokens_from_refresh_token(ClientId=place.client, RefreshToken=token)


def at_once(act: Act) -> Callable[[Place, Callable[[], None]], Act]:
    def prepared(_: Place, then: Callable[[], None]) -> Act:
        then()
        return act

    return prepared


CASES: dict[str, tuple[str, Callable[[Place, Callable[[], None]], Act]]] = {
    "SignUp": ("PreSignUp", at_once(lambda place: sign_up(place, "new"))),
    "AdminCreateUser": (
        "PreSignUp",
        at_once(lambda place: place.idp.admin_create_user(**about(place, "new"))),
    ),
    "ConfirmSignUp": ("PostConfirmation", confirm),
    "AdminConfirmSignUp": (
        "PostConfirmation",
        at_once(lambda place: place.idp.admin_confirm_sign_up(**about(place, "ann"))),
    ),
    "ConfirmForgotPassword": ("PostConfirmation", confirm_forgotten),
    "ResendConfirmationCode": (
        "CustomMessage",
        at_once(lambda place: place.idp.resend_confirmation_code(**by_client(place, "ann"))),
    ),
    "ForgotPassword": (
        "CustomMessage",
        at_once(lambda place: place.idp.forgot_password(**by_client(place, "jane"))),
    ),
    "GetUserAttributeVerificationCode": ("CustomMessage", ask_for_a_code),
    "UpdateUserAttributes": ("CustomMessage", update),
    "InitiateAuth": ("PreAuthentication", at_once(lambda place: place.plain())),
    "AdminInitiateAuth": ("PreAuthentication", at_once(admin_begins)),
    "RespondToAuthChallenge": ("PostAuthentication", lambda *given: answer(*given, admin=False)),
    "AdminRespondToAuthChallenge": ("PreTokenGeneration", lambda *given: answer(*given, admin=True)),
    "GetTokensFromRefreshToken": ("PreTokenGeneration", refresh),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("operation", CASES)
def test_each_operation_says_what_its_trigger_did(place: Place, operation: str, way: str) -> None:
    trigger, prepare = CASES[operation]

    def configure() -> None:
        place.idp.update_user_pool(
            UserPoolId=place.pool,
            AutoVerifiedAttributes=["email"],
            LambdaConfig={trigger: ARN + way},
        )

    act = prepare(place, configure)
    error, message = refusal(act, place)
    assert error == WAYS[way], message
    if way == "refuse":
        assert message == f"{trigger} failed with error Only for members."
