"""The two engines. Every difference between them that is not the writer's lives here.

SQLAlchemy Core builds each statement once, at import; its dialect renders it once for each engine; the
driver runs it on a connection that a thread holds: a `Link`, which takes statements and gives rows.
"""

import os
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql.dml import UpdateBase

from poolhouse.domain.user import User
from poolhouse.store.refusals import StaleRow
from poolhouse.store.tables import families, users

Row = tuple[Any, ...]
Owner = tuple[str, str]
"""A user: pool id and sub."""
Touched = dict[Owner | None, User | None]
"""The users that statements changed, or whose token families; None stands for any. The value is the user as
saved, or None where they must be read again."""
_Compiled = tuple[str, Callable[[Mapping[str, Any]], Sequence[Any]]]

_RECALLED = frozenset({families, users})
_BUSY_SECONDS = 15
_CONNECT_SECONDS = 10
_CHECKPOINT_PAGES = 4000
"""So much may be in the log, 16 MB, before a commit waits until it is moved into the file; with SQLite's own
1,000 pages one commit of forty did."""
# A row that was closed meanwhile (`connections.py`) lets no unit pass: a number must not be NULL.
_NOTE = (
    "INSERT INTO connections (id, unit, at) VALUES ('{name}', {unit}, {at}) ON CONFLICT (id) DO UPDATE "
    "SET unit = CASE WHEN connections.unit < excluded.unit THEN excluded.unit END, at = excluded.at"
)


class Statement:
    """A statement, built once.

    Attributes:
        core: what SQLAlchemy makes of it; every value is a `bindparam`.
        across_pools: whether it may look at rows of several pools: background work and lists of pools only.
        touches_users: whether it changes users, or token families.
    """

    __slots__ = ("across_pools", "core", "touches_users")
    every: "list[Statement]" = []  # noqa: RUF012 (a test lints them all)

    def __init__(self, core: Any, *, across_pools: bool = False) -> None:
        self.core = core
        self.across_pools = across_pools
        self.touches_users = isinstance(core, UpdateBase) and core.table in _RECALLED
        Statement.every.append(self)


class Link:
    """A connection with one cursor, of one thread at a time; outside transactions each statement commits.

    Attributes:
        changed: whether a statement that may change rows has run.
        touched: the users that statements changed since this was last emptied.
    """

    def __init__(self, engine: "Engine", connection: Any, cursor: Any) -> None:
        self._compiled = engine.compiled
        self._connection = connection
        self._cursor = cursor
        self.changed = False
        self.touched: Touched = {}

    def one(self, statement: Statement, **values: Any) -> Row | None:
        """Return the first row, or None."""
        rows = self.all(statement, **values)
        return rows[0] if rows else None

    def all(self, statement: Statement, **values: Any) -> list[Row]:
        """Return all rows."""
        sql, order = self._compiled(statement)
        self._cursor.execute(sql, order(values))
        rows: list[Row] = self._cursor.fetchall()
        return rows

    def returning(self, statement: Statement, **values: Any) -> Row:
        """Run a statement that changes one row; return what it gives of it."""
        self._note_change(statement, values)
        return self.all(statement, **values)[0]

    def run(self, statement: Statement, **values: Any) -> int:
        """Run a statement that gives no rows; return how many it changed."""
        self._note_change(statement, values)
        sql, order = self._compiled(statement)
        self._cursor.execute(sql, order(values))
        changed: int = self._cursor.rowcount
        return changed

    def many(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run a statement that gives no rows once for each set of values; return how many it changed."""
        if not rows:
            return 0
        if len(rows) == 1:  # the driver's way to run many costs more than one run
            return self.run(statement, **rows[0])
        self.changed = True
        if statement.touches_users:
            for row in rows:
                self._note_change(statement, row)
        sql, order = self._compiled(statement)
        self._cursor.executemany(sql, [order(row) for row in rows])
        changed: int = self._cursor.rowcount
        return changed

    def _note_change(self, statement: Statement, values: Mapping[str, Any]) -> None:
        self.changed = True
        if statement.touches_users:
            self.touched[(values["pool_id"], values["sub"]) if "sub" in values else None] = None

    def plain(self, sql: str) -> None:
        """Run SQL that takes no values and gives no rows that matter."""
        self._cursor.execute(sql)

    def close(self) -> None:
        """Close the connection; may be called again."""
        self._connection.close()

    def __del__(self) -> None:
        if hasattr(self, "_connection"):
            self.close()


class Engine(ABC):
    """A database: how to connect to it, how it renders statements, what it refuses for now.

    Attributes:
        begin: begins a transaction that may write.
    """

    begin = "BEGIN"

    def __init__(self, dialect: sqlalchemy.Dialect) -> None:
        self.dialect = dialect
        self._compiled: dict[Statement, _Compiled] = {}

    @abstractmethod
    def connect(self) -> Link:
        """Open a connection on which each statement commits by itself until a transaction is begun."""

    @abstractmethod
    def refuses(self, error: BaseException) -> bool:
        """Tell whether the unit of work may succeed when it is run again."""

    @abstractmethod
    def lacks_table(self, error: BaseException) -> bool:
        """Tell whether a statement failed because its table is not there."""

    @abstractmethod
    def sqlalchemy_engine(self) -> sqlalchemy.Engine:
        """Return SQLAlchemy's own engine, for migrations; it keeps no connection open."""

    def compiled(self, statement: Statement) -> _Compiled:
        """Return the statement's SQL, and what puts its values in order."""
        known = self._compiled.get(statement)
        if known is None:
            known = self._compiled[statement] = self._compile(statement)
        return known

    def _compile(self, statement: Statement) -> _Compiled:
        compiled = statement.core.compile(dialect=self.dialect)
        names: list[str] = list(compiled.positiontup or ())
        constants = {name: value for name, value in compiled.params.items() if value is not None}
        if constants:
            return compiled.string, lambda values: [
                constants[name] if name in constants else values[name] for name in names
            ]
        if len(names) > 1:
            return compiled.string, itemgetter(*names)
        return compiled.string, lambda values: [values[name] for name in names]

    def definitions(self, metadata: sqlalchemy.MetaData) -> list[str]:
        """Return the SQL that creates all tables and indexes."""
        parts: list[CreateTable | CreateIndex] = []
        for table in metadata.sorted_tables:
            parts.append(CreateTable(table))
            parts += [CreateIndex(i) for i in sorted(table.indexes, key=lambda index: str(index.name))]
        return [str(part.compile(dialect=self.dialect)).strip() for part in parts]


class SqliteLink(Link):
    """A connection to a SQLite file."""

    def __init__(self, engine: "Sqlite", *, read_only: bool) -> None:
        if not read_only:  # a new file is its owner's alone, and so are those that SQLite lays beside it
            os.close(os.open(engine.path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(
            engine.path, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        super().__init__(engine, connection, connection.cursor())
        for pragma in (
            f"busy_timeout={_BUSY_SECONDS * 1000}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"wal_autocheckpoint={_CHECKPOINT_PAGES}",
            "temp_store=MEMORY",
            f"query_only={'ON' if read_only else 'OFF'}",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open; SQLite closes it by itself when the disk fails."""
        return bool(self._connection.in_transaction)

    @property
    def changes(self) -> int:
        """How many rows this connection has changed since it was opened."""
        return int(self._connection.total_changes)


class Sqlite(Engine):
    """A SQLite file: WAL, durable at each commit (`synchronous=FULL`)."""

    begin = "BEGIN IMMEDIATE"

    def __init__(self, path: Path) -> None:
        super().__init__(SQLiteDialect_pysqlite(paramstyle="qmark"))
        self.path = path

    def connect(self, *, read_only: bool = False) -> SqliteLink:
        """Open a connection, which may be one that cannot write."""
        return SqliteLink(self, read_only=read_only)

    def refuses(self, error: BaseException) -> bool:
        """Another process that writes is waited for, then tried again."""
        if isinstance(error, sqlite3.OperationalError):
            return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
        return isinstance(error, StaleRow)

    def lacks_table(self, error: BaseException) -> bool:
        """Tell by the driver's error."""
        return isinstance(error, sqlite3.OperationalError) and "no such table" in str(error)

    def sqlalchemy_engine(self) -> sqlalchemy.Engine:
        """Return an engine on the same database."""
        return sqlalchemy.create_engine(f"sqlite:///{self.path}", poolclass=NullPool)

    def backup(self, path: Path) -> None:
        """Write a consistent copy to a new file while the store is in use."""
        connection = sqlite3.connect(self.path)
        try:
            connection.execute("VACUUM INTO ?", (str(path),))
        finally:
            connection.close()


class PostgresqlLink(Link):
    """A connection to PostgreSQL; the driver prepares what it runs often.

    Attributes:
        name: drawn at random; units of work are numbered under it.
        unit: the number of the unit under way.
    """

    def __init__(self, engine: "Postgresql", name: str) -> None:
        import psycopg  # noqa: PLC0415 (SQLite's users need not wait for it)

        connection = psycopg.connect(engine.url, autocommit=True, connect_timeout=_CONNECT_SECONDS)
        super().__init__(engine, connection, connection.cursor(binary=True))
        self._text = connection.cursor()
        self.name = name
        self.unit = 0

    def begin(self) -> None:
        """Begin the connection's next unit of work."""
        self.unit += 1
        self.changed = False
        self.touched.clear()
        self.plain("BEGIN")

    def plain(self, sql: str) -> None:
        """Run SQL in the simple protocol: it has nothing to prepare."""
        self._text.execute(sql, prepare=False)

    def commit(self, at: float) -> None:
        """Commit; what was changed is noted as the connection's next unit, in the same round trip.

        Args:
            at: the time, in seconds since the epoch.
        """
        if self.changed:
            self.plain(f"{_NOTE.format(name=self.name, unit=self.unit, at=float(at))}; COMMIT")
        else:
            self.plain("COMMIT")

    @property
    def lost(self) -> bool:
        """Whether the connection is gone."""
        return bool(self._connection.closed)


class Postgresql(Engine):
    """A PostgreSQL database; the server's default isolation level is kept (READ COMMITTED unless set)."""

    def __init__(self, url: str) -> None:
        super().__init__(PGDialect_psycopg(paramstyle="format"))  # type: ignore[no-untyped-call]
        self.url = url

    def connect(self, name: str = "") -> PostgresqlLink:
        """Open a connection; one that runs units of work has a name drawn at random."""
        return PostgresqlLink(self, name)

    def refuses(self, error: BaseException) -> bool:
        """Serialization failures, deadlocks and lost connections are all OperationalErrors to the driver."""
        import psycopg  # noqa: PLC0415

        return isinstance(error, StaleRow | psycopg.OperationalError | psycopg.InterfaceError)

    def lacks_table(self, error: BaseException) -> bool:
        """Tell by the driver's error."""
        import psycopg  # noqa: PLC0415

        return isinstance(error, psycopg.errors.UndefinedTable)

    def sqlalchemy_engine(self) -> sqlalchemy.Engine:
        """Return an engine on the same database."""
        import psycopg  # noqa: PLC0415

        # The driver reads the URL itself, so that its parameters mean the same here as elsewhere.
        return sqlalchemy.create_engine(
            "postgresql+psycopg://", creator=lambda: psycopg.connect(self.url), poolclass=NullPool
        )


def engine_of(url: str) -> Sqlite | Postgresql:
    """Return the engine that a URL names.

    Args:
        url: `sqlite:////absolute/path.db` or `postgresql://…`.

    Raises:
        ValueError: it names neither.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
        return Sqlite(Path(rest[1:]))
    if scheme in ("postgresql", "postgres"):
        return Postgresql(url)
    raise ValueError("the store's URL begins with sqlite:/// or postgresql://")
