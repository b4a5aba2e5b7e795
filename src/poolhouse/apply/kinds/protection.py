"""What pools with threat protection do about risks."""

from typing import Any

from poolhouse.apply.hand import Hand, Want
from poolhouse.apply.kinds.base import Kind, NoExtras, without
from poolhouse.wire import shapes

_ALL = "ALL"


class UserPoolRiskConfigurationAttachment(Kind):
    """The risk configuration of a client, or with `ALL` of a pool."""

    name = "UserPoolRiskConfigurationAttachment"
    properties = shapes.SetRiskConfigurationRequest
    extras = NoExtras

    def identifier(self, want: Want) -> str:
        """Return the client's id, or `ALL`."""
        return str(want.properties.get("ClientId", _ALL))

    def read(self, hand: Hand, want: Want) -> dict[str, Any] | None:
        """Return the client's own configuration; DescribeRiskConfiguration gives the pool's for none."""
        client_id, store = self.identifier(want), hand.call.store
        if client_id == _ALL:
            pool = store.peek(lambda tx: tx.pools.get(want.pool_id))
            found = pool.risk if pool else None
        else:
            client = store.peek(lambda tx: tx.clients.get(client_id))
            found = client.risk if client and client.pool_id == want.pool_id else None
        return without(found, {"LastModifiedDate"}) if found else None

    def make(self, hand: Hand, want: Want) -> None:
        """Set it."""
        whole_pool = self.identifier(want) == _ALL
        members = without(want.properties, {"ClientId"}) if whole_pool else want.properties
        hand.ask("SetRiskConfiguration", **members)

    def change(self, hand: Hand, want: Want, before: dict[str, Any]) -> None:  # noqa: ARG002
        """Replace it."""
        self.make(hand, want)
