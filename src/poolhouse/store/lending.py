"""Connections and who has them: one for each thread, or some for all, lent for a unit of work at a time."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakSet

from poolhouse.store.engine import Link
from poolhouse.store.tx import Tx

L = TypeVar("L", bound=Link)


class Session(Generic[L]):
    """A connection, and the repositories on it."""

    def __init__(self, link: L) -> None:
        self.link = link
        self.tx = Tx(link)
        self.busy = False


class Sessions(ABC, Generic[L]):
    """The sessions of a store."""

    @abstractmethod
    def take(self) -> Session[L]:
        """Return a session for this thread alone, until it gives it back.

        Raises:
            RuntimeError: the thread has one already.
        """

    @abstractmethod
    def give(self, session: Session[L]) -> None:
        """Take a session back that is in order."""

    @abstractmethod
    def close(self) -> None:
        """Close all sessions."""


class OfThreads(Sessions[L]):
    """A session for each thread, opened at first need and closed with its thread or with the store.

    Whether a thread has it already is for the unit of work to know: `busy`.
    """

    def __init__(self, connect: Callable[[], L]) -> None:
        self._connect = connect
        self._mine = threading.local()
        self._open: WeakSet[Session[L]] = WeakSet()
        self._lock = threading.Lock()

    def take(self) -> Session[L]:
        """Return this thread's session."""
        session: Session[L] | None = getattr(self._mine, "session", None)
        if session is None:
            session = Session(self._connect())
            with self._lock:
                self._open.add(session)
            self._mine.session = session
        return session

    def give(self, session: Session[L]) -> None:
        """Do nothing: it stays this thread's."""

    def close(self) -> None:
        """Close all sessions."""
        with self._lock:
            sessions, self._open = list(self._open), WeakSet()
        for session in sessions:
            session.link.close()


class Lent(Sessions[L]):
    """At most so many sessions, opened at need; who finds none waits for the next that is given back.

    Threads that wait for something else, a password's hash or a trigger, hold none. The one that was used
    last goes out first, so that those that are not needed stay untouched.
    """

    def __init__(self, connect: Callable[[], L], most: int) -> None:
        self._connect = connect
        self._free = threading.BoundedSemaphore(most)
        self._idle: list[Session[L]] = []
        self._lock = threading.Lock()
        self._thread = threading.local()

    def take(self) -> Session[L]:
        """Return a session, an idle one or a new one."""
        if getattr(self._thread, "has", False):
            raise RuntimeError("a unit of work may not open another")
        self._free.acquire()
        try:
            with self._lock:
                session = self._idle.pop() if self._idle else None
            session = session or Session(self._connect())
        except BaseException:
            self._free.release()
            raise
        self._thread.has = True
        return session

    def give(self, session: Session[L]) -> None:
        """Keep it for the next."""
        with self._lock:
            self._idle.append(session)
        self._returned()

    def drop(self, session: Session[L]) -> None:
        """Close it, and the idle ones with it: what ended one connection has most often ended them all.

        Were they kept, a unit of work could meet one after the other, and be refused for good.
        """
        try:
            self._close_idle()
            session.link.close()
        finally:
            self._returned()

    def close(self) -> None:
        """Close all sessions; none is out."""
        self._close_idle()

    def _returned(self) -> None:
        self._thread.has = False
        self._free.release()

    def _close_idle(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for session in idle:
            session.link.close()
