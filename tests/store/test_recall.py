"""What a process recalls of its own reads: never past a commit of its own. On both engines."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from poolhouse.domain.user import User
from poolhouse.store import Store, Tx, migrate, open_store
from poolhouse.store.recall import Recall
from support.scripted import ScriptedClock
from support.things import POOL, a_user


def recalled(store: Store, sub: str = "s1") -> User | None:
    return store.recall(sub, lambda tx: tx.users.get(POOL, sub))


def test_what_is_written_is_what_is_recalled(store: Store) -> None:
    assert recalled(store) is None
    user = a_user("s1", name="Al")
    store.write(lambda tx: tx.users.add(user))
    assert recalled(store) == user
    saved = store.write(lambda tx: tx.users.save(replace(user, enabled=False)))
    assert recalled(store) == saved
    store.write(lambda tx: tx.users.delete(POOL, "s1"))
    assert recalled(store) is None


def test_a_failed_unit_leaves_nothing_to_recall(store: Store) -> None:
    def work(tx: Tx) -> None:
        tx.users.add(a_user("s1"))
        raise LookupError

    with pytest.raises(LookupError):
        store.write(work)
    assert recalled(store) is None


def test_sqlite_is_asked_once_between_commits(tmp_path: Path, clock: ScriptedClock) -> None:
    url = f"sqlite:///{tmp_path}/poolhouse.db"
    migrate(url)
    asked = []
    with closing(open_store(url, clock)) as store:
        for _ in range(3):
            store.recall("key", lambda tx: asked.append(tx.users.get(POOL, "s1")))
        assert len(asked) == 1
        store.write(lambda tx: tx.users.add(a_user("s2")))
        store.recall("key", lambda tx: asked.append(tx.users.get(POOL, "s1")))
        assert len(asked) == 2


def test_a_commit_during_a_read_is_not_missed() -> None:
    commits = 0
    recall = Recall(lambda: commits)

    def read() -> str:
        nonlocal commits
        commits += 1  # somebody commits after the statement saw the old state
        return "old"

    assert recall.get("key", read) == "old"
    assert recall.get("key", lambda: "new") == "new"
