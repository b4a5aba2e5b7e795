"""Whom an answer names: USERNAME must be the user whose sign-in it answers, SECRET_HASH that user's."""

from collections.abc import Mapping

from poolhouse.domain.challenges import State
from poolhouse.errors import CodeMismatchException
from poolhouse.flows.attempt import Attempt, resume
from poolhouse.flows.lookup import check_sign_in_hash, find_user
from poolhouse.flows.pending import Pending, open_session


def open_named(attempt: Attempt, state: State, answers: Mapping[str, str], session: str | None) -> Pending:
    """Return what the session of an answer to `state` carries, once it is of the user whom the answer names.

    Raises:
        InvalidParameterException: there is no session.
        NotAuthorizedException: it is none of ours, of another client or challenge, or too old; or the hash is
            wrong.
        CodeMismatchException: it is another user's.
    """
    waiting = open_session(attempt.call, attempt.client, state, session)
    check_named(attempt, answers, waiting)
    resume(attempt, waiting)
    return waiting


def check_named(attempt: Attempt, answers: Mapping[str, str], state: Pending) -> None:
    """Check that an answer names the session's user, and its SECRET_HASH."""
    check_hash(attempt, answers, state)
    if not names(attempt, answers["USERNAME"], state):
        raise CodeMismatchException("Invalid code or auth state for the user.")


def names(attempt: Attempt, sent: str, state: Pending) -> bool:
    """Tell whether an answer's USERNAME names the user whose sign-in it answers."""
    if sent in (state.username, state.typed, state.sub):
        return True
    user = attempt.call.store.read(lambda tx: find_user(tx, attempt.pool, sent))
    return user is not None and user.sub == state.sub


def check_hash(attempt: Attempt, answers: Mapping[str, str], state: Pending | None) -> None:
    """Check SECRET_HASH over the USERNAME sent, or over another name of the same user."""
    names = [answers["USERNAME"], *((state.username, state.sub) if state else ())]
    check_sign_in_hash(attempt.call, attempt.client, names, answers.get("SECRET_HASH"))
