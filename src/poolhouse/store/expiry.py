"""Removing rows of a pool in batches: those whose time is over, or all of them."""

from sqlalchemy import Table, bindparam, delete, select, tuple_

from poolhouse.store.engine import Link, Statement


class Expiry:
    """The statement that deletes a pool's rows whose time lies before a moment, oldest first."""

    def __init__(self, table: Table, column: str) -> None:
        key, time = list(table.primary_key.columns), table.c[column]
        old = (
            select(*key)
            .where(table.c.pool_id == bindparam("pool_id"), time < bindparam("before"))
            .order_by(time)
            .limit(bindparam("limit"))
        )
        self._sweep = Statement(
            delete(table).where(table.c.pool_id == bindparam("pool_id"), tuple_(*key).in_(old))
        )

    def sweep(self, link: Link, pool_id: str, before: float, limit: int) -> int:
        """Delete at most `limit` rows; return how many."""
        return link.run(self._sweep, pool_id=pool_id, before=before, limit=limit)


class Removal:
    """The statement that deletes rows of a pool, in the order of their keys.

    Args:
        table: the rows' table.
        within: columns of its key beside the pool that the rows have in common.
    """

    def __init__(self, table: Table, *within: str) -> None:
        key = list(table.primary_key.columns)
        mine = [table.c[name] == bindparam(name) for name in ("pool_id", *within)]
        some = select(*key).where(*mine).order_by(*key).limit(bindparam("limit"))
        self._remove = Statement(delete(table).where(*mine, tuple_(*key).in_(some)))

    def remove(self, link: Link, limit: int, **shared: str) -> int:
        """Delete at most `limit` rows; return how many."""
        return link.run(self._remove, limit=limit, **shared)
