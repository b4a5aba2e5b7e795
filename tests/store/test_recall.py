"""What a process recalls of users and token families: never past a commit of its own. On both engines."""

from dataclasses import replace

import pytest

from poolhouse.domain.tokens import TokenFamily
from poolhouse.domain.user import User
from poolhouse.store import Store, Tx
from poolhouse.store.recall import Recall, Seen
from support.things import POOL, a_family, a_user


def recalled(store: Store, sub: str = "s1") -> Seen:
    return store.with_family(POOL, sub, f"{sub}-family")


def signed_in(store: Store, sub: str = "s1") -> tuple[User, TokenFamily]:
    user, family = a_user(sub), a_family(f"{sub}-family", sub)

    def work(tx: Tx) -> None:
        tx.users.add(user)
        tx.families.add(family)

    store.write(work)
    return user, family


def test_what_is_written_is_what_is_recalled(store: Store) -> None:
    assert recalled(store) is None
    user, _ = signed_in(store)
    assert recalled(store) == (user, 0)
    saved = store.write(lambda tx: tx.users.save(replace(user, enabled=False)))
    assert recalled(store) == (saved, 0)
    store.write(lambda tx: tx.users.delete(POOL, "s1"))
    assert recalled(store) is None


def test_a_revoked_family_is_not_recalled_as_good(store: Store) -> None:
    user, _ = signed_in(store)
    assert recalled(store) == (user, 0)
    store.write(lambda tx: tx.families.revoke_user(POOL, "s1", at=7))
    assert recalled(store) == (user, 7)


@pytest.mark.parametrize("saved_first", [True, False])
def test_a_unit_that_revokes_and_saves_is_recalled_with_both(store: Store, *, saved_first: bool) -> None:
    user, _ = signed_in(store)
    assert recalled(store) == (user, 0)

    def work(tx: Tx) -> User:
        if not saved_first:
            tx.families.revoke_user(POOL, "s1", at=7)
        saved = tx.users.save(replace(user, enabled=False))
        if saved_first:
            tx.families.revoke_user(POOL, "s1", at=7)
        return saved

    assert recalled(store) == (user, 0)
    saved = store.write(work)
    assert recalled(store) == (saved, 7)


def test_families_that_expire_are_forgotten(store: Store) -> None:
    _, family = signed_in(store)
    assert recalled(store) is not None
    store.write(lambda tx: tx.families.sweep(POOL, family.expires + 1, 10))
    assert recalled(store) is None


def test_a_failed_unit_leaves_nothing_to_recall(store: Store) -> None:
    user, _ = signed_in(store)
    assert recalled(store) == (user, 0)

    def work(tx: Tx) -> None:
        tx.users.save(replace(user, enabled=False))
        raise LookupError

    with pytest.raises(LookupError):
        store.write(work)
    assert recalled(store) == (user, 0)


def test_nobody_is_asked_again_until_the_user_changes() -> None:
    recall, asked, user = Recall(), [], a_user("s1")

    def read() -> Seen:
        asked.append(1)
        return user, 0

    for other in ("s2", "s3"):
        assert recall.get((POOL, "s1"), "event", read) == (user, 0)
        recall.committed({(POOL, other): None})
    saved = replace(user, enabled=False)
    recall.committed({(POOL, "s1"): saved})
    assert recall.get((POOL, "s1"), "event", read) == (saved, 0)
    assert len(asked) == 1
    for touched in (None, (POOL, "s1")):
        recall.committed({touched: None})
        recall.get((POOL, "s1"), "event", read)
    assert len(asked) == 3


def test_a_commit_during_a_read_is_not_missed() -> None:
    recall = Recall()
    old, new = (a_user("s1"), 0.0), (a_user("s1", name="Al"), 0.0)

    def read() -> Seen:
        recall.committed({(POOL, "s1"): None})  # somebody commits after the statement saw the old state
        return old

    assert recall.get((POOL, "s1"), "event", read) == old
    assert recall.get((POOL, "s1"), "event", lambda: new) == new
