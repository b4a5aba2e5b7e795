"""What a destination is handed."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from poolhouse.domain.logs import LogEvent


class DeliveryError(Exception):
    """A batch, or what a destination has left of it, could not be handed over.

    Attributes:
        left: the events to try again; None for all.
    """

    def __init__(self, reason: str, left: Sequence[LogEvent] | None = None) -> None:
        """Say why, without what was in the batch."""
        super().__init__(reason)
        self.left = left


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of one source of a pool, the oldest first; at least one.

    Attributes:
        arn: the destination, as the pool names it.
    """

    arn: str
    events: Sequence[LogEvent]

    @property
    def pool_id(self) -> str:
        """Whose events these are."""
        return self.events[0].pool_id

    @property
    def source(self) -> str:
        """`userNotification` or `userAuthEvents`."""
        return self.events[0].source

    @property
    def id(self) -> str:
        """The same for the same events and no others: whoever drops repetitions drops nothing else."""
        return f"{int(self.events[0].at * 1000)}-{hashlib.sha256(self.lines).hexdigest()[:32]}"

    @property
    def lines(self) -> bytes:
        """The events, one JSON object a line."""
        return "".join(f"{event.record}\n" for event in self.events).encode()


Destination = Callable[[Batch], None]
"""Hands a batch over; raises DeliveryError, or what every call may: OSError, TimeoutError among them."""
