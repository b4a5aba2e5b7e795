"""Proving a password, plainly or by SRP: counted for the lock-out, and alike for users that are not there.

Codes are counted here too, by the same rule in a counter of their own.

An answer that comes while the user is locked out says nothing about the password, and neither does one that
was on its way when others locked the user out: the lock is looked at before the work, and again
when the answer is counted, in the transaction that counts it (digest «sign-in» §2.3).
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from msgspec import structs

from poolhouse.domain import lockout as lockouts
from poolhouse.domain import made_up, srp
from poolhouse.domain.aliases import USERNAME, normalise
from poolhouse.domain.lockout import Lockout
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import Credential, User
from poolhouse.errors import InvalidParameterException, NotAuthorizedException, ServiceError
from poolhouse.flows.call import AnyCall
from poolhouse.flows.lookup import find_user_evenly
from poolhouse.flows.pending import Pending, seal_block
from poolhouse.store import Tx

WRONG = lockouts.WRONG
SKEW_SECONDS = 300.0
"""How far a client's clock may be off; the service is seen to give five minutes."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a name stands for: a user, or nobody, whose answers are made up.

    Attributes:
        sub: the user's, or a made-up one; wrong answers count by it.
        username: `USER_ID_FOR_SRP`.
        user: None for nobody.
        credential: None for nobody, and for a user without a password.
    """

    sub: str
    username: str
    user: User | None
    credential: Credential | None
    lockout: Lockout | None


def find(call: AnyCall, pool: Pool, typed: str) -> Subject:
    """Return whom a typed name stands for."""

    def work(tx: Tx) -> Subject:
        user = find_user_evenly(tx, pool, typed)
        nobody = "" if user else made_up.identifier(seed(call, pool), normalise(pool, USERNAME, typed))
        return _subject(tx, pool, user, nobody)

    return call.store.read(work)


def again(call: AnyCall, pool: Pool, pending: Pending) -> Subject:
    """Return whom an unfinished sign-in is about, as stored now."""
    return call.store.read(lambda tx: _subject(tx, pool, tx.users.get(pool.id, pending.sub), pending.sub))


def _subject(tx: Tx, pool: Pool, user: User | None, nobody: str) -> Subject:
    sub = user.sub if user else nobody
    return Subject(
        sub=sub,
        username=user.username if user else sub,
        user=user,
        credential=tx.credentials.get(pool.id, sub),
        lockout=tx.attempts.lockout(pool.id, sub),
    )


def seed(call: AnyCall, pool: Pool) -> bytes:
    """Return what the pool's made-up answers come from."""
    return call.vault.open(f"pools/{pool.id}/seed", pool.sealed_seed)


def refuse_locked(call: AnyCall, subject: Subject) -> None:
    """Refuse an answer during a lock.

    Raises:
        NotAuthorizedException: there were too many wrong ones.
    """
    if lockouts.locked(subject.lockout, call.clock.now()):
        raise exceeded()


def password_is_right(call: AnyCall, pool: Pool, subject: Subject, password: str) -> bool:
    """Tell whether a plain password is the subject's; nobody's is never right."""
    return call.services.passwords.verify(pool, subject.user, subject.credential, password)


@dataclass(frozen=True, slots=True)
class Secret:
    """What SRP proves the knowledge of: a password, or what a device keeps (digest «sign-in» §2.9).

    Attributes:
        name: the pool's name; for a device, its group key.
        user_id: `USER_ID_FOR_SRP`; for a device, its key.
        real: False where it is made up, and nobody knows it.
    """

    name: str
    user_id: str
    salt: bytes
    verifier: int
    real: bool = True


def password_of(call: AnyCall, pool: Pool, subject: Subject) -> Secret:
    """Return the subject's password as SRP sees it."""
    credential = subject.credential
    if subject.user is None or credential is None or credential.imported:
        made_of = seed(call, pool)
        salt, verifier = made_up.salt(made_of, subject.sub), made_up.verifier(made_of, subject.sub)
        return Secret(pool.srp_name, subject.username, salt, verifier, real=False)
    verifier = call.services.passwords.verifier(pool, subject.user, credential)
    return Secret(pool.srp_name, subject.username, credential.salt, verifier)


def begin_srp(
    call: AnyCall, waiting: Pending, secret: Secret, client_public: int
) -> tuple[Pending, dict[str, str]]:
    """Begin SRP.

    Args:
        call: the request.
        waiting: the challenge.
        secret: what is to be proven.
        client_public: A.

    Returns:
        The challenge with what it must remember, and its SALT, SRP_B and SECRET_BLOCK.
    """
    drawn = call.entropy.bytes(srp.SECRET_BYTES)
    public = srp.public_value(secret.verifier, srp.ServerSecret.from_bytes(drawn))
    waiting = structs.replace(
        waiting,
        client_public=srp.to_bytes(client_public),
        server_public=srp.to_bytes(public),
        secret=drawn,
    )
    return waiting, {
        "SALT": srp.to_hex(int.from_bytes(secret.salt, "big")),
        "SRP_B": srp.to_hex(public),
        "SECRET_BLOCK": seal_block(call, waiting),
    }


def parse_public(text: str) -> int:
    """Return `SRP_A`.

    Raises:
        InvalidParameterException: it is no number between 0 and N.
    """
    value = srp.parse_public(text)
    if value is None:
        raise InvalidParameterException("Invalid SRP_A.")
    return value


def claim_is_right(call: AnyCall, secret: Secret, pending: Pending, answers: Mapping[str, str]) -> bool:
    """Tell whether the claim of an answer proves the knowledge of a secret.

    Raises:
        InvalidParameterException: the time stamp is not of the clients' form.
    """
    timestamp = answers["TIMESTAMP"]
    claimed = srp.parse_timestamp(timestamp)
    if claimed is None:
        raise InvalidParameterException("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.")
    block = base64.b64decode(answers["PASSWORD_CLAIM_SECRET_BLOCK"])
    with call.services.signing.gate:
        signed = srp.signature_matches(
            answers["PASSWORD_CLAIM_SIGNATURE"],
            client_public=int.from_bytes(pending.client_public, "big"),
            server_public=int.from_bytes(pending.server_public, "big"),
            verifier=secret.verifier,
            secret=srp.ServerSecret.from_bytes(pending.secret),
            sign=lambda key: srp.signature(key, secret.name, secret.user_id, block, timestamp),
        )
    in_time = abs(call.clock.now() - claimed) <= SKEW_SECONDS
    return signed and in_time and secret.real


class _Verdict(Enum):
    RIGHT = auto()
    WRONG = auto()
    LOCKED = auto()
    SPENT = auto()


def count(
    call: AnyCall,
    pool: Pool,
    subject: Subject,
    *,
    right: bool,
    spend: Pending | None = None,
    refusal: ServiceError | None = None,
    then: Callable[[Tx], None] | None = None,
) -> None:
    """Count an answer: a wrong one towards the lock-out, a right one against it, and spend its state.

    Args:
        call: the request.
        pool: the subject's.
        subject: who answered.
        right: whether the password was proven.
        spend: what a right answer uses up.
        refusal: what a wrong one gets; None for the usual.
        then: what a right one brings about in the same transaction.

    Raises:
        NotAuthorizedException: the answer is wrong, or comes during a lock, or its state was spent before.
        ServiceError: `refusal`.
    """
    now = call.clock.now()

    def work(tx: Tx) -> _Verdict:
        lockout = tx.attempts.lockout(pool.id, subject.sub)
        if lockouts.locked(lockout, now):
            return _Verdict.LOCKED
        if not right:
            tx.attempts.put_lockout(pool.id, subject.sub, lockouts.failed(lockout, now))
            return _Verdict.WRONG
        if spend and not tx.spent.spend(pool.id, spend.id, spend.expires):
            return _Verdict.SPENT
        if lockout:
            tx.attempts.clear_lockout(pool.id, subject.sub)
        if then:
            then(tx)
        return _Verdict.RIGHT

    # Most right passwords have nothing to write: then a look is enough.
    unmarked = (
        right
        and not (spend or then)
        and call.store.peek(lambda tx: tx.attempts.lockout(pool.id, subject.sub)) is None
    )
    verdict = _Verdict.RIGHT if unmarked else call.store.write(work)
    if verdict is _Verdict.LOCKED:
        raise exceeded()
    if verdict is _Verdict.SPENT:
        raise spent()
    if verdict is _Verdict.WRONG:
        raise refusal or NotAuthorizedException(WRONG)


def spend(call: AnyCall, waiting: Pending) -> None:
    """Use a state up, whatever comes of its answer.

    Raises:
        NotAuthorizedException: it was used before.
    """
    if not call.store.write(lambda tx: tx.spent.spend(waiting.pool_id, waiting.id, waiting.expires)):
        raise spent()


def weigh(tx: Tx, waiting: Pending, now: float, *, right: bool, counter: str = "mfa") -> bool:
    """Weigh an answer that is no password, in the unit of work that acts on it (digest «sign-in» §2.3).

    A wrong one counts towards a lock, in a counter apart from the password's, and leaves the session good; a
    right one uses the session up and forgets the wrong ones.

    Args:
        tx: the unit of work.
        waiting: the state that is answered.
        now: seconds since the epoch.
        right: whether the answer is right.
        counter: what it counts with: codes with one another, by default.

    Returns:
        `right`.

    Raises:
        NotAuthorizedException: there were too many wrong ones, or the session was used before.
    """
    subject = f"{waiting.sub}/{counter}"
    before = tx.attempts.lockout(waiting.pool_id, subject)
    if lockouts.locked(before, now):
        raise exceeded()
    if not right:
        tx.attempts.put_lockout(waiting.pool_id, subject, lockouts.failed(before, now))
        return False
    if not tx.spent.spend(waiting.pool_id, waiting.id, waiting.expires):
        raise spent()
    if before:
        tx.attempts.clear_lockout(waiting.pool_id, subject)
    return True


def spent() -> NotAuthorizedException:
    """Return the error for a state that an answer used up before."""
    return NotAuthorizedException("Invalid session for the user, session can only be used once.")


def exceeded() -> NotAuthorizedException:
    """Return the error for an answer during a lock."""
    return NotAuthorizedException(lockouts.EXCEEDED)
