"""Finding users by what somebody typed."""

from types import SimpleNamespace
from typing import Any

import pytest

from poolhouse.flows.lookup import find_user, find_user_evenly
from poolhouse.store import Store
from support.things import POOL, a_pool, a_user

SUB = "a1b2c3d4-0000-4444-8888-0123456789ab"
MODES = [{}, {"AliasAttributes": ["email", "preferred_username"]}, {"UsernameAttributes": ["email"]}]


class Counted:
    """Passes calls on and counts them."""

    def __init__(self, users: Any) -> None:
        self._users = users
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        self.calls += 1
        return getattr(self._users, name)


def filled(store: Store) -> Store:
    def work(tx: Any) -> None:
        tx.users.add(a_user(SUB))
        tx.aliases.hold(POOL, "username", "alice", SUB)
        tx.aliases.hold(POOL, "email", "alice@example.com", SUB)

    store.write(work)
    return store


def looked_up(store: Store, find: Any, typed: str, mode: dict[str, Any]) -> tuple[str | None, int]:
    def work(tx: Any) -> tuple[str | None, int]:
        users = Counted(tx.users)
        user = find(SimpleNamespace(users=users), a_pool(**mode), typed)
        return user.sub if user else None, users.calls

    return store.read(work)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("find", [find_user, find_user_evenly])
def test_by_username_and_sub(store: Store, find: Any, mode: dict[str, Any]) -> None:
    filled(store)
    for typed in ("alice", SUB, SUB.upper()):
        assert looked_up(store, find, typed, mode)[0] == SUB
    assert looked_up(store, find, "bob", mode)[0] is None


@pytest.mark.parametrize("mode", MODES[1:])
def test_by_address(store: Store, mode: dict[str, Any]) -> None:
    assert looked_up(filled(store), find_user, "alice@example.com", mode)[0] == SUB


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("names", [("alice", "bobby"), ("alice@example.com", "bobby@example.com")])
def test_attack_timing_by_the_number_of_statements(
    store: Store, mode: dict[str, Any], names: tuple[str, str]
) -> None:
    """As many look-ups for who is not there as for who is."""
    filled(store)
    there, nowhere = (looked_up(store, find_user_evenly, typed, mode)[1] for typed in names)
    assert there == nowhere
