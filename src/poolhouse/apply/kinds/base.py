"""What a kind of resource is: its properties, and the operations that make one as a file wants it."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from typing import Any, ClassVar

import msgspec

from poolhouse.apply.hand import Hand, Want
from poolhouse.wire.shapes import Shape


class Refused(Exception):  # noqa: N818 (it reads as what happened)
    """What is there cannot become what the file wants; the message says why."""


class Kind(ABC):
    """A kind of resource.

    Attributes:
        name: as after `AWS::Cognito::`.
        properties: what a file may say of it.
        extras: what it may say beyond CloudFormation: ids, secrets.
        unseen: properties whose values are not shown: they are about people.
        later: whether it is made after the transaction: it sends messages and calls triggers.
    """

    name: ClassVar[str]
    properties: ClassVar[type[Shape]]
    extras: ClassVar[type[Shape]]
    unseen: ClassVar[frozenset[str]] = frozenset()
    later: ClassVar[bool] = False

    def draw(self, hand: Hand) -> str:  # noqa: ARG002 (most have names, not ids)
        """Draw an id for one that may be new; "" for kinds that have none."""
        return ""

    @abstractmethod
    def identifier(self, want: Want) -> str:
        """Return what tells the resource from others of its kind in the pool."""

    def pool(self, want: Want) -> str:
        """Return the id of the pool that it belongs to."""
        return want.pool_id

    @abstractmethod
    def read(self, hand: Hand, want: Want) -> dict[str, Any] | None:
        """Return the resource as it is, without what changes by itself; None where there is none."""

    @abstractmethod
    def make(self, hand: Hand, want: Want) -> None:
        """Make the resource; raises what the operations raise, or `Refused`."""

    @abstractmethod
    def change(self, hand: Hand, want: Want, before: dict[str, Any]) -> None:
        """Change the resource from what it is; raises what the operations raise, or `Refused`."""

    def attributes(self, hand: Hand, want: Want) -> Mapping[str, Any]:  # noqa: ARG002
        """Return what `Ref` ("") and `Fn::GetAtt` give of it, whether it is there or about to be."""
        return {"": self.identifier(want)}


class NoExtras(Shape, frozen=True, kw_only=True):
    """Most kinds have none."""


def without(members: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """Return members but for some."""
    return {name: value for name, value in members.items() if name not in names}


def shape(
    name: str,
    *sources: type[Shape],
    leave_out: Collection[str] = (),
    optional: Collection[str] = (),
    **more: Any,
) -> type[Shape]:
    """Return a shape with the members of others.

    Args:
        name: the shape's.
        sources: shapes of the service model.
        leave_out: members that it has not.
        optional: members that need not be there, though the model requires them.
        more: members of its own: name → type; all of them optional.
    """
    fields: dict[str, Any] = {}
    for source in sources:
        for field in msgspec.structs.fields(source):
            if field.name in leave_out or field.name in fields:
                continue
            if field.required and field.name not in optional:
                fields[field.name] = (field.name, field.type)
            else:
                fields[field.name] = (field.name, field.type | None, None)
    fields |= {member: (member, kind | None, None) for member, kind in more.items()}
    return msgspec.defstruct(name, list(fields.values()), bases=(Shape,), frozen=True, kw_only=True)  # type: ignore[return-value]
