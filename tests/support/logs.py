"""What the server writes to its log, as in production."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from poolhouse import observe


@contextmanager
def logged() -> Iterator[list[bytes]]:
    lines: list[bytes] = []
    observe.configure((), lines.append)
    try:
        yield lines
    finally:
        structlog.reset_defaults()
