"""The score of a sign-in: what counts, how much, and what never does."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain.auth_events import INVALID, VALID, AuthEvent, Feedback, Kind, Response, continued
from poolhouse.domain.risk import (
    ADDRESS_FAILURES,
    MANY_ADDRESS_FAILURES,
    USER_FAILURES,
    Circumstances,
    Reaction,
    level,
    points,
    reaction,
)

HOME, NEIGHBOUR, ABROAD = "203.0.113.7", "203.0.113.200", "198.51.100.9"
LAPTOP, PHONE = "Chrome 125, Windows 10", "Mobile Safari 17, iOS 17"
SEEN = AuthEvent("p", "s", "e", Kind.SIGN_IN, 1.0, 9.0, Response.PASS, ip=HOME, device=LAPTOP)


@pytest.mark.parametrize(
    ("found", "level_of"),
    [
        (Circumstances(HOME, LAPTOP, [SEEN]), ""),
        (Circumstances(NEIGHBOUR, LAPTOP, [SEEN]), ""),
        (Circumstances(HOME, "Chrome 126, Windows 11", [SEEN]), ""),
        (Circumstances(ABROAD, LAPTOP, [SEEN]), "Low"),
        (Circumstances(HOME, PHONE, [SEEN]), "Low"),
        (Circumstances(HOME, "", [SEEN]), "Low"),
        (Circumstances(ABROAD, PHONE, [SEEN]), "Medium"),
        (Circumstances(ABROAD, PHONE, []), ""),
        (Circumstances(HOME, LAPTOP, [SEEN], user_failures=USER_FAILURES), "Low"),
        (Circumstances(HOME, LAPTOP, [SEEN], user_failures=USER_FAILURES - 1), ""),
        (Circumstances(ABROAD, PHONE, [SEEN], user_failures=USER_FAILURES), "High"),
        (Circumstances(HOME, LAPTOP, [SEEN], address_failures=ADDRESS_FAILURES), "Low"),
        (Circumstances(HOME, LAPTOP, [SEEN], address_failures=MANY_ADDRESS_FAILURES), "Medium"),
        (Circumstances(ABROAD, LAPTOP, [], address_failures=MANY_ADDRESS_FAILURES), "Medium"),
        (Circumstances(ABROAD, LAPTOP, [], [replace(SEEN, ip=ABROAD)]), "High"),
        (Circumstances("198.51.100.10", LAPTOP, [], [replace(SEEN, ip=ABROAD)]), "Medium"),
        (Circumstances("", "", [], [replace(SEEN, ip=ABROAD)]), ""),
    ],
)
def test_levels(found: Circumstances, level_of: str) -> None:
    assert level(points(found)) == level_of


ADDRESSES = st.one_of(st.ip_addresses().map(str), st.just(""), st.text(max_size=9))
EVENTS = st.lists(
    st.builds(lambda ip, device: replace(SEEN, ip=ip, device=device), ADDRESSES, st.text(max_size=9)),
    max_size=4,
)
FOUND = st.builds(
    Circumstances, ADDRESSES, st.text(max_size=9), EVENTS, EVENTS, st.integers(0, 99), st.integers(0, 99)
)


@given(FOUND, st.integers(0, 99), st.integers(0, 99))
def test_more_guesses_never_lower_it(found: Circumstances, user: int, address: int) -> None:
    more = replace(
        found, user_failures=found.user_failures + user, address_failures=found.address_failures + address
    )
    assert points(more) >= points(found)


@given(FOUND)
def test_what_was_seen_before_is_not_new(found: Circumstances) -> None:
    seen = replace(SEEN, ip=found.ip, device=found.device)
    known = replace(found, familiar=[*found.familiar, seen])
    assert points(known) <= points(found)
    assert points(known) == points(replace(found, familiar=[]))


@given(FOUND, EVENTS)
def test_denials_never_lower_it(found: Circumstances, denied: list[AuthEvent]) -> None:
    assert points(replace(found, denied=[*found.denied, *denied])) >= points(found)


@given(st.integers(0, 20))
def test_levels_rise_with_points(total: int) -> None:
    order = ["", "Low", "Medium", "High"]
    assert order.index(level(total + 1)) >= order.index(level(total))


def test_feedback_makes_familiar_and_takes_it_back() -> None:
    failed = replace(SEEN, response=Response.FAIL)
    assert (SEEN.standing, failed.standing) == (1, 0)
    assert replace(failed, feedback=Feedback(VALID, "User", 2.0)).standing == 1
    assert replace(SEEN, feedback=Feedback(INVALID, "Admin", 2.0)).standing == -1
    assert replace(SEEN, kind=Kind.SIGN_UP).standing == 0


def test_a_step_adds_and_takes_nothing_away() -> None:
    feedback = Feedback(VALID, "Admin", 2.0)
    before = replace(
        SEEN, response=Response.IN_PROGRESS, challenges=(("Password", "Success"),), feedback=feedback
    )
    after = continued(before, replace(SEEN, created=5.0, challenges=(("Mfa", "Success"),)))
    assert after.challenges == (("Password", "Success"), ("Mfa", "Success"))
    assert (after.created, after.response, after.feedback) == (1.0, Response.PASS, feedback)


def test_reactions() -> None:
    actions = {"HighAction": {"Notify": True, "EventAction": "BLOCK"}}
    config = {"AccountTakeoverRiskConfiguration": {"Actions": actions}}
    assert reaction(config, "High") == Reaction("BLOCK", notify=True)
    assert reaction(config, "Low") == reaction(config, "") == reaction({}, "High") == Reaction()
