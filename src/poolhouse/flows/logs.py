"""What pools send to their log destinations: events are stored with what they tell of, and leave later.

`work/logs.py` delivers them.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from poolhouse.domain import logs
from poolhouse.domain.codes import OutboxEntry
from poolhouse.domain.pool import Pool
from poolhouse.errors import ServiceError
from poolhouse.flows.call import AnyCall
from poolhouse.messages.outgoing import SendingError
from poolhouse.triggers.sender_keys import EncryptionError


def event(call: AnyCall, pool: Pool, source: str, message: Mapping[str, Any]) -> logs.LogEvent | None:
    """Return an event to store; None where the pool does not send events of this source.

    Make it before the unit of work that stores it, `tx.logs.add`.

    Args:
        call: the request, or the outbox's worker.
        pool: whose event.
        source: `logs.USER_NOTIFICATION` or `logs.USER_AUTH_EVENTS`.
        message: what happened.
    """
    if logs.destination(pool, source) is None:
        return None
    now = call.clock.now()
    record = msgspec.json.encode(logs.record(pool.id, source, now, message)).decode()
    return logs.LogEvent(pool.id, source, now, call.entropy.uuid(), record)


def message_failed(call: AnyCall, pool: Pool, entry: OutboxEntry, error: ServiceError) -> None:
    """Store that a message could not be delivered. Neither its address nor its code is told.

    Args:
        call: the request, or the outbox's worker.
        pool: the user's.
        entry: the message.
        error: what delivering it raised.
    """
    details = (
        f"{entry.delivery.medium} message {entry.source} for user {entry.sub} could not be delivered: "
        f"{_reason(error)}"
    )
    failed = event(call, pool, logs.USER_NOTIFICATION, {"details": details})
    if failed:
        call.store.write(lambda tx: tx.logs.add(failed))


def _reason(error: ServiceError) -> str:
    """Say why, in words of this server alone: a function's own may repeat what it was told."""
    cause = error.__cause__
    if isinstance(cause, SendingError | EncryptionError):
        return str(cause)
    return type(cause or error).__name__
