"""Whether a user may act, and what those are told who may not (digest «users» §3.6)."""

from poolhouse.domain.user import Status, User
from poolhouse.errors import (
    NotAuthorizedException,
    PasswordResetRequiredException,
    UserNotConfirmedException,
)


def check(user: User) -> None:
    """Refuse a user who may neither sign in nor use a token.

    Raises:
        NotAuthorizedException: they are disabled.
        UserNotConfirmedException: they are not confirmed.
        PasswordResetRequiredException: their password is void.
    """
    refuse_disabled(user)
    if user.status is Status.UNCONFIRMED:
        raise UserNotConfirmedException("User is not confirmed.")
    refuse_reset(user)


def refuse_disabled(user: User) -> None:
    """Refuse a disabled user.

    Raises:
        NotAuthorizedException: they are.
    """
    if not user.enabled:
        raise NotAuthorizedException("User is disabled.")


def refuse_reset(user: User) -> None:
    """Refuse a user who must choose another password by a code first.

    Raises:
        PasswordResetRequiredException: they must.
    """
    if user.status is Status.RESET_REQUIRED:
        raise PasswordResetRequiredException("Password reset required for the user")
