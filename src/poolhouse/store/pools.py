"""User pools."""

import builtins

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from poolhouse.domain.pool import Pool
from poolhouse.store.documents import Documents, same_key, values_of
from poolhouse.store.engine import Link, Statement
from poolhouse.store.expiry import Removal
from poolhouse.store.pool_changes import CHANGES
from poolhouse.store.tables import (
    OF_A_POOL,
    client_ids,
    clients,
    domains,
    doomed_pools,
    pool_changes,
    pools,
)

_POOLS = Documents(pools, Pool)
_LIST = Statement(
    select(pools.c.doc)
    .where(pools.c.pool_id > bindparam("after"))
    .order_by(pools.c.pool_id)
    .limit(bindparam("limit")),
    across_pools=True,
)
_COUNT = Statement(select(func.count()).select_from(pools), across_pools=True)
_LOCK = Statement(select(pools.c.version).where(*same_key(pools)).with_for_update())
_REGIMES = Statement(
    select(pools.c.doc, pool_changes.c.doc)
    .select_from(pools.outerjoin(pool_changes, pool_changes.c.pool_id == pools.c.pool_id))
    .where(*same_key(pools))
    .with_for_update(read=True, of=pools)
)
_DOOM = Statement(insert(doomed_pools).values(values_of(doomed_pools)).on_conflict_do_nothing())
_DOOMED = Statement(
    select(doomed_pools.c.pool_id).order_by(doomed_pools.c.pool_id).limit(bindparam("limit")),
    across_pools=True,
)
_IS_DOOMED = Statement(select(doomed_pools.c.pool_id).where(*same_key(doomed_pools)).with_for_update())
_FORGET = Statement(delete(doomed_pools).where(*same_key(doomed_pools)))
_HIDE_CLIENTS = Statement(
    delete(client_ids).where(
        client_ids.c.client_id.in_(
            select(clients.c.client_id).where(clients.c.pool_id == bindparam("pool_id"))
        )
    )
)
_FREE_DOMAINS = Statement(delete(domains).where(domains.c.pool_id == bindparam("pool_id")))
_REMOVALS = tuple(Removal(table) for table in OF_A_POOL)


class Pools:
    """User pools, and what is left of deleted ones."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def get(self, pool_id: str) -> Pool | None:
        """Return the pool."""
        return _POOLS.get(self._link, pool_id=pool_id)

    def lock(self, pool_id: str) -> bool:
        """Tell whether the pool is there; who else locks or saves it waits until this unit of work ends."""
        return self._link.one(_LOCK, pool_id=pool_id) is not None

    def regimes(self, pool: Pool) -> tuple[tuple[Pool, bool], ...]:
        """Return how the users of a pool are named at this moment, until this unit of work ends.

        One way, or two while that changes (`domain.pool_change`): the pool as it is first, and whether a name
        that somebody else holds is refused.

        Args:
            pool: the pool as it may have been a moment ago.
        """
        row = self._link.one(_REGIMES, pool_id=pool.id)
        if row is None:  # it was deleted this moment; so is whatever is written for it
            return ((pool, True),)
        doc, change = row
        stored = _POOLS.decode(doc)
        return CHANGES.decode(change).regimes(stored) if change else ((stored, True),)

    def add(self, pool: Pool) -> None:
        """Store a new pool.

        Raises:
            Conflict: the id is taken.
        """
        _POOLS.add(self._link, pool, {"pool_id": pool.id})

    def save(self, pool: Pool) -> Pool:
        """Store a changed pool; return it with its new version.

        Raises:
            StaleRow: it has changed since it was read.
        """
        return _POOLS.save(self._link, pool, {"pool_id": pool.id})

    def delete(self, pool_id: str) -> bool:
        """Hide the pool, its clients and domains; `work.sweep` removes the rest. Tell if there was one."""
        if not _POOLS.delete(self._link, pool_id=pool_id):
            return False
        self._link.run(_HIDE_CLIENTS, pool_id=pool_id)
        self._link.run(_FREE_DOMAINS, pool_id=pool_id)
        self._link.run(_DOOM, pool_id=pool_id)
        return True

    def list(self, after: str | None, limit: int) -> builtins.list[Pool]:
        """Return pools in the order of their ids, those after `after`."""
        rows = self._link.all(_LIST, after=after or "", limit=limit)
        return [_POOLS.decode(doc) for (doc,) in rows]

    def count(self) -> int:
        """Return how many pools there are."""
        row = self._link.one(_COUNT)
        return int(row[0]) if row else 0

    def doomed(self, limit: int) -> builtins.list[str]:
        """Return ids of deleted pools whose rows are not all gone."""
        return [pool_id for (pool_id,) in self._link.all(_DOOMED, limit=limit)]

    def is_doomed(self, pool_id: str) -> bool:
        """Tell whether rows of a deleted pool of this id are left; nobody removes any until the unit ends."""
        return self._link.one(_IS_DOOMED, pool_id=pool_id) is not None

    def remove_remains(self, pool_id: str, limit: int) -> int:
        """Delete at most `limit` rows of a deleted pool; return how many, 0 once nothing is left of it."""
        if not self.is_doomed(pool_id):  # another process is done with it, and the id may be used again
            return 0
        for removal in _REMOVALS:
            if removed := removal.remove(self._link, limit, pool_id=pool_id):
                return removed
        self._link.run(_FORGET, pool_id=pool_id)
        return 0
