"""What this process has read of users and their token families in a SQLite file since they last changed.

Each SQLite statement hands the interpreter's lock to other threads several times, which under load costs more
than the statement. Only one process serves a SQLite file, so what it has read of a user stays true until a
commit of its own changes that user: a repeated read need not be a statement. Commands write seldom and
briefly; what they write is seen within a second.
"""

import threading
import time
from collections.abc import Callable

from poolhouse.domain.user import User
from poolhouse.store.engine import Owner, Touched

Seen = tuple[User, float] | None
"""A user, and when the token family asked about was revoked; None where either is gone."""

_SECONDS = 1.0
_MOST = 10_000


class _Memory:
    """What was read within a second."""

    __slots__ = ("ends", "of_owner")

    def __init__(self) -> None:
        self.ends = time.monotonic() + _SECONDS
        self.of_owner: dict[Owner, dict[str, Seen]] = {}


class Recall:
    """Users and their token families, kept until a commit changes them."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._memory = _Memory()
        self._commits = 0
        self._lock = threading.Lock()

    def get(self, owner: Owner, event_id: str, read: Callable[[], Seen]) -> Seen:
        """Return what `read` returns, or would return.

        Args:
            owner: the user.
            event_id: the token family.
            read: reads both in one statement.
        """
        memory = self._memory
        if time.monotonic() > memory.ends:
            memory = self._memory = _Memory()
        known = memory.of_owner.get(owner)
        if known is not None and event_id in known:
            return known[event_id]
        commits = self._commits
        seen = read()
        with self._lock:
            # What a commit changed after it was read is not kept: that commit has forgotten already.
            if commits == self._commits and len(memory.of_owner) < _MOST:
                memory.of_owner.setdefault(owner, {})[event_id] = seen
        return seen

    def committed(self, touched: Touched) -> None:
        """Follow a commit, before whoever wrote hears of it: they read what they wrote.

        Args:
            touched: the users that it changed, or whose token families.
        """
        with self._lock:
            self._commits += 1
            if None in touched:
                self._memory = _Memory()
                return
            of_owner = self._memory.of_owner
            for owner, user in touched.items():
                known = of_owner.pop(owner, None) if owner else None
                if owner and known and user:
                    of_owner[owner] = {id_: seen and (user, seen[1]) for id_, seen in known.items()}
