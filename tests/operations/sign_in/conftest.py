"""A server whose pools may have triggers: Python callables that remember their events."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from poolhouse.settings import Settings, Trigger
from poolhouse.store import open_store
from support import sign_in_functions
from support.scripted import ScriptedClock
from support.server import RunningServer, running_server


def arn(function: str) -> str:
    return f"arn:aws:lambda:us-east-1:123456789012:function:{function}"


def _with_functions(settings: Settings) -> Settings:
    entry = Trigger(arn=arn("*"), kind="python", callable="")
    names = ("record", "refuse", "migrate", "define", "create", "verify")
    entries = tuple(
        msgspec.structs.replace(entry, arn=arn(name), callable=f"support.sign_in_functions:{name}")
        for name in names
    )
    return msgspec.structs.replace(settings, triggers=msgspec.structs.replace(settings.triggers, map=entries))


@pytest.fixture
def triggered(store_url: str, clock: ScriptedClock, tmp_path: Path) -> Iterator[RunningServer]:
    """The whole application, with functions behind the ARNs of `arn`."""
    sign_in_functions.EVENTS.clear()
    with running_server(open_store(store_url, clock), tmp_path, clock, _with_functions) as running:
        yield running


@pytest.fixture
def fired(triggered: RunningServer) -> list[dict[str, Any]]:
    """The events so far."""
    return sign_in_functions.EVENTS
