"""Delivers pools' logs: from each queue that holds events a batch, at least once, in no promised order."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, takewhile

from poolhouse.domain import logs
from poolhouse.domain.logs import LogEvent, LogQueue
from poolhouse.flows.call import Services
from poolhouse.logs.batch import Batch, DeliveryError
from poolhouse.observe import Log
from poolhouse.store import StaleRow
from poolhouse.work.outbox import wait_seconds

KEPT_SECONDS = 86400.0
"""What could not be delivered for so long is given up."""
_LEASE_SECONDS = 300.0
_AT_A_TIME = 500
_MOST_BYTES = 900_000
_EVENT_BYTES = 26
"""A batch is what CloudWatch Logs takes, a megabyte with so much for each event beside its text, and what
Firehose takes, 500 records."""
_log = Log()


def deliver_due(services: Services) -> bool:
    """Do one round: try each queue that holds events and whose time has come, once.

    A queue is leased by putting its next attempt off, compare-and-set, before anything is sent: of several
    processes one gets it, and one that dies while sending only delays it. What was sent is deleted after: one
    that dies in between sends it twice.

    Returns:
        Whether a batch was full: more is due.
    """
    more, last = False, ("", "")
    while queue := _next(services, last):
        more |= _work_off(services, *queue)
        last = queue
    return more


def _next(services: Services, last: tuple[str, str]) -> tuple[str, str] | None:
    return services.store.peek(lambda tx: tx.logs.next_queue(*last))


def _work_off(services: Services, pool_id: str, source: str) -> bool:
    store, now = services.store, services.clock.now()
    pool = store.peek(lambda tx: tx.pools.get(pool_id))
    if pool is None:  # the sweep takes what is left of it
        return False
    taken = store.write(lambda tx: tx.logs.take(pool_id, source, now, now + _LEASE_SECONDS))
    if taken is None:
        return False
    arn = logs.destination(pool, source)
    if arn is None:  # the pool sends them no more
        more = store.write(lambda tx: tx.logs.drop(pool_id, source, _AT_A_TIME)) == _AT_A_TIME
        _give_back(services, taken, delivered=True)
        return more
    waiting = store.peek(lambda tx: tx.logs.oldest(pool_id, source, _AT_A_TIME))
    events = _as_many_as_fit([event for event in waiting if event.at > now - KEPT_SECONDS])
    over = [event for event in waiting if event.at <= now - KEPT_SECONDS]
    if over:
        store.write(lambda tx: tx.logs.delete(over))
        _log.error("log_events_given_up", pool=pool_id, source=source, count=len(over))
    delivered = not events or _deliver(services, Batch(arn, events), taken.failures + 1)
    _give_back(services, taken, delivered=delivered)
    return delivered and (len(waiting) == _AT_A_TIME or len(events) + len(over) < len(waiting))


def _deliver(services: Services, batch: Batch, attempts: int) -> bool:
    log = _log.bind(pool=batch.pool_id, source=batch.source, arn=batch.arn, events=len(batch.events))
    left: Sequence[LogEvent] = ()
    try:
        services.logs.deliver(batch)
    except DeliveryError as error:
        left = batch.events if error.left is None else error.left
        log.warning("log_delivery_failed", reason=str(error), left=len(left), attempts=attempts)
    kept = {event.id for event in left}
    done = [event for event in batch.events if event.id not in kept]
    services.store.write(lambda tx: tx.logs.delete(done))
    return not left


def _give_back(services: Services, taken: LogQueue, *, delivered: bool) -> None:
    later = services.clock.now() + wait_seconds(taken.failures)
    after = (
        replace(taken, failures=0, not_before=0.0)
        if delivered
        else replace(taken, failures=taken.failures + 1, not_before=later)
    )
    try:
        services.store.write(lambda tx: tx.logs.save(after))
    except StaleRow:  # it took so long that another process has taken the queue
        _log.warning("log_delivery_lease_lost", pool=taken.pool_id, source=taken.source)


def _as_many_as_fit(events: Sequence[LogEvent]) -> list[LogEvent]:
    """Return the oldest events that one batch may hold; the first in any case."""
    sizes = accumulate(len(event.record.encode()) + _EVENT_BYTES for event in events)
    fitting = sum(1 for _ in takewhile(lambda size: size <= _MOST_BYTES, sizes))
    return list(events[: max(fitting, 1)])
