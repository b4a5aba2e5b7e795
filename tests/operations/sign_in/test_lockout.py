"""The lock-out: counted for SRP and plain passwords together, durably, and silent about the password."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.server import RunningServer
from support.sign_in import PASSWORD, WRONG, Place, make_place

EXCEEDED = "NotAuthorizedException", "Password attempts exceeded"


def outcome(sign_in: Any) -> tuple[str, str]:
    try:
        return "ok", sign_in()["AuthenticationResult"]["TokenType"]
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]


def plainly(place: Place, password: str) -> Any:
    return lambda: place.plain(password=password)


def by_srp(place: Place, password: str) -> Any:
    return place.srp(password=password).authenticate_user


@pytest.mark.parametrize("ways", [(plainly, plainly), (by_srp, by_srp), (plainly, by_srp), (by_srp, plainly)])
def test_five_wrong_passwords_lock_by_whichever_way(server: RunningServer, ways: Any) -> None:
    place = make_place(server)
    place.person()
    for number in range(5):
        assert outcome(ways[number % 2](place, "Wrong-Horse-9")) == WRONG
    for way in ways:
        assert outcome(way(place, PASSWORD)) == EXCEEDED
        assert outcome(way(place, "Wrong-Horse-9")) == EXCEEDED
    server.clock.advance(1)
    assert outcome(ways[0](place, PASSWORD)) == ("ok", "Bearer")


def test_each_further_failure_doubles_the_lock(server: RunningServer) -> None:
    place = make_place(server)
    place.person()
    for _ in range(5):
        assert outcome(plainly(place, "Wrong-Horse-9")) == WRONG
    for seconds in (1, 2, 4, 8):
        server.clock.advance(seconds - 0.5)
        assert outcome(plainly(place, PASSWORD)) == EXCEEDED
        server.clock.advance(0.5)
        assert outcome(plainly(place, "Wrong-Horse-9")) == WRONG


def test_a_success_forgets_the_failures(server: RunningServer) -> None:
    place = make_place(server)
    place.person()
    for way in (plainly, by_srp):
        for _ in range(4):
            assert outcome(way(place, "Wrong-Horse-9")) == WRONG
        assert outcome(way(place, PASSWORD)) == ("ok", "Bearer")


def test_fifteen_quiet_minutes_forget_the_failures(server: RunningServer) -> None:
    place = make_place(server)
    place.person()
    for _ in range(5):
        assert outcome(plainly(place, "Wrong-Horse-9")) == WRONG
    server.clock.advance(900)
    for _ in range(4):
        assert outcome(plainly(place, "Wrong-Horse-9")) == WRONG
    assert outcome(plainly(place, PASSWORD)) == ("ok", "Bearer")


def test_an_answer_begun_before_the_lock_meets_it(server: RunningServer) -> None:
    place = make_place(server)
    place.person()
    srp = place.srp()
    answers = srp.claim(srp.start())
    for _ in range(5):
        assert outcome(plainly(place, "Wrong-Horse-9")) == WRONG
    assert outcome(lambda: srp.answer(answers)) == EXCEEDED


def test_attack_guessing_in_parallel(server: RunningServer) -> None:
    """Of many guesses at once five are told wrong; the rest learn nothing."""
    place = make_place(server)
    place.person()
    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(lambda _: outcome(plainly(place, "Wrong-Horse-9")), range(24)))
    assert outcomes.count(WRONG) == 5
    assert outcomes.count(EXCEEDED) == 19


def test_the_lock_is_one_user_s(server: RunningServer) -> None:
    place = make_place(server)
    place.person()
    place.person("bob")
    for _ in range(5):
        assert outcome(plainly(place, "Wrong-Horse-9")) == WRONG
    assert outcome(lambda: place.plain("bob")) == ("ok", "Bearer")


def test_attack_other_spellings_of_a_name_share_the_lock(server: RunningServer) -> None:
    place = make_place(server, UsernameAttributes=["email"], UsernameConfiguration={"CaseSensitive": False})
    sub = place.person("jane@example.com")
    names = ["jane@example.com", "JANE@example.com", "Jane@Example.com", sub, sub.upper()]
    for name in names:
        assert outcome(lambda n=name: place.plain(n, "Wrong-Horse-9")) == WRONG
    assert outcome(lambda: place.plain("jane@example.com")) == EXCEEDED
