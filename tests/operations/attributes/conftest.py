"""One server for each engine; every test has users, and mostly a pool, of its own."""

import msgspec
import pytest

from engines import ENGINES, database
from poolhouse.settings import Settings, Trigger
from poolhouse.store import open_store
from support.people import ARN, People
from support.scripted import ScriptedClock
from support.server import running_server


def _with_functions(settings: Settings) -> Settings:
    functions = tuple(
        Trigger(arn=f"{ARN}{name}", kind="python", callable=f"support.custom_messages:{name}")
        for name in ("record", "fail")
    )
    triggers = msgspec.structs.replace(settings.triggers, map=functions)
    return msgspec.structs.replace(settings, triggers=triggers)


@pytest.fixture(scope="package", params=ENGINES)
def people(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("attributes")
    clock = ScriptedClock()
    with database(request.param, folder) as url:
        store = open_store(url, clock)
        with running_server(store, folder, clock, _with_functions) as server:
            yield People(server, server.client(), url)


@pytest.fixture
def server(people):
    return people.server
