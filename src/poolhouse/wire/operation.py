"""One row of the service's table of operations."""

from dataclasses import dataclass
from enum import Enum, auto

from poolhouse.wire.shapes import Shape


class Auth(Enum):
    """The credential an operation asks for (digest «sign-in» §1.7)."""

    SIGV4 = auto()
    """An access key's signature."""
    ACCESS_TOKEN = auto()
    """The user's access token, in the body."""
    TOKEN_OR_SESSION = auto()
    """The user's access token, or the session of an unfinished sign-in."""
    NONE = auto()
    """What the body says of the app client; a signature, if there is one, is ignored."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    Attributes:
        name: as in the `X-Amz-Target` header.
        response: None where the model has no output; such an operation answers `{}`.
        errors: names of the errors that its row of the model declares.
    """

    name: str
    request: type[Shape]
    response: type[Shape] | None
    auth: Auth
    errors: frozenset[str]
