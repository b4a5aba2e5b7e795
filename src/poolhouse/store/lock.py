"""The lock beside a SQLite database: two server processes writing one file would wait for each other."""

import fcntl
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from poolhouse.store.refusals import StoreBusy


class FileLock:
    """An advisory lock on a file; the system gives it back when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def take(self, now: float) -> None:
        """Take the lock, and note who holds it since when.

        Raises:
            StoreBusy: another process holds it.
        """
        file = self._path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip()
            file.close()
            raise StoreBusy(
                f"another server ({holder}) uses {self._path.with_suffix('')}. SQLite has one writing "
                "process: stop that one, or use PostgreSQL for several"
            ) from None
        file.truncate(0)
        since = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
        file.write(f"process {os.getpid()}, since {since}")
        file.flush()
        self._file = file

    def release(self) -> None:
        """Give the lock back; may be called again."""
        if self._file is not None:
            self._file.close()
            self._file = None
