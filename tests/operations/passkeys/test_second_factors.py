"""Passkeys where a second factor is owed: they count as two, or they are not offered (digest «sign-in» §4.6)."""

from typing import Any

import pytest

from support.authenticator import mfa_place, set_mfa, with_app
from support.passkeys import RP_ID, Holder, configure
from support.people import refused
from support.server import RunningServer
from support.sign_in import Choosing, Place

MULTI = "MULTI_FACTOR_WITH_USER_VERIFICATION"
POLICIES = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}
INVALID = "NotAuthorizedException", "Invalid session for the user."
PASSWORDS = ["PASSWORD_SRP", "PASSWORD"]


@pytest.fixture
def place(server: RunningServer) -> Place:
    made = mfa_place(server, "OPTIONAL", "SOFTWARE_TOKEN_MFA", Policies=POLICIES)
    configure(made, RelyingPartyId=RP_ID, FactorConfiguration=MULTI)
    return made


@pytest.fixture
def jane(place: Place) -> Holder:
    """A user with a passkey and an app."""
    holder = Holder(place)
    holder.register()
    with_app(place)
    return holder


def count_passkeys(jane: Holder, on: bool = True) -> None:
    jane.place.idp.set_user_mfa_preference(AccessToken=jane.token, WebAuthnMfaSettings={"Enabled": on})


def factors(jane: Holder) -> Any:
    return jane.place.idp.get_user_auth_factors(AccessToken=jane.token)["ConfiguredUserAuthFactors"]


def test_users_without_a_second_factor_sign_in_with_the_passkey_alone(place: Place) -> None:
    jane = Holder(place)
    jane.register()
    assert jane.answer(jane.ask())["AuthenticationResult"]


@pytest.mark.parametrize("mode", ["OPTIONAL", "ON"])
def test_a_passkey_that_counts_as_two_is_all_that_is_asked(jane: Holder, mode: str) -> None:
    count_passkeys(jane)
    set_mfa(jane.place, mode, "SOFTWARE_TOKEN_MFA")
    asked = jane.ask()
    assert asked["AvailableChallenges"] == [*PASSWORDS, "WEB_AUTHN"]
    assert jane.answer(asked)["AuthenticationResult"]
    jane.device.verifies = False
    with refused("NotAuthorizedException", "Incorrect username or password."):
        jane.answer(jane.ask())


@pytest.mark.parametrize("mode", ["OPTIONAL", "ON"])
def test_one_that_does_not_is_not_offered(jane: Holder, mode: str) -> None:
    set_mfa(jane.place, mode, "SOFTWARE_TOKEN_MFA")
    asked = jane.ask()
    assert (asked["ChallengeName"], asked["AvailableChallenges"]) == ("SELECT_CHALLENGE", PASSWORDS)


def test_the_pool_may_take_it_back(jane: Holder) -> None:
    count_passkeys(jane)
    asked = jane.ask()
    configure(jane.place, RelyingPartyId=RP_ID, FactorConfiguration="SINGLE_FACTOR")
    with refused(*INVALID):
        jane.answer(asked)
    assert jane.ask()["ChallengeName"] == "SELECT_CHALLENGE"


def test_so_may_the_user(jane: Holder) -> None:
    count_passkeys(jane)
    asked = jane.ask()
    count_passkeys(jane, on=False)
    with refused(*INVALID):
        jane.answer(asked)


def test_they_are_among_a_user_s_factors(jane: Holder) -> None:
    assert factors(jane) == ["PASSWORD", "WEB_AUTHN", "SOFTWARE_TOKEN"]
    shown = jane.place.idp.admin_get_user_auth_factors(UserPoolId=jane.place.pool, Username="jane")
    assert shown["ConfiguredUserAuthFactors"] == factors(jane)
    configure(jane.place, RelyingPartyId="example.com", FactorConfiguration=MULTI)
    assert factors(jane) == ["PASSWORD", "SOFTWARE_TOKEN"]


@pytest.mark.parametrize("configuration", ["SINGLE_FACTOR", MULTI])
def test_nobody_is_offered_what_no_user_could_be(place: Place, configuration: str) -> None:
    configure(place, RelyingPartyId=RP_ID, FactorConfiguration=configuration)
    set_mfa(place, "ON", "SOFTWARE_TOKEN_MFA")
    hiding = place.another_client(PreventUserExistenceErrors="ENABLED")
    offers = [Choosing(hiding, f"nobody{n}").begin()["AvailableChallenges"] for n in range(16)]
    assert any("WEB_AUTHN" in offer for offer in offers) is (configuration == MULTI)
