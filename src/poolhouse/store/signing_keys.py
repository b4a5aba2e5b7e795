"""The keys that sign pools' tokens."""

from dataclasses import replace

from sqlalchemy import bindparam, delete, select

from poolhouse.domain.keys import StoredKey
from poolhouse.store.documents import Documents, same_key
from poolhouse.store.engine import Link, Statement
from poolhouse.store.refusals import StaleRow
from poolhouse.store.tables import signing_keys

_KEYS = Documents(signing_keys, StoredKey)
_LIST = Statement(
    select(signing_keys.c.doc)
    .where(signing_keys.c.pool_id == bindparam("pool_id"))
    .order_by(signing_keys.c.use, signing_keys.c.retired)
)
_FOR_CHANGE = Statement(select(signing_keys.c.doc).where(*same_key(signing_keys)).with_for_update())
_SWEEP = Statement(
    delete(signing_keys).where(
        signing_keys.c.pool_id == bindparam("pool_id"),
        signing_keys.c.retired > bindparam("newest"),
        signing_keys.c.retired < bindparam("before"),
    )
)


class SigningKeys:
    """The newest key for each pool and use, and those before it."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def list(self, pool_id: str) -> list[StoredKey]:
        """Return the pool's keys; of each use the newest comes first."""
        return [_KEYS.decode(doc) for (doc,) in self._link.all(_LIST, pool_id=pool_id)]

    def add(self, key: StoredKey) -> None:
        """Store a new key.

        Raises:
            Conflict: another process made one for this pool and use first.
        """
        _KEYS.add(self._link, key, _key(key))

    def retire(self, key: StoredKey, at: float) -> None:
        """Say when the newest key is succeeded; the successor can be added then.

        Raises:
            StaleRow: another process did so first.
        """
        self.remove(key)
        self.add(replace(key, retired=at))

    def remove(self, key: StoredKey) -> None:
        """Delete a key.

        Raises:
            StaleRow: it has changed, or is gone, since it was read.
        """
        # Its successor has the very same key in the table.
        row = self._link.one(_FOR_CHANGE, **_key(key))
        if row is None or _KEYS.decode(row[0]).kid != key.kid:
            raise StaleRow("signing_keys")
        _KEYS.delete(self._link, **_key(key))

    def sweep(self, pool_id: str, before: float) -> int:
        """Delete the keys that were succeeded before `before`; return how many."""
        return self._link.run(_SWEEP, pool_id=pool_id, newest=0.0, before=before)


def _key(key: StoredKey) -> dict[str, str | float]:
    return {"pool_id": key.pool_id, "use": key.use, "retired": key.retired}
