"""Users' passkeys."""

from typing import Any

from sqlalchemy import bindparam, delete, select

from poolhouse.domain.passkeys import Passkey
from poolhouse.store.documents import Documents
from poolhouse.store.engine import Link, Statement
from poolhouse.store.refusals import Conflict, StaleRow
from poolhouse.store.tables import passkeys
from poolhouse.store.text import key_text

_PASSKEYS = Documents(passkeys, Passkey)
_OF_USER = (passkeys.c.pool_id == bindparam("pool_id"), passkeys.c.sub == bindparam("sub"))
_BY_ID = passkeys.c.credential_id == bindparam("credential_id")
_OF = Statement(select(passkeys.c.doc).where(*_OF_USER).order_by(passkeys.c.slot))
_HOLDER = Statement(select(passkeys.c.sub).where(passkeys.c.pool_id == bindparam("pool_id"), _BY_ID))
_DELETE = Statement(delete(passkeys).where(*_OF_USER, _BY_ID))


class Passkeys:
    """At most as many passkeys for each user as there are places; no two of a pool have the same id."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def of(self, pool_id: str, sub: str) -> list[Passkey]:
        """Return the user's passkeys, by their places."""
        return [_PASSKEYS.decode(doc) for (doc,) in self._link.all(_OF, pool_id=pool_id, sub=sub)]

    def add(self, passkey: Passkey) -> None:
        """Store a new passkey.

        Raises:
            Conflict: somebody in the pool has one of the same id.
            StaleRow: its place was taken a moment ago.
        """
        searched = _searched(passkey)
        try:
            _PASSKEYS.add(self._link, passkey, _key(passkey), **searched)
        except Conflict:
            if self._link.one(_HOLDER, pool_id=passkey.pool_id, **searched) is None:
                raise StaleRow("passkeys") from None
            raise

    def save(self, passkey: Passkey) -> Passkey:
        """Store a changed passkey; return it with its new version.

        Raises:
            StaleRow: it has changed since it was read.
        """
        return _PASSKEYS.save(self._link, passkey, _key(passkey), **_searched(passkey))

    def delete(self, pool_id: str, sub: str, credential_id: str) -> bool:
        """Delete a user's passkey; tell whether there was one."""
        return self._link.run(_DELETE, pool_id=pool_id, sub=sub, credential_id=key_text(credential_id)) == 1


def _key(passkey: Passkey) -> dict[str, Any]:
    return {"pool_id": passkey.pool_id, "sub": passkey.sub, "slot": passkey.slot}


def _searched(passkey: Passkey) -> dict[str, str]:
    return {"credential_id": key_text(passkey.id)}
