"""A new password for a user: the pool's policy, the user's history, and what is stored of it.

How an operation sets one::

    def attempt():
        previous = call.store.read(…)                    # what is there; what may be changed is proved of it
        made = passwords.prepare(call, pool, user, previous, …)
        def work(tx): ...
            passwords.store(tx, user, made)
        call.store.write(work)
    passwords.settle(attempt)
"""

from collections.abc import Callable
from typing import TypeVar

from poolhouse.domain import passwords
from poolhouse.domain.passwords import Wording
from poolhouse.domain.pool import Pool
from poolhouse.domain.srp import SALT_BYTES
from poolhouse.domain.user import Credential, User
from poolhouse.errors import PasswordHistoryPolicyViolationException
from poolhouse.flows.call import AnyCall
from poolhouse.store import StaleRow, Tx

T = TypeVar("T")
_RUNS = 6


class Overtaken(Exception):  # noqa: N818 (it reads as what happened)
    """Another password was set since the one that this one should replace was read."""


def prepare(
    call: AnyCall,
    pool: Pool,
    user: User,
    previous: Credential | None,
    *,
    password: str,
    wording: Wording,
    temporary: bool = False,
) -> Credential:
    """Return the credential that a new password makes. It hashes: no transaction is open.

    Args:
        call: the request.
        pool: the user's.
        user: whose password.
        previous: the credential it replaces; None where there is none.
        password: as sent.
        wording: how the operation words a refusal.
        temporary: set by an administrator for one sign-in; such a password is outside the history.

    Raises:
        InvalidPasswordException: the password breaks the policy.
        PasswordHistoryPolicyViolationException: it is one of the user's last.
    """
    passwords.check(pool.password_policy, password, wording)
    history = int(pool.password_policy.get("PasswordHistorySize") or 0)
    services = call.services
    if not temporary and services.passwords.used_before(pool, user, previous, password, history):
        raise PasswordHistoryPolicyViolationException("Password has previously been used.")
    made = services.passwords.make(pool, user.username, password, call.entropy.bytes(SALT_BYTES))
    return made.credential(call.clock.now(), temporary=temporary, previous=previous, history=history)


def store(tx: Tx, user: User, made: Credential) -> None:
    """Put a credential in the place of the one that it was made to replace, whose version it has.

    Raises:
        Overtaken: that is not the one that is there. What was proved of it, and its history, count no more.
    """
    there = tx.credentials.get(user.pool_id, user.sub)
    if made.version != (there.version if there else 0):
        raise Overtaken
    tx.credentials.put(user.pool_id, user.sub, made)


def settle(attempt: Callable[[], T]) -> T:
    """Set a password; all of it runs again, from the reading, where another one was set meanwhile.

    Raises:
        StaleRow: that happened six times.
    """
    for _ in range(_RUNS):
        try:
            return attempt()
        except Overtaken:
            continue
    raise StaleRow("credentials")


def generate(call: AnyCall, pool: Pool) -> str:
    """Return a temporary password that meets the pool's policy."""
    length = passwords.generated_length(pool.password_policy)
    return passwords.generated(call.entropy.text(length, passwords.GENERATED_ALPHABET))
