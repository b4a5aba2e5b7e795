"""Users, and the groups they are in.

Both are made after everything else and each for itself: users are invited, and triggers may be called.
"""

from typing import Any, ClassVar

from poolhouse.apply.hand import Hand, Want
from poolhouse.apply.kinds.base import Kind, NoExtras, Refused, shape
from poolhouse.flows.lookup import find_user
from poolhouse.store import Tx
from poolhouse.wire import constraints as c
from poolhouse.wire import shapes


class Extras(shapes.Shape, frozen=True, kw_only=True):
    """What a file may choose beyond CloudFormation. They count for a user who is new."""

    Password: c.PasswordType | None = None
    TemporaryPassword: c.PasswordType | None = None


class UserPoolUser(Kind):
    """A user. Attributes that the file does not name are the user's own affair, and so is the password."""

    name = "UserPoolUser"
    properties = shape("UserPoolUser", shapes.AdminCreateUserRequest, leave_out={"TemporaryPassword"})
    extras = Extras
    later: ClassVar[bool] = True
    unseen: ClassVar[frozenset[str]] = frozenset({"ClientMetadata", "UserAttributes", "ValidationData"})

    def identifier(self, want: Want) -> str:
        """Return the username."""
        return str(want.properties["Username"])

    def read(self, hand: Hand, want: Want) -> dict[str, Any] | None:
        """Return the user's values of the attributes that the file names.

        Where a run ended before the user had the password that the file gives, that is said too.
        """
        found = hand.find("AdminGetUser", None, UserPoolId=want.pool_id, Username=self.identifier(want))
        if found is None:
            return None
        values = {each["Name"]: each["Value"] for each in found["UserAttributes"]}
        wanted = _attributes(want)
        due = want.extras.get("Password") and found["UserStatus"] == "FORCE_CHANGE_PASSWORD"
        return {
            "UserAttributes": {name: value for name, value in values.items() if name in wanted},
            **({"Password": "temporary"} if due else {}),
        }

    def make(self, hand: Hand, want: Want) -> None:
        """Create and invite the user; with a password of their own nobody is invited."""
        if want.properties.get("MessageAction") == "RESEND":
            raise Refused("MessageAction RESEND would send a message again each time: leave it out")
        members = dict(want.properties)
        password = want.extras.get("Password")
        if password:
            members["MessageAction"] = "SUPPRESS"
        temporary = password or want.extras.get("TemporaryPassword")
        hand.ask("AdminCreateUser", **members, **({"TemporaryPassword": temporary} if temporary else {}))
        if password:
            self._set_password(hand, want)

    def change(self, hand: Hand, want: Want, before: dict[str, Any]) -> None:
        """Set the attributes that the file names, where one of them is different."""
        wanted = _attributes(want)
        if wanted != before["UserAttributes"]:
            hand.ask(
                "AdminUpdateUserAttributes",
                UserPoolId=want.pool_id,
                Username=self.identifier(want),
                UserAttributes=[{"Name": name, "Value": value} for name, value in wanted.items()],
            )
        if "Password" in before:
            self._set_password(hand, want)

    def _set_password(self, hand: Hand, want: Want) -> None:
        about = {"UserPoolId": want.pool_id, "Username": self.identifier(want)}
        hand.ask("AdminSetUserPassword", **about, Password=want.extras["Password"], Permanent=True)


def _attributes(want: Want) -> dict[str, str]:
    return {each["Name"]: each.get("Value", "") for each in want.properties.get("UserAttributes") or ()}


class UserPoolUserToGroupAttachment(Kind):
    """A user's membership of a group."""

    name = "UserPoolUserToGroupAttachment"
    properties = shapes.AdminAddUserToGroupRequest
    extras = NoExtras
    later: ClassVar[bool] = True

    def identifier(self, want: Want) -> str:
        """Return the group's and the user's name."""
        return f"{want.properties['GroupName']}/{want.properties['Username']}"

    def read(self, hand: Hand, want: Want) -> dict[str, Any] | None:
        """Return nothing but that the user is a member."""
        names = want.properties

        def is_member(tx: Tx) -> bool:
            pool = tx.pools.get(want.pool_id)
            user = find_user(tx, pool, names["Username"]) if pool else None
            return (
                any(group.name == names["GroupName"] for group in tx.groups.of(want.pool_id, user.sub))
                if user
                else False
            )

        return {} if hand.call.store.read(is_member) else None

    def make(self, hand: Hand, want: Want) -> None:
        """Make the user a member."""
        hand.ask("AdminAddUserToGroup", **want.properties)

    def change(self, hand: Hand, want: Want, before: dict[str, Any]) -> None:
        """Change nothing: there is nothing to a membership."""
