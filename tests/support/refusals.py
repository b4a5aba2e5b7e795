"""What a server refuses: the error's name and message, as a client sees them."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def refusal(call: Callable[..., Any], *args: Any, **options: Any) -> tuple[str, str]:
    """Return the name and message of the error that a call ends with."""
    with pytest.raises(ClientError) as caught:
        call(*args, **options)
    return words_of(caught.value)


def words_of(error: ClientError) -> tuple[str, str]:
    """Return an error's name and message."""
    found = error.response["Error"]
    return found["Code"], found["Message"]
