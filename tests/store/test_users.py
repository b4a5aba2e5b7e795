"""Lists of users: pages by key, filters by search rows, on both engines."""

import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import engines
from poolhouse.domain.filters import EQUALS, PREFIX, Filter, search_form
from poolhouse.domain.user import Status, User
from poolhouse.store import Store, Tx, open_store
from poolhouse.store.text import key_text, search_text, successor
from support.scripted import ScriptedClock, ScriptedEntropy
from support.things import POOL, a_user

OTHER = "us-east-1_other"


def listed(store: Store, condition: Filter | None, limit: int) -> list[User]:
    """Return all pages, one after the other."""
    users: list[User] = []
    after = None
    while True:
        page = store.peek(lambda tx, after=after: tx.users.list(POOL, condition, after, limit))
        assert len(page.users) == limit or page.next is None, "only the last page is short"
        users += page.users
        after = page.next
        if after is None:
            return users


def test_all_users_in_pages(store: Store) -> None:
    subs = sorted(str(uuid.uuid4()) for _ in range(25))
    for sub in reversed(subs):
        store.write(lambda tx, sub=sub: tx.users.add(a_user(sub)))
    store.write(lambda tx: tx.users.add(a_user(str(uuid.uuid4()), pool_id=OTHER)))
    for limit in (1, 5, 24, 25, 26):
        assert [user.sub for user in listed(store, None, limit)] == subs
    assert store.peek(lambda tx: tx.users.list("us-east-1_none", None, None, 5).users) == []


def test_pages_stay_true_while_users_come_and_go(store: Store) -> None:
    for number in range(0, 20, 2):
        store.write(lambda tx, n=number: tx.users.add(a_user(f"{n:02}", name=f"n{n:02}")))
    condition = Filter("name", PREFIX, "n")
    first = store.peek(lambda tx: tx.users.list(POOL, condition, None, 5))
    store.write(lambda tx: tx.users.add(a_user("01", name="n01")))  # before: not seen
    store.write(lambda tx: tx.users.add(a_user("11", name="n11")))  # after: seen
    store.write(lambda tx: tx.users.delete(POOL, "08"))  # where the page ended
    second = store.peek(lambda tx: tx.users.list(POOL, condition, first.next, 99))
    assert [user.sub for user in second.users] == ["10", "11", "12", "14", "16", "18"]


def test_search_rows_follow_their_user(store: Store) -> None:
    user = a_user("s1", "Alice", email="Alice@Example.com", name="Al")

    def found(name: str, value: str, op: str = EQUALS) -> bool:
        return bool(listed(store, Filter(name, op, value), 9))

    store.write(lambda tx: tx.users.add(user))
    assert found("email", "alice@example.com")
    assert found("username", "Alice")
    assert not found("username", "alice")
    assert found("status", "Enabled")
    assert found("cognito:user_status", "confirmed")
    changed = replace(
        user, attributes={"email": "new@example.com"}, status=Status.RESET_REQUIRED, enabled=False
    )
    saved = store.write(lambda tx: tx.users.save(changed))
    assert not found("email", "alice@example.com")
    assert not found("name", "al")
    assert not found("status", "Enabled")
    assert found("email", "new@", PREFIX)
    assert found("cognito:user_status", "reset_required")
    assert listed(store, Filter("status", EQUALS, "Disabled"), 9) == [saved]
    store.write(lambda tx: tx.users.delete(POOL, "s1"))
    assert not found("email", "new@", PREFIX)


def test_filter_by_sub(store: Store) -> None:
    for sub in ("aa1", "ab1", "ab2", "b"):
        store.write(lambda tx, sub=sub: tx.users.add(a_user(sub)))
    for op, value, subs in (
        (EQUALS, "ab1", ["ab1"]),
        (EQUALS, "ab", []),
        (PREFIX, "ab", ["ab1", "ab2"]),
        (PREFIX, "", ["aa1", "ab1", "ab2", "b"]),
    ):
        assert [user.sub for user in listed(store, Filter("sub", op, value), 1)] == subs


TEXT = st.text(
    st.sampled_from(["a", "b", "\0", "\x7f", "é", "\ud7ff", "\ue000", "\uffff", "\U0010ffff"]), max_size=3
)


@pytest.fixture(params=engines.ENGINES, scope="module")
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with (
        engines.database(request.param, tmp_path_factory.mktemp("users")) as url,
        closing(open_store(url, ScriptedClock())) as store,
    ):
        yield store


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(TEXT, max_size=12),
    asked=TEXT,
    op=st.sampled_from([EQUALS, PREFIX]),
    limit=st.integers(1, 5),
)
def test_a_filter_finds_what_python_finds(
    shared: Store, names: list[str], asked: str, op: str, limit: int
) -> None:
    def fill(tx) -> None:
        for user in tx.users.list(POOL, None, None, 99).users:
            tx.users.delete(POOL, user.sub)
        for number, name in enumerate(names):
            tx.users.add(a_user(f"{number:02}", name=name))

    def matches(value: str) -> bool:
        return value == wanted if op == EQUALS else value.startswith(wanted)

    shared.write(fill)
    condition = Filter("name", op, search_form("name", asked))
    wanted = search_text(condition.value)
    rows = [(search_text(search_form("name", name)), f"{n:02}") for n, name in enumerate(names) if name]
    expected = [sub for value, sub in sorted(rows) if matches(value)]
    assert [user.sub for user in listed(shared, condition, limit)] == expected


@given(prefix=st.text(max_size=4), text=st.text(max_size=6))
def test_the_range_of_a_prefix_is_its_prefix(prefix: str, text: str) -> None:
    assert (prefix <= text < successor(prefix)) == text.startswith(prefix)
    assert prefix + text < successor(prefix)


@given(text=st.text(max_size=5000))
def test_keys_fit_and_are_their_own_keys(text: str) -> None:
    key = key_text(text)
    assert len(key.encode()) <= 1024
    assert "\0" not in key
    assert key_text(key) == key


def test_values_of_any_length_are_stored_and_found(store: Store) -> None:
    value = "\U0001f600" * 2048
    store.write(lambda tx: tx.users.add(a_user("s1", name=value, email=value + "@x")))
    assert len(listed(store, Filter("name", PREFIX, value[:256]), 9)) == 1


def test_the_count_is_exact_for_few_and_near_for_many(shared: Store) -> None:
    entropy = ScriptedEntropy()

    def add(tx, count: int) -> None:
        for _ in range(count):
            tx.users.add(a_user(entropy.uuid(), pool_id=OTHER))

    assert shared.peek(lambda tx: tx.users.count_estimate(OTHER)) == 0
    shared.write(lambda tx: add(tx, 3))
    assert shared.peek(lambda tx: tx.users.count_estimate(OTHER)) == 3
    shared.write(lambda tx: add(tx, 1997))
    assert shared.peek(lambda tx: tx.users.count_estimate(OTHER)) == pytest.approx(2000, rel=0.1)


@pytest.mark.parametrize("part", [0.1, 0.5, 1])
def test_the_count_is_near_when_an_import_stopped(store: Store, part: float) -> None:
    """Its subs ascend with the file: what is missing is missing at the end."""
    entropy, count = ScriptedEntropy(), 3000
    subs = [f"{int(n / count * part * 2**32):08x}{entropy.uuid()[8:]}" for n in range(count)]
    store.write(lambda tx: tx.users.add_all([a_user(sub, pool_id=OTHER) for sub in subs]))
    assert store.peek(lambda tx: tx.users.count_estimate(OTHER)) == pytest.approx(count, rel=0.3)


def test_a_page_costs_the_same_among_many_users(tmp_path: Path) -> None:
    """Counted in steps of SQLite's machine, not in time."""
    few, many = steps_of_pages(tmp_path, 200), steps_of_pages(tmp_path, 6000)
    for few_steps, many_steps in zip(few, many, strict=True):
        assert many_steps <= few_steps * 1.5 + 20


def steps_of_pages(folder: Path, count: int) -> list[int]:
    """Return how many steps each kind of page takes among `count` users."""
    asked = [
        (None, None),
        (None, "8"),
        (None, f"{count - 20:08x}"),
        (Filter("email", PREFIX, f"{count // 2:08x}"[:7]), None),
        (Filter("email", EQUALS, f"{count // 2:08x}@example.com"), None),
        (Filter("name", EQUALS, "al"), f"{count // 2:08x}"),
        (Filter("name", PREFIX, "a"), f'["al","{count // 2:08x}"]'),
    ]
    steps = []

    def fill(tx: Tx) -> None:
        for number in range(count):
            sub = f"{number:08x}"
            tx.users.add(a_user(sub, email=f"{sub}@example.com", name="Al"))

    with engines.database("sqlite", folder) as url, closing(open_store(url, ScriptedClock())) as store:
        store.write(fill)
        for condition, after in asked:

            def page(tx: Tx, condition: Filter | None = condition, after: str | None = after) -> None:
                ticks: list[int] = []
                connection = tx.users._link._connection
                connection.set_progress_handler(lambda: ticks.append(1), 1)
                tx.users.list(POOL, condition, after, 10)
                connection.set_progress_handler(None, 0)
                steps.append(len(ticks))

            store.peek(page)
    return steps
