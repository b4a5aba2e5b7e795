"""Codes that prove an address: drawn, stored, owed to the user, and checked (digest «users» §3.4).

How an operation sends a code::

    code = verification.draw(call)                       # before the unit of work
    entry = verification.owe(call, user, source="ResendCode", delivery=delivery, secret=code, client_id=…)
    def work(tx): ...
        verification.put(tx, call, user, CodePurpose.SIGN_UP, delivery=delivery, code=code)
        tx.outbox.add(entry)
    call.store.write(work)
    deliver(call, pool, user, entry, client_metadata)    # after the commit

And how one takes a code::

    verification.count(call, user, Attempt.CONFIRM)      # its own write: a try counts whatever comes of it
    def work(tx): ...
        code = verification.check(tx, call, user, [CodePurpose.SIGN_UP], request.ConfirmationCode)
        ...                                              # what it proves; refusing here keeps the code
    call.store.write(work)
"""

from collections.abc import Iterable
from enum import Enum

from poolhouse.domain.codes import LIFE_SECONDS, Code, CodePurpose, Delivery, OutboxEntry
from poolhouse.domain.user import User
from poolhouse.errors import CodeMismatchException, ExpiredCodeException, LimitExceededException
from poolhouse.flows.call import AnyCall
from poolhouse.store import Tx

DIGITS = 6
HOUR = 3600.0
IN_REQUEST_SECONDS = 60.0
"""The request that owes a message sends it itself; for so long the outbox leaves it alone."""
NO_CODE = "Invalid code provided, please request a code again."
MISMATCH = "Invalid verification code provided, please try again."
_MAC = "codes"
_PENDING = frozenset({CodePurpose.UPDATE_EMAIL, CodePurpose.UPDATE_PHONE})


class Attempt(Enum):
    """What a user may do only so often in an hour: the counter, and how often (digest «users» §3.4)."""

    VERIFY = ("VerifyUserAttribute", 15)
    REQUEST = ("GetUserAttributeVerificationCode", 5)
    CONFIRM = ("ConfirmSignUp", 15)
    RESEND = ("ResendConfirmationCode", 5)
    FORGOT = ("ForgotPassword", 20)
    """ForgotPassword and ConfirmForgotPassword together; the service says 5 to 20, by risk."""
    CHANGE_PASSWORD = ("ChangePassword", 5)
    SIGN_IN = ("SignInCode", 20)
    """Codes to sign in with; the service says 5 to 20 messages."""


def count(call: AnyCall, user: User, attempt: Attempt) -> None:
    """Count a try of the user's, durably: what the operation makes of it does not undo that.

    Hours are those of the clock. Counting comes before checking: tries at the same moment cannot outrun it.

    Raises:
        LimitExceededException: there were too many in this hour.
    """
    if not call.settings.limits.attempts:
        return
    kind, most = attempt.value
    window = call.clock.now() // HOUR * HOUR
    tries = call.store.write(lambda tx: tx.attempts.add(user.pool_id, user.sub, kind, window))
    if tries > most:
        raise LimitExceededException("Attempt limit exceeded, please try after some time.")


def draw(call: AnyCall) -> str:
    """Return a new code. Draw before the unit of work, which may run more than once."""
    return call.entropy.digits(DIGITS)


def owe(
    call: AnyCall,
    user: User,
    *,
    source: str,
    delivery: Delivery,
    secret: str,
    client_id: str = "",
    life: float = LIFE_SECONDS[CodePurpose.SIGN_UP],
) -> OutboxEntry:
    """Return the outbox row of a message to a user. Make it before the unit of work, add it inside.

    Args:
        call: the request.
        user: to whom.
        source: suffix of the trigger source, as in `OutboxEntry.source`.
        delivery: where to.
        secret: the code, or temporary password.
        client_id: the app client; "" for an administrator's request.
        life: for how many seconds the secret is good.
    """
    now = call.clock.now()
    entry_id = call.entropy.uuid()
    return OutboxEntry(
        pool_id=user.pool_id,
        id=entry_id,
        sub=user.sub,
        client_id=client_id,
        source=source,
        delivery=delivery,
        sealed_code=call.vault.seal(outbox_place(entry_id), secret.encode()),
        created=now,
        expires=now + life,
        not_before=now + IN_REQUEST_SECONDS,
    )


def outbox_place(entry_id: str) -> str:
    """Return the vault's place of an outbox row's secret."""
    return f"outbox/{entry_id}/sealed_code"


def put(tx: Tx, call: AnyCall, user: User, purpose: CodePurpose, *, delivery: Delivery, code: str) -> None:
    """Store a code; it replaces an earlier one of the same purpose.

    Args:
        tx: the unit of work that also adds the outbox row.
        call: the request.
        user: whose code.
        purpose: what it proves; its life follows from that.
        delivery: where it is sent: the attribute and the value that it stands for.
        code: as drawn.
    """
    tx.codes.put(
        Code(
            pool_id=user.pool_id,
            sub=user.sub,
            purpose=purpose,
            mac=call.vault.mac(_MAC, _message(user, purpose, code)),
            attribute=delivery.attribute,
            value=delivery.destination,
            expires=call.clock.now() + LIFE_SECONDS[purpose],
        )
    )


def check(tx: Tx, call: AnyCall, user: User, purposes: Iterable[CodePurpose], given: str) -> Code:
    """Take the code that the user gives back. It is used up with the unit of work; refusing later keeps it.

    A code proves only the address it was sent to: once the user has another (or, for an update, waits for
    another), it is as if there were none. Count the try first (`count`).

    Args:
        tx: the unit of work in which the proof counts.
        call: the request.
        user: as read in this unit of work.
        purposes: what a code may be for; `Code.purpose` tells which it was.
        given: what the user typed.

    Raises:
        CodeMismatchException: it is not the code that is outstanding.
        ExpiredCodeException: none is: never sent, used, outdated, or older than its life.
    """
    code = match(tx, call, user, purposes, given)
    if not tx.codes.delete(user.pool_id, user.sub, code.purpose):
        raise ExpiredCodeException(NO_CODE)
    return code


def match(tx: Tx, call: AnyCall, user: User, purposes: Iterable[CodePurpose], given: str) -> Code:
    """Return the code that the user gives back, without using it up; otherwise like `check`."""
    now = call.clock.now()
    stored = (tx.codes.get(user.pool_id, user.sub, purpose) for purpose in purposes)
    outstanding = [code for code in stored if code and now < code.expires and _stands(user, code)]
    if not outstanding:
        raise ExpiredCodeException(NO_CODE)
    for code in outstanding:
        if call.vault.mac_matches(_MAC, _message(user, code.purpose, given), code.mac):
            return code
    raise CodeMismatchException(MISMATCH)


def _stands(user: User, code: Code) -> bool:
    values = user.pending if code.purpose in _PENDING else user.attributes
    return values.get(code.attribute) == code.value


def _message(user: User, purpose: CodePurpose, code: str) -> bytes:
    return f"{user.pool_id}\0{user.sub}\0{purpose}\0{code}".encode()
