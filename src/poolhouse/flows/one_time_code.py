"""Codes by e-mail and SMS, as first factor and as second: one goes to the user's address and comes back.

The code lives in the sealed session: it answers that session alone, as long as that lives. Wrong codes keep
the session and count towards a lock, in the unit of work that weighs them (digest «sign-in» §2.3, §2.6).
"""

import hmac
from dataclasses import replace

from msgspec import structs

from poolhouse.domain import challenges, second_factors
from poolhouse.domain.aliases import EMAIL, PHONE
from poolhouse.domain.attributes import flag
from poolhouse.domain.challenges import INVALID_SESSION, State
from poolhouse.domain.codes import Delivery
from poolhouse.domain.deliveries import MEDIUM, to_attribute
from poolhouse.domain.masks import mask
from poolhouse.domain.user import Status, User
from poolhouse.errors import (
    CodeDeliveryFailureException,
    CodeMismatchException,
    InvalidUserPoolConfigurationException,
    LimitExceededException,
    NotAuthorizedException,
    TooManyRequestsException,
)
from poolhouse.flows import aliases, concealment, proof, verification
from poolhouse.flows.attempt import Attempt, Challenge
from poolhouse.flows.delivery import send
from poolhouse.flows.pending import Pending, seal_session
from poolhouse.flows.proof import Subject
from poolhouse.flows.sign_up import tell_confirmed
from poolhouse.store import Tx

ATTRIBUTE = {State.EMAIL_OTP: EMAIL, State.SMS_OTP: PHONE, State.EMAIL_MFA: EMAIL, State.SMS_MFA: PHONE}
_DIGITS = {State.EMAIL_OTP: 8, State.SMS_OTP: 8, State.EMAIL_MFA: 6, State.SMS_MFA: 6}


def ask(attempt: Attempt, subject: Subject, waiting: Pending) -> Challenge:
    """Send a code and ask for it. For nobody all is the same, but nothing is sent.

    Args:
        attempt: the request.
        subject: who signs in.
        waiting: the challenge; with the address where that is not the user's yet.

    Raises:
        TooManyRequestsException: there were too many codes in this hour.
        InvalidUserPoolConfigurationException: the message could not be sent.
        UserLambdaValidationException, UnexpectedLambdaException, InvalidLambdaResponseException: the
            CustomMessage trigger failed.
    """
    call, pool, attribute = attempt.call, attempt.pool, ATTRIBUTE[waiting.state]
    if subject.user and waiting.setup:
        user, delivery = subject.user, Delivery(MEDIUM[attribute], attribute, waiting.destination)
    elif subject.user and subject.user.attributes.get(attribute):
        user, delivery = subject.user, to_attribute(subject.user, attribute)
    else:
        nobody = concealment.stand_in(call, pool, waiting.typed, [attribute])
        user, delivery = nobody.user, nobody.delivery
    try:
        verification.count(call, user, verification.Attempt.SIGN_IN)
    except LimitExceededException as error:  # not among a sign-in's errors
        raise TooManyRequestsException(error.message) from error
    code = call.entropy.digits(_DIGITS[waiting.state])
    waiting = structs.replace(waiting, code=code, destination=delivery.destination)
    if waiting.state in challenges.SECOND:  # who proved a password may hear what becomes of the message
        _send(attempt, user, waiting, delivery)
    else:
        real = user is subject.user
        concealment.unheard(
            call, attempt.client, lambda: _send(attempt, user, waiting, delivery) if real else None
        )
    parameters = {
        "CODE_DELIVERY_DELIVERY_MEDIUM": MEDIUM[attribute],
        "CODE_DELIVERY_DESTINATION": mask(MEDIUM[attribute], delivery.destination),
        "USER_ID_FOR_SRP": subject.username if subject.user or pool.username_attributes else waiting.typed,
    }
    return Challenge(waiting.state.challenge, parameters, seal_session(call, waiting), waiting.offered)


def _send(attempt: Attempt, user: User, waiting: Pending, delivery: Delivery) -> None:
    """Send the code. Nothing is stored to be tried again: without its session a code is good for nothing."""
    entry = verification.owe(
        attempt.call,
        user,
        source="Authentication",
        delivery=delivery,
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
    now = call.clock.now()
    same = hmac.compare_digest(waiting.code.encode(), given.encode(errors="replace"))

    def work(tx: Tx) -> tuple[User, User] | None:
        user = tx.users.get(pool.id, waiting.sub)
        right = same and user is not None and _stands(user, waiting)
        if not proof.weigh(tx, waiting, now, right=right) or user is None:
            return None
        if waiting.setup:
            return user, _set_up(attempt, tx, user, waiting)
        return user, _proved(attempt, tx, user, ATTRIBUTE[waiting.state])

    taken = call.store.write(work)
    if taken is None:
        raise CodeMismatchException("Invalid code or auth state for the user.")
    before, after = taken
    if before.status is not after.status:
        tell_confirmed(call, pool, after, attempt.client.id, attempt.client_metadata)
    return proof.again(call, pool, waiting)


def _stands(user: User, waiting: Pending) -> bool:
    """Tell whether the address that a code went to still is the user's, or still may become it."""
    held = user.attributes.get(ATTRIBUTE[waiting.state], "")
    return held == ("" if waiting.setup else waiting.destination)


def _set_up(attempt: Attempt, tx: Tx, user: User, waiting: Pending) -> User:
    """Give the user the address that a code proved, and turn it on as second factor.

    Raises:
        NotAuthorizedException: another factor was set up meanwhile: that one counts.
    """
    owed = second_factors.owed(attempt.pool, user)
    if owed is None or owed.state is not State.MFA_SETUP:
        raise NotAuthorizedException(INVALID_SESSION)
    attribute = ATTRIBUTE[waiting.state]
    attributes = {**user.attributes, attribute: waiting.destination, flag(attribute): "true"}
    mfa = second_factors.set_up(user.mfa, waiting.state.challenge)
    return _save(attempt, tx, user, replace(user, attributes=attributes, mfa=mfa))


def _proved(attempt: Attempt, tx: Tx, user: User, attribute: str) -> User:
    """Store what a right code proves of a user who may sign in at all."""
    unconfirmed = user.status is Status.UNCONFIRMED
    if not user.enabled or (user.attributes.get(flag(attribute)) == "true" and not unconfirmed):
        return user
    status = Status.CONFIRMED if unconfirmed else user.status
    proved = {**user.attributes, flag(attribute): "true"}
    return _save(attempt, tx, user, replace(user, attributes=proved, status=status))


def _save(attempt: Attempt, tx: Tx, before: User, after: User) -> User:
    now = attempt.call.clock.now()
    aliases.settle(tx, attempt.pool, before, after, now=now)
    return tx.users.save(replace(after, modified=now))
