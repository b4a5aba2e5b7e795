"""EMAIL_OTP and SMS_OTP as the first factor: a code goes to the user's address and comes back.

The code lives in the sealed session: it answers that session alone, as long as that lives. Wrong codes keep
the session and count towards a lock, in the unit of work that weighs them (digest «sign-in» §2.3, §2.6).
"""

import hmac
from dataclasses import replace

from msgspec import structs

from poolhouse.domain import lockout
from poolhouse.domain.aliases import EMAIL, PHONE
from poolhouse.domain.attributes import flag
from poolhouse.domain.challenges import State
from poolhouse.domain.deliveries import MEDIUM, to_attribute
from poolhouse.domain.masks import mask
from poolhouse.domain.user import Status, User
from poolhouse.errors import (
    CodeDeliveryFailureException,
    CodeMismatchException,
    InvalidUserPoolConfigurationException,
    LimitExceededException,
    TooManyRequestsException,
)
from poolhouse.flows import aliases, concealment, proof, verification
from poolhouse.flows.attempt import Attempt, Challenge
from poolhouse.flows.delivery import send
from poolhouse.flows.pending import Pending, seal_session
from poolhouse.flows.proof import Subject
from poolhouse.flows.sign_up import tell_confirmed
from poolhouse.store import Tx

ATTRIBUTE = {State.EMAIL_OTP: EMAIL, State.SMS_OTP: PHONE}
DIGITS = 8


def ask(attempt: Attempt, subject: Subject, waiting: Pending) -> Challenge:
    """Send a code and ask for it. For nobody all is the same, but nothing is sent.

    Args:
        attempt: the request.
        subject: who signs in.
        waiting: the challenge.

    Raises:
        TooManyRequestsException: there were too many codes in this hour.
        InvalidUserPoolConfigurationException: the message could not be sent.
        UserLambdaValidationException, UnexpectedLambdaException, InvalidLambdaResponseException: the
            CustomMessage trigger failed.
    """
    call, pool, attribute = attempt.call, attempt.pool, ATTRIBUTE[waiting.state]
    if subject.user and subject.user.attributes.get(attribute):
        user, delivery = subject.user, to_attribute(subject.user, attribute)
    else:
        nobody = concealment.stand_in(call, pool, waiting.typed, [attribute])
        user, delivery = nobody.user, nobody.delivery
    try:
        verification.count(call, user, verification.Attempt.SIGN_IN)
    except LimitExceededException as error:  # not among a sign-in's errors
        raise TooManyRequestsException(error.message) from error
    code = call.entropy.digits(DIGITS)
    waiting = structs.replace(waiting, code=code, destination=delivery.destination)
    real = user is subject.user
    concealment.unheard(call, attempt.client, lambda: _send(attempt, user, waiting) if real else None)
    parameters = {
        "CODE_DELIVERY_DELIVERY_MEDIUM": MEDIUM[attribute],
        "CODE_DELIVERY_DESTINATION": mask(MEDIUM[attribute], delivery.destination),
        "USER_ID_FOR_SRP": subject.username if subject.user or pool.username_attributes else waiting.typed,
    }
    return Challenge(waiting.state, parameters, seal_session(call, waiting), waiting.offered)


def _send(attempt: Attempt, user: User, waiting: Pending) -> None:
    """Send the code. Nothing is stored to be tried again: without its session a code is good for nothing."""
    entry = verification.owe(
        attempt.call,
        user,
        source="Authentication",
        delivery=to_attribute(user, ATTRIBUTE[waiting.state]),
        secret=waiting.code,
        client_id=waiting.client_id,
        life=waiting.expires - attempt.call.clock.now(),
    )
    try:
        send(attempt.call, attempt.pool, user, entry, attempt.client_metadata)
    except CodeDeliveryFailureException as error:  # not among a sign-in's errors
        raise InvalidUserPoolConfigurationException(error.message) from error


def check(attempt: Attempt, waiting: Pending, given: str) -> Subject:
    """Take the code that comes back. It verifies its address and confirms the user; the session is used up.

    Returns:
        The user as stored now.

    Raises:
        CodeMismatchException: it is wrong, or the user has another address by now; the session lives on.
        NotAuthorizedException: there were too many wrong ones, or the session was used before.
        AliasExistsException: another user has proved the address.
    """
    call, pool = attempt.call, attempt.pool
    now, counter = call.clock.now(), f"{waiting.sub}/mfa"
    same = hmac.compare_digest(waiting.code.encode(), given.encode(errors="replace"))

    def work(tx: Tx) -> tuple[User, User] | None:
        before = tx.attempts.lockout(pool.id, counter)
        if lockout.locked(before, now):
            raise proof.exceeded()
        user = tx.users.get(pool.id, waiting.sub)
        attribute = ATTRIBUTE[waiting.state]
        if user is None or not same or user.attributes.get(attribute) != waiting.destination:
            tx.attempts.put_lockout(pool.id, counter, lockout.failed(before, now))
            return None
        if not tx.spent.spend(pool.id, waiting.id, waiting.expires):
            raise proof.spent()
        if before:
            tx.attempts.clear_lockout(pool.id, counter)
        return user, _proved(attempt, tx, user, attribute)

    taken = call.store.write(work)
    if taken is None:
        raise CodeMismatchException("Invalid code or auth state for the user.")
    before, after = taken
    if before.status is not after.status:
        tell_confirmed(call, pool, after, attempt.client.id, attempt.client_metadata)
    return proof.again(call, pool, waiting)


def _proved(attempt: Attempt, tx: Tx, user: User, attribute: str) -> User:
    """Store what a right code proves of a user who may sign in at all."""
    unconfirmed = user.status is Status.UNCONFIRMED
    if not user.enabled or (user.attributes.get(flag(attribute)) == "true" and not unconfirmed):
        return user
    now = attempt.call.clock.now()
    status = Status.CONFIRMED if unconfirmed else user.status
    proved = {**user.attributes, flag(attribute): "true"}
    after = replace(user, attributes=proved, status=status, modified=now)
    aliases.settle(tx, attempt.pool, user, after, now=now)
    return tx.users.save(after)
