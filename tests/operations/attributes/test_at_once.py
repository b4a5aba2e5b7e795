"""Requests at the same moment: nothing is lost, and of two who want one name exactly one gets it."""

from collections import Counter
from functools import partial

from botocore.exceptions import ClientError

from support.people import ADDRESSES, ALIASES, AUTO_BOTH, HOLD_BOTH, at_once, fresh

NAMES = ("name", "nickname", "given_name", "family_name", "middle_name", "website", "locale", "zoneinfo")


def outcomes(results):
    return Counter(
        result.response["Error"]["Code"] if isinstance(result, ClientError) else "done" for result in results
    )


def test_updates_of_different_attributes_lose_nothing(people):
    sue = people.pool().user()
    for turn in ("first", "second"):
        results = at_once(*(partial(sue.update, {name: f"{turn} {name}"}) for name in NAMES))
        assert outcomes(results) == {"done": len(NAMES)}
        assert sue.get() == {name: f"{turn} {name}" for name in NAMES}


def test_a_change_and_the_deletion_of_another_attribute(people):
    sue = people.pool().user(**dict.fromkeys(NAMES, "x"))
    at_once(*(partial(sue.delete, name) for name in NAMES[:4]), partial(sue.update, {"gender": "f"}))
    assert sue.get() == dict.fromkeys(NAMES[4:], "x") | {"gender": "f"}


def test_a_race_for_one_username(people):
    pool = people.pool(**ADDRESSES, **AUTO_BOTH)
    racers = [pool.user(fresh()) for _ in range(4)]
    wanted = fresh("wanted")
    results = at_once(*(partial(racer.update, {"email": wanted}) for racer in racers))
    assert outcomes(results) == {"done": 1, "AliasExistsException": 3}
    holders = [racer for racer in racers if racer.get()["email"] == wanted]
    assert len(holders) == 1
    owner = pool.idp.get_user(AccessToken=pool.token(wanted))
    assert owner["Username"] == holders[0].username


def test_a_race_to_verify_one_alias(people, server):
    pool = people.pool(**ALIASES, **HOLD_BOTH)
    racers = [pool.user() for _ in range(4)]
    wanted = fresh("wanted")
    codes = []
    for racer in racers:
        racer.update({"email": wanted})
        codes.append(server.code(wanted))
    results = at_once(
        *(partial(racer.verify, "email", code) for racer, code in zip(racers, codes, strict=True))
    )
    assert outcomes(results) == {"done": 1, "AliasExistsException": 3}
    assert [racer.get().get("email") for racer in racers].count(wanted) == 1


def test_administrators_take_an_alias_from_one_another(people):
    pool = people.pool(**ALIASES)
    email = fresh()
    rivals = [pool.user() for _ in range(4)]
    verified = {"email": email, "email_verified": "true"}
    results = at_once(*(partial(rival.admin_update, verified) for rival in rivals))
    assert outcomes(results) == {"done": 4}
    assert [rival.get()["email_verified"] for rival in rivals].count("true") == 1
    assert pool.token(email)


def test_one_code_counts_once(people, server):
    pool = people.pool(**ALIASES)
    email = fresh()
    sue = pool.user(email=email)
    sue.request_code("email")
    code = server.code(email)
    results = at_once(*[partial(sue.verify, "email", code)] * 4)
    assert outcomes(results) == {"done": 1, "ExpiredCodeException": 3}
