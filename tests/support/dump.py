"""All that a database holds, as its files or its server give it."""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg

from poolhouse.store.tables import metadata

Rows = dict[str, list[tuple[Any, ...]]]
_TABLES = tuple(sorted(table.name for table in metadata.sorted_tables))


@contextmanager
def connected(url: str) -> Iterator[Any]:
    """Connect to a store's database past the store."""
    path = url.removeprefix("sqlite:///")
    connection = sqlite3.connect(path) if path != url else psycopg.connect(url, autocommit=True)
    with closing(connection):
        yield connection


def dump(connection: Any, without: Collection[str] = ()) -> Rows:
    """Return table → its rows, in order."""
    return {
        name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=repr)  # noqa: S608
        for name in _TABLES
        if name not in without
    }
