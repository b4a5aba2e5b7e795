"""Removes what nobody needs any more: rows of deleted pools and groups, and rows whose time is over.

Each batch is a short transaction of its own, so that requests never wait long for one.
"""

from collections.abc import Callable, Iterator
from itertools import islice

from poolhouse.keys.signing import LAST_TOKENS
from poolhouse.store import Store, Tx
from poolhouse.world import Clock

_DAY = 86400.0
_LEASE_SECONDS = 300.0
_ROWS = 500
_PIECES = 20
_BATCHES = 10
_POOLS = 100
_GROUPS = 100


def sweep(store: Store, clock: Clock, holder: str) -> bool:
    """Do one round, unless another process is at it.

    Args:
        store: the store.
        clock: says what is over.
        holder: names this process, and no other.

    Returns:
        Whether the round was full: there may be more to do.
    """
    now = clock.now()
    if not store.write(lambda tx: tx.leases.take("sweep", holder, now, now + _LEASE_SECONDS)):
        return False
    return sum(1 for _ in islice(_batches(store, now), _BATCHES)) == _BATCHES


def _batches(store: Store, now: float) -> Iterator[int]:
    store.write(lambda tx: tx.connections.sweep(now - _DAY))
    for pool_id in store.read(lambda tx: tx.pools.doomed(_POOLS)):
        yield from _until_done(store, pool_id, lambda tx, pool_id: tx.pools.remove_remains(pool_id, _ROWS))
    for pool_id, group_id in store.read(lambda tx: tx.groups.doomed(_GROUPS)):
        yield from _until_done(store, pool_id, _members_of(group_id))
    for pool_id in _pool_ids(store):
        yield from _until_done(store, pool_id, lambda tx, pool_id: _expired(tx, pool_id, now))


def _members_of(group_id: str) -> Callable[[Tx, str], int]:
    return lambda tx, pool_id: tx.groups.remove_members(pool_id, group_id, _ROWS)


def _expired(tx: Tx, pool_id: str, now: float) -> int:
    """Remove a batch of what is over.

    Families and codes stay a day longer: an access token outlives its family's last refresh by a day at
    most, who types an expired code hears that it has expired, and who redeems an authorization code twice is
    found out. Windows of attempts last an hour. Signing
    keys stay until their last token has expired.
    """
    return (
        tx.spent.sweep(pool_id, now, _ROWS)
        + tx.families.sweep(pool_id, now - _DAY, _ROWS)
        + tx.sessions.sweep(pool_id, now, _ROWS)
        + tx.browser_sessions.sweep(pool_id, now, _ROWS)
        + tx.auth_events.sweep(pool_id, now, _ROWS)
        + tx.codes.sweep(pool_id, now - _DAY, _ROWS)
        + tx.authorization_codes.sweep(pool_id, now - _DAY, _ROWS)
        + tx.attempts.sweep(pool_id, now - _DAY, _ROWS)
        + tx.signing_keys.sweep(pool_id, now - LAST_TOKENS)
        + tx.import_jobs.sweep_files(pool_id, now, _PIECES)
    )


def _until_done(store: Store, pool_id: str, batch: Callable[[Tx, str], int]) -> Iterator[int]:
    while removed := store.write(lambda tx: batch(tx, pool_id)):
        yield removed


def _pool_ids(store: Store) -> Iterator[str]:
    page = _page(store, "")
    while page:
        yield from page
        page = _page(store, page[-1])


def _page(store: Store, after: str) -> list[str]:
    return [pool.id for pool in store.read(lambda tx: tx.pools.list(after, _POOLS))]
