"""The rules that every statement obeys, checked on all of them, whether a test runs them or not."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Delete, Insert, Select, Table, Update
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import BindParameter, TextClause

import engines
import poolhouse.store  # noqa: F401 (makes the statements)
from poolhouse.store.engine import Postgresql, Sqlite, Statement
from poolhouse.store.tables import GLOBAL, client_ids, metadata

POSTGRESQL = Postgresql("")
SQLITE = Sqlite(Path())


def sql(statement: Statement) -> str:
    return " ".join(POSTGRESQL.compiled(statement)[0].split())


every = pytest.mark.parametrize("statement", Statement.every, ids=sql)


def test_there_are_statements() -> None:
    assert len(Statement.every) > 60


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=str)
def test_keys_begin_with_the_pool(table: Table) -> None:
    first = next(iter(table.primary_key.columns))
    assert (first.name == "pool_id") != (table in GLOBAL)


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=str)
def test_the_application_draws_keys_and_times(table: Table) -> None:
    assert not table.foreign_keys
    for column in table.columns:
        assert column.server_default is None
        assert column.default is None
        assert column.autoincrement in ("auto", False)


@every
def test_no_offset_no_like_no_clock(statement: Statement) -> None:
    text = f" {sql(statement).upper()} "
    for banned in (" OFFSET ", " LIKE ", " ILIKE ", "NOW(", "CURRENT_", "RANDOM(", "NEXTVAL"):
        assert banned not in text
    if isinstance(statement.core, Select):
        assert statement.core._offset_clause is None


@every
def test_values_are_bound(statement: Statement) -> None:
    for element in visitors.iterate(statement.core):
        assert not isinstance(element, TextClause)
        if isinstance(element, BindParameter):
            assert element.value is None, "a statement is built once; what varies is bound"


@every
def test_one_pool_at_a_time(statement: Statement) -> None:
    """Each statement names the pool whose rows it touches, or is marked, or touches global tables only."""
    tables = {e for e in visitors.iterate(statement.core) if isinstance(e, Table)}
    if statement.across_pools or tables <= GLOBAL | {client_ids}:
        return
    if isinstance(statement.core, Insert):
        assert "pool_id" in statement.core.compile().params
    elif client_ids in tables:
        assert "client_id = " in sql(statement) or "clients.pool_id = " in sql(statement)
    else:
        assert any(f"{table.name}.pool_id = %s" in sql(statement) for table in tables)


@every
def test_updates_compare_the_version(statement: Statement) -> None:
    core = statement.core
    if not isinstance(core, Update):
        return
    assert "version" in core.table.columns
    assert f"{core.table.name}.version = %s" in sql(statement) or "version=(families.version +" in sql(
        statement
    )
    assert "SET" in sql(statement)
    assert "version=" in sql(statement).partition(" WHERE ")[0]


@every
def test_only_background_work_deletes_without_a_pool(statement: Statement) -> None:
    if isinstance(statement.core, Delete):
        assert not statement.across_pools


@pytest.fixture(scope="module")
def databases(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[sqlite3.Connection, psycopg.Connection]]:
    folder = tmp_path_factory.mktemp("statements")
    with (
        engines.database("sqlite", folder) as file,
        engines.database("postgresql", folder) as url,
        closing(sqlite3.connect(file.removeprefix("sqlite:///"))) as sqlite,
        closing(psycopg.connect(url, autocommit=True)) as postgresql,
    ):
        postgresql.execute("SET enable_seqscan = off")
        postgresql.execute("SET plan_cache_mode = force_generic_plan")
        yield sqlite, postgresql


@every
def test_sqlite_uses_an_index_and_sorts_nothing(
    statement: Statement, databases: tuple[sqlite3.Connection, psycopg.Connection]
) -> None:
    text, order = SQLITE.compiled(statement)
    values = order(dict.fromkeys(statement.core.compile(dialect=SQLITE.dialect).params, 1))
    plan = [row[3] for row in databases[0].execute(f"EXPLAIN QUERY PLAN {text}", values)]
    scans = [] if may_read_a_table(statement) else [step for step in plan if step.startswith("SCAN ")]
    assert [step for step in scans if step != "SCAN sampled"] == []
    assert [step for step in plan if "TEMP B-TREE" in step] == []


@every
def test_postgresql_uses_an_index(
    statement: Statement, databases: tuple[sqlite3.Connection, psycopg.Connection]
) -> None:
    text, order = POSTGRESQL.compiled(statement)
    values = order(dict.fromkeys(statement.core.compile(dialect=POSTGRESQL.dialect).params, "1"))
    plan = [row[0] for row in databases[1].execute(f"EXPLAIN {text}", values)]
    if not may_read_a_table(statement):
        assert [step.strip() for step in plan if "Seq Scan" in step] == []


def may_read_a_table(statement: Statement) -> bool:
    """Tell whether a statement is for lists of pools, background work, or the few rows of a global table."""
    tables = {e for e in visitors.iterate(statement.core) if isinstance(e, Table)}
    return statement.across_pools or tables <= GLOBAL
