"""What a sign-in still owes once something is proven, in the order of `domain.challenges`; then tokens.

Every proof comes here: a first factor, a new password, a second factor. So whatever stands between a
proof and tokens is asked whichever way the sign-in began.
"""

from collections.abc import Mapping
from dataclasses import replace

from msgspec import structs

from poolhouse.domain import challenges, passwords, standing
from poolhouse.domain.challenges import INVALID_SESSION, Event, State
from poolhouse.domain.devices import Device
from poolhouse.domain.user import Credential, Status, User
from poolhouse.errors import NotAuthorizedException, ServiceError
from poolhouse.flows import adaptive, by_device, devices, new_password, proof, second_factor, tokens
from poolhouse.flows.attempt import Attempt, Challenge, Outcome, finish, pending
from poolhouse.flows.pending import Pending, seal_session
from poolhouse.flows.proof import WRONG, Subject
from poolhouse.store import Tx

_SOURCES: Mapping[State, str] = {
    State.NEW_PASSWORD_REQUIRED: "TokenGeneration_NewPasswordChallenge",
    State.DEVICE_PASSWORD_VERIFIER: "TokenGeneration_AuthenticateDevice",
}
"""`triggerSource` of PreTokenGeneration by the challenge that ended a sign-in."""
_LATER = (Event.SECOND_PROVEN, Event.DEVICE_PROVEN)
"""Proofs that come after another, and count beside it."""
_WEIGHED = (*_LATER, Event.NEW_PASSWORD_SET)
"""What comes after a first factor, with which risks were weighed."""


def password_answered(
    attempt: Attempt, waiting: Pending, subject: Subject, *, right: bool, spend: Pending | None = None
) -> Outcome:
    """Count an answer with a password; where nothing stands between it and tokens, in one unit with theirs.

    Everybody's family is drawn before, right or wrong: until an answer is counted, the time it takes must not
    tell which it is.

    Args:
        attempt: the request.
        waiting: the state that was answered.
        subject: who answered.
        right: whether the password was proven.
        spend: what a right answer uses up.

    Raises:
        NotAuthorizedException: the answer is wrong, or comes during a lock, or its state was spent before.
        ServiceError: as `proven`.
    """
    call, pool = attempt.call, attempt.pool
    begun = None
    if pool.mfa == "OFF" and attempt.goes_straight_to_tokens:
        begun = tokens.begin(call, pool, attempt.client, subject.sub, event_id=attempt.event_id)

    def then(tx: Tx) -> None:
        if begun and _ends(attempt, waiting, Event.PASSWORD_PROVEN, subject):
            tokens.store(tx, pool, begun)

    proof.count(call, pool, subject, right=right, spend=spend, then=then if begun else None)
    return proven(attempt, waiting, Event.PASSWORD_PROVEN, subject, begun)


def proven(
    attempt: Attempt, waiting: Pending, event: Event, subject: Subject, begun: tokens.Begun | None = None
) -> Outcome:
    """Go on after a proof: to what the user still owes, or to tokens.

    Args:
        attempt: the request.
        waiting: the state that the proof was for; at the beginning, one in `State.START`.
        event: what was proven.
        subject: by whom, as stored now.
        begun: what is stored already, if this is the end.

    Raises:
        NotAuthorizedException: nobody can prove anything; or the user is disabled, or the temporary password
            too old, or the password was changed between the factors; or the sign-in is too risky.
        UserNotConfirmedException, PasswordResetRequiredException: the user's status says so.
        ResourceNotFoundException: a device is named that is none of the user's.
    """
    if attempt.story:
        attempt.story.met()
    key = attempt.device_key or waiting.device_key
    device = devices.named(attempt.call, attempt.pool, subject.user, key)
    user = _able(attempt, waiting, event, subject)
    wants_second = waiting.wants_second
    if attempt.story and event not in _WEIGHED:
        wants_second = adaptive.weigh(attempt, waiting, event, subject, user)
    state = _next(attempt, waiting, event, user, device, wants_second=wants_second)
    if state is State.SIGNED_IN:
        source = _SOURCES.get(waiting.state, "TokenGeneration_Authentication")
        return finish(attempt, user, source, device, begun)
    following = structs.replace(
        pending(attempt, state, subject, waiting.typed),
        custom=waiting.custom,
        device_key=device.key if device else "",
        wants_second=wants_second,
    )
    if state is State.DEVICE_SRP_AUTH:
        return by_device.ask(attempt, user, following, waiting.client_public)
    if state is not State.NEW_PASSWORD_REQUIRED:
        return second_factor.ask(attempt, subject, following)
    parameters = new_password.parameters(attempt.pool, attempt.client, user)
    return Challenge(state, parameters, seal_session(attempt.call, following))


def _ends(attempt: Attempt, waiting: Pending, event: Event, subject: Subject) -> bool:
    """Tell whether a proof leads to tokens at once."""
    try:
        user = _able(attempt, waiting, event, subject)
        return _next(attempt, waiting, event, user) is State.SIGNED_IN
    except ServiceError:
        return False


def _able(attempt: Attempt, waiting: Pending, event: Event, subject: Subject) -> User:
    """Return who proved something, if they may go on; raises as `proven`."""
    user = subject.user
    if user is None:
        raise NotAuthorizedException(WRONG)
    _refuse_status(attempt, user, subject.credential)
    if event in _LATER and subject.credential and subject.credential.set_at > waiting.begun:
        # The password that came first is another by now: whoever changed it may have meant this sign-in.
        raise NotAuthorizedException(INVALID_SESSION)
    return user


def _next(
    attempt: Attempt,
    waiting: Pending,
    event: Event,
    user: User,
    device: Device | None = None,
    *,
    wants_second: bool = False,
) -> State:
    """Return the state that follows a proof."""
    facts = second_factor.facts(attempt, user, required=wants_second)
    # A device stands in for a factor that the user has; it does not keep them from setting one up.
    replaced = waiting.custom or facts.second not in (None, State.MFA_SETUP)
    facts = replace(
        facts,
        must_change_password=user.status is Status.FORCE_CHANGE_PASSWORD,
        custom=waiting.custom,
        device=replaced and not wants_second and by_device.stands_in(attempt.pool, device),
    )
    return challenges.advance(waiting.state, event, facts)


def _refuse_status(attempt: Attempt, user: User, credential: Credential | None) -> None:
    """Refuse a user who proved something but may not sign in (digest «users» §3.6)."""
    standing.check(user)
    if user.status is Status.EXTERNAL_PROVIDER:  # what they proved here counts nothing
        raise NotAuthorizedException(WRONG)
    if credential is None or not credential.temporary:
        return
    life = passwords.temporary_seconds(attempt.pool.password_policy)
    if attempt.call.clock.now() >= credential.set_at + life:
        raise NotAuthorizedException("Temporary password has expired and must be reset by an administrator.")
