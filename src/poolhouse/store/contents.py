"""All that a store holds, taken out and put back: for tests against `serve --dev`, whose stores are small."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from poolhouse.store.documents import values_of
from poolhouse.store.engine import Link, Statement
from poolhouse.store.tables import alembic_version, connections, leases, metadata

_KEPT = {alembic_version, connections, leases}
"""What belongs to the running processes, not to what they serve."""
_TABLES = {table.name: table for table in metadata.sorted_tables if table not in _KEPT}
_READ = {name: Statement(select(table), across_pools=True) for name, table in _TABLES.items()}
_ADD = {name: Statement(insert(table).values(values_of(table))) for name, table in _TABLES.items()}


class Contents:
    """Every row of every table."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def take(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return the rows by the names of their tables."""
        return {name: self._link.all(statement) for name, statement in _READ.items()}

    def put(self, rows: dict[str, list[tuple[Any, ...]]]) -> None:
        """Put rows in the place of all that is there.

        Args:
            rows: what `take` returned; a table that is not named is emptied.
        """
        self._link.changed = True
        self._link.touched[None] = None
        for name, table in _TABLES.items():
            self._link.plain(f"DELETE FROM {name}")  # noqa: S608 (a table's name)
            columns = [column.name for column in table.columns]
            of_table = [dict(zip(columns, row, strict=True)) for row in rows.get(name, ())]
            self._link.many(_ADD[name], of_table)
