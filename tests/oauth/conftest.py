"""A pool with a domain, for clients of standards."""

from collections.abc import Iterator
from typing import Any

import pytest

import engines
from poolhouse.store import open_store
from support import oauth
from support.oauth import Site
from support.scripted import ScriptedClock
from support.server import RunningServer, running_server


@pytest.fixture
def site(server: RunningServer, idp: Any) -> Site:
    return oauth.site(server, idp)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that all of a module's tests of bad input share: they change nothing, whatever the engine."""
    folder, clock = tmp_path_factory.mktemp("shared"), ScriptedClock()
    with (
        engines.database("sqlite", folder) as url,
        running_server(open_store(url, clock), folder, clock) as server,
    ):
        yield oauth.site(server, server.client())
