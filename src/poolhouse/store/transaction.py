"""Units of work: `read`, `write` and `peek`, and what happens when one is refused.

A unit of work is a function of a `Tx`. It does nothing but SQL, draws nothing at random, waits for nobody,
and may be run again. On SQLite one thread writes (`writer.py`); on PostgreSQL each caller does.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from poolhouse.store.engine import Engine, Postgresql, Sqlite
from poolhouse.store.lending import Lent, OfThreads, Session, Sessions
from poolhouse.store.lock import FileLock
from poolhouse.store.recall import Recall, Seen
from poolhouse.store.refusals import CommitInDoubt, StaleRow
from poolhouse.store.tx import Tx
from poolhouse.store.writer import Writer
from poolhouse.world import Clock, Entropy

T = TypeVar("T")
Work = Callable[[Tx], T]

RUNS = 6
_CONFLICT_SECONDS = 0.002
_OUTAGE_SECONDS = 0.05
_DOUBT_ROUNDS = 100


class Store(ABC):
    """The store of one process."""

    def __init__(self, engine: Engine, sessions: Sessions[Any], entropy: Entropy) -> None:
        self._engine = engine
        self._sessions = sessions
        self._entropy = entropy

    @abstractmethod
    def write(self, work: Work[T]) -> T:
        """Run a unit of work that changes something; return its result once it is durable.

        Raises:
            Conflict: what must be unique is taken.
            StaleRow: six runs were refused.
            CommitInDoubt: nobody knows whether it is done.
        """

    @abstractmethod
    def read(self, work: Work[T]) -> T:
        """Run a unit of work that changes nothing, on one consistent snapshot."""

    def peek(self, work: Work[T]) -> T:
        """Run a unit of work of exactly one reading statement: no transaction is opened around it."""
        return self._patiently(lambda: self._peek_once(work))

    def _peek_once(self, work: Work[T]) -> T:
        session = self._sessions.take()
        session.tx.begin()
        try:
            result = work(session.tx)
        except BaseException:
            self._mend(session)
            raise
        self._sessions.give(session)
        return result

    def with_family(self, pool_id: str, sub: str, event_id: str) -> Seen:
        """Return a user and when their token family was revoked (`Users.with_family`), as of now."""
        return self.peek(lambda tx: tx.users.with_family(pool_id, sub, event_id))

    def ping(self) -> None:
        """Ask the database for a sign of life; raises the driver's error if there is none."""
        self.peek(lambda tx: tx.pools.get(""))

    def backup(self, path: Path) -> None:
        """Write a consistent copy of the store to a new file, while it is in use.

        Raises:
            NotImplementedError: PostgreSQL has its own tools.
        """
        raise NotImplementedError("back PostgreSQL up with pg_dump or pg_basebackup")

    def close(self) -> None:
        """Close all connections; no unit of work may be running."""
        self._sessions.close()

    @abstractmethod
    def _mend(self, session: Session[Any]) -> None:
        """Bring a session back into order after an error, and give it back."""

    def _patiently(self, once: Callable[[], T]) -> T:
        for run in range(1, RUNS):
            try:
                return once()
            except Exception as error:
                if not self._engine.refuses(error):
                    raise
                self._back_off(run, _CONFLICT_SECONDS if _is_conflict(error) else _OUTAGE_SECONDS)
        try:
            return once()
        except Exception as error:
            if _is_conflict(error):
                raise StaleRow("six runs were refused") from error
            raise

    def _back_off(self, run: int, seconds: float) -> None:
        jitter = 0.5 + self._entropy.bytes(1)[0] / 256
        time.sleep(seconds * 2**run * jitter)


def _is_conflict(error: Exception) -> bool:
    return isinstance(error, StaleRow) or getattr(error, "sqlstate", None) in ("40001", "40P01")


class SqliteStore(Store):
    """Readers on their own connections, one writer."""

    def __init__(self, engine: Sqlite, entropy: Entropy, lock: FileLock) -> None:
        super().__init__(engine, OfThreads(lambda: engine.connect(read_only=True)), entropy)
        self._sqlite = engine
        self._lock = lock
        self._recall = Recall()
        self._writer = Writer(engine, self._recall.committed)

    def with_family(self, pool_id: str, sub: str, event_id: str) -> Seen:
        """Ask the file once, until a commit of this process changes the answer."""
        return self._recall.get(
            (pool_id, sub), event_id, lambda: super(SqliteStore, self).with_family(pool_id, sub, event_id)
        )

    def write(self, work: Work[T]) -> T:
        """Hand the unit to the writer; it shares a flush with others."""
        return self._patiently(lambda: self._writer.write(work))

    def read(self, work: Work[T]) -> T:
        """Run the unit on this thread's own connection."""

        def once() -> T:
            session = self._sessions.take()
            if session.busy:
                raise RuntimeError("a unit of work may not open another")
            session.tx.begin()
            session.link.plain("BEGIN")
            session.busy = True
            try:
                return work(session.tx)
            finally:
                session.busy = False
                session.link.plain("COMMIT")

        return self._patiently(once)

    def backup(self, path: Path) -> None:
        """Write a consistent copy to a new file (`VACUUM INTO`)."""
        self._sqlite.backup(path)

    def close(self) -> None:
        """Finish what was handed to the writer, close all connections, give the lock back."""
        self._writer.close()
        super().close()
        self._lock.release()

    def _mend(self, session: Session[Any]) -> None:
        pass


class PostgresqlStore(Store):
    """Each caller commits for itself."""

    def __init__(self, engine: Postgresql, entropy: Entropy, clock: Clock, connections: int) -> None:
        self._lent = Lent(lambda: engine.connect(entropy.uuid()), connections)
        super().__init__(engine, self._lent, entropy)
        self._clock = clock

    def write(self, work: Work[T]) -> T:
        """Run the unit in a transaction of its own; what is refused runs again, six times at most."""
        return self._patiently(lambda: self._write_once(work))

    def read(self, work: Work[T]) -> T:
        """Run the unit in a read-only transaction on one snapshot."""
        return self._patiently(lambda: self._read_once(work))

    def _read_once(self, work: Work[T]) -> T:
        session = self._lent.take()
        session.tx.begin()
        try:
            session.link.plain("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            result = work(session.tx)
            session.link.plain("COMMIT")
        except BaseException:
            self._mend(session)
            raise
        self._lent.give(session)
        return result

    def _write_once(self, work: Work[T]) -> T:
        session = self._lent.take()
        session.tx.begin()
        link = session.link
        try:
            link.begin()
            result = work(session.tx)
        except BaseException:
            self._mend(session)
            raise
        try:
            link.commit(self._clock.now())
        except BaseException:
            in_doubt = link.lost and link.changed
            self._mend(session)
            if in_doubt and self._was_committed(link.name, link.unit):
                return result
            raise
        self._lent.give(session)
        return result

    def _mend(self, session: Session[Any]) -> None:
        try:
            session.link.plain("ROLLBACK")
        except Exception:  # noqa: BLE001 (whatever it is, the connection is of no more use)
            self._lent.drop(session)
        else:
            self._lent.give(session)

    def _was_committed(self, name: str, unit: int) -> bool:
        """Tell what became of a commit whose answer was lost: only what did not happen is run again.

        Raises:
            CommitInDoubt: the database stayed away too long.
        """
        for round_ in range(_DOUBT_ROUNDS):
            try:
                return self._peek_once(lambda tx: tx.connections.settle(name, unit, self._clock.now()))
            except Exception as error:
                if not self._engine.refuses(error):
                    raise
            self._back_off(min(round_, 4), _OUTAGE_SECONDS)
        raise CommitInDoubt
