"""The keys that sign pools' tokens."""

from sqlalchemy import bindparam, select

from poolhouse.domain.keys import StoredKey
from poolhouse.store.documents import Documents
from poolhouse.store.engine import Link, Statement
from poolhouse.store.tables import signing_keys

_KEYS = Documents(signing_keys, StoredKey)
_LIST = Statement(
    select(signing_keys.c.doc)
    .where(signing_keys.c.pool_id == bindparam("pool_id"))
    .order_by(signing_keys.c.use, signing_keys.c.retired)
)


class SigningKeys:
    """One key in use for each pool and use, and those retired."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def list(self, pool_id: str) -> list[StoredKey]:
        """Return the pool's keys; of each use the one in use comes first."""
        return [_KEYS.decode(doc) for (doc,) in self._link.all(_LIST, pool_id=pool_id)]

    def add(self, key: StoredKey) -> None:
        """Store a new key.

        Raises:
            Conflict: another process made one for this pool and use first.
        """
        _KEYS.add(self._link, key, {"pool_id": key.pool_id, "use": key.use, "retired": key.retired})
