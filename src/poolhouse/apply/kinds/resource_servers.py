"""Resource servers."""

from typing import Any

from poolhouse.apply.hand import Hand, Want
from poolhouse.apply.kinds.base import Kind, NoExtras, without
from poolhouse.wire import shapes


class UserPoolResourceServer(Kind):
    """A resource server and its scopes."""

    name = "UserPoolResourceServer"
    properties = shapes.CreateResourceServerRequest
    extras = NoExtras

    def identifier(self, want: Want) -> str:
        """Return its identifier."""
        return str(want.properties["Identifier"])

    def read(self, hand: Hand, want: Want) -> dict[str, Any] | None:
        """Describe it."""
        about = {"UserPoolId": want.pool_id, "Identifier": self.identifier(want)}
        found = hand.find("DescribeResourceServer", "ResourceServer", **about)
        return None if found is None else without(found, {"Identifier", "UserPoolId"})

    def make(self, hand: Hand, want: Want) -> None:
        """Create it."""
        hand.ask("CreateResourceServer", **want.properties)

    def change(self, hand: Hand, want: Want, before: dict[str, Any]) -> None:  # noqa: ARG002
        """Replace its name and scopes."""
        hand.ask("UpdateResourceServer", **want.properties)
