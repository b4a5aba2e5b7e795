"""A new password for a user: the pool's policy, the user's history, and what is stored of it."""

from dataclasses import replace

from poolhouse.domain import passwords
from poolhouse.domain.passwords import Wording
from poolhouse.domain.pool import Pool
from poolhouse.domain.srp import SALT_BYTES
from poolhouse.domain.user import Credential, User
from poolhouse.errors import PasswordHistoryPolicyViolationException
from poolhouse.flows.call import AnyCall
from poolhouse.store import Tx


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
    """Put a credential in the place of the one there is."""
    replaced = tx.credentials.get(user.pool_id, user.sub)
    version = replaced.version if replaced else 0
    tx.credentials.put(user.pool_id, user.sub, replace(made, version=version))


def generate(call: AnyCall, pool: Pool) -> str:
    """Return a temporary password that meets the pool's policy."""
    length = passwords.generated_length(pool.password_policy)
    return passwords.generated(call.entropy.text(length, passwords.GENERATED_ALPHABET))
