"""The schema: made at once or by its history, by one process or by several, it is the same."""

import multiprocessing
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData

import engines
from poolhouse.store import migrate, open_store, schema
from poolhouse.store.engine import Engine, engine_of
from poolhouse.store.tables import alembic_version, metadata
from support.scripted import ScriptedClock

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def bare_url(engine: str, tmp_path: Path) -> Iterator[str]:
    """A database with nothing in it."""
    if engine == "sqlite":
        yield f"sqlite:///{tmp_path / 'bare.db'}"
        return
    with engines.database("postgresql", tmp_path) as url:
        with closing(psycopg.connect(url, autocommit=True)) as connection:
            for table in metadata.tables:
                connection.execute(f"DROP TABLE {table}")
        yield url


def definitions(engine: Engine) -> object:
    """Return what the database itself says of its schema."""
    found = MetaData()
    with engine.sqlalchemy_engine().connect() as connection:
        if connection.dialect.name == "sqlite":
            rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
            answer: object = sorted((name, "".join(sql.replace('"', "").split())) for name, sql in rows)
        else:
            found.reflect(connection)
            answer = [
                (
                    table.name,
                    [(c.name, repr(c.type), c.nullable, c.primary_key) for c in table.columns],
                    sorted((i.name, [c.name for c in i.columns]) for i in table.indexes),
                )
                for table in found.sorted_tables
                if table.name != "alembic_version"
            ]
    return answer


def by_history(engine: Engine) -> None:
    """Make the schema through the migrations, as the oldest database would have got it."""
    link = engine.connect()
    for definition in engine.definitions(metadata):
        if "alembic_version" in definition:
            link.plain(definition)
    link.close()
    schema.upgrade(engine)


def test_the_history_leads_to_the_tables(bare_url: str) -> None:
    engine = engine_of(bare_url)
    by_history(engine)
    with engine.sqlalchemy_engine().connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    migrate(bare_url)  # nothing to do
    open_store(bare_url, ScriptedClock()).close()


def test_both_ways_are_the_same(bare_url: str, store_url: str) -> None:
    by_history(engine_of(bare_url))
    assert definitions(engine_of(bare_url)) == definitions(engine_of(store_url))


def test_the_head_is_the_history_s() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == schema.HEAD


def test_processes_that_start_together(bare_url: str) -> None:
    processes = [SPAWN.Process(target=migrate, args=(bare_url,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 4
    with engine_of(bare_url).sqlalchemy_engine().connect() as connection:
        assert connection.execute(alembic_version.select()).all() == [(schema.HEAD,)]


def test_a_newer_schema_is_left_alone(store_url: str) -> None:
    engine = engine_of(store_url)
    with engine.sqlalchemy_engine().begin() as connection:
        connection.execute(alembic_version.update().values(version_num="9999"))
    try:
        migrate(store_url)
    finally:
        with engine.sqlalchemy_engine().begin() as connection:
            connection.execute(alembic_version.update().values(version_num=schema.HEAD))


def test_text_compares_byte_by_byte_on_postgresql(tmp_path: Path) -> None:
    with engines.database("postgresql", tmp_path) as url, closing(psycopg.connect(url)) as connection:
        rows = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
            "AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"
        ).fetchall()
    assert rows == [("alembic_version", "version_num")]


def test_sqlite_s_settings(tmp_path: Path) -> None:
    with engines.database("sqlite", tmp_path) as url:
        link = engine_of(url).connect()
        try:
            asked = {
                name: link._connection.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("journal_mode", "synchronous", "foreign_keys")
            }
        finally:
            link.close()
    assert asked == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_new_sqlite_file_is_its_owner_s_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    migrate(url)
    with closing(open_store(url, ScriptedClock())) as store:
        store.write(lambda tx: tx.spent.spend("p", "t", 0.0))
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {"new.db": 0o600, "new.db-wal": 0o600, "new.db-shm": 0o600}


@pytest.mark.parametrize("url", ["", "sqlite://", "sqlite:///", "mysql://host/db", "/folder/file.db"])
def test_a_url_of_neither_engine(url: str) -> None:
    with pytest.raises(ValueError, match="begins with sqlite:/// or postgresql://"):
        migrate(url)
