"""Managed login branding styles."""

from sqlalchemy import bindparam, select

from poolhouse.domain.branding import MOST_STYLES, Style
from poolhouse.store.documents import Documents
from poolhouse.store.engine import Link, Statement
from poolhouse.store.refusals import Conflict, StaleRow
from poolhouse.store.tables import styles

_STYLES = Documents(styles, Style)
_IN_POOL = styles.c.pool_id == bindparam("pool_id")
_BY_ID = Statement(select(styles.c.doc).where(_IN_POOL, styles.c.id == bindparam("id")))
_OF_CLIENT = Statement(select(styles.c.doc).where(_IN_POOL, styles.c.client_id == bindparam("client_id")))
_SLOTS = Statement(select(styles.c.slot).where(_IN_POOL))


class Styles:
    """At most `MOST_STYLES` styles in a pool, and one for each client."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def get(self, pool_id: str, style_id: str) -> Style | None:
        """Return the style of that id."""
        row = self._link.one(_BY_ID, pool_id=pool_id, id=style_id)
        return _STYLES.decode(row[0]) if row else None

    def of_client(self, pool_id: str, client_id: str) -> Style | None:
        """Return the client's style."""
        row = self._link.one(_OF_CLIENT, pool_id=pool_id, client_id=client_id)
        return _STYLES.decode(row[0]) if row else None

    def free_slot(self, pool_id: str) -> int | None:
        """Return a place where the pool has no style, or None when it is full."""
        taken = {slot for (slot,) in self._link.all(_SLOTS, pool_id=pool_id)}
        return next((slot for slot in range(MOST_STYLES) if slot not in taken), None)

    def add(self, style: Style) -> None:
        """Store a new style.

        Raises:
            Conflict: the client has one.
            StaleRow: its place was taken a moment ago.
        """
        try:
            _STYLES.add(self._link, style, _key(style), **_searched(style))
        except Conflict:
            if self.of_client(style.pool_id, style.client_id) is None:
                raise StaleRow("styles") from None
            raise

    def save(self, style: Style) -> Style:
        """Store a changed style; return it with its new version.

        Raises:
            StaleRow: it has changed since it was read.
        """
        return _STYLES.save(self._link, style, _key(style), **_searched(style))

    def delete(self, style: Style) -> bool:
        """Delete the style; tell whether it was there."""
        return _STYLES.delete(self._link, pool_id=style.pool_id, slot=style.slot)


def _key(style: Style) -> dict[str, str | int]:
    return {"pool_id": style.pool_id, "slot": style.slot}


def _searched(style: Style) -> dict[str, str]:
    return {"id": style.id, "client_id": style.client_id}
