"""ListUsers from a thousand to a million users: by key, by equality, by prefix."""

from bench.report import Row


def rows() -> list[Row]:
    """Return the rows."""
    return []
