"""Configuration in memory: pools with their custom scopes, and clients, at most two seconds old."""

from collections.abc import Callable
from typing import TypeVar

from poolhouse.domain.client import Client
from poolhouse.domain.pool import Pool
from poolhouse.domain.resource_servers import all_scopes
from poolhouse.store.transaction import Store
from poolhouse.world import Clock

T = TypeVar("T")

_SECONDS = 2.0
_MOST = 10_000


class ConfigCache:
    """Pools and clients by id. What is not there is asked for each time: others may make it any moment."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._pools: dict[str, tuple[float, Pool]] = {}
        self._scopes: dict[str, tuple[float, frozenset[str]]] = {}
        self._clients: dict[str, tuple[float, Client]] = {}
        self._forgotten = 0

    def pool(self, pool_id: str) -> Pool | None:
        """Return the pool."""
        return self._get(self._pools, pool_id, lambda: self._store.peek(lambda tx: tx.pools.get(pool_id)))

    def custom_scopes(self, pool_id: str) -> frozenset[str]:
        """Return the scopes of the pool's resource servers, and the one that every pool has."""

        def fetch() -> frozenset[str]:
            return all_scopes(self._store.peek(lambda tx: tx.resource_servers.of(pool_id)))

        return self._get(self._scopes, pool_id, fetch) or frozenset()

    def client(self, client_id: str) -> Client | None:
        """Return the client."""
        return self._get(
            self._clients, client_id, lambda: self._store.peek(lambda tx: tx.clients.get(client_id))
        )

    def forget(self, *, pool_id: str | None = None, client_id: str | None = None) -> None:
        """Ask the store next time, after a write of this process."""
        self._forgotten += 1
        if pool_id is not None:
            self._pools.pop(pool_id, None)
            self._scopes.pop(pool_id, None)
        if client_id is not None:
            self._clients.pop(client_id, None)

    def clear(self) -> None:
        """Ask the store for everything next time."""
        self._forgotten += 1
        for known in (self._pools, self._scopes, self._clients):
            known.clear()

    def _get(self, known: dict[str, tuple[float, T]], key: str, fetch: Callable[[], T | None]) -> T | None:
        now = self._clock.now()
        entry = known.get(key)
        if entry is not None and 0 <= now - entry[0] < _SECONDS:
            return entry[1]
        forgotten = self._forgotten
        value = fetch()
        if value is None:
            known.pop(key, None)
            return None
        if forgotten == self._forgotten:  # else it may have been fetched before that write
            if len(known) >= _MOST:
                known.clear()
            known[key] = (now, value)
        return value
