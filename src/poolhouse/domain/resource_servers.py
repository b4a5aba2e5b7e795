"""Resource servers: whose scopes app clients may be given (digest «users» §7.8)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from poolhouse.errors import InvalidParameterException

REGISTRATION_SCOPE = "aws.cognito/dcr/register"
"""What an initial access token for dynamic client registration has. Each pool has it, without a server."""

_SERVICES_OWN = "aws.cognito"


@dataclass(frozen=True, slots=True)
class ResourceServer:
    """A resource server.

    Attributes:
        scopes: name → description.
    """

    pool_id: str
    identifier: str
    name: str
    scopes: Mapping[str, str]
    version: int = 0

    @property
    def custom_scopes(self) -> tuple[str, ...]:
        """Its scopes as clients ask for them."""
        return tuple(f"{self.identifier}/{name}" for name in self.scopes)


def scopes_of(members: Sequence[Mapping[str, str]] | None) -> dict[str, str]:
    """Return a request's `Scopes`.

    Raises:
        InvalidParameterException: two have the same name (the text is a guess).
    """
    scopes: dict[str, str] = {}
    for member in members or ():
        if member["ScopeName"] in scopes:
            raise InvalidParameterException(f"Duplicate scope name {member['ScopeName']}.")
        scopes[member["ScopeName"]] = member["ScopeDescription"]
    return scopes


def all_scopes(servers: Iterable[ResourceServer]) -> frozenset[str]:
    """Return the scopes of a pool's resource servers, and the one that every pool has."""
    return frozenset([REGISTRATION_SCOPE, *(scope for server in servers for scope in server.custom_scopes)])


def check_identifier(identifier: str) -> None:
    """Refuse an identifier that only the service's own servers have.

    Raises:
        InvalidParameterException: it is one (the text is a guess).
    """
    if identifier.startswith(_SERVICES_OWN):
        raise InvalidParameterException(f"{identifier} is a reserved resource server identifier.")


def describe(server: ResourceServer) -> dict[str, Any]:
    """Return `ResourceServerType` in the wire's form."""
    return {
        "UserPoolId": server.pool_id,
        "Identifier": server.identifier,
        "Name": server.name,
        "Scopes": [
            {"ScopeName": name, "ScopeDescription": description}
            for name, description in server.scopes.items()
        ],
    }
