"""PreventUserExistenceErrors: who is not there is answered like who is."""

import uuid
from typing import Any

import pytest

from support.refusals import refusal
from support.server import RunningServer
from support.sign_in import PASSWORD, WRONG, Place, make_place

HIDES = {"PreventUserExistenceErrors": "ENABLED"}
EXCEEDED = "NotAuthorizedException", "Password attempts exceeded"


def hiding_place(server: RunningServer, **pool: Any) -> Place:
    place = make_place(server, client=HIDES, **pool)
    place.person("jane@example.com" if pool else "jane")
    return place


def test_legacy_clients_are_told(server: RunningServer) -> None:
    place = make_place(server)
    unknown = "UserNotFoundException", "User does not exist."
    assert refusal(lambda: place.plain("nobody")) == unknown
    assert refusal(lambda: place.srp("nobody").start()) == unknown


def test_plain_passwords(server: RunningServer) -> None:
    place = hiding_place(server)
    assert refusal(lambda: place.plain("nobody")) == WRONG
    assert refusal(lambda: place.plain("jane", "Wrong-Horse-9")) == WRONG


def test_srp_looks_the_same(server: RunningServer) -> None:
    """The same members, lengths and forms; the same salt and id each time; and the answer fails."""
    place = hiding_place(server, UsernameAttributes=["email"])
    real = place.srp("jane@example.com").start()["ChallengeParameters"]
    srp = place.srp("nobody@example.com")
    first, second = (srp.start() for _ in range(2))
    made, again = first["ChallengeParameters"], second["ChallengeParameters"]
    assert set(made) == set(real)
    assert (made["SALT"], made["USER_ID_FOR_SRP"]) == (again["SALT"], again["USER_ID_FOR_SRP"])
    assert made["SRP_B"] != again["SRP_B"]
    assert uuid.UUID(made["USER_ID_FOR_SRP"]).version == 4
    assert made["USERNAME"] == made["USER_ID_FOR_SRP"]
    assert 28 <= len(made["SALT"]) <= 32
    assert 760 <= len(made["SRP_B"]) <= 768
    assert abs(len(made["SECRET_BLOCK"]) - len(real["SECRET_BLOCK"])) <= 16
    assert refusal(lambda: srp.answer(srp.claim(first))) == WRONG


def test_made_up_answers_differ_by_pool_and_name(server: RunningServer) -> None:
    one, other = hiding_place(server), hiding_place(server)
    ids = {
        place.srp(name).start()["ChallengeParameters"]["USER_ID_FOR_SRP"]
        for place in (one, other)
        for name in ("nobody", "no-one")
    }
    assert len(ids) == 4


def test_the_lock_out_counts_for_nobody_too(server: RunningServer) -> None:
    place = hiding_place(server)
    for name in ("jane", "nobody"):
        for _ in range(5):
            assert refusal(lambda n=name: place.plain(n, "Wrong-Horse-9")) == WRONG
        assert refusal(lambda n=name: place.plain(n, "Wrong-Horse-9")) == EXCEEDED
        assert refusal(lambda n=name: place.srp(n).start()) == EXCEEDED


def test_the_made_up_id_is_nobody_s_name(server: RunningServer) -> None:
    place = hiding_place(server)
    made = place.srp("nobody").start()["ChallengeParameters"]["USER_ID_FOR_SRP"]
    assert refusal(lambda: place.plain(made)) == WRONG


def test_reset_required_is_told_to_the_right_password_alone(server: RunningServer) -> None:
    place = make_place(server, client=HIDES, AutoVerifiedAttributes=["email"])
    place.person(email="jane@example.com", email_verified="true")
    place.idp.admin_reset_user_password(UserPoolId=place.pool, Username="jane")
    assert refusal(lambda: place.plain(password="Wrong-Horse-9")) == WRONG
    assert refusal(lambda: place.plain("jane", PASSWORD))[0] in {
        "NotAuthorizedException",
        "PasswordResetRequiredException",
    }


@pytest.mark.parametrize("name", ["jane", "nobody"])
def test_two_passwords_at_once_are_no_way_round(server: RunningServer, name: str) -> None:
    """A wrong SRP answer counts whoever it names."""
    place = hiding_place(server)
    srp = place.srp(name, "Wrong-Horse-9")
    for _ in range(5):
        assert refusal(srp.authenticate_user) == WRONG
    assert refusal(srp.authenticate_user) == EXCEEDED
