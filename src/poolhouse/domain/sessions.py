"""Sessions: what a pool that tracks them knows of each sign-in (digest «sign-in» §3.8).

A token session is a family of tokens, seen from its user's side: where it was last used, and from what. Its
id is the family's, written in the letters and digits that session ids have.
"""

import string
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

TOKEN, SSO = "tkn", "sso"
"""How the ids of token sessions begin, and those of browsers' sessions."""
LINKED = "LINKED"
"""`RevokeAssociatedSessions`: what is associated ends, too."""
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
        origin: the browser's session that it came of, or "".
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
    origin: str = ""

    @property
    def id(self) -> str:
        """`SessionId`."""
        return session_id(TOKEN, self.family)


def session_id(kind: str, of: str) -> str:
    """Return the id of a session.

    Args:
        kind: `TOKEN` or `SSO`.
        of: id of the token family, or of the browser's session: a UUID.
    """
    number, letters = UUID(of).int, ""
    for _ in range(_LENGTH):
        number, digit = divmod(number, len(_DIGITS))
        letters = _DIGITS[digit] + letters
    return kind + letters


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
