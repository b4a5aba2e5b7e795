"""What pools send to their log destinations: events are stored with what they tell of, and leave later.

`work/logs.py` delivers them.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from poolhouse.domain import logs
from poolhouse.domain.auth_events import AuthEvent
from poolhouse.domain.codes import OutboxEntry
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import User
from poolhouse.errors import ServiceError
from poolhouse.flows.call import AnyCall
from poolhouse.messages.outgoing import SendingError
from poolhouse.store import Tx
from poolhouse.triggers.sender_keys import EncryptionError


def auth_event(tx: Tx, told: AuthEvent, at: float, user: User | None) -> None:
    """Store an authentication event to deliver, as it stands after a step.

    Args:
        tx: the unit of work that records it.
        told: the event.
        at: when the step was.
        user: whose it is; None for a name that is nobody's.
    """
    record = _encode(told.pool_id, logs.USER_AUTH_EVENTS, at, logs.activity(told, user))
    step_id = f"{told.id}.{told.version}"  # a unit of work may run again
    tx.logs.add(logs.LogEvent(told.pool_id, logs.USER_AUTH_EVENTS, at, step_id, record))


def message_failed(call: AnyCall, pool: Pool, entry: OutboxEntry, error: ServiceError) -> None:
    """Store that a message could not be delivered. Neither its address nor its code is told.

    Args:
        call: the request, or the outbox's worker.
        pool: the user's.
        entry: the message.
        error: what delivering it raised.
    """
    if logs.destination(pool, logs.USER_NOTIFICATION) is None:
        return
    details = (
        f"{entry.delivery.medium} message {entry.source} for user {entry.sub} could not be delivered: "
        f"{_reason(error)}"
    )
    now = call.clock.now()
    record = _encode(pool.id, logs.USER_NOTIFICATION, now, {"details": details})
    failed = logs.LogEvent(pool.id, logs.USER_NOTIFICATION, now, call.entropy.uuid(), record)
    call.store.write(lambda tx: tx.logs.add(failed))


def _encode(pool_id: str, source: str, at: float, message: Mapping[str, Any]) -> str:
    return msgspec.json.encode(logs.record(pool_id, source, at, message)).decode()


def _reason(error: ServiceError) -> str:
    """Say why, in words of this server alone: a function's own may repeat what it was told."""
    cause = error.__cause__
    if isinstance(cause, SendingError | EncryptionError):
        return str(cause)
    return type(cause or error).__name__
