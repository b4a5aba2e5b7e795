"""One server for each engine; every test has a pool of its own."""

import pytest

from engines import ENGINES, database
from poolhouse.store import open_store
from support.people import People
from support.scripted import ScriptedClock
from support.server import running_server


@pytest.fixture(scope="package", params=ENGINES)
def people(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("import-jobs")
    clock = ScriptedClock()
    with (
        database(request.param, folder) as url,
        running_server(open_store(url, clock), folder, clock) as server,
    ):
        yield People(server, server.client(), url)


@pytest.fixture
def server(people):
    return people.server
