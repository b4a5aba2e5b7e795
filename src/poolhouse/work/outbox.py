"""Sends again what a request could not send, or did not live to send."""

from poolhouse.access.caller import Anonymous
from poolhouse.domain.codes import CodePurpose, OutboxEntry
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import Status, User
from poolhouse.errors import CodeMismatchException, ExpiredCodeException, ServiceError
from poolhouse.flows import notifications, verification
from poolhouse.flows.call import AnyCall, Call, Services
from poolhouse.flows.delivery import deliver_now
from poolhouse.messages.compose import INVITATION
from poolhouse.observe import Log
from poolhouse.store import Tx

_log = Log()
_AT_A_TIME = 20
_FIRST_WAIT_SECONDS = 60.0
_LONGEST_WAIT_SECONDS = 3600.0


def deliver_due(services: Services) -> bool:
    """Do one round: try each message whose time has come, once.

    A message is leased by putting its next attempt off, compare-and-set, before it is sent: of several
    processes one gets it, and one that dies while sending only delays it. CustomMessage is asked again,
    without ClientMetadata, which is never stored.

    Returns:
        Whether the round was full: more may be due.
    """
    call = Call(Anonymous(), services, client_ip="", user_agent="", request_id="outbox")
    now = services.clock.now()
    due = services.store.read(lambda tx: tx.outbox.due(now, _AT_A_TIME))
    for entry in due:
        _attempt(call, entry)
    return len(due) == _AT_A_TIME


def wait_seconds(attempts: int) -> float:
    """Return how long to wait after an attempt: a minute, then twice as long each time, an hour at most.

    Args:
        attempts: how many there were before.
    """
    return min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2.0 ** min(attempts, 10))


def _attempt(call: AnyCall, entry: OutboxEntry) -> None:
    log = _log.bind(entry=entry.id, source=entry.source, attempts=entry.attempts + 1)
    now = call.clock.now()  # not the round's: the attempts before this one may have waited
    later = now + wait_seconds(entry.attempts)
    leased = call.store.write(lambda tx: tx.outbox.postpone(entry, later))
    if leased is None:
        return
    addressee = call.store.read(lambda tx: _addressee(tx, call, leased, now))
    if addressee is None:
        call.store.write(lambda tx: tx.outbox.delete(entry.pool_id, entry.id))
        log.info("outbox_dropped")
        return
    try:
        deliver_now(call, *addressee, leased, None)
    except ServiceError as error:
        log.warning("outbox_attempt_failed", reason=type(error).__name__)
    else:
        log.info("outbox_delivered")


def _addressee(tx: Tx, call: AnyCall, entry: OutboxEntry, now: float) -> tuple[Pool, User] | None:
    """Return whom the message is still for; None when it has become worthless."""
    pool, user = tx.pools.get(entry.pool_id), tx.users.get(entry.pool_id, entry.sub)
    if pool is None or user is None or entry.expires <= now:
        return None
    if entry.source == INVITATION:
        wanted = not _secret(call, entry) or _is_their_password(tx, user, entry)
    elif entry.source in {"Authentication", notifications.SOURCE}:
        wanted = True
    else:
        wanted = _would_be_taken(tx, call, user, entry)
    return (pool, user) if wanted else None


def _secret(call: AnyCall, entry: OutboxEntry) -> str:
    """Return the code or password that the message tells; "" for a greeting to somebody without either."""
    return call.vault.open(verification.outbox_place(entry.id), entry.sealed_code).decode()


def _is_their_password(tx: Tx, user: User, entry: OutboxEntry) -> bool:
    """Tell whether the temporary password that an invitation tells is the last that was set."""
    credential = tx.credentials.get(user.pool_id, user.sub)
    unused = user.status is Status.FORCE_CHANGE_PASSWORD
    return unused and credential is not None and credential.set_at <= entry.created


def _would_be_taken(tx: Tx, call: AnyCall, user: User, entry: OutboxEntry) -> bool:
    try:
        verification.match(tx, call, user, CodePurpose, _secret(call, entry))
    except (CodeMismatchException, ExpiredCodeException):  # used, outdated, or replaced by another
        return False
    return True
