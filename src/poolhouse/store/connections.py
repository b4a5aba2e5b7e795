"""What each connection to PostgreSQL committed last: it settles commits whose answer was lost.

A writing transaction notes its number in its connection's row, in the very round trip that commits it. The
row is the connection's own, so nobody waits for it. Who settles writes to the row too: it waits for a commit
that is under way, and closes the row to one that has not arrived yet.
"""

from sqlalchemy import bindparam, case, delete
from sqlalchemy.dialects.postgresql import insert

from poolhouse.store.engine import Link, Statement
from poolhouse.store.tables import connections

# A closed row has a number that no unit of its connection will pass (`engine.py` notes only greater ones).
_insert = insert(connections).values(id=bindparam("id"), unit=bindparam("closed"), at=bindparam("at"))
_SETTLE = Statement(
    _insert.on_conflict_do_update(
        index_elements=["id"],
        set_={
            "unit": case(
                (connections.c.unit < bindparam("unit"), _insert.excluded.unit), else_=connections.c.unit
            ),
            "at": _insert.excluded.at,
        },
    ).returning(connections.c.unit)
)
_SWEEP = Statement(delete(connections).where(connections.c.at < bindparam("before")))


class Connections:
    """Connections by the name that each has drawn."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def settle(self, name: str, unit: int, at: float) -> bool:
        """Tell whether a unit of work was committed; if not, it never will be. May be asked again.

        Args:
            name: the connection's, which is gone: this was its last unit.
            unit: the number.
            at: the time, in seconds since the epoch.
        """
        return bool(self._link.returning(_SETTLE, id=name, unit=unit, closed=unit + 1, at=at)[0] == unit)

    def sweep(self, before: float) -> int:
        """Forget connections that committed nothing since `before`; return how many."""
        return self._link.run(_SWEEP, before=before)
