"""AdminDisableProviderForUser of native users: their password signs nobody in any more, by no flow and no page."""

from typing import Any

import pytest

from support.authenticator import prefer, set_mfa, with_app
from support.refusals import refusal
from support.sign_in import PASSWORD, WRONG, Place, make_place
from support.visitor import Visitor, forms, hosted_place

STATE = ("NotAuthorizedException", "User password cannot be reset in the current state.")


@pytest.fixture
def place(server: Any) -> Place:
    made = make_place(server, AutoVerifiedAttributes=["email"])
    made.person(email="jane@example.com", email_verified="true")
    return made


def disable(place: Place, username: str = "jane", **changes: str) -> None:
    user = {
        "ProviderName": "Cognito",
        "ProviderAttributeName": "Cognito_Subject",
        "ProviderAttributeValue": username,
    }
    place.idp.admin_disable_provider_for_user(UserPoolId=place.pool, User=user | changes)


def status(place: Place) -> str:
    return str(place.idp.admin_get_user(UserPoolId=place.pool, Username="jane")["UserStatus"])


def test_the_password_signs_nobody_in_by_any_flow(place):
    disable(place)
    assert status(place) == "EXTERNAL_PROVIDER"
    assert refusal(place.plain) == WRONG
    srp = place.srp()
    assert refusal(lambda: srp.answer(srp.claim(srp.start()))) == WRONG
    for flow in ("ADMIN_USER_PASSWORD_AUTH", "USER_AUTH"):
        parameters = {"USERNAME": "jane", "PASSWORD": PASSWORD, "PREFERRED_CHALLENGE": "PASSWORD"}
        call, more = place.idp.initiate_auth, {}
        if flow.startswith("ADMIN"):
            call, more = place.idp.admin_initiate_auth, {"UserPoolId": place.pool}
            del parameters["PREFERRED_CHALLENGE"]
        assert refusal(call, AuthFlow=flow, ClientId=place.client, AuthParameters=parameters, **more) == WRONG


def test_the_page_signs_nobody_in(server):
    place = hosted_place(server)
    place.person()
    visitor = Visitor(place)
    disable(place)
    page = visitor.sign_in()
    assert page.status_code == 200
    assert forms(page)


def test_other_factors_of_the_user_sign_nobody_in_either(server):
    place = make_place(
        server,
        AutoVerifiedAttributes=["email"],
        Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}},
        client={"PreventUserExistenceErrors": "LEGACY"},
    )
    place.person(email="jane@example.com", email_verified="true")
    parameters = {"USERNAME": "jane", "PREFERRED_CHALLENGE": "EMAIL_OTP"}
    asked = place.idp.initiate_auth(AuthFlow="USER_AUTH", ClientId=place.client, AuthParameters=parameters)
    code = server.code("jane@example.com")
    disable(place)
    answers = {"USERNAME": "jane", "EMAIL_OTP_CODE": code}
    assert refusal(place.respond, "EMAIL_OTP", asked["Session"], answers) == WRONG
    offered = place.idp.initiate_auth(
        AuthFlow="USER_AUTH", ClientId=place.client, AuthParameters={"USERNAME": "jane"}
    )
    assert "EMAIL_OTP" not in offered["AvailableChallenges"]


def test_attack_a_sign_in_that_waits_for_its_second_factor(place):
    set_mfa(place, "OPTIONAL", "SOFTWARE_TOKEN_MFA")
    place.server.clock.advance(3)
    app = with_app(place)
    prefer(place, "SOFTWARE_TOKEN_MFA")
    asked = place.plain()
    disable(place)
    answers = {"USERNAME": "jane", "SOFTWARE_TOKEN_MFA_CODE": app.code()}
    assert refusal(place.respond, "SOFTWARE_TOKEN_MFA", asked["Session"], answers) == WRONG


def test_attack_a_code_for_a_forgotten_password_brings_it_back(place):
    place.idp.forgot_password(ClientId=place.client, Username="jane")
    code = place.server.code("jane@example.com")
    disable(place)
    assert refusal(place.idp.forgot_password, ClientId=place.client, Username="jane") == STATE
    assert refusal(place.idp.admin_reset_user_password, UserPoolId=place.pool, Username="jane") == STATE
    late = {
        "ClientId": place.client,
        "Username": "jane",
        "ConfirmationCode": code,
        "Password": "Other-Horse-9",
    }
    assert refusal(place.idp.confirm_forgot_password, **late)[0] == "ExpiredCodeException"


def test_attack_a_token_of_before_sets_another_password(place):
    token = place.plain()["AuthenticationResult"]["AccessToken"]
    disable(place)
    changed = "Other-Horse-9"
    wanted = {"AccessToken": token, "PreviousPassword": PASSWORD, "ProposedPassword": changed}
    assert refusal(place.idp.change_password, **wanted) == WRONG
    del wanted["PreviousPassword"]
    assert refusal(place.idp.change_password, **wanted) == WRONG
    assert refusal(place.plain, password=changed) == WRONG
    assert refusal(place.plain) == WRONG


def test_an_administrator_gives_a_password_again(place):
    disable(place)
    disable(place)  # once more changes nothing
    place.idp.admin_set_user_password(
        UserPoolId=place.pool, Username="jane", Password="Other-Horse-9", Permanent=True
    )
    assert status(place) == "CONFIRMED"
    assert place.plain(password="Other-Horse-9")["AuthenticationResult"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"ProviderName": "Facebook"}, "InvalidParameterException"),
        ({"ProviderName": "COGNITO"}, "InvalidParameterException"),
        ({"ProviderAttributeName": "email"}, "InvalidParameterException"),
        ({"ProviderAttributeValue": "nobody"}, "UserNotFoundException"),
        ({"ProviderAttributeValue": ""}, "UserNotFoundException"),
    ],
)
def test_what_is_refused(place, changes, error):
    assert refusal(disable, place, **changes)[0] == error
    assert place.plain()["AuthenticationResult"]


def test_users_are_named_by_their_username_alone(server):
    place = make_place(server, AliasAttributes=["email"], AutoVerifiedAttributes=["email"])
    place.person(email="jane@example.com", email_verified="true")
    sub = place.idp.admin_get_user(UserPoolId=place.pool, Username="jane")["UserAttributes"]
    names = {each["Name"]: each["Value"] for each in sub}
    for other in ("jane@example.com", names["sub"]):
        assert refusal(disable, place, other)[0] == "UserNotFoundException"
    assert place.plain("jane@example.com")["AuthenticationResult"]


def test_a_pool_that_is_not_there(place):
    place.pool = "us-east-1_nobody"
    assert refusal(disable, place)[0] == "ResourceNotFoundException"
