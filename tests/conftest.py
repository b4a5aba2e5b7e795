"""What all tests share: databases on both engines, a scripted clock, scripted randomness."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import settings

import engines
from poolhouse.store import Store, open_store
from poolhouse.store.tables import alembic_version, metadata
from support.scripted import ScriptedClock, ScriptedEntropy
from support.server import RunningServer, running_server

# How long an example takes is the machine's affair.
settings.register_profile("unhurried", parent=settings.default, deadline=None)
settings.load_profile("unhurried")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--chaos-cycles", type=int, help="how often tests/chaos kills each writer")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        engines.begin_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        engines.end_run()


@pytest.fixture
def clock() -> ScriptedClock:
    return ScriptedClock()


@pytest.fixture
def entropy() -> ScriptedEntropy:
    return ScriptedEntropy()


@pytest.fixture(params=engines.ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine in turn."""
    return str(request.param)


@pytest.fixture(scope="session")
def _empty_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Give the URL of this worker's PostgreSQL database, emptied at each call."""
    tables = [table.name for table in metadata.sorted_tables if table is not alembic_version]
    with (
        engines.database("postgresql", tmp_path_factory.getbasetemp()) as url,
        closing(psycopg.connect(url, autocommit=True)) as connection,
    ):

        def emptied() -> str:
            connection.execute("; ".join(f"DELETE FROM {table}" for table in tables))  # noqa: S608
            return url

        yield emptied


@pytest.fixture
def store_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, its schema up to date, on each engine in turn."""
    if engine == "postgresql":
        yield request.getfixturevalue("_empty_postgresql")()
    else:
        with engines.database(engine, tmp_path) as url:
            yield url


@pytest.fixture
def store(store_url: str, clock: ScriptedClock) -> Iterator[Store]:
    """An open store, empty, on each engine in turn."""
    with closing(open_store(store_url, clock)) as opened:
        yield opened


@pytest.fixture
def server(store_url: str, clock: ScriptedClock, tmp_path: Path) -> Iterator[RunningServer]:
    """The whole application on a loopback socket, on each engine in turn."""
    with running_server(open_store(store_url, clock), tmp_path, clock) as running:
        yield running


@pytest.fixture
def idp(server: RunningServer) -> Any:
    """A boto3 client of the running server."""
    return server.client()
