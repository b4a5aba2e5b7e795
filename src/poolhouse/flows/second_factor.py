"""The second factor of a sign-in: asked for, chosen, or set up (digest «sign-in» §2.7, §4.1)."""

import json
from collections.abc import Mapping

from msgspec.structs import replace

from poolhouse.domain import attributes, challenges, second_factors
from poolhouse.domain.aliases import EMAIL, PHONE
from poolhouse.domain.challenges import INVALID_SESSION, Event, Facts, State
from poolhouse.domain.second_factors import CHALLENGE, EMAIL_OTP, SMS_MFA, Second
from poolhouse.domain.user import User
from poolhouse.errors import InvalidParameterException, NotAuthorizedException
from poolhouse.flows import one_time_code, proof
from poolhouse.flows.attempt import Attempt, Challenge
from poolhouse.flows.attempt import pending as remember
from poolhouse.flows.pending import Pending, seal_session
from poolhouse.flows.proof import WRONG, Subject

_LISTED = {
    State.SELECT_MFA_TYPE: ("MFAS_CAN_CHOOSE", "MFAS_CAN_SELECT"),
    State.MFA_SETUP: ("MFAS_CAN_SETUP",),
}
"""The parameters that list the choices: clients read one name, the guide has another."""
_GIVEN = {
    "EMAIL": (EMAIL, EMAIL_OTP, Event.EMAIL_GIVEN),
    "email": (EMAIL, EMAIL_OTP, Event.EMAIL_GIVEN),
    "PHONE_NUMBER": (PHONE, SMS_MFA, Event.PHONE_GIVEN),
    "phone_number": (PHONE, SMS_MFA, Event.PHONE_GIVEN),
}
"""Answers to MFA_SETUP: what is given, the factor it sets up, and the event."""
_OTHER_NAMES = {"EMAIL_MFA": EMAIL_OTP}


def facts(attempt: Attempt, user: User, offered: tuple[str, ...] = (), *, required: bool = False) -> Facts:
    """Return what the next step of a second factor depends on.

    Args:
        attempt: the request.
        user: as stored now.
        offered: the factors that were offered before.
        required: as `second_factors.owed` takes it.
    """
    second = second_factors.owed(attempt.pool, user, required=required)
    held = second.choices if second and second.state is not State.MFA_SETUP else ()
    return Facts(
        second=second.state if second else None,
        seconds=tuple(CHALLENGE[factor] for factor in held),
        offered=tuple(CHALLENGE[factor] for factor in offered),
        passkey_is_two=second_factors.passkey_is_two(attempt.pool, user),
    )


def ask(attempt: Attempt, subject: Subject, waiting: Pending) -> Challenge:
    """Ask for the second factor that a sign-in owes.

    Args:
        attempt: the request.
        subject: who signs in.
        waiting: the challenge.

    Raises:
        InvalidParameterException: the pool requires a second factor, and the user can set none up.
        ServiceError: as `one_time_code.ask`.
    """
    if waiting.state in one_time_code.ATTRIBUTE:
        return one_time_code.ask(attempt, subject, waiting)
    parameters = {"USER_ID_FOR_SRP": subject.username}
    if waiting.state is State.SOFTWARE_TOKEN_MFA:
        parameters |= _app_name(attempt, subject)
    else:
        waiting = replace(waiting, offered=_choices(attempt, subject, waiting))
        listed = json.dumps(waiting.offered, separators=(",", ":"))
        parameters |= dict.fromkeys(_LISTED[waiting.state], listed)
    return Challenge(waiting.state.challenge, parameters, seal_session(attempt.call, waiting))


def choose(attempt: Attempt, waiting: Pending, answers: Mapping[str, str]) -> Challenge:
    """Take the answer to SELECT_MFA_TYPE, and ask for what was chosen. The session is used up.

    Raises:
        InvalidParameterException: the factor was not offered.
        NotAuthorizedException: the session was used before.
    """
    chosen = _OTHER_NAMES.get(answers["ANSWER"], answers["ANSWER"])
    if chosen not in waiting.offered:
        raise InvalidParameterException(f"{answers['ANSWER']} is not an available challenge.")
    subject, user = _again(attempt, waiting)
    event = challenges.SECOND[CHALLENGE[chosen]]
    state = challenges.advance(waiting.state, event, facts(attempt, user, waiting.offered))
    proof.spend(attempt.call, waiting)
    return ask(attempt, subject, _following(attempt, state, subject, waiting))


def set_up_address(attempt: Attempt, waiting: Pending, answers: Mapping[str, str]) -> Challenge:
    """Take an address as the answer to MFA_SETUP, and send a code there: the user's when that comes back.

    Raises:
        InvalidParameterException: the address is none, or such a factor was not offered.
        NotAuthorizedException: no address came: an app is set up with the session of VerifySoftwareToken; or
            the session was used before, or the user has a second factor by now.
    """
    name = next((name for name in _GIVEN if answers.get(name)), None)
    if name is None:
        raise NotAuthorizedException(INVALID_SESSION)
    attribute, factor, event = _GIVEN[name]
    if factor not in waiting.offered:
        raise InvalidParameterException(f"{factor} is not an available challenge.")
    subject, user = _again(attempt, waiting)
    state = challenges.advance(waiting.state, event, facts(attempt, user, waiting.offered))
    attributes.plan_update(
        attempt.pool, None, user, [(attribute, answers[name])]
    )  # refuses what is no address
    proof.spend(attempt.call, waiting)
    following = replace(_following(attempt, state, subject, waiting), setup=True, destination=answers[name])
    return one_time_code.ask(attempt, subject, following)


def redeem_set_up(attempt: Attempt, waiting: Pending) -> Subject:
    """Take the session of VerifySoftwareToken as the answer to MFA_SETUP.

    Returns:
        The user as stored now.

    Raises:
        NotAuthorizedException: it was used before.
    """
    proof.spend(attempt.call, waiting)
    return proof.again(attempt.call, attempt.pool, waiting)


def _following(attempt: Attempt, state: State, subject: Subject, waiting: Pending) -> Pending:
    """Return the next challenge for the same second factor."""
    following = remember(attempt, state, subject, waiting.typed)
    return replace(following, begun=waiting.begun, device_key=waiting.device_key)


def _again(attempt: Attempt, waiting: Pending) -> tuple[Subject, User]:
    subject = proof.again(attempt.call, attempt.pool, waiting)
    if subject.user is None:
        raise NotAuthorizedException(WRONG)
    return subject, subject.user


def _choices(attempt: Attempt, subject: Subject, waiting: Pending) -> tuple[str, ...]:
    second: Second | None = None
    if subject.user:
        second = second_factors.owed(attempt.pool, subject.user, required=waiting.wants_second)
    if second is None or not second.choices:
        raise InvalidParameterException("MFA is required, and there is no method that the user can set up.")
    return second.choices


def _app_name(attempt: Attempt, subject: Subject) -> dict[str, str]:
    pool_id = attempt.pool.id
    token = attempt.call.store.read(lambda tx: tx.software_tokens.get(pool_id, subject.sub))
    return {"FRIENDLY_DEVICE_NAME": token.name} if token and token.name else {}
