"""Official clients bring the machine's own time with them (SRP's TIMESTAMP): the server's clock begins there."""

import time

import pytest

from operations.sign_in.conftest import triggered
from support.scripted import ScriptedClock

__all__ = ["triggered"]


@pytest.fixture
def clock() -> ScriptedClock:
    return ScriptedClock(round(time.time(), 3))
