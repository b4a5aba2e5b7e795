"""Waiting for others (triggers, mail servers, SMS providers), bounded in time and in number."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")

# A short wait smooths a burst while the other side answers quickly. Where it hangs, it is all that a request
# loses before it is refused, and the server's other threads stay free.
_WAIT_FOR_SLOT_SECONDS = 0.25


class NoSlotError(Exception):
    """As many calls as may be are under way."""


class Slots:
    """Runs calls in threads of their own, so many at a time.

    The caller waits no longer than its time limit whatever the call does: drip an answer byte by byte, or
    never return. A call that outlives its caller keeps its slot until it ends: abandoned calls are bounded.
    """

    def __init__(self, name: str, count: int) -> None:
        """Make `count` slots, whose threads are called `name`."""
        self._name = name
        self._free = threading.BoundedSemaphore(count)

    def run(self, call: Callable[[], T], seconds: float) -> T:
        """Return what `call` returns, or raise what it raises.

        Raises:
            NoSlotError: none is free.
            TimeoutError: it did not end within `seconds`.
        """
        if not self._free.acquire(timeout=_WAIT_FOR_SLOT_SECONDS):
            raise NoSlotError
        future: Future[T] = Future()

        def work() -> None:
            try:
                future.set_result(call())
            except BaseException as error:  # noqa: BLE001 (raised again where it is waited for)
                future.set_exception(error)
            finally:
                self._free.release()

        try:
            threading.Thread(target=work, name=self._name, daemon=True).start()
        except RuntimeError:
            self._free.release()
            raise
        return future.result(timeout=seconds)
