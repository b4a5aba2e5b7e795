"""The access keys that sign administrators' requests. They belong to the server, not to a pool."""

from sqlalchemy import select

from poolhouse.domain.keys import StoredAccessKey
from poolhouse.store.documents import Documents
from poolhouse.store.engine import Link, Statement
from poolhouse.store.tables import access_keys

_KEYS = Documents(access_keys, StoredAccessKey)
_LIST = Statement(select(access_keys.c.doc).order_by(access_keys.c.id))


class AccessKeys:
    """Access keys by their public id."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def get(self, key_id: str) -> StoredAccessKey | None:
        """Return the key, revoked or not."""
        return _KEYS.get(self._link, id=key_id)

    def add(self, key: StoredAccessKey) -> None:
        """Store a new key.

        Raises:
            Conflict: the id is taken.
        """
        _KEYS.add(self._link, key, {"id": key.id})

    def save(self, key: StoredAccessKey) -> StoredAccessKey:
        """Store a changed key; return it with its new version.

        Raises:
            StaleRow: it has changed since it was read.
        """
        return _KEYS.save(self._link, key, {"id": key.id})

    def delete(self, key_id: str) -> bool:
        """Delete the key; tell whether there was one."""
        return _KEYS.delete(self._link, id=key_id)

    def list(self) -> list[StoredAccessKey]:
        """Return all keys in the order of their ids."""
        return [_KEYS.decode(doc) for (doc,) in self._link.all(_LIST)]
