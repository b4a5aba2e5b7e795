"""Codes that stand for what users let clients have."""

from poolhouse.domain.authorization import AuthorizationCode
from poolhouse.store.documents import Documents
from poolhouse.store.engine import Link
from poolhouse.store.expiry import Expiry
from poolhouse.store.tables import authorization_codes

_CODES = Documents(authorization_codes, AuthorizationCode)
_EXPIRY = Expiry(authorization_codes, "expires")


class AuthorizationCodes:
    """Codes by their digest. All of a user's go when the user's families are revoked (`Families`)."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def get(self, pool_id: str, digest: str) -> AuthorizationCode | None:
        """Return the code, used and expired or not."""
        return _CODES.get(self._link, pool_id=pool_id, digest=digest)

    def add(self, code: AuthorizationCode) -> None:
        """Store a new code.

        Raises:
            Conflict: the digest is taken.
        """
        _CODES.add(self._link, code, _key(code), **_searched(code))

    def save(self, code: AuthorizationCode) -> AuthorizationCode:
        """Store a used code; return it with its new version.

        Raises:
            StaleRow: it has changed since it was read.
        """
        return _CODES.save(self._link, code, _key(code), **_searched(code))

    def sweep(self, pool_id: str, before: float, limit: int) -> int:
        """Delete at most `limit` codes that expired before `before`; return how many."""
        return _EXPIRY.sweep(self._link, pool_id, before, limit)


def _key(code: AuthorizationCode) -> dict[str, str]:
    return {"pool_id": code.authorization.pool_id, "digest": code.digest}


def _searched(code: AuthorizationCode) -> dict[str, str | float]:
    return {"sub": code.authorization.sub, "expires": code.expires}
