"""Which cores a process's threads run on: the interpreter's on one, password hashes on the others.

Python runs one thread at a time. Where its threads are spread over several cores, each call that lets go of
the interpreter's lock, as all of SQLite's do, wakes a thread on another core, which takes the lock away; on
one core the caller goes on. Kept together, 32 threads answer GetUser in half of the time (ADR 10).
"""

import os
from collections.abc import Set as AbstractSet
from contextlib import suppress
from pathlib import Path

_NONE: AbstractSet[int] = frozenset()
_LAST_CORE = 36
"""Where /proc/…/stat has the core that a thread ran on last, counted from behind its name (proc(5))."""


class Cores:
    """The cores that one process may use.

    Attributes:
        count: how many there are.
    """

    def __init__(self, count: int, home: AbstractSet[int] = _NONE, away: AbstractSet[int] = _NONE) -> None:
        """Take what was decided.

        Args:
            count: see above.
            home: the interpreter's core; empty where threads run wherever the system puts them.
            away: the others.
        """
        self.count = count
        self._home = home
        self._away = away

    @classmethod
    def undivided(cls) -> "Cores":
        """Return cores that the system gives to threads as it likes."""
        return cls(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)

    @classmethod
    def divided(cls) -> "Cores":
        """Return cores of which the interpreter has the one that the system runs it on now.

        Undivided where there is but one, or where the system has no say in it (macOS).
        """
        if not hasattr(os, "sched_setaffinity"):
            return cls.undivided()
        allowed = os.sched_getaffinity(0)
        if len(allowed) == 1:
            return cls(1)
        stat = Path("/proc/thread-self/stat").read_text()
        home = {int(stat.rpartition(")")[2].split()[_LAST_CORE])}
        return cls(len(allowed), home, allowed - home)

    def settle(self) -> None:
        """Keep this thread, and those that it starts from now on, on the interpreter's core."""
        self._move(self._home)

    def leave(self) -> None:
        """Let this thread run on the other cores: it is about to compute without the interpreter."""
        self._move(self._away)

    def _move(self, cores: AbstractSet[int]) -> None:
        # Refused where a container's cores were taken away meanwhile: then the system decides.
        if cores:
            with suppress(OSError):
                os.sched_setaffinity(0, cores)
