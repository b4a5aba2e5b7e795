"""Failures that a test asks for under `serve --dev`: of the next messages, or the next calls of triggers."""

import threading


class Faults:
    """How many of the next attempts are to fail."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left = 0

    def ask(self, count: int) -> None:
        """Have the next attempts fail.

        Args:
            count: how many; 0 takes back what was asked before.
        """
        with self._lock:
            self._left = count

    def take(self) -> bool:
        """Tell whether this attempt is to fail."""
        with self._lock:
            fails = self._left > 0
            self._left -= fails
        return fails
