"""Places with threat protection."""

import pytest

from operations.sign_in.conftest import fired, triggered
from support.risk import protected
from support.server import RunningServer
from support.sign_in import Place

__all__ = ["fired", "triggered"]


@pytest.fixture
def place(server: RunningServer) -> Place:
    """A pool that audits, with jane in it."""
    made = protected(server, "AUDIT")
    made.person("jane", email="jane@example.com", email_verified="true")
    return made
