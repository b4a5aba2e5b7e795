"""Sessions of browsers, by the id in their cookies."""

import msgspec
from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from poolhouse.domain.browser_session import BrowserSession
from poolhouse.store.documents import encode, same_key, values_of
from poolhouse.store.engine import Link, Statement
from poolhouse.store.expiry import Expiry
from poolhouse.store.tables import browser_sessions

_GET = Statement(select(browser_sessions.c.doc).where(*same_key(browser_sessions)))
_ACTIVE = Statement(
    select(browser_sessions.c.doc).where(
        browser_sessions.c.pool_id == bindparam("pool_id"),
        browser_sessions.c.sub == bindparam("sub"),
        browser_sessions.c.expires > bindparam("now"),
    )
)
_ADD = Statement(insert(browser_sessions).values(values_of(browser_sessions)).on_conflict_do_nothing())
_DELETE = Statement(delete(browser_sessions).where(*same_key(browser_sessions)))
_EXPIRY = Expiry(browser_sessions, "expires")
_decode = msgspec.json.Decoder(BrowserSession).decode


class BrowserSessions:
    """A session that has ended is gone. All of a user's end with their tokens (`Families.revoke_user`)."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def get(self, pool_id: str, session_id: str) -> BrowserSession | None:
        """Return the session, expired or not."""
        row = self._link.one(_GET, pool_id=pool_id, id=session_id)
        return _decode(row[0]) if row else None

    def active(self, pool_id: str, sub: str, now: float) -> list[BrowserSession]:
        """Return a user's sessions that have not expired, in no order."""
        return [_decode(doc) for (doc,) in self._link.all(_ACTIVE, pool_id=pool_id, sub=sub, now=now)]

    def add(self, session: BrowserSession) -> None:
        """Store a new session; its id is random."""
        self._link.run(
            _ADD,
            pool_id=session.pool_id,
            id=session.id,
            sub=session.sub,
            expires=session.expires,
            doc=encode(session),
        )

    def delete(self, pool_id: str, session_id: str) -> bool:
        """End a session; tell whether there was one."""
        return self._link.run(_DELETE, pool_id=pool_id, id=session_id) == 1

    def sweep(self, pool_id: str, before: float, limit: int) -> int:
        """Delete at most `limit` sessions that expired before `before`; return how many."""
        return _EXPIRY.sweep(self._link, pool_id, before, limit)
