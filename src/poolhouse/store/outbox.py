"""Messages that committed transactions owe."""

from dataclasses import replace

from sqlalchemy import bindparam, func, select

from poolhouse.domain.codes import OutboxEntry
from poolhouse.store.documents import Documents
from poolhouse.store.engine import Link, Statement
from poolhouse.store.refusals import StaleRow
from poolhouse.store.tables import outbox

_COUNTED = 10_000
_OUTBOX = Documents(outbox, OutboxEntry)
_DUE = Statement(
    select(outbox.c.doc)
    .where(outbox.c.not_before <= bindparam("now"))
    .order_by(outbox.c.not_before, outbox.c.pool_id, outbox.c.id)
    .limit(bindparam("limit")),
    across_pools=True,
)
_some = (
    select(outbox.c.not_before).order_by(outbox.c.not_before).limit(bindparam("limit")).subquery("waiting")
)
_COUNT = Statement(select(func.count()).select_from(_some), across_pools=True)


class Outbox:
    """Messages not yet delivered."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def add(self, entry: OutboxEntry) -> None:
        """Store a message in the transaction that owes it.

        Raises:
            Conflict: the id is taken.
        """
        _OUTBOX.add(self._link, entry, _key(entry), not_before=entry.not_before)

    def get(self, pool_id: str, entry_id: str) -> OutboxEntry | None:
        """Return the message."""
        return _OUTBOX.get(self._link, pool_id=pool_id, id=entry_id)

    def delete(self, pool_id: str, entry_id: str) -> bool:
        """Delete the message, delivered or worthless; tell whether there was one."""
        return _OUTBOX.delete(self._link, pool_id=pool_id, id=entry_id)

    def due(self, now: float, limit: int) -> list[OutboxEntry]:
        """Return messages of all pools whose time has come, the longest waiting first."""
        return [_OUTBOX.decode(doc) for (doc,) in self._link.all(_DUE, now=now, limit=limit)]

    def postpone(self, entry: OutboxEntry, not_before: float) -> OutboxEntry | None:
        """Count an attempt and put the next one off; None if another worker did so first.

        Whoever gets the entry back may send it: that is the lease.
        """
        later = replace(entry, not_before=not_before, attempts=entry.attempts + 1)
        try:
            return _OUTBOX.save(self._link, later, _key(entry), not_before=not_before)
        except StaleRow:
            return None

    def count(self) -> int:
        """Return how many messages wait, counted up to ten thousand."""
        (count,) = self._link.one(_COUNT, limit=_COUNTED) or (0,)
        return int(count)


def _key(entry: OutboxEntry) -> dict[str, str]:
    return {"pool_id": entry.pool_id, "id": entry.id}
