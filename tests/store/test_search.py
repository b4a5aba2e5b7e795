"""Searches beyond the service's, beside a plain evaluation in Python, on both engines."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import engines
from poolhouse.domain.filters import Filter, search_form
from poolhouse.domain.search import All, AnyOf, Order, Search, Test
from poolhouse.domain.user import Status, User
from poolhouse.store import Store, Tx, open_store
from poolhouse.store.text import search_text
from support.scripted import ScriptedClock
from support.things import POOL, a_user

NAMES = ("email", "given_name", "custom:team", "status", "username", "sub", "cognito:user_status")
VALUE = st.sampled_from(["", "a", "A", "ab", "Ba", "b", "é", "\uffff", "\U0010ffff", "0", "enabled"])
CONDITION = st.builds(
    lambda name, op, value: Filter(name, op, search_form(name, value)),
    st.sampled_from(NAMES),
    st.sampled_from(["=", "^=", "*="]),
    VALUE | st.sampled_from(["Enabled", "Disabled", "CONFIRMED", "conf", "01", "02"]),
)
TEST = st.recursive(
    CONDITION,
    lambda parts: st.builds(
        lambda kind, some: kind(tuple(some)),
        st.sampled_from([All, AnyOf]),
        st.lists(parts, min_size=2, max_size=3),
    ),
    max_leaves=5,
)
ORDER = st.builds(
    Order,
    st.sampled_from(["email", "given_name", "username", "status", "cognito:user_status"]),
    st.booleans(),
)
SEARCH = st.builds(Search, TEST | st.none(), ORDER | st.none())
PERSON = st.fixed_dictionaries(
    {
        "email": VALUE,
        "given_name": VALUE,
        "custom:team": VALUE,
        "enabled": st.booleans(),
        "reset": st.booleans(),
    }
)


@pytest.fixture(params=engines.ENGINES, scope="module")
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with (
        engines.database(request.param, tmp_path_factory.mktemp("search")) as url,
        closing(open_store(url, ScriptedClock())) as store,
    ):
        yield store


def found(store: Store, search: Search, limit: int, most: int) -> list[str]:
    subs: list[str] = []
    after = None
    for _ in range(500):
        page = store.read(
            lambda tx, after=after: tx.user_search.find(POOL, search, after, limit, most=most)  # type: ignore[misc]
        )
        assert len(page.users) <= min(limit, most)
        subs += [user.sub for user in page.users]
        after = page.next
        if after is None:
            return subs
    raise AssertionError("the pages have no end")


def naive_value(user: User, name: str) -> str:
    """Return what the rules say a user has, written down once more."""
    own = {
        "username": user.username,
        "sub": user.sub,
        "status": "Enabled" if user.enabled else "Disabled",
        "cognito:user_status": user.status.value.lower(),
    }
    return own[name] if name in own else user.attributes.get(name, "").lower()


def naive(test: Test | None, user: User) -> bool:
    if test is None:
        return True
    if isinstance(test, All | AnyOf):
        return (all if isinstance(test, All) else any)(naive(part, user) for part in test.parts)
    held = naive_value(user, test.name)
    if not held:
        return False
    return {
        "=": held == test.value,
        "^=": held[: len(test.value)] == test.value,
        "*=": held.find(test.value) >= 0,
    }[test.op]


def naive_order(users: list[User], order: Order) -> list[str]:
    there = sorted(
        ((search_text(naive_value(u, order.name)), u.sub) for u in users if naive_value(u, order.name)),
        reverse=order.descending,
    )
    return [sub for _, sub in there] + sorted(u.sub for u in users if not naive_value(u, order.name))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.lists(PERSON, max_size=14),
    search=SEARCH,
    limit=st.integers(1, 6),
    most=st.sampled_from([1, 3, 10_000]),
)
def test_a_search_finds_what_python_finds(
    shared: Store, people: list[dict[str, object]], search: Search, limit: int, most: int
) -> None:
    users = [
        replace(
            a_user(f"{n:02}", f"U{n % 5}{n}", **{name: str(p[name]) for name in NAMES[:3] if p[name]}),
            enabled=bool(p["enabled"]),
            status=Status.RESET_REQUIRED if p["reset"] else Status.CONFIRMED,
        )
        for n, p in enumerate(people)
    ]

    def fill(tx: Tx) -> None:
        for user in tx.users.list(POOL, None, None, 99).users:
            tx.users.delete(POOL, user.sub)
        for user in users:
            tx.users.add(user)
        tx.users.delete("us-east-1_other", "00")
        tx.users.add(a_user("00", "U00", pool_id="us-east-1_other", email="a", given_name="a"))

    shared.write(fill)
    fitting = [user for user in users if naive(search.test, user)]
    subs = found(shared, search, limit, most)
    if search.order:
        assert subs == naive_order(fitting, search.order)
    else:
        assert sorted(subs) == [user.sub for user in fitting]


@pytest.mark.parametrize("search", [Search(Filter("custom:team", "=", "red")), Search(None, Order("email"))])
def test_pages_stay_true_while_users_come_and_go(store: Store, search: Search) -> None:
    def add(number: int) -> None:
        user = a_user(f"{number:02}", f"u{number}", email=f"{number:02}@x", **{"custom:team": "Red"})
        store.write(lambda tx: tx.users.add(user))

    for number in range(0, 20, 2):
        add(number)
    first = store.read(lambda tx: tx.user_search.find(POOL, search, None, 5))
    add(1)  # before: not seen
    add(11)  # after: seen
    store.write(lambda tx: tx.users.delete(POOL, "08"))  # where the page ended
    second = store.read(lambda tx: tx.user_search.find(POOL, search, first.next, 99))
    assert [user.sub for user in second.users] == ["10", "11", "12", "14", "16", "18"]
    assert second.next is None


def test_a_scan_stops_after_so_many_users(store: Store) -> None:
    users = [
        a_user(f"{n:04}", f"u{n:04}", **{"custom:team": "last" if n == 2999 else "x"}) for n in range(3000)
    ]
    store.write(lambda tx: tx.users.add_all(users))
    search = Search(Filter("custom:team", "=", "last"))
    pages = []
    after = None
    while not pages or after:
        page = store.read(
            lambda tx, after=after: tx.user_search.find(POOL, search, after, 10, most=700)  # type: ignore[misc]
        )
        pages.append([user.sub for user in page.users])
        after = page.next
    assert pages == [[], [], [], [], ["2999"]]
