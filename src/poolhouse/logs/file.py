"""Logs in files: JSON lines, appended to `<folder>/<pool id>/<source>.jsonl`.

Nothing of the destination's ARN is in the path. A file may be moved away at any time; the next batch makes a
new one.
"""

import os
import re
from pathlib import Path

from poolhouse.logs.batch import Batch, DeliveryError, Destination

_POOL_ID = re.compile(r"[\w-]+_[0-9a-zA-Z]+", re.ASCII)


def destination(folder: Path) -> Destination:
    """Return files in a folder as a destination."""

    def append(batch: Batch) -> None:
        if not _POOL_ID.fullmatch(batch.pool_id):
            raise DeliveryError("the pool's id is no name for a folder")
        place = folder / batch.pool_id
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(place / f"{batch.source}.jsonl", flags, 0o600)
        try:
            # What a process that was killed has left of a line stays a line of its own.
            size = os.fstat(descriptor).st_size
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            content = (b"\n" if torn else b"") + batch.lines
            if os.write(descriptor, content) < len(content):
                raise DeliveryError("the disk is full")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    return append
