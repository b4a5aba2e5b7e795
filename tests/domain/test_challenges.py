"""The sign-in state table: its walks, and that nothing outside it happens."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain import challenges
from poolhouse.domain.challenges import Event, Facts, State, advance
from poolhouse.errors import InvalidParameterException, NotAuthorizedException

PLAIN = Facts()
TEMPORARY = Facts(must_change_password=True)
CUSTOM = Facts(custom=True)
OFFERED = Facts(offered=("PASSWORD_SRP", "PASSWORD", "EMAIL_OTP", "SMS_OTP"))
FIRST = {Event.PASSWORD_PROVEN, Event.CODE_PROVEN, Event.SIGN_UP_PROVEN}
SECOND = Facts(second=State.SOFTWARE_TOKEN_MFA, seconds=(State.SOFTWARE_TOKEN_MFA,))
SELECTING = Facts(
    second=State.SELECT_MFA_TYPE,
    seconds=(State.SMS_MFA, State.EMAIL_MFA),
    offered=(State.SMS_MFA, State.EMAIL_MFA),
)
SETTING_UP = Facts(second=State.MFA_SETUP, offered=(State.SOFTWARE_TOKEN_MFA, State.EMAIL_MFA))
DEVICE, CUSTOM_DEVICE = replace(SECOND, device=True), Facts(custom=True, device=True)
CUSTOM_TEMPORARY = Facts(custom=True, must_change_password=True)
ALL = frozenset({"ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"})
_SECOND_STATES = (State.SMS_MFA, State.SOFTWARE_TOKEN_MFA, State.EMAIL_MFA)
FACTS = st.builds(
    Facts,
    must_change_password=st.booleans(),
    custom=st.booleans(),
    offered=st.lists(st.sampled_from(State), max_size=4).map(tuple),
    second=st.sampled_from([None, *_SECOND_STATES, State.SELECT_MFA_TYPE, State.MFA_SETUP]),
    seconds=st.lists(st.sampled_from(_SECOND_STATES), max_size=3).map(tuple),
    device=st.booleans(),
)
BOTH = {"USERNAME": "u", "PASSWORD": "p", "SRP_A": "1f", "REFRESH_TOKEN": "r"}


@pytest.mark.parametrize(
    ("at", "event", "facts", "to"),
    [
        (State.START, Event.SRP_BEGUN, PLAIN, State.PASSWORD_VERIFIER),
        (State.START, Event.PASSWORD_PROVEN, PLAIN, State.SIGNED_IN),
        (State.START, Event.PASSWORD_PROVEN, TEMPORARY, State.NEW_PASSWORD_REQUIRED),
        (State.START, Event.PASSWORD_PROVEN, DEVICE, State.DEVICE_SRP_AUTH),
        (State.PASSWORD_VERIFIER, Event.PASSWORD_PROVEN, DEVICE, State.DEVICE_SRP_AUTH),
        (State.NEW_PASSWORD_REQUIRED, Event.NEW_PASSWORD_SET, DEVICE, State.DEVICE_SRP_AUTH),
        (State.START, Event.TOKENS_GRANTED, CUSTOM_DEVICE, State.DEVICE_SRP_AUTH),
        (State.DEVICE_SRP_AUTH, Event.DEVICE_SRP_BEGUN, DEVICE, State.DEVICE_PASSWORD_VERIFIER),
        (State.DEVICE_PASSWORD_VERIFIER, Event.DEVICE_PROVEN, DEVICE, State.SIGNED_IN),
        (State.PASSWORD_VERIFIER, Event.PASSWORD_PROVEN, PLAIN, State.SIGNED_IN),
        (State.PASSWORD_VERIFIER, Event.PASSWORD_PROVEN, TEMPORARY, State.NEW_PASSWORD_REQUIRED),
        (State.NEW_PASSWORD_REQUIRED, Event.NEW_PASSWORD_SET, PLAIN, State.SIGNED_IN),
        (State.START, Event.CHOICE_LEFT, OFFERED, State.SELECT_CHALLENGE),
        (State.START, Event.PASSWORD_CHOSEN, OFFERED, State.PASSWORD),
        (State.START, Event.PASSWORD_CHOSEN, PLAIN, State.SELECT_CHALLENGE),
        (State.SELECT_CHALLENGE, Event.SRP_CHOSEN, OFFERED, State.PASSWORD_SRP),
        (State.PASSWORD_SRP, Event.SRP_BEGUN, PLAIN, State.PASSWORD_VERIFIER),
        (State.PASSWORD, Event.PASSWORD_PROVEN, PLAIN, State.SIGNED_IN),
        (State.PASSWORD, Event.PASSWORD_PROVEN, TEMPORARY, State.NEW_PASSWORD_REQUIRED),
        (State.START, Event.EMAIL_CHOSEN, OFFERED, State.EMAIL_OTP),
        (State.START, Event.EMAIL_CHOSEN, PLAIN, State.SELECT_CHALLENGE),
        (State.SELECT_CHALLENGE, Event.SMS_CHOSEN, OFFERED, State.SMS_OTP),
        (State.EMAIL_OTP, Event.CODE_PROVEN, PLAIN, State.SIGNED_IN),
        (State.START, Event.SIGN_UP_PROVEN, PLAIN, State.SIGNED_IN),
        (State.START, Event.SIGN_UP_PROVEN, SETTING_UP, State.MFA_SETUP),
        (State.START, Event.PASSWORD_PROVEN, SECOND, State.SOFTWARE_TOKEN_MFA),
        (State.PASSWORD, Event.PASSWORD_PROVEN, SELECTING, State.SELECT_MFA_TYPE),
        (State.PASSWORD_VERIFIER, Event.PASSWORD_PROVEN, SETTING_UP, State.MFA_SETUP),
        (State.NEW_PASSWORD_REQUIRED, Event.NEW_PASSWORD_SET, SECOND, State.SOFTWARE_TOKEN_MFA),
        (State.SELECT_MFA_TYPE, Event.EMAIL_MFA_CHOSEN, SELECTING, State.EMAIL_MFA),
        (State.SOFTWARE_TOKEN_MFA, Event.SECOND_PROVEN, SECOND, State.SIGNED_IN),
        (State.EMAIL_MFA, Event.SECOND_PROVEN, SELECTING, State.SIGNED_IN),
        (State.MFA_SETUP, Event.TOKEN_VERIFIED, SETTING_UP, State.TOKEN_SET_UP),
        (State.MFA_SETUP, Event.EMAIL_GIVEN, SETTING_UP, State.EMAIL_MFA),
        (State.TOKEN_SET_UP, Event.SECOND_PROVEN, SECOND, State.SIGNED_IN),
        (State.CUSTOM_CHALLENGE, Event.TOKENS_GRANTED, replace(SECOND, custom=True), State.SIGNED_IN),
        (State.START, Event.SRP_WANTED, CUSTOM, State.PASSWORD_VERIFIER),
        (State.START, Event.CHALLENGE_WANTED, CUSTOM, State.CUSTOM_CHALLENGE),
        (State.PASSWORD_VERIFIER, Event.CHALLENGE_WANTED, CUSTOM, State.CUSTOM_CHALLENGE),
        (State.CUSTOM_CHALLENGE, Event.CHALLENGE_WANTED, CUSTOM, State.CUSTOM_CHALLENGE),
        (State.CUSTOM_CHALLENGE, Event.TOKENS_GRANTED, CUSTOM, State.SIGNED_IN),
        (State.CUSTOM_CHALLENGE, Event.TOKENS_GRANTED, CUSTOM_TEMPORARY, State.NEW_PASSWORD_REQUIRED),
    ],
)
def test_steps(at: State, event: Event, facts: Facts, to: State) -> None:
    assert advance(at, event, facts) is to


@given(st.sampled_from(State), st.sampled_from(Event), FACTS)
def test_whatever_has_no_row_is_out_of_turn(at: State, event: Event, facts: Facts) -> None:
    if any(row.at is at and row.event is event and row.when.holds(facts) for row in challenges.ROWS):
        assert advance(at, event, facts) in State
    else:
        with pytest.raises(NotAuthorizedException):
            advance(at, event, facts)


@given(st.lists(st.sampled_from(Event), max_size=8), FACTS)
def test_attack_no_walk_signs_in_without_a_first_factor(events: list[Event], facts: Facts) -> None:
    state, walked = State.START, set()
    for event in events:
        try:
            state = advance(state, event, facts)
        except NotAuthorizedException:
            continue
        walked.add(event)
    if state is State.SIGNED_IN:
        assert ({Event.TOKENS_GRANTED} if facts.custom else FIRST) & walked
        assert Event.NEW_PASSWORD_SET in walked or not facts.must_change_password
        device = facts.device and Event.DEVICE_PROVEN in walked
        assert device or Event.SECOND_PROVEN in walked or facts.custom or facts.second is None
        assert device or not (facts.device and facts.custom)


@given(st.lists(st.sampled_from(Event), max_size=8), FACTS)
def test_attack_no_walk_takes_a_second_factor_that_is_not_the_user_s(
    events: list[Event], facts: Facts
) -> None:
    """Where a factor is owed, the walk ends in a state that waits for one of the user's."""
    state = before = State.START
    for event in events:
        try:
            before, state = state, advance(state, event, facts)
        except NotAuthorizedException:
            continue
        if state is State.SIGNED_IN and facts.second and not facts.custom:
            held = {*facts.seconds} | ({State.DEVICE_PASSWORD_VERIFIER} if facts.device else set())
            assert before in held or (before is State.TOKEN_SET_UP and State.SOFTWARE_TOKEN_MFA in held)
            return


@pytest.mark.parametrize(
    ("at", "event", "facts"),
    [
        (State.EMAIL_OTP, Event.CODE_PROVEN, SECOND),
        (State.SMS_MFA, Event.SECOND_PROVEN, SECOND),
        (State.DEVICE_SRP_AUTH, Event.DEVICE_PROVEN, DEVICE),
        (State.DEVICE_SRP_AUTH, Event.SECOND_PROVEN, DEVICE),
        (State.SOFTWARE_TOKEN_MFA, Event.DEVICE_PROVEN, DEVICE),
        (State.START, Event.DEVICE_SRP_BEGUN, DEVICE),
        (State.TOKEN_SET_UP, Event.SECOND_PROVEN, SELECTING),
        (State.SELECT_MFA_TYPE, Event.TOKEN_CHOSEN, SELECTING),
        (State.MFA_SETUP, Event.PHONE_GIVEN, SETTING_UP),
        (State.MFA_SETUP, Event.TOKEN_VERIFIED, replace(SECOND, offered=SETTING_UP.offered)),
        (State.MFA_SETUP, Event.SECOND_PROVEN, SETTING_UP),
        (State.SELECT_MFA_TYPE, Event.SECOND_PROVEN, SELECTING),
    ],
)
def test_attack_second_factors_out_of_turn(at: State, event: Event, facts: Facts) -> None:
    with pytest.raises(NotAuthorizedException):
        advance(at, event, facts)


@pytest.mark.parametrize("facts", [CUSTOM, CUSTOM_TEMPORARY])
def test_attack_a_password_alone_does_not_end_a_custom_sign_in(facts: Facts) -> None:
    with pytest.raises(NotAuthorizedException):
        advance(State.PASSWORD_VERIFIER, Event.PASSWORD_PROVEN, facts)


def test_every_challenge_has_its_answers() -> None:
    assert set(challenges.ANSWERS) == set(State) - {State.START, State.SIGNED_IN}


@pytest.mark.parametrize("name", ["START", "SIGNED_IN", "EMAIL_MFA", "TOKEN_SET_UP", "", "password_verifier"])
def test_attack_challenge_name_outside_the_table(name: str) -> None:
    with pytest.raises(NotAuthorizedException, match=r"^Invalid session for the user\.$"):
        challenges.answered(name, BOTH)


def test_the_first_answer_missing_is_named() -> None:
    with pytest.raises(InvalidParameterException, match="Missing required parameter USERNAME"):
        challenges.answered("NEW_PASSWORD_REQUIRED", {})
    with pytest.raises(InvalidParameterException, match="Missing required parameter NEW_PASSWORD"):
        challenges.answered("NEW_PASSWORD_REQUIRED", {"USERNAME": "u"})


@pytest.mark.parametrize(
    ("name", "admin", "flow"),
    [
        ("USER_SRP_AUTH", False, challenges.USER_SRP_AUTH),
        ("USER_SRP_AUTH", True, challenges.USER_SRP_AUTH),
        ("USER_PASSWORD_AUTH", False, challenges.USER_PASSWORD_AUTH),
        ("ADMIN_NO_SRP_AUTH", True, challenges.ADMIN_USER_PASSWORD_AUTH),
        ("ADMIN_USER_PASSWORD_AUTH", True, challenges.ADMIN_USER_PASSWORD_AUTH),
    ],
)
def test_flows(name: str, admin: bool, flow: challenges.Flow) -> None:
    assert challenges.begin(name, ALL, BOTH, admin=admin) is flow


@pytest.mark.parametrize(
    ("name", "admin", "message"),
    [
        ("USER_PASSWORD_AUTH", False, "USER_PASSWORD_AUTH flow not enabled for this client"),
        ("USER_SRP_AUTH", False, "USER_SRP_AUTH is not enabled for the client."),
        ("CUSTOM_AUTH", False, "CUSTOM_AUTH is not enabled for the client."),
        ("USER_SRP_AUTH", True, "Auth flow not enabled for this client"),
        ("ADMIN_NO_SRP_AUTH", True, "Auth flow not enabled for this client"),
        ("REFRESH_TOKEN", False, "Auth flow not enabled for this client"),
        ("ADMIN_NO_SRP_AUTH", False, "Initiate Auth method not supported."),
        ("USER_PASSWORD_AUTH", True, "Initiate Auth method not supported."),
        ("NONSENSE", False, "Initiate Auth method not supported."),
    ],
)
def test_flows_refused(name: str, admin: bool, message: str) -> None:
    with pytest.raises(InvalidParameterException) as refused:
        challenges.begin(name, frozenset(), BOTH, admin=admin)
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("name", "given", "missing"),
    [
        ("USER_SRP_AUTH", {}, "USERNAME"),
        ("USER_SRP_AUTH", {"USERNAME": "u"}, "SRP_A"),
        ("USER_PASSWORD_AUTH", {"USERNAME": "u"}, "PASSWORD"),
    ],
)
def test_parameters_missing(name: str, given: dict[str, str], missing: str) -> None:
    with pytest.raises(InvalidParameterException, match=f"Missing required parameter {missing}"):
        challenges.begin(name, ALL, given, admin=False)
