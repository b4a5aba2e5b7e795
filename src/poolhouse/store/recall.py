"""What this process has read of a SQLite file since it last wrote to it.

Each SQLite statement hands the interpreter's lock to other threads several times, which under load costs more
than the statement. Only one process serves a SQLite file, so what it has read stays true until its own next
commit: a repeated read need not be a statement. Commands write seldom and briefly; what they write is seen
within a second.
"""

import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")

_SECONDS = 1.0
_MOST = 10_000


class _Memory:
    """What was read between two commits."""

    __slots__ = ("commits", "ends", "values")

    def __init__(self, commits: int) -> None:
        self.commits = commits
        self.ends = time.monotonic() + _SECONDS
        self.values: dict[Hashable, Any] = {}


class Recall:
    """Results of reading, kept until the next commit."""

    def __init__(self, commits: Callable[[], int]) -> None:
        """Begin with nothing.

        Args:
            commits: counts this process's commits. It has counted a commit before whoever wrote hears of it,
                so that they read what they wrote.
        """
        self._commits = commits
        self._memory = _Memory(commits())

    def get(self, key: Hashable, read: Callable[[], T]) -> T:
        """Return what `read` returns, or what it returned since the last commit.

        Args:
            key: names what is read.
            read: reads it; its result must be immutable.
        """
        memory = self._memory
        # Counted before reading: what a commit changes meanwhile is kept in a memory that nobody asks again.
        commits = self._commits()
        if memory.commits != commits or time.monotonic() > memory.ends:
            memory = self._memory = _Memory(commits)
        try:
            value: T = memory.values[key]
        except KeyError:
            value = read()
            if len(memory.values) < _MOST:
                memory.values[key] = value
        return value
