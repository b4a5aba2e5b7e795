"""Verification codes that were sent."""

from dataclasses import replace

from poolhouse.domain.codes import Code, CodePurpose
from poolhouse.store.documents import Documents
from poolhouse.store.engine import Link
from poolhouse.store.expiry import Expiry
from poolhouse.store.tables import codes

_CODES = Documents(codes, Code)
_EXPIRY = Expiry(codes, "expires")


class Codes:
    """At most one code for each user and purpose."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def get(self, pool_id: str, sub: str, purpose: CodePurpose) -> Code | None:
        """Return the code, expired or not."""
        return _CODES.get(self._link, pool_id=pool_id, sub=sub, purpose=purpose)

    def put(self, code: Code) -> None:
        """Store the code in place of an earlier one of the same purpose."""
        key = {"pool_id": code.pool_id, "sub": code.sub, "purpose": code.purpose}
        _CODES.put(self._link, replace(code, version=0), key, expires=code.expires)

    def delete(self, pool_id: str, sub: str, purpose: CodePurpose) -> bool:
        """Delete the code; tell whether there was one. Of two who redeem it, one hears True."""
        return _CODES.delete(self._link, pool_id=pool_id, sub=sub, purpose=purpose)

    def sweep(self, pool_id: str, before: float, limit: int) -> int:
        """Delete at most `limit` codes that expired before `before`; return how many."""
        return _EXPIRY.sweep(self._link, pool_id, before, limit)
