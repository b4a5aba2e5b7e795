"""A server that has somewhere to send logs."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from poolhouse.settings import LogDestination, Logs, Settings
from poolhouse.store import open_store
from support.scripted import ScriptedClock
from support.server import RunningServer, running_server


def _with_logs(settings: Settings) -> Settings:
    return msgspec.structs.replace(
        settings, logs=Logs(map=(LogDestination(arn="arn:aws:logs:*", kind="file"),))
    )


@pytest.fixture
def server(store_url: str, clock: ScriptedClock, tmp_path: Path) -> Iterator[RunningServer]:
    with running_server(open_store(store_url, clock), tmp_path, clock, _with_logs) as running:
        yield running
