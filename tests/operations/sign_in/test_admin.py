"""What administrators' sign-ins are refused: the same as everybody's, in the same words."""

from typing import Any

import pytest

from support.authenticator import PHONE, mfa_place, prefer
from support.refusals import refusal
from support.server import RunningServer
from support.sign_in import PASSWORD, WRONG, Place, make_place

INVALID_SESSION = ("NotAuthorizedException", "Invalid session for the user.")


def begin(place: Place, name: str = "jane", password: str = PASSWORD, **changes: Any) -> Any:
    given = {
        "UserPoolId": place.pool,
        "ClientId": place.client,
        "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": name, "PASSWORD": password},
    }
    return place.idp.admin_initiate_auth(**(given | changes))


def answer(place: Place, challenge: str, session: str, **answers: str) -> Any:
    return place.idp.admin_respond_to_auth_challenge(
        UserPoolId=place.pool,
        ClientId=place.client,
        ChallengeName=challenge,
        ChallengeResponses={"USERNAME": "jane", **answers},
        Session=session,
    )


@pytest.fixture
def place(server: RunningServer) -> Place:
    return make_place(server, AutoVerifiedAttributes=["email"])


def test_who_may_not_sign_in(place: Place) -> None:
    place.person("jane", email="jane@example.com", email_verified="true")
    place.idp.sign_up(ClientId=place.client, Username="ann", Password=PASSWORD)
    assert refusal(begin, place, "ann") == ("UserNotConfirmedException", "User is not confirmed.")
    assert refusal(begin, place, password="Wrong-Horse-9") == WRONG
    assert refusal(begin, place, "nobody") == ("UserNotFoundException", "User does not exist.")
    place.person("bob")
    place.idp.admin_disable_user(UserPoolId=place.pool, Username="bob")
    assert refusal(begin, place, "bob") == ("NotAuthorizedException", "User is disabled.")
    place.idp.admin_reset_user_password(UserPoolId=place.pool, Username="jane")
    told = ("PasswordResetRequiredException", "Password reset required for the user")
    assert refusal(begin, place) == told


def test_what_is_asked_for_wrongly(place: Place) -> None:
    place.person()
    for parameters in ({"USERNAME": "jane"}, {"PASSWORD": PASSWORD}, {}):
        assert refusal(begin, place, AuthParameters=parameters)[0] == "InvalidParameterException"
    strict = place.another_client(ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"])
    assert refusal(begin, strict)[0] == "InvalidParameterException"
    elsewhere = make_place(place.server)
    swapped = Place(place.server, place.idp, elsewhere.pool, place.client)
    assert refusal(begin, swapped) == (
        "ResourceNotFoundException",
        f"User pool client {place.client} does not exist.",
    )


def test_a_lite_pool_has_no_choice(server: RunningServer) -> None:
    place = make_place(server)
    place.person()
    place.idp.update_user_pool(UserPoolId=place.pool, UserPoolTier="LITE")
    error, _ = refusal(begin, place, AuthFlow="USER_AUTH", AuthParameters={"USERNAME": "jane"})
    assert error == "FeatureUnavailableInTierException"


def test_answers_to_new_password_required(place: Place) -> None:
    place.invite("jane", email="jane@example.com", email_verified="true")
    session = begin(place)["Session"]

    def choose(password: str, **more: str) -> Any:
        return answer(place, "NEW_PASSWORD_REQUIRED", session, NEW_PASSWORD=password, **more)

    assert refusal(choose, "short")[0] == "InvalidPasswordException"
    assert (
        refusal(choose, "Other-Horse-10", **{"userAttributes.custom:x": "1"})[0]
        == "InvalidParameterException"
    )
    assert refusal(answer, place, "SMS_MFA", session, SMS_MFA_CODE="123456") == INVALID_SESSION
    assert choose("Other-Horse-10")["AuthenticationResult"]
    assert refusal(choose, "Third-Horse-11")[0] == "NotAuthorizedException"


def test_answers_with_codes(server: RunningServer) -> None:
    place = mfa_place(server, "OPTIONAL", "SMS_MFA")
    prefer(place, "SMS_MFA")
    asked = begin(place)
    code = server.code(PHONE)
    wrong = f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"
    told = refusal(answer, place, asked["ChallengeName"], asked["Session"], SMS_MFA_CODE=wrong)
    assert told[0] == "CodeMismatchException"
    place.server.clock.advance(181)
    late = refusal(answer, place, asked["ChallengeName"], asked["Session"], SMS_MFA_CODE=code)
    assert late == ("NotAuthorizedException", "Invalid session for the user, session is expired.")
    assert refusal(answer, place, "SMS_MFA", "garbage" * 5, SMS_MFA_CODE=code)[0] == "NotAuthorizedException"


@pytest.mark.parametrize("admin", [True, False])
def test_a_preferred_username_that_is_another_s_alias(server: RunningServer, *, admin: bool) -> None:
    """It is told in NEW_PASSWORD_REQUIRED, too, and the session stays good."""
    place = make_place(server, AliasAttributes=["preferred_username"])
    place.person("bob", preferred_username="chief")
    place.invite("jane")
    session = begin(place)["Session"]

    def choose(name: str) -> Any:
        answers = {"NEW_PASSWORD": "Other-Horse-10", "userAttributes.preferred_username": name}
        if admin:
            return answer(place, "NEW_PASSWORD_REQUIRED", session, **answers)
        return place.respond("NEW_PASSWORD_REQUIRED", session, {"USERNAME": "jane", **answers})

    assert refusal(choose, "chief") == (
        "AliasExistsException",
        "An account with the given preferred_username already exists.",
    )
    assert choose("deputy")["AuthenticationResult"]
