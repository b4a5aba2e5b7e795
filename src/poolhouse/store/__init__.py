"""The store: repositories over SQLite or PostgreSQL, behind units of work.

`open_store(url, clock)` gives a `Store`; `store.write(lambda tx: …)` runs a unit of work with the
repositories of `tx.Tx`. May import the domain; knows nothing of the wire, of HTTP, of operations.

To add a repository: a table (`tables.py`), a migration, a module of statements and methods here, its line in
`tx.Tx`, and its tests in `tests/store`, which run on both engines.
"""

from poolhouse.store.engine import Postgresql, engine_of
from poolhouse.store.lock import FileLock
from poolhouse.store.refusals import CommitInDoubt, Conflict, StaleRow, StoreBusy
from poolhouse.store.schema import is_current, migrate
from poolhouse.store.transaction import PostgresqlStore, SqliteStore, Store
from poolhouse.store.tx import Tx
from poolhouse.store.users import Page
from poolhouse.world import Clock, Entropy, SystemEntropy

__all__ = [
    "CommitInDoubt",
    "Conflict",
    "Page",
    "StaleRow",
    "Store",
    "StoreBusy",
    "Tx",
    "is_current",
    "migrate",
    "open_store",
]


def open_store(
    url: str, clock: Clock, *, serving: bool = False, entropy: Entropy | None = None, connections: int = 32
) -> Store:
    """Open a store whose schema is up to date (`migrate`).

    Args:
        url: `sqlite:////absolute/path.db` or `postgresql://…`.
        clock: dates the lock of a server process, and what connections committed last.
        serving: this is a server process: refuse a SQLite file that another one serves. The short writes of
            commands need no such lock.
        entropy: jitter of back-off; the system's where none is given.
        connections: so many to PostgreSQL at most; with SQLite each thread has one.

    Raises:
        StoreBusy: another server process writes this SQLite file.
        ValueError: the URL names neither engine.
    """
    engine = engine_of(url)
    entropy = entropy or SystemEntropy()
    if isinstance(engine, Postgresql):
        return PostgresqlStore(engine, entropy, clock, connections)
    lock = FileLock(engine.path.with_name(engine.path.name + ".lock"))
    if serving:
        lock.take(clock.now())
    return SqliteStore(engine, entropy, lock)
