"""SQLite's one writer: a thread that groups commits.

Units of work that arrive while a flush runs share the next one, and each is answered, well or ill, only after
the flush. Where one fails that had changed something already, the group begins again with a savepoint around
each unit, so that it rolls back alone; most groups need none, and are spared half of their statements.
"""

import queue
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from poolhouse.store.engine import Sqlite, Touched
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

    def __init__(self, engine: Sqlite, committed: Callable[[Touched], None]) -> None:
        """Start the thread.

        Args:
            engine: what it writes to.
            committed: told what a commit changed, before any unit of it is answered.
        """
        self._committed = committed
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
            self._settle(group)
            for unit in group:
                unit.done.release()

    def _settle(self, group: list[_Unit]) -> None:
        """Run the group, and what arrives meanwhile, until each unit has its result or its error."""
        if self._commit(group, self._run_bare, take_more=True) is None:
            return
        if self._commit(group, self._run_apart) is None:
            return
        # What one unit did to the transaction (a full disk closes it) is not the others' fault.
        for unit in group:
            unit.error = self._commit([unit], self._run_apart) or unit.error

    def _commit(
        self, group: list[_Unit], run: Callable[[_Unit], None], *, take_more: bool = False
    ) -> BaseException | None:
        """Run the group in one transaction; return what broke all of it."""
        try:
            self._link.touched.clear()
            self._link.plain(Sqlite.begin)
            for unit in group:  # it grows
                unit.error = None
                self._tx.begin()
                run(unit)
                if take_more and len(group) < _LARGEST_GROUP:
                    self._take_one(group)
            self._link.plain("COMMIT")
            self._committed(self._link.touched)
        except BaseException as error:  # noqa: BLE001 (it is the callers' to hear)
            with suppress(sqlite3.Error):
                if self._link.in_transaction:
                    self._link.plain("ROLLBACK")
            self._committed({None: None})  # whatever became of it
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

    def _run_bare(self, unit: _Unit) -> None:
        """Run a unit; where it fails after it changed something, so does the whole group."""
        before = self._link.changes
        try:
            unit.result = unit.work(self._tx)
        except BaseException as error:
            if self._link.changes != before or not self._link.in_transaction:
                raise
            unit.error = error

    def _run_apart(self, unit: _Unit) -> None:
        """Run a unit inside a savepoint of its own."""
        self._link.plain("SAVEPOINT unit")
        try:
            unit.result = unit.work(self._tx)
        except BaseException as error:  # noqa: BLE001
            unit.error = error
            self._link.plain("ROLLBACK TO unit")
            self._link.touched = dict.fromkeys(self._link.touched)  # nothing of it was saved
        self._link.plain("RELEASE unit")
