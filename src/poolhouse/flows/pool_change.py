"""Changing what the service froze on a living pool, for operators: looked through first, then done in pieces.

Each piece is a short transaction, and says how far it came: whoever is killed goes on there. Users sign up
and change meanwhile, here and in other processes; `flows.aliases.settle` keeps their names right under both
namings.
"""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

from poolhouse.domain.aliases import held_names, stored_kind
from poolhouse.domain.pool import Pool
from poolhouse.domain.pool_change import (
    ABANDONED,
    BUILDING,
    KINDS,
    SWITCHED,
    PoolChange,
    Wish,
    changed,
    is_ambiguous,
    missing,
    naming_of,
)
from poolhouse.domain.user import User
from poolhouse.errors import UserImportInProgressException
from poolhouse.flows.lookup import stored_pool
from poolhouse.store import Store, Tx

_SCANNED = 1000
_PIECE = 500
SPREAD_SECONDS = 5.0
"""After so long no process goes by a pool as it was before."""

Tell = Callable[[int], None]
"""Is told how many users, or names, a piece was about."""


@dataclass(slots=True)
class Findings:
    """What stands against a change.

    Attributes:
        users: how many were looked at.
        counts: how many conflicts there are of each kind.
        shown: the first of them, in words.
    """

    users: int = 0
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    shown: list[str] = field(default_factory=list)

    def note(self, kind: str, words: str, most: int) -> None:
        """Count a conflict; `most` of all are kept in words."""
        self.counts[kind] += 1
        if len(self.shown) < most:
            self.shown.append(words)


def check(store: Store, before: Pool, wish: Wish, most: int, tell: Tell) -> Findings:
    """Look for what stands against a change, changing nothing.

    Names are compared by 64 bits of a hash, and looked at themselves where two of those are the same: those
    of a million users take about a hundred megabytes.

    Args:
        store: the store.
        before: the pool as stored.
        wish: what is asked for.
        most: how many conflicts to keep in words.
        tell: hears of progress.
    """
    found, after = Findings(), changed(before, wish)
    renamed = after.naming != before.naming
    hashes = array("q")
    for user in _users(store, before.id):
        found.users += 1
        for name in missing(before, wish, user):
            found.note("lacking", f"{user.username} has no {name}", most)
        if renamed:
            if is_ambiguous(after, user):
                found.note("ambiguous", f"{user.username} is named like an address of somebody else", most)
            hashes.extend(map(hash, _values(after, user)))
        if found.users % _SCANNED == 0:
            tell(_SCANNED)
    tell(found.users % _SCANNED)
    if twice := _twice(hashes):
        for value, names in _shared(store, after, twice):
            found.note("shared", f"{value} would be the name of {', '.join(names)}", most)
    return found


def _shared(store: Store, pool: Pool, twice: set[int]) -> Iterator[tuple[str, list[str]]]:
    """Yield the names of several users, with their usernames."""
    holders: dict[str, list[str]] = defaultdict(list)
    for user in _users(store, pool.id):
        for value in _values(pool, user):
            if hash(value) in twice:
                holders[value].append(user.username)
    yield from ((value, names) for value, names in holders.items() if len(names) > 1)


def _users(store: Store, pool_id: str) -> Iterator[User]:
    after: str | None = ""
    while after is not None:
        page = store.peek(lambda tx, after=after: tx.users.list(pool_id, None, after or None, _SCANNED))  # type: ignore[misc]
        yield from page.users
        after = page.next


def _values(pool: Pool, user: User) -> set[str]:
    """Return a user's names; of two kinds of name that are alike only one can find its user."""
    return {value for _, value in held_names(pool, user)}


def _twice(hashes: Iterable[int]) -> set[int]:
    ordered = sorted(hashes)
    return {one for one, other in pairwise(ordered) if one == other}


def begin(store: Store, pool_id: str, wish: Wish, now: float) -> PoolChange | None:
    """Begin a change, or go on with one: from now on everybody's names are held under both namings.

    Returns:
        None where names stay: then the change is done.

    Raises:
        ResourceNotFoundException: there is no such pool.
        UserImportInProgressException: users are being imported.
        InvalidParameterException: the service would create no such pool.
    """

    def work(tx: Tx) -> PoolChange | None:
        tx.pools.lock(pool_id)
        pool = stored_pool(tx, pool_id)
        if under_way := tx.pool_changes.get(pool_id):
            return under_way
        if tx.import_jobs.runs(pool_id):
            raise UserImportInProgressException("A user import job is in progress for the user pool.")
        after = changed(pool, wish)
        if after.naming == pool.naming:
            tx.pools.save(replace(after, modified=now))
            return None
        change = PoolChange(pool_id, naming_of(pool), naming_of(after), wish)
        tx.pool_changes.add(change)
        return change

    return store.write(work)


def build(store: Store, pool_id: str, most: int, tell: Tell) -> Findings:
    """Make the new names of all users, from where the change came to; give it up at the first conflict.

    Returns:
        What stood against it: names that were taken since they were looked through.
    """
    found = Findings()
    while not found.counts:
        users, taken = store.write(lambda tx: build_piece(tx, pool_id))
        for _, value, username in taken:
            found.note("shared", f"{value} would be the name of {username} and somebody else", most)
        if not users:
            break
        tell(users)
    return found


def build_piece(tx: Tx, pool_id: str) -> tuple[int, list[tuple[str, str, str]]]:
    """Make the new names of the next users, who cannot change meanwhile, and note how far the change came.

    Returns:
        How many users, and (kind, value, username) of new names that others hold: then nothing is noted.
    """
    change = tx.pool_changes.get(pool_id)
    if change is None or change.state != BUILDING:
        return 0, []
    to_be = change.new.of(stored_pool(tx, pool_id))
    users = tx.users.kept(pool_id, change.after, _PIECE)
    if not users:
        return 0, []
    names = [(kind, value, user.sub) for user in users for kind, value in held_names(to_be, user)]
    taken = tx.aliases.hold_missing(pool_id, sorted(names))
    if taken:
        of = {user.sub: user.username for user in users}
        return len(users), [(kind, value, of[sub]) for kind, value, sub in taken]
    tx.pool_changes.save(replace(change, after=users[-1].sub))
    return len(users), []


def switch(store: Store, pool_id: str, now: float) -> None:
    """Let the new names count, all at once; nothing happens where they do already.

    Raises:
        ResourceNotFoundException: there is no such pool.
        InvalidParameterException: the pool was changed meanwhile, and does not go with it any more.
    """

    def work(tx: Tx) -> None:
        tx.pools.lock(pool_id)
        change = tx.pool_changes.get(pool_id)
        if change is None or change.state != BUILDING:
            return
        after = change.new.of(changed(stored_pool(tx, pool_id), change.wish))
        tx.pools.save(replace(after, modified=now))
        tx.pool_changes.save(replace(change, state=SWITCHED))

    store.write(work)


def abandon(store: Store, pool_id: str) -> None:
    """Give a change up whose names do not count yet: the pool is as it was."""

    def work(tx: Tx) -> None:
        tx.pools.lock(pool_id)
        change = tx.pool_changes.get(pool_id)
        if change and change.state == BUILDING:
            tx.pool_changes.save(replace(change, state=ABANDONED))

    store.write(work)


def clear(store: Store, pool_id: str, tell: Tell) -> None:
    """Remove the names that do not count, and forget the change.

    After `switch` it is called once no process goes by the old names any more (`SPREAD_SECONDS`).
    """
    left = True
    while left:
        removed, left = store.write(lambda tx: _clear_piece(tx, pool_id))
        tell(removed)


def _clear_piece(tx: Tx, pool_id: str) -> tuple[int, bool]:
    """Remove some names; return how many, and whether there are more. Nobody adds any meanwhile."""
    tx.pools.lock(pool_id)
    change = tx.pool_changes.get(pool_id)
    if change is None or change.state == BUILDING:
        return 0, False
    doomed = change.doomed.of(stored_pool(tx, pool_id))
    removed = _remove(tx, doomed)
    # Fewer than asked for need not be the last ones: users may be deleted at this moment.
    if removed == _PIECE or _remove(tx, doomed):
        return removed, True
    tx.pool_changes.delete(pool_id)
    return removed, False


def _remove(tx: Tx, pool: Pool) -> int:
    removed = 0
    for kind in KINDS:
        removed += tx.aliases.remove(pool.id, stored_kind(pool, kind), _PIECE - removed)
    return removed
