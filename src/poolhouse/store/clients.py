"""App clients. Their ids are unique over all pools: a table of its own holds them."""

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from poolhouse.domain.client import Client
from poolhouse.store.documents import Documents, same_key, values_of
from poolhouse.store.engine import Link, Statement
from poolhouse.store.refusals import Conflict
from poolhouse.store.tables import client_ids, clients

_CLIENTS = Documents(clients, Client)
_GET = Statement(
    select(clients.c.doc)
    .select_from(client_ids)
    .join(
        clients,
        (clients.c.pool_id == client_ids.c.pool_id) & (clients.c.client_id == client_ids.c.client_id),
    )
    .where(*same_key(client_ids))
)
_OWNER = Statement(select(client_ids.c.pool_id).where(*same_key(client_ids)))
_HOLD = Statement(insert(client_ids).values(values_of(client_ids)).on_conflict_do_nothing())
_RELEASE = Statement(delete(client_ids).where(*same_key(client_ids)))
_COUNT = Statement(select(func.count()).select_from(clients).where(clients.c.pool_id == bindparam("pool_id")))
_LIST = Statement(
    select(clients.c.doc)
    .where(clients.c.pool_id == bindparam("pool_id"), clients.c.client_id > bindparam("after"))
    .order_by(clients.c.client_id)
    .limit(bindparam("limit"))
)


class Clients:
    """App clients."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def get(self, client_id: str) -> Client | None:
        """Return the client, whichever pool it belongs to; None once that pool is deleted."""
        row = self._link.one(_GET, client_id=client_id)
        return _CLIENTS.decode(row[0]) if row else None

    def add(self, client: Client) -> None:
        """Store a new client.

        Raises:
            Conflict: the id is taken.
        """
        if self._link.run(_HOLD, client_id=client.id, pool_id=client.pool_id) == 0:
            owner = self._link.one(_OWNER, client_id=client.id)
            if owner != (client.pool_id,):
                raise Conflict("clients")
        _CLIENTS.add(self._link, client, _key(client))

    def save(self, client: Client) -> Client:
        """Store a changed client; return it with its new version.

        Raises:
            StaleRow: it has changed since it was read.
        """
        return _CLIENTS.save(self._link, client, _key(client))

    def delete(self, pool_id: str, client_id: str) -> bool:
        """Delete the client; tell whether there was one."""
        if not _CLIENTS.delete(self._link, pool_id=pool_id, client_id=client_id):
            return False
        self._link.run(_RELEASE, client_id=client_id)
        return True

    def count(self, pool_id: str) -> int:
        """Return how many clients the pool has."""
        row = self._link.one(_COUNT, pool_id=pool_id)
        return int(row[0]) if row else 0

    def list(self, pool_id: str, after: str | None, limit: int) -> list[Client]:
        """Return the pool's clients in the order of their ids, those after `after`."""
        rows = self._link.all(_LIST, pool_id=pool_id, after=after or "", limit=limit)
        return [_CLIENTS.decode(doc) for (doc,) in rows]


def _key(client: Client) -> dict[str, str]:
    return {"pool_id": client.pool_id, "client_id": client.id}
