"""Sessions of users in pools that track them: beside each token family, who was last seen with it."""

import msgspec
from sqlalchemy import and_, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from poolhouse.domain.sessions import TokenSession
from poolhouse.store.documents import encode, values_of
from poolhouse.store.engine import Link, Statement
from poolhouse.store.expiry import Expiry
from poolhouse.store.tables import families, sessions

_ACTIVE = Statement(
    select(sessions.c.doc)
    .select_from(sessions)
    .join(families, and_(families.c.pool_id == sessions.c.pool_id, families.c.id == sessions.c.family))
    .where(
        sessions.c.pool_id == bindparam("pool_id"),
        sessions.c.sub == bindparam("sub"),
        sessions.c.expires > bindparam("now"),
        families.c.revoked == bindparam("good"),
    )
)
_insert = insert(sessions).values(values_of(sessions))
_PUT = Statement(
    _insert.on_conflict_do_update(
        index_elements=list(sessions.primary_key.columns),
        set_={"expires": _insert.excluded.expires, "doc": _insert.excluded.doc},
    )
)
_EXPIRY = Expiry(sessions, "expires")
_decode = msgspec.json.Decoder(TokenSession).decode


class Sessions:
    """Token sessions by user. Revoking a family removes its session (`Families`)."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def active(self, pool_id: str, sub: str, now: float) -> list[TokenSession]:
        """Return a user's sessions whose tokens are neither revoked nor expired, in no order."""
        rows = self._link.all(_ACTIVE, pool_id=pool_id, sub=sub, now=now, good=0.0)
        return [_decode(doc) for (doc,) in rows]

    def put(self, session: TokenSession) -> None:
        """Store a session, new or seen again; of two at once the later one stays."""
        self._link.run(
            _PUT,
            pool_id=session.pool_id,
            sub=session.sub,
            family=session.family,
            expires=session.expires,
            doc=encode(session),
        )

    def sweep(self, pool_id: str, before: float, limit: int) -> int:
        """Delete at most `limit` sessions that expired before `before`; return how many."""
        return _EXPIRY.sweep(self._link, pool_id, before, limit)
