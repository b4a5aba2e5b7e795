"""Configuration in memory: two seconds old at most, and never older than what this process wrote."""

from dataclasses import replace

from poolhouse.store import Store, Tx
from poolhouse.store.cache import ConfigCache
from support.scripted import ScriptedClock
from support.things import POOL, a_client, a_pool


def rename(store: Store, name: str) -> None:
    def work(tx: Tx) -> None:
        pool = tx.pools.get(POOL)
        assert pool is not None
        tx.pools.save(replace(pool, name=name))

    store.write(work)


def test_two_seconds(store: Store, clock: ScriptedClock) -> None:
    cache = ConfigCache(store, clock)
    assert cache.pool(POOL) is None
    store.write(lambda tx: tx.pools.add(a_pool()))
    store.write(lambda tx: tx.clients.add(a_client()))
    pool = cache.pool(POOL)
    assert pool == a_pool(), "what was not there is asked for again"
    rename(store, "members")
    clock.advance(1.999)
    assert cache.pool(POOL) is pool
    clock.advance(0.002)
    assert cache.pool(POOL).name == "members"
    assert cache.client("client0") == a_client()
    store.write(lambda tx: tx.pools.delete(POOL))
    clock.advance(2)
    assert cache.pool(POOL) is None
    assert cache.client("client0") is None


def test_forgetting(store: Store, clock: ScriptedClock) -> None:
    cache = ConfigCache(store, clock)
    store.write(lambda tx: tx.pools.add(a_pool()))
    store.write(lambda tx: tx.clients.add(a_client()))
    assert cache.pool(POOL) is not None
    assert cache.client("client0") is not None
    rename(store, "members")
    cache.forget(pool_id=POOL)
    assert cache.pool(POOL).name == "members"
    store.write(lambda tx: tx.clients.delete(POOL, "client0"))
    cache.forget(client_id="client0")
    assert cache.client("client0") is None


def test_what_was_fetched_before_a_write_is_not_kept_after_it(store: Store, clock: ScriptedClock) -> None:
    """Another thread's write and `forget` fall between this one's reading and its remembering."""
    store.write(lambda tx: tx.pools.add(a_pool()))

    class Between:
        def peek(self, work):
            found = store.peek(work)
            rename(store, "members")
            cache.forget(pool_id=POOL)
            return found

    cache = ConfigCache(Between(), clock)
    assert cache.pool(POOL).name == "people"
    cache._store = store
    assert cache.pool(POOL).name == "members"
