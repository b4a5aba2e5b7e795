"""Resource servers."""

import builtins

from sqlalchemy import bindparam, func, select

from poolhouse.domain.resource_servers import ResourceServer
from poolhouse.store.documents import Documents
from poolhouse.store.engine import Link, Statement
from poolhouse.store.tables import resource_servers

_SERVERS = Documents(resource_servers, ResourceServer)
_IN_POOL = resource_servers.c.pool_id == bindparam("pool_id")
_ALL = Statement(select(resource_servers.c.doc).where(_IN_POOL))
_LIST = Statement(
    select(resource_servers.c.doc)
    .where(_IN_POOL, resource_servers.c.identifier > bindparam("after"))
    .order_by(resource_servers.c.identifier)
    .limit(bindparam("limit"))
)
_COUNT = Statement(select(func.count()).select_from(resource_servers).where(_IN_POOL))


class ResourceServers:
    """Resource servers by identifier."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def get(self, pool_id: str, identifier: str) -> ResourceServer | None:
        """Return the resource server."""
        return _SERVERS.get(self._link, pool_id=pool_id, identifier=identifier)

    def add(self, server: ResourceServer) -> None:
        """Store a new resource server.

        Raises:
            Conflict: the pool has one of that identifier.
        """
        _SERVERS.add(self._link, server, _key(server))

    def save(self, server: ResourceServer) -> ResourceServer:
        """Store a changed resource server; return it with its new version.

        Raises:
            StaleRow: it has changed since it was read.
        """
        return _SERVERS.save(self._link, server, _key(server))

    def delete(self, pool_id: str, identifier: str) -> bool:
        """Delete the resource server; tell whether there was one."""
        return _SERVERS.delete(self._link, pool_id=pool_id, identifier=identifier)

    def of(self, pool_id: str) -> builtins.list[ResourceServer]:
        """Return all of a pool's, in no order."""
        return [_SERVERS.decode(doc) for (doc,) in self._link.all(_ALL, pool_id=pool_id)]

    def list(self, pool_id: str, after: str | None, limit: int) -> builtins.list[ResourceServer]:
        """Return resource servers in the order of their identifiers, those after `after`."""
        rows = self._link.all(_LIST, pool_id=pool_id, after=after or "", limit=limit)
        return [_SERVERS.decode(doc) for (doc,) in rows]

    def count(self, pool_id: str) -> int:
        """Return how many a pool has."""
        row = self._link.one(_COUNT, pool_id=pool_id)
        return int(row[0]) if row else 0


def _key(server: ResourceServer) -> dict[str, str]:
    return {"pool_id": server.pool_id, "identifier": server.identifier}
