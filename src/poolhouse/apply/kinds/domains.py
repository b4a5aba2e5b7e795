"""Domains of pools."""

from collections.abc import Mapping
from typing import Any

from poolhouse.apply.hand import Hand, Want
from poolhouse.apply.kinds.base import Kind, NoExtras
from poolhouse.wire import shapes

_SHOWN = ("CustomDomainConfig", "ManagedLoginVersion", "Routing")
_CLASSIC = 1


class UserPoolDomain(Kind):
    """A domain, a prefix or a host name of its own. A pool has one of each at most."""

    name = "UserPoolDomain"
    properties = shapes.CreateUserPoolDomainRequest
    extras = NoExtras

    def identifier(self, want: Want) -> str:
        """Return the domain."""
        return str(want.properties["Domain"])

    def attributes(self, hand: Hand, want: Want) -> Mapping[str, Any]:
        """Return the domain, and where the service has its distribution this server's host."""
        found = hand.ask("DescribeUserPoolDomain", Domain=self.identifier(want))["DomainDescription"]
        return {"": self.identifier(want), "CloudFrontDistribution": found.get("CloudFrontDistribution", "")}

    def read(self, hand: Hand, want: Want) -> dict[str, Any] | None:
        """Describe the domain, if it is this pool's."""
        found = hand.ask("DescribeUserPoolDomain", Domain=self.identifier(want))["DomainDescription"]
        if found.get("UserPoolId") != want.pool_id:
            return None
        return {name: found[name] for name in _SHOWN if name in found}

    def make(self, hand: Hand, want: Want) -> None:
        """Create it."""
        hand.ask("CreateUserPoolDomain", **want.properties)

    def change(self, hand: Hand, want: Want, before: dict[str, Any]) -> None:  # noqa: ARG002
        """Change it."""
        hand.ask("UpdateUserPoolDomain", **{"ManagedLoginVersion": _CLASSIC, **want.properties})
