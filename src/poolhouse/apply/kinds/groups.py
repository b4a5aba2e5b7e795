"""Groups."""

from typing import Any

from poolhouse.apply.hand import Hand, Want
from poolhouse.apply.kinds.base import Kind, NoExtras, without
from poolhouse.wire import shapes

_NOT_SHOWN = frozenset({"CreationDate", "GroupName", "LastModifiedDate", "UserPoolId"})


class UserPoolGroup(Kind):
    """A group. Its role and precedence can be changed, but not taken away: no operation does."""

    name = "UserPoolGroup"
    properties = shapes.CreateGroupRequest
    extras = NoExtras

    def identifier(self, want: Want) -> str:
        """Return its name."""
        return str(want.properties["GroupName"])

    def read(self, hand: Hand, want: Want) -> dict[str, Any] | None:
        """Return what is said of the group."""
        about = {"UserPoolId": want.pool_id, "GroupName": self.identifier(want)}
        found = hand.find("GetGroup", "Group", **about)
        return None if found is None else without(found, _NOT_SHOWN)

    def make(self, hand: Hand, want: Want) -> None:
        """Create it."""
        hand.ask("CreateGroup", **want.properties)

    def change(self, hand: Hand, want: Want, before: dict[str, Any]) -> None:
        """Change it; a description that the file has no more becomes empty."""
        emptied = {"Description": ""} if before.get("Description") else {}
        hand.ask("UpdateGroup", **{**emptied, **want.properties})
