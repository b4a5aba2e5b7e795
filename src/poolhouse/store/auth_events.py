"""Authentication events, by user."""

import builtins

from sqlalchemy import bindparam, select, tuple_

from poolhouse.domain.auth_events import AuthEvent
from poolhouse.store.documents import Documents
from poolhouse.store.engine import Link, Statement
from poolhouse.store.expiry import Expiry
from poolhouse.store.tables import auth_events

_EVENTS = Documents(auth_events, AuthEvent)
_LIST = Statement(
    select(auth_events.c.doc)
    .where(
        auth_events.c.pool_id == bindparam("pool_id"),
        auth_events.c.sub == bindparam("sub"),
        tuple_(auth_events.c.created, auth_events.c.id) < tuple_(bindparam("created"), bindparam("id")),
    )
    .order_by(auth_events.c.created.desc(), auth_events.c.id.desc())
    .limit(bindparam("limit"))
)
_OF_STANDING = Statement(
    select(auth_events.c.doc)
    .where(
        auth_events.c.pool_id == bindparam("pool_id"),
        auth_events.c.sub == bindparam("sub"),
        auth_events.c.familiar == bindparam("standing"),
    )
    .order_by(auth_events.c.created.desc())
    .limit(bindparam("limit"))
)
_EXPIRY = Expiry(auth_events, "expires")
_LATEST = 1e18


class AuthEvents:
    """Events by user and id; deleting a user deletes theirs (`Users`)."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def get(self, pool_id: str, sub: str, event_id: str) -> AuthEvent | None:
        """Return the user's event of that id."""
        return _EVENTS.get(self._link, pool_id=pool_id, sub=sub, id=event_id)

    def add(self, event: AuthEvent) -> None:
        """Store a new event.

        Raises:
            Conflict: the user has one of that id.
        """
        _EVENTS.add(self._link, event, _key(event), **_searched(event))

    def save(self, event: AuthEvent) -> AuthEvent:
        """Store a changed event; return it with its new version.

        Raises:
            StaleRow: it has changed since it was read.
        """
        return _EVENTS.save(self._link, event, _key(event), **_searched(event))

    def list(
        self, pool_id: str, sub: str, before: tuple[float, str] | None, limit: int
    ) -> builtins.list[AuthEvent]:
        """Return a user's events, the latest first.

        Args:
            pool_id: the pool.
            sub: the user.
            before: time and id of the last event of the page before, or None.
            limit: how many at most.
        """
        created, event_id = before or (_LATEST, "")
        rows = self._link.all(_LIST, pool_id=pool_id, sub=sub, created=created, id=event_id, limit=limit)
        return [_EVENTS.decode(doc) for (doc,) in rows]

    def of_standing(self, pool_id: str, sub: str, standing: int, limit: int) -> builtins.list[AuthEvent]:
        """Return a user's latest events of a standing (`AuthEvent.standing`)."""
        rows = self._link.all(_OF_STANDING, pool_id=pool_id, sub=sub, standing=standing, limit=limit)
        return [_EVENTS.decode(doc) for (doc,) in rows]

    def sweep(self, pool_id: str, before: float, limit: int) -> int:
        """Delete at most `limit` events whose time was over before `before`; return how many."""
        return _EXPIRY.sweep(self._link, pool_id, before, limit)


def _key(event: AuthEvent) -> dict[str, str]:
    return {"pool_id": event.pool_id, "sub": event.sub, "id": event.id}


def _searched(event: AuthEvent) -> dict[str, float]:
    return {"created": event.created, "expires": event.expires, "familiar": event.standing}
