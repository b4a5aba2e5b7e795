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
    functions += tuple(
        Trigger(arn=f"{ARN}{name}", kind="python", callable=f"support.functions:{function}")
        for name, function in (("hang", "hang"), ("nonsense", "number"), ("no_code", "no_code"))
    )
    # Port 9 of loopback discards, where it is there at all; nobody runs it.
    functions += (Trigger(arn=f"{ARN}nobody_listens", kind="webhook", url="http://127.0.0.1:9/", secret="s"),)
    triggers = msgspec.structs.replace(settings.triggers, map=functions, attempts=1, timeout_seconds=1.0)
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
