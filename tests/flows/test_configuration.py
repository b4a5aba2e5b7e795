"""Writing configuration while others do."""

from dataclasses import replace

import pytest

from poolhouse.domain.pool import Pool
from poolhouse.errors import ConcurrentModificationException
from poolhouse.flows.configuration import write_configuration

POOL = Pool("us-east-1_abcDEF123", "P", 1.0, 1.0, {}, {})


def test_a_row_that_is_stale_once_is_read_again(store):
    store.write(lambda tx: tx.pools.add(POOL))
    runs = []

    def work(tx):
        pool = tx.pools.get(POOL.id)
        runs.append(pool)
        stale = replace(pool, name="Q", version=pool.version + (len(runs) == 1))
        return tx.pools.save(stale)

    assert write_configuration(store, work).name == "Q"
    assert len(runs) == 2


def test_a_row_that_never_stops_changing_is_a_concurrent_modification(store):
    store.write(lambda tx: tx.pools.add(POOL))
    runs = []

    def work(tx):
        runs.append(1)
        tx.pools.save(replace(POOL, version=99))

    with pytest.raises(ConcurrentModificationException):
        write_configuration(store, work)
    assert len(runs) == 6
    assert store.read(lambda tx: tx.pools.get(POOL.id)).name == "P"
