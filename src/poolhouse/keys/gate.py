"""The gate before heavy computing: so many at a time, first come, first served.

A signature keeps a core busy for a millisecond. Ungated, thirty sign-ins at once leave nothing for the
requests that need microseconds. An unfair gate lets some wait for ever (`threading.Semaphore` hands a slot to
whoever grabs it); this one hands it to whoever has waited longest.
"""

from collections import deque
from threading import Lock
from types import TracebackType


class Gate:
    """A context manager that at most `slots` threads are inside of."""

    def __init__(self, slots: int) -> None:
        """Open the gate.

        Args:
            slots: how many may be inside at once, at least 1.
        """
        self._lock = Lock()
        self._free = slots
        self._waiting: deque[Lock] = deque()

    def __enter__(self) -> None:
        with self._lock:
            if self._free and not self._waiting:
                self._free -= 1
                return
            turn = Lock()
            turn.acquire()
            self._waiting.append(turn)
        try:
            turn.acquire()
        except BaseException:  # an interrupt: give the place in the queue, or the slot, back
            with self._lock:
                handed = turn not in self._waiting
                if not handed:
                    self._waiting.remove(turn)
            if handed:
                self._leave()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1
