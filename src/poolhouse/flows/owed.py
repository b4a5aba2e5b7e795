"""What a sign-in still owes once something is proven, in the order of `domain.challenges`; then tokens.

Every proof comes here: a first factor, a new password. So whatever stands between a proof and
tokens is asked whichever way the sign-in began.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from poolhouse.domain import challenges, passwords, standing
from poolhouse.domain.challenges import Event, Facts, State
from poolhouse.domain.user import Credential, Status, User
from poolhouse.errors import NotAuthorizedException
from poolhouse.flows import new_password
from poolhouse.flows.attempt import Attempt, Challenge, Outcome, finish, pending
from poolhouse.flows.pending import Pending, seal_session
from poolhouse.flows.proof import WRONG, Subject

_SOURCES: Mapping[State, str] = {State.NEW_PASSWORD_REQUIRED: "TokenGeneration_NewPasswordChallenge"}
"""`triggerSource` of PreTokenGeneration by the challenge that ended a sign-in."""


def proven(attempt: Attempt, waiting: Pending, event: Event, subject: Subject) -> Outcome:
    """Go on after a proof: to what the user still owes, or to tokens.

    Args:
        attempt: the request.
        waiting: the state that the proof was for; at the beginning, one in `State.START`.
        event: what was proven.
        subject: by whom, as stored now.

    Raises:
        NotAuthorizedException: nobody can prove anything; or the user is disabled, or the temporary password
            too old.
        UserNotConfirmedException, PasswordResetRequiredException: the user's status says so.
    """
    user = subject.user
    if user is None:
        raise NotAuthorizedException(WRONG)
    _refuse_status(attempt, user, subject.credential)
    facts = Facts(
        must_change_password=user.status is Status.FORCE_CHANGE_PASSWORD,
        custom=waiting.custom,
    )
    state = challenges.advance(waiting.state, event, facts)
    if state is State.SIGNED_IN:
        return finish(attempt, user, _SOURCES.get(waiting.state, "TokenGeneration_Authentication"))
    following = replace(pending(attempt, state, subject, waiting.typed), custom=waiting.custom)
    return _ask(attempt, user, following)


def _ask(attempt: Attempt, user: User, following: Pending) -> Challenge:
    """Ask for what is owed next."""
    parameters = new_password.parameters(attempt.pool, attempt.client, user)
    return Challenge(following.state, parameters, seal_session(attempt.call, following))


def _refuse_status(attempt: Attempt, user: User, credential: Credential | None) -> None:
    """Refuse a user who proved something but may not sign in (digest «users» §3.6)."""
    standing.check(user)
    if credential is None or not credential.temporary:
        return
    life = passwords.temporary_seconds(attempt.pool.password_policy)
    if attempt.call.clock.now() >= credential.set_at + life:
        raise NotAuthorizedException("Temporary password has expired and must be reset by an administrator.")
