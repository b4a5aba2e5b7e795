"""Delivers messages after the answer, where the time of the answer must not tell whether there is one.

What is handed over is in memory alone: a process that ends, or couriers that are all busy, leave the message
to the outbox, which holds it anyway.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from poolhouse.observe import Log

_log = Log()
_QUEUE_PER_COURIER = 8
_HEAD_START_SECONDS = 0.05
"""The answer's: a courier that set out at once would slow it down, and so tell that there is a message."""


class Couriers:
    """A few threads, started at need; each stays, with its connection to the store."""

    def __init__(self, count: int) -> None:
        """Engage couriers.

        Args:
            count: how many deliver at a time.
        """
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="courier")
        self._most = count * _QUEUE_PER_COURIER
        self._waiting = 0
        self._changed = threading.Condition()

    def hand_over(self, deliver: Callable[[], object]) -> bool:
        """Have a message delivered soon; False where too many wait already: it is left to the outbox."""
        with self._changed:
            if self._waiting >= self._most:
                _log.warning("couriers_busy", advice="mend slow mail servers or triggers")
                return False
            self._waiting += 1
        self._pool.submit(self._run, deliver, time.monotonic() + _HEAD_START_SECONDS)
        return True

    def _run(self, deliver: Callable[[], object], begin: float) -> None:
        time.sleep(max(0, begin - time.monotonic()))
        try:
            deliver()
        except Exception:  # noqa: BLE001 (a bug, whatever it is; the outbox has the message)
            _log.exception("courier_failed")
        finally:
            with self._changed:
                self._waiting -= 1
                self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait until all that was handed over is dealt with, or the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting == 0, seconds)

    def close(self, seconds: float) -> None:
        """Give what is on its way so much time, and take nothing more."""
        self.wait(seconds)
        self._pool.shutdown(wait=False, cancel_futures=True)
