"""Adaptive authentication: the level of a sign-in, and what the configuration makes of it."""

from typing import Any

import pytest

from operations.sign_in.test_custom_auth import TRIGGERS as CUSTOM
from operations.sign_in.test_custom_auth import begin, solve
from support.authenticator import MAILS, code_of, set_mfa, signed_in, with_app
from support.devices import TRACKED, a_gadget
from support.refusals import refusal
from support.risk import (
    ABROAD,
    CHROME,
    FIREFOX,
    HOME,
    actions,
    by_admin,
    configure,
    events,
    exceptions,
    on,
    protected,
    seen_from,
    summary,
)
from support.server import RunningServer
from support.sign_in import PASSWORD, WRONG, Place

BLOCKED = ("NotAuthorizedException", "Unable to login because of security reasons.")
EMAIL = "jane@example.com"
NO_RECOVERY = {"AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "admin_only"}]}}
BLOCK_ALL = {"low": "BLOCK", "medium": "BLOCK", "high": "BLOCK"}


def at_home(place: Place, name: str = "jane") -> dict[str, Any]:
    place.server.clock.advance(1)
    return by_admin(place, HOME, name, agent=CHROME)


def elsewhere(place: Place, name: str = "jane", password: str = PASSWORD) -> dict[str, Any]:
    """Sign in from another network, with another browser: a medium risk."""
    place.server.clock.advance(1)
    return by_admin(place, ABROAD, name, password, agent=FIREFOX)


def risk(place: Place) -> tuple[str, str]:
    """Return decision and level of the latest event."""
    found = events(place)[0]["EventRisk"]
    return found["RiskDecision"], found.get("RiskLevel", "")


@pytest.fixture
def place(server: RunningServer) -> Place:
    """A pool that acts, with jane, who has signed in at home; she has no second factor turned on."""
    made = protected(server, EmailConfiguration=MAILS, **NO_RECOVERY)
    made.person("jane", email=EMAIL, email_verified="true")
    set_mfa(made, "OPTIONAL", "EMAIL_OTP", "SOFTWARE_TOKEN_MFA")
    at_home(made)
    return made


def test_the_first_sign_in_is_no_risk_and_neither_is_another_like_it(place: Place) -> None:
    configure(place, **actions(**BLOCK_ALL))
    assert signed_in(at_home(place))
    assert signed_in(by_admin(place, "203.0.113.250", agent=CHROME.replace("125", "126")))
    assert risk(place) == ("NoRisk", "")


@pytest.mark.parametrize(
    ("address", "agent", "level"),
    [(ABROAD, CHROME, "Low"), (HOME, FIREFOX, "Low"), (HOME, "", "Low"), (ABROAD, FIREFOX, "Medium")],
)
def test_audit_records_the_level_and_decides_nothing(
    server: RunningServer, address: str, agent: str, level: str
) -> None:
    place = protected(server, "AUDIT")
    place.person("jane", email=EMAIL)
    at_home(place)
    configure(place, **actions(notify=True, **BLOCK_ALL))
    server.clock.advance(1)
    assert signed_in(by_admin(place, address, agent=agent))
    assert risk(place) == ("NoRisk", level)
    assert server.mails(EMAIL) == []


def test_wrong_passwords_before_raise_it(place: Place) -> None:
    configure(place, **actions(high="BLOCK"))
    for _ in range(3):
        refusal(elsewhere, place, password="Wrong-Horse-9")
    assert refusal(elsewhere, place) == BLOCKED
    assert risk(place) == ("Block", "High")
    assert summary(events(place)[0]) == ("SignIn", "Fail", [("Password", "Success")])


def test_an_address_that_guesses_over_many_users_is_a_risk(place: Place) -> None:
    for number in range(30):
        refusal(elsewhere, place, f"nobody{number}")
    configure(place, **actions(high="BLOCK"))
    assert refusal(elsewhere, place) == BLOCKED
    assert signed_in(at_home(place))


def test_what_is_blocked_is_blocked_until_somebody_says_it_was_the_user(place: Place) -> None:
    configure(place, **actions(medium="BLOCK"))
    assert refusal(elsewhere, place) == BLOCKED
    assert refusal(elsewhere, place) == BLOCKED
    say = place.idp.admin_update_auth_event_feedback
    named = {"UserPoolId": place.pool, "Username": "jane", "EventId": events(place)[0]["EventId"]}
    say(**named, FeedbackValue="Valid")
    assert signed_in(elsewhere(place))
    say(**{**named, "EventId": events(place)[0]["EventId"]}, FeedbackValue="Invalid")
    say(**named, FeedbackValue="Invalid")
    configure(place, **actions(high="BLOCK"))
    assert refusal(elsewhere, place) == BLOCKED
    assert signed_in(at_home(place))


def test_attack_a_risky_guess_is_told_what_every_guess_is(place: Place) -> None:
    hiding = place.another_client(PreventUserExistenceErrors="ENABLED")
    configure(place, **actions(**BLOCK_ALL))
    for name in ("jane", "nobody"):
        assert refusal(by_admin, hiding, ABROAD, name, "Wrong-Horse-9") == WRONG


def test_a_skipped_range_is_not_weighed(place: Place) -> None:
    configure(place, **actions(**BLOCK_ALL), **exceptions(skipped=["198.51.100.0/24"]))
    assert signed_in(elsewhere(place))
    assert risk(place) == ("NoRisk", "")


def test_an_unconfigured_level_does_nothing(place: Place) -> None:
    configure(place, **actions(high="BLOCK"))
    assert signed_in(elsewhere(place))
    assert risk(place) == ("NoRisk", "Medium")


# --- second factors -----------------------------------------------------------------------------------------


def answer(place: Place, asked: dict[str, Any], address: str = ABROAD, **answers: str) -> dict[str, Any]:
    return place.idp.admin_respond_to_auth_challenge(
        UserPoolId=place.pool,
        ClientId=place.client,
        ChallengeName=asked["ChallengeName"],
        ChallengeResponses={"USERNAME": "jane", **answers},
        Session=asked["Session"],
        ContextData=seen_from(address),
    )


@pytest.mark.parametrize("action", ["MFA_IF_CONFIGURED", "MFA_REQUIRED"])
def test_whoever_has_an_address_is_sent_a_code(place: Place, action: str) -> None:
    configure(place, **actions(medium=action))
    assert signed_in(at_home(place))
    asked = elsewhere(place)
    assert asked["ChallengeName"] == "EMAIL_OTP"
    assert risk(place) == ("AccountTakeover", "Medium")
    assert signed_in(answer(place, asked, **code_of(place, asked)))
    assert summary(events(place)[0]) == ("SignIn", "Pass", [("Password", "Success"), ("Mfa", "Success")])
    assert risk(place) == ("AccountTakeover", "Medium")


def test_whoever_has_an_app_is_asked_for_it(place: Place) -> None:
    app = with_app(place)
    configure(place, **actions(medium="MFA_REQUIRED"))
    asked = elsewhere(place)
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    assert signed_in(answer(place, asked, SOFTWARE_TOKEN_MFA_CODE=app.code()))


@pytest.mark.parametrize("mode", ["OPTIONAL", "ON", "OFF"])
def test_whoever_has_none_sets_none_up_on_this_occasion(place: Place, mode: str) -> None:
    place.person("bare")
    at_home(place, "bare")
    set_mfa(place, mode, *([] if mode == "OFF" else ["SOFTWARE_TOKEN_MFA"]))
    configure(place, **actions(medium="MFA_REQUIRED"))
    assert refusal(elsewhere, place, "bare") == BLOCKED
    configure(place, **actions(medium="MFA_IF_CONFIGURED"))
    let_in = elsewhere(place, "bare")
    assert signed_in(let_in) or let_in["ChallengeName"] == "MFA_SETUP"


def test_a_remembered_device_stands_in_for_nothing(server: RunningServer) -> None:
    place = protected(server, EmailConfiguration=MAILS, **TRACKED, **NO_RECOVERY)
    place.person("jane", email=EMAIL, email_verified="true")
    set_mfa(place, "OPTIONAL", "SOFTWARE_TOKEN_MFA")
    at_home(place)
    gadget = a_gadget(place)
    with_app(place)
    keyed = {"USERNAME": "jane", "PASSWORD": PASSWORD, "DEVICE_KEY": gadget.key}
    named = {
        "UserPoolId": place.pool,
        "ClientId": place.client,
        "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": keyed,
    }
    ask = place.idp.admin_initiate_auth
    assert ask(**named, ContextData=seen_from(ABROAD))["ChallengeName"] == "DEVICE_SRP_AUTH"
    configure(place, **actions(low="MFA_REQUIRED", medium="MFA_REQUIRED"))
    assert ask(**named, ContextData=seen_from("192.0.2.1"))["ChallengeName"] == "SOFTWARE_TOKEN_MFA"


def test_a_new_password_comes_before_it(place: Place) -> None:
    place.invite("joe", email="joe@example.com", email_verified="true")
    for _ in range(3):
        refusal(place.plain, "joe", "Wrong-Horse-9")
    configure(place, **actions(low="MFA_REQUIRED"))
    asked = place.plain("joe")
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    answers = {"USERNAME": "joe", "NEW_PASSWORD": "Another-Horse-9"}
    asked = place.respond(asked["ChallengeName"], asked["Session"], answers)
    assert asked["ChallengeName"] == "EMAIL_OTP"
    code = {"USERNAME": "joe", "EMAIL_OTP_CODE": place.server.code("joe@example.com")}
    assert signed_in(place.respond("EMAIL_OTP", asked["Session"], code))


def test_srp_is_weighed_too(place: Place) -> None:
    configure(place, **actions(**BLOCK_ALL))
    srp = place.srp()
    assert refusal(srp.answer, srp.claim(srp.start())) == BLOCKED


def custom_place(triggered: RunningServer, mode: str) -> Place:
    """A pool whose custom sign-ins are watched in a mode of their own, with jane, who was at home."""
    place = protected(triggered, LambdaConfig=CUSTOM)
    flows = {"AdvancedSecurityAdditionalFlows": {"CustomAuthMode": mode}} if mode else {}
    place.idp.update_user_pool(UserPoolId=place.pool, LambdaConfig=CUSTOM, **on("ENFORCED", **flows))
    place.person()
    at_home(place)
    configure(place, **actions(**BLOCK_ALL))
    triggered.clock.advance(1)
    return place


@pytest.mark.parametrize(("mode", "level"), [("", ""), ("AUDIT", "Medium")])
def test_custom_sign_ins_have_a_mode_of_their_own(triggered: RunningServer, mode: str, level: str) -> None:
    place = custom_place(triggered, mode)
    assert signed_in(solve(place, begin(place)["Session"]))
    assert risk(place) == ("NoRisk", level)


def test_custom_sign_ins_are_blocked_where_that_mode_is_enforced(triggered: RunningServer) -> None:
    place = custom_place(triggered, "ENFORCED")
    assert refusal(solve, place, begin(place)["Session"]) == BLOCKED
    assert risk(place) == ("Block", "Medium")
