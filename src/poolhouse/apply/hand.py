"""What kinds of resources work with: the operations, called as an administrator calls them."""

from dataclasses import dataclass
from typing import Any

import msgspec

from poolhouse.apply.stack import Place
from poolhouse.domain.stacks import StackResource
from poolhouse.errors import ServiceError
from poolhouse.flows.call import AdminCall
from poolhouse.operations.registry import HANDLERS
from poolhouse.wire.operations import OPERATIONS

NOT_FOUND = frozenset({"ResourceNotFoundException", "UserNotFoundException"})


@dataclass(frozen=True, slots=True)
class Want:
    """A resource as the file wants it, its properties evaluated and checked.

    Attributes:
        name: its name in the file.
        properties: in the wire's form.
        extras: chosen ids and secrets, likewise.
        drawn: an id, drawn at random for it once, in case it is new and chooses none.
        recorded: what an earlier run made of it, or None.
    """

    name: str
    properties: dict[str, Any]
    extras: dict[str, Any]
    drawn: str
    recorded: StackResource | None

    @property
    def pool_id(self) -> str:
        """The pool that it belongs to."""
        return str(self.properties["UserPoolId"])


@dataclass(frozen=True, slots=True)
class Hand:
    """Calls operations.

    Attributes:
        call: an administrator's call, on the store of this run.
        place: where the stack is.
    """

    call: AdminCall
    place: Place

    def ask(self, operation: str, **members: Any) -> dict[str, Any]:
        """Call an operation with members in the wire's form; return its answer likewise.

        Raises:
            ServiceError: the operation refuses.
        """
        request = msgspec.convert(members, OPERATIONS[operation].request)
        answer = HANDLERS[operation](self.call, request)
        return {} if answer is None else dict(msgspec.to_builtins(answer))

    def find(self, operation: str, member: str | None, **members: Any) -> dict[str, Any] | None:
        """Return a member of an operation's answer, or all of it; None where there is no such thing.

        Raises:
            ServiceError: the operation refuses for another reason.
        """
        try:
            found = self.ask(operation, **members)
        except ServiceError as error:
            if type(error).__name__ in NOT_FOUND:
                return None
            raise
        return found if member is None else found.get(member)
