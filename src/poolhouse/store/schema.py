"""The schema's version, and bringing it up to date.

A new database gets the tables as they are now, at once; an old one goes through `migrations/`. A test proves
that both ways lead to the same schema.
"""

from pathlib import Path

from sqlalchemy import bindparam, insert, select

from poolhouse.store.engine import Engine, Link, Statement, engine_of
from poolhouse.store.tables import alembic_version, metadata

HEAD = "0018"
MIGRATIONS = Path(__file__).with_name("migrations")

_VERSION = Statement(select(alembic_version.c.version_num))
_STAMP = Statement(insert(alembic_version).values(version_num=bindparam("version")))


def migrate(url: str) -> None:
    """Bring the schema of a database up to date. Safe to run again, and by several processes at once.

    A schema newer than this version is left alone: migrations only add what older code can ignore, until no
    older code runs.

    Args:
        url: as in `engine_of`; a SQLite file is made, its folder is not.
    """
    engine = engine_of(url)
    link = engine.connect()
    try:
        version = _version(engine, link)
        if version is None:
            version = _create(engine, link)
    finally:
        link.close()
    if version < HEAD:
        upgrade(engine)


def is_current(url: str) -> bool:
    """Tell whether a database's schema is up to date, changing nothing."""
    engine = engine_of(url)
    link = engine.connect()
    try:
        return (_version(engine, link) or "") >= HEAD
    finally:
        link.close()


def upgrade(engine: Engine) -> None:
    """Run the migrations that the database has not seen."""
    from alembic import command  # noqa: PLC0415 (slow to import and seldom needed)
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"engine": engine.sqlalchemy_engine()})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, "head")


def _version(engine: Engine, link: Link) -> str | None:
    try:
        row = link.one(_VERSION)
    except Exception as error:
        if not engine.lacks_table(error):
            raise
        return None
    return row[0] if row else None


def _create(engine: Engine, link: Link) -> str:
    """Create all tables; where another process did so meanwhile, return the version it made."""
    try:
        link.plain(engine.begin)
        for definition in engine.definitions(metadata):
            link.plain(definition)
        link.run(_STAMP, version=HEAD)
        link.plain("COMMIT")
    except Exception:
        link.plain("ROLLBACK")
        version = _version(engine, link)
        if version is None:
            raise
        return version
    return HEAD
