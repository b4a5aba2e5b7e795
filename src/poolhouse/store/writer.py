"""SQLite's one writer: a thread that groups commits.

Units of work that arrive while a flush runs share the next one. Each runs inside its own savepoint, so that
one that fails rolls back alone, and each is answered, well or ill, only after the flush.
"""

import queue
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from poolhouse.store.engine import Sqlite
from poolhouse.store.tx import Tx

T = TypeVar("T")

_LARGEST_GROUP = 256


class _Unit:
    __slots__ = ("done", "error", "result", "work")

    def __init__(self, work: Callable[[Tx], Any]) -> None:
        self.work = work
        self.result: Any = None
        self.error: BaseException | None = None
        self.done = threading.Lock()
        self.done.acquire()


class Writer:
    """The thread, and the queue before it."""

    def __init__(self, engine: Sqlite) -> None:
        self._queue: queue.SimpleQueue[_Unit | None] = queue.SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        self._link = engine.connect()
        self._tx = Tx(self._link)
        self._thread = threading.Thread(target=self._run, name="poolhouse-writer", daemon=True)
        self._thread.start()

    def write(self, work: Callable[[Tx], T]) -> T:
        """Run a unit of work in the writer's thread; return its result when it is on the disk.

        Raises:
            RuntimeError: a unit of work may not open another; the store is closed.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("a unit of work may not open another")
        unit = _Unit(work)
        with self._closing:
            if self._closed:
                raise RuntimeError("the store is closed")
            self._queue.put(unit)
        unit.done.acquire()
        if unit.error is not None:
            raise unit.error
        result: T = unit.result
        return result

    def close(self) -> None:
        """Finish what was handed in, then stop."""
        with self._closing:
            self._closed = True
        self._queue.put(None)
        self._thread.join()
        self._link.close()

    def _run(self) -> None:
        while (unit := self._queue.get()) is not None:
            group = [unit]
            error = self._commit(group, take_more=True)
            if error is not None and len(group) > 1:
                # What one unit did to the transaction (a full disk closes it) is not the others' fault.
                for unit in group:
                    unit.error = self._commit([unit], take_more=False) or unit.error
            elif error is not None:
                unit.error = error
            for unit in group:
                unit.done.release()

    def _commit(self, group: list[_Unit], *, take_more: bool) -> BaseException | None:
        """Run the group, and what arrives meanwhile, in one transaction; return what broke all of it."""
        try:
            self._link.plain(Sqlite.begin)
            for unit in group:  # it grows
                self._run_unit(unit)
                if take_more and len(group) < _LARGEST_GROUP:
                    self._take_one(group)
            self._link.plain("COMMIT")
        except BaseException as error:  # noqa: BLE001 (it is the callers' to hear)
            with suppress(sqlite3.Error):
                if self._link.in_transaction:
                    self._link.plain("ROLLBACK")
            return error
        return None

    def _take_one(self, group: list[_Unit]) -> None:
        if self._queue.empty():
            return
        unit = self._queue.get()
        if unit is None:  # closing; nothing comes after it
            self._queue.put(None)
        else:
            group.append(unit)

    def _run_unit(self, unit: _Unit) -> None:
        unit.error = None
        self._tx.begin()
        self._link.plain("SAVEPOINT unit")
        try:
            unit.result = unit.work(self._tx)
        except BaseException as error:  # noqa: BLE001
            unit.error = error
            self._link.plain("ROLLBACK TO unit")
        self._link.plain("RELEASE unit")
