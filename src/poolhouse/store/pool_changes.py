"""Changes of a living pool's naming: at most one under way in each pool."""

from poolhouse.domain.pool_change import PoolChange
from poolhouse.store.documents import Documents
from poolhouse.store.engine import Link
from poolhouse.store.tables import pool_changes

CHANGES = Documents(pool_changes, PoolChange)


class PoolChanges:
    """Changes by pool."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def get(self, pool_id: str) -> PoolChange | None:
        """Return the change that is under way."""
        return CHANGES.get(self._link, pool_id=pool_id)

    def add(self, change: PoolChange) -> None:
        """Store a change that begins.

        Raises:
            Conflict: another is under way.
        """
        CHANGES.add(self._link, change, {"pool_id": change.pool_id})

    def save(self, change: PoolChange) -> PoolChange:
        """Store how far a change came.

        Raises:
            StaleRow: somebody else took it further since it was read.
        """
        return CHANGES.save(self._link, change, {"pool_id": change.pool_id})

    def delete(self, pool_id: str) -> None:
        """Forget a change that is over."""
        CHANGES.delete(self._link, pool_id=pool_id)
