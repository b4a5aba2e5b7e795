"""Where pools send their logs."""

from typing import Any

from poolhouse.apply.hand import Hand, Want
from poolhouse.apply.kinds.base import Kind, NoExtras
from poolhouse.wire import shapes

_LIST = "LogConfigurations"


class LogDeliveryConfiguration(Kind):
    """A pool's log delivery."""

    name = "LogDeliveryConfiguration"
    properties = shapes.SetLogDeliveryConfigurationRequest
    extras = NoExtras

    def identifier(self, want: Want) -> str:
        """Return the pool's id: it has one."""
        return want.pool_id

    def read(self, hand: Hand, want: Want) -> dict[str, Any] | None:
        """Return it, where it sends anything."""
        about = {"UserPoolId": want.pool_id}
        found = hand.find("GetLogDeliveryConfiguration", "LogDeliveryConfiguration", **about)
        return {_LIST: found[_LIST]} if found and found[_LIST] else None

    def make(self, hand: Hand, want: Want) -> None:
        """Set it."""
        hand.ask("SetLogDeliveryConfiguration", **want.properties)

    def change(self, hand: Hand, want: Want, before: dict[str, Any]) -> None:  # noqa: ARG002
        """Replace it."""
        self.make(hand, want)
