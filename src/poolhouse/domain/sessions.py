"""Sessions: what a pool that tracks them knows of each sign-in (digest «sign-in» §3.8).

A token session is a family of tokens, seen from its user's side: where it was last used, and from what. Its
id is the family's, written in the letters and digits that session ids have.
"""

import string
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

TOKEN = "tkn"  # noqa: S105 (how the ids of token sessions begin)
DEFAULT_LIMIT = 20
"""`MaxPerUser` of a pool that never set it."""
DEFAULT_SSO_MINUTES = 60
"""`MaxValidityMinutes` of a client that never set it."""

_DIGITS = string.digits + string.ascii_lowercase
_LENGTH = 25  # as many as the largest 128-bit number takes


@dataclass(frozen=True, slots=True)
class TokenSession:
    """A session that came of one authentication.

    Attributes:
        family: id of the token family.
        created, last_active, expires: seconds since the epoch; `last_active` is the sign-in or the last
            refresh.
        ip: the address of the last activity.
        device: what that came from, or `unknown`.
    """

    pool_id: str
    sub: str
    family: str
    client_id: str
    created: float
    last_active: float
    expires: float
    ip: str
    device: str

    @property
    def id(self) -> str:
        """`SessionId`."""
        return session_id(self.family)


def session_id(family: str) -> str:
    """Return the session id of a token family."""
    number, letters = UUID(family).int, ""
    for _ in range(_LENGTH):
        number, digit = divmod(number, len(_DIGITS))
        letters = _DIGITS[digit] + letters
    return TOKEN + letters


def by_id(active: Sequence[TokenSession], wanted: str) -> TokenSession | None:
    """Return the session of an id, or None."""
    return next((session for session in active if session.id == wanted), None)


def latest_first(active: Sequence[TokenSession]) -> list[TokenSession]:
    """Return sessions by their last activity."""
    return sorted(active, key=lambda session: (session.last_active, session.created), reverse=True)


def surplus(active: Sequence[TokenSession], limit: int) -> list[TokenSession]:
    """Return the least recently used sessions, which go when one more begins.

    Args:
        active: the user's sessions, without the new one.
        limit: how many there may be with it.
    """
    return latest_first(active)[limit - 1 :]
