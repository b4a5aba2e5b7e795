"""Databases for tests: SQLite files, and databases on one PostgreSQL that all workers of a run share.

PostgreSQL is the server that `POOLHOUSE_TEST_POSTGRESQL` names (a URL of a user who may create databases), or
else one of our own, started when the first test asks for it and stopped when the run ends.
"""

import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from poolhouse.store import migrate
from support.postgresql import Cluster

ENGINES = ("sqlite", "postgresql")
_RUN = "POOLHOUSE_TEST_RUN"
_GIVEN = "POOLHOUSE_TEST_POSTGRESQL"
_TEMPLATE = "template"


def begin_run() -> None:
    """Make the folder that the workers of this run share; called once, before there are workers."""
    _stop_orphans()
    folder = Path(tempfile.mkdtemp(prefix="poolhouse-run-"))
    folder.chmod(0o711)
    (folder / "controller").write_text(str(os.getpid()))
    os.environ[_RUN] = str(folder)


def end_run() -> None:
    """Stop what the run has started and remove what it has made."""
    _end(Path(os.environ.pop(_RUN)))


@contextmanager
def database(engine: str, folder: Path) -> Iterator[str]:
    """Yield the URL of a database of one's own: migrated, empty, gone afterwards.

    Args:
        engine: one of `ENGINES`.
        folder: where a SQLite file may lie.
    """
    if engine == "sqlite":
        name = f"poolhouse-{secrets.token_hex(4)}.db"
        shutil.copy(_once("template.db", _make_sqlite_template), folder / name)
        yield f"sqlite:///{folder / name}"
        return
    url = _once("template.url", _make_postgresql_template).read_text()
    template = _database_of(url)
    name = template.removesuffix(_TEMPLATE) + secrets.token_hex(6)
    with closing(_administrator(url)) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield _with_database(url, name)
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def own_cluster() -> Iterator[Cluster]:
    """Yield a running PostgreSQL server that nobody else uses and that flushes at each commit."""
    cluster = Cluster(Path(os.environ[_RUN]) / f"own-{secrets.token_hex(4)}", durable=True)
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.stop()


def _once(name: str, make: Callable[[Path], None]) -> Path:
    """Return a file of the run's folder, made by whoever needs it first."""
    folder = Path(os.environ[_RUN])
    made = folder / name
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            partial = folder / f"{name}.partial"
            make(partial)
            partial.rename(made)
    return made


def _make_sqlite_template(path: Path) -> None:
    migrate(f"sqlite:///{path}")


def _make_postgresql_template(path: Path) -> None:
    url = os.environ.get(_GIVEN)
    if not url:
        cluster = Cluster(path.parent / "pg", durable=False)
        cluster.start()
        url = cluster.url("postgres")
    name = f"poolhouse_test_{secrets.token_hex(4)}_{_TEMPLATE}"
    with closing(_administrator(url)) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    migrate(_with_database(url, name))
    path.write_text(_with_database(url, name))


def _end(run: Path) -> None:
    template = run / "template.url"
    if not os.environ.get(_GIVEN):
        for folder in (*run.glob("pg"), *run.glob("own-*")):
            Cluster(folder, durable=False).stop()
    elif template.exists():
        url = template.read_text()
        prefix = _database_of(url).removesuffix(_TEMPLATE)
        with closing(_administrator(url)) as admin:
            for (name,) in admin.execute("SELECT datname FROM pg_database").fetchall():
                if name.startswith(prefix):
                    admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    shutil.rmtree(run, ignore_errors=True)


def _stop_orphans() -> None:
    """Stop the servers of runs that were killed before they could."""
    for run in Path(tempfile.gettempdir()).glob("poolhouse-run-*"):
        try:
            controller = int((run / "controller").read_text())
            os.kill(controller, 0)
        except ProcessLookupError:
            _end(run)
        except (OSError, ValueError):
            continue


def _administrator(url: str) -> "psycopg.Connection[tuple[str]]":
    return psycopg.connect(_with_database(url, "postgres"), autocommit=True)


def _database_of(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
