"""What each connection to PostgreSQL committed last: it settles commits whose answer was lost.

A writing transaction notes its number in its connection's row, in the very round trip that commits it. The
row is the connection's own, so nobody waits for it.
"""

from sqlalchemy import bindparam, delete, select

from poolhouse.store.documents import same_key
from poolhouse.store.engine import Link, Statement
from poolhouse.store.tables import connections

# The lock waits for a commit that is still under way.
_LAST = Statement(select(connections.c.unit).where(*same_key(connections)).with_for_update())
_SWEEP = Statement(delete(connections).where(connections.c.at < bindparam("before")))


class Connections:
    """Connections by the name that each has drawn."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def last_unit(self, name: str) -> int:
        """Return the number of the last unit of work that the connection committed, 0 for none."""
        row = self._link.one(_LAST, id=name)
        return row[0] if row else 0

    def sweep(self, before: float) -> int:
        """Forget connections that committed nothing since `before`; return how many."""
        return self._link.run(_SWEEP, before=before)
