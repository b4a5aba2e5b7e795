"""The lock-out of addresses: whoever guesses over many names meets it, where no single user's lock-out would.

Counted are wrong passwords, wrong codes and unknown names of a pool, by the address that they come from.
Right answers do not take it back: an attacker has an account, too. Nothing is looked up as long as nothing is
wrong: each process remembers the addresses that it has seen locked, and looks at the store for those alone.
"""

import ipaddress
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from poolhouse.access.caller import Anonymous
from poolhouse.domain import lockout as lockouts
from poolhouse.domain.client import Client
from poolhouse.domain.lockout import Lockout
from poolhouse.domain.pool import Pool
from poolhouse.errors import (
    CodeMismatchException,
    NotAuthorizedException,
    ServiceError,
    UserNotFoundException,
)
from poolhouse.observe import Log
from poolhouse.store import Tx

if TYPE_CHECKING:
    from poolhouse.flows.call import AnyCall

PREFIX = "address/"
_REMEMBERED = 10_000
_log = Log()


class Addresses:
    """The addresses that this process has seen locked."""

    def __init__(self, free: int) -> None:
        """Begin with none.

        Args:
            free: wrong answers in a row before an address is locked; 0 for no limit.
        """
        self.free = free
        self._seen: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    @contextmanager
    def watched(self, call: "AnyCall", pool: Pool, client: Client) -> Iterator[None]:
        """Refuse an answer of a locked address, and count it if it turns out to be wrong.

        Raises:
            NotAuthorizedException: there were too many wrong answers from there.
        """
        subject = counted(call, client)
        if self.free == 0 or subject is None:
            yield
            return
        self._refuse(call, pool, subject)
        try:
            yield
        except ServiceError as error:
            if _is_wrong(error):
                self._count(call, pool, subject)
            raise

    def _refuse(self, call: "AnyCall", pool: Pool, subject: str) -> None:
        key, now = (pool.id, subject), call.clock.now()
        if self._seen.get(key, 0.0) <= now:
            return
        # It may have been lifted.
        stored = call.store.peek(lambda tx: tx.attempts.lockout(pool.id, subject))
        if lockouts.locked(stored, now, self.free):
            raise NotAuthorizedException(lockouts.EXCEEDED)
        self._seen.pop(key, None)

    def _count(self, call: "AnyCall", pool: Pool, subject: str) -> None:
        now = call.clock.now()

        def work(tx: Tx) -> tuple[Lockout, bool]:
            before = tx.attempts.lockout(pool.id, subject)
            if before and lockouts.locked(before, now, self.free):
                return before, True  # by what another process, or another thread, has counted
            return tx.attempts.put_lockout(pool.id, subject, lockouts.failed(before, now)), False

        after, was_locked = call.store.write(work)
        until = after.last_failure + lockouts.lock_seconds(after.failures, self.free)
        if until > now:
            self._remember((pool.id, subject), until, now)
        if was_locked:
            raise NotAuthorizedException(lockouts.EXCEEDED)
        if until > now:
            _log.warning("address_locked", pool=pool.id, seconds=until - now)

    def _remember(self, key: tuple[str, str], until: float, now: float) -> None:
        with self._lock:
            if len(self._seen) >= _REMEMBERED:
                self._seen = {each: end for each, end in self._seen.items() if end > now}
            if len(self._seen) >= _REMEMBERED:
                self._seen.pop(next(iter(self._seen)))
            self._seen[key] = until


def counted(call: "AnyCall", client: Client) -> str | None:
    """Return what the address of a call counts as; None for one that does not count.

    Administrators, and app clients with a secret, call from servers that speak for many people: their
    addresses do not count, but those of the users that they name.
    """
    a_user_s = call.for_user or (not client.secrets and isinstance(call.caller, Anonymous))
    return subject_of(call.client_ip) if a_user_s else None


def client_ip(environ: Mapping[str, Any], *, trust_forwarded: bool) -> str:
    """Return the address that a request of WSGI comes from.

    Args:
        environ: the request's.
        trust_forwarded: whether a proxy of ours says so in X-Forwarded-For.
    """
    if trust_forwarded:
        # Each proxy appends whom it was called by: only the last entry is our own proxy's word.
        forwarded: str = environ.get("HTTP_X_FORWARDED_FOR", "")
        if forwarded:
            return forwarded.rpartition(",")[2].strip()
    address: str = environ.get("REMOTE_ADDR", "")
    return address


def _is_wrong(error: ServiceError) -> bool:
    """Tell whether an answer was a guess that missed."""
    if isinstance(error, NotAuthorizedException):
        return error.message == lockouts.WRONG
    return isinstance(error, CodeMismatchException | UserNotFoundException)


def subject_of(client_ip: str) -> str | None:
    """Return what an address counts as; None for this machine's own, and for what is none.

    An IPv6 user has a whole network of 64 bits. From loopback come a proxy that is not trusted to name its
    callers, or the developer.
    """
    try:
        address = ipaddress.ip_address(client_ip.partition("%")[0])
    except ValueError:
        return None
    address = getattr(address, "ipv4_mapped", None) or address
    if address.is_loopback:
        return None
    if address.version == 6:
        return f"{PREFIX}{ipaddress.ip_network((int(address) >> 64 << 64, 64))}"
    return f"{PREFIX}{address}"
