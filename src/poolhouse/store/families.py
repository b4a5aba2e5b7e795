"""Token families: what the server remembers of each sign-in."""

from dataclasses import replace

from sqlalchemy import bindparam, delete, select, update

from poolhouse.domain.tokens import TokenFamily
from poolhouse.domain.user import User
from poolhouse.store.documents import Documents, same_key
from poolhouse.store.engine import Link, Statement
from poolhouse.store.expiry import Expiry
from poolhouse.store.tables import authorization_codes, browser_sessions, families, sessions, users
from poolhouse.store.users import USERS

_FAMILIES = Documents(families, TokenFamily)
_GET = Statement(select(families.c.doc, families.c.revoked, families.c.version).where(*same_key(families)))
_WITH_USER = Statement(
    select(families.c.doc, families.c.revoked, families.c.version, users.c.doc)
    .select_from(families)
    .join(users, (users.c.pool_id == families.c.pool_id) & (users.c.sub == families.c.sub))
    .where(*same_key(families))
)
_REVOKE = (
    update(families)
    .where(
        families.c.pool_id == bindparam("pool_id"),
        families.c.sub == bindparam("sub"),
        families.c.revoked == bindparam("good"),
    )
    .values(revoked=bindparam("at"), version=families.c.version + bindparam("one"))
)
_REVOKE_USER = Statement(_REVOKE)
_REVOKE_ONE = Statement(_REVOKE.where(families.c.id == bindparam("id")))
_END = delete(sessions).where(sessions.c.pool_id == bindparam("pool_id"), sessions.c.sub == bindparam("sub"))
_END_USER = Statement(_END)
_END_ONE = Statement(_END.where(sessions.c.family == bindparam("family")))
_END_TOO = tuple(
    Statement(delete(table).where(table.c.pool_id == bindparam("pool_id"), table.c.sub == bindparam("sub")))
    for table in (authorization_codes, browser_sessions)
)
_EXPIRY = Expiry(families, "expires")


class Families:
    """Token families by id, which is their tokens' `event_id`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def get(self, pool_id: str, family_id: str) -> TokenFamily | None:
        """Return the family, revoked or not."""
        row = self._link.one(_GET, pool_id=pool_id, id=family_id)
        return _family(*row) if row else None

    def with_user(self, pool_id: str, family_id: str) -> tuple[TokenFamily, User] | None:
        """Return the family, revoked or not, and whose it is; None where either is gone."""
        row = self._link.one(_WITH_USER, pool_id=pool_id, id=family_id)
        return (_family(*row[:3]), USERS.decode(row[3])) if row else None

    def add(self, family: TokenFamily) -> None:
        """Store a new family.

        Raises:
            Conflict: the id is taken.
        """
        _FAMILIES.add(self._link, family, _key(family), **_searched(family))

    def save(self, family: TokenFamily) -> TokenFamily:
        """Store a changed family; return it with its new version.

        Raises:
            StaleRow: it has changed since it was read.
        """
        return _FAMILIES.save(self._link, family, _key(family), **_searched(family))

    def revoke(self, pool_id: str, sub: str, family_id: str, at: float) -> None:
        """Revoke one family of a user and remove its session; done already, or never there, is done."""
        self._link.run(_REVOKE_ONE, pool_id=pool_id, sub=sub, id=family_id, at=at, good=0.0, one=1)
        self._link.run(_END_ONE, pool_id=pool_id, sub=sub, family=family_id)

    def revoke_user(self, pool_id: str, sub: str, at: float) -> int:
        """Revoke all families of a user that are good; return how many.

        The user's sessions go with them, and what others could come of: codes, and sessions of browsers.
        """
        revoked = self._link.run(_REVOKE_USER, pool_id=pool_id, sub=sub, at=at, good=0.0, one=1)
        self._link.run(_END_USER, pool_id=pool_id, sub=sub)
        for statement in _END_TOO:
            self._link.run(statement, pool_id=pool_id, sub=sub)
        return revoked

    def sweep(self, pool_id: str, before: float, limit: int) -> int:
        """Delete at most `limit` families that expired before `before`; return how many."""
        return _EXPIRY.sweep(self._link, pool_id, before, limit)


def _family(doc: str, revoked: float, version: int) -> TokenFamily:
    """Return a family; a revocation changes the columns beside the document alone."""
    family = _FAMILIES.decode(doc)
    if family.revoked == revoked and family.version == version:
        return family
    return replace(family, revoked=revoked, version=version)


def _key(family: TokenFamily) -> dict[str, str]:
    return {"pool_id": family.pool_id, "id": family.id}


def _searched(family: TokenFamily) -> dict[str, str | float]:
    return {"sub": family.sub, "expires": family.expires, "revoked": family.revoked}
