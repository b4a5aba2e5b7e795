"""The pytest plugin: the fixtures `poolhouse`, a pool of its own for each test, and `poolhouse_server`."""

from collections.abc import Iterator

import pytest

from poolhouse.testing import Pool, Server, serving


@pytest.fixture(scope="session")
def poolhouse_server() -> Iterator[Server]:
    """A running server, one for the whole run (with pytest-xdist: for each worker)."""
    with serving() as server:
        yield server


@pytest.fixture
def poolhouse(poolhouse_server: Server) -> Pool:
    """A new user pool with an app client, on a running server."""
    return poolhouse_server.pool()
