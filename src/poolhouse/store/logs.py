"""Log events that destinations are owed, in a queue for each source of a pool."""

from collections.abc import Sequence
from dataclasses import asdict, replace

from sqlalchemy import bindparam, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from poolhouse.domain.logs import LogEvent, LogQueue
from poolhouse.store.documents import Documents, same_key, values_of
from poolhouse.store.engine import Link, Statement
from poolhouse.store.expiry import Removal
from poolhouse.store.refusals import Conflict, StaleRow
from poolhouse.store.tables import log_events, log_queues

_COUNTED = 10_000
_QUEUES = Documents(log_queues, LogQueue)
_ADD = Statement(insert(log_events).values(values_of(log_events)).on_conflict_do_nothing())
_DELETE = Statement(delete(log_events).where(*same_key(log_events)))
_REMOVAL = Removal(log_events, "source")
_NEXT = Statement(
    select(log_events.c.pool_id, log_events.c.source)
    .where(
        tuple_(log_events.c.pool_id, log_events.c.source)
        > tuple_(bindparam("after_pool"), bindparam("after_source"))
    )
    .order_by(log_events.c.pool_id, log_events.c.source)
    .limit(bindparam("limit")),
    across_pools=True,
)
_OLDEST = Statement(
    select(*log_events.c)
    .where(log_events.c.pool_id == bindparam("pool_id"), log_events.c.source == bindparam("source"))
    .order_by(log_events.c.at, log_events.c.id)
    .limit(bindparam("limit"))
)
_some = select(log_events.c.pool_id).limit(bindparam("limit")).subquery("waiting")
_COUNT = Statement(select(func.count()).select_from(_some), across_pools=True)
_FAILING = Statement(
    select(func.count()).select_from(log_queues).where(log_queues.c.failures > bindparam("none")),
    across_pools=True,
)


class Logs:
    """Events by pool and source, the oldest first, and how each queue's delivery stands."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def add(self, event: LogEvent) -> None:
        """Store an event in the transaction that it tells of."""
        self._link.run(_ADD, **asdict(event))

    def next_queue(self, pool_id: str, source: str) -> tuple[str, str] | None:
        """Return pool and source of the first queue after this one that holds events."""
        row = self._link.one(_NEXT, after_pool=pool_id, after_source=source, limit=1)
        return (row[0], row[1]) if row else None

    def take(self, pool_id: str, source: str, now: float, until: float) -> LogQueue | None:
        """Lease a queue; None where it is somebody else's, or not yet its time.

        Args:
            pool_id: the pool.
            source: of its events.
            now: seconds since the epoch.
            until: when others may take it.
        """
        key = {"pool_id": pool_id, "source": source}
        queue = _QUEUES.get(self._link, **key)
        if queue and queue.not_before > now:
            return None
        try:
            if queue is None:
                queue = LogQueue(pool_id, source)
                _QUEUES.add(self._link, queue, key, failures=0)
            return self.save(replace(queue, not_before=until))
        except (Conflict, StaleRow):
            return None

    def save(self, queue: LogQueue) -> LogQueue:
        """Store how a queue's delivery stands.

        Raises:
            StaleRow: somebody else has taken it meanwhile.
        """
        key = {"pool_id": queue.pool_id, "source": queue.source}
        return _QUEUES.save(self._link, queue, key, failures=queue.failures)

    def oldest(self, pool_id: str, source: str, limit: int) -> list[LogEvent]:
        """Return the events of a queue that have waited longest."""
        return [
            LogEvent(*row) for row in self._link.all(_OLDEST, pool_id=pool_id, source=source, limit=limit)
        ]

    def delete(self, events: Sequence[LogEvent]) -> None:
        """Delete events, delivered or worthless."""
        self._link.many(
            _DELETE, [{"pool_id": e.pool_id, "source": e.source, "at": e.at, "id": e.id} for e in events]
        )

    def drop(self, pool_id: str, source: str, limit: int) -> int:
        """Delete at most `limit` events of a queue that leads nowhere; return how many."""
        return _REMOVAL.remove(self._link, limit, pool_id=pool_id, source=source)

    def count(self) -> int:
        """Return how many events wait, counted up to ten thousand."""
        (count,) = self._link.one(_COUNT, limit=_COUNTED) or (0,)
        return int(count)

    def failing(self) -> int:
        """Return how many queues could not be delivered when that was last tried."""
        (count,) = self._link.one(_FAILING, none=0) or (0,)
        return int(count)
