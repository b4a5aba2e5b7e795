"""The proof that a check was made: a handler that holds one of these asks no more questions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from poolhouse.domain.client import Client
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import User


@dataclass(frozen=True, slots=True)
class Anonymous:
    """A public operation: the app client named in the request is the only credential."""


@dataclass(frozen=True, slots=True)
class IamCaller:
    """An administrator, by a verified signature.

    Attributes:
        arn: the principal, as AccessDeniedException names it.
        region: that the signature is for; "" where it tells none.
    """

    access_key: str
    arn: str
    region: str = ""


@dataclass(frozen=True, slots=True)
class UserCaller:
    """A signed-in user, by a verified access token.

    Attributes:
        user: as stored when the token was checked; a unit of work that writes reads it again.
        claims: the access token's claims.
    """

    pool: Pool
    client: Client
    user: User
    claims: Mapping[str, Any]
