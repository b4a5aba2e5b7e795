"""A store inside a unit of work: what would be many units is part of one, done whole or not at all."""

from collections.abc import Callable
from typing import TypeVar

from poolhouse.store.transaction import Store
from poolhouse.store.tx import Tx

T = TypeVar("T")


class Within(Store):
    """Runs every unit of work at once, on the transaction of the unit that is under way."""

    def __init__(self, tx: Tx) -> None:
        """Take the transaction; it is begun and ended by whoever has it."""
        self._tx = tx

    def write(self, work: Callable[[Tx], T]) -> T:
        """Run a unit of work as part of the one under way."""
        self._tx.begin()
        return work(self._tx)

    def read(self, work: Callable[[Tx], T]) -> T:
        """Run a unit of work that changes nothing, on what was written so far."""
        return self.write(work)

    def peek(self, work: Callable[[Tx], T]) -> T:
        """Run a reading statement, on what was written so far."""
        return self.write(work)

    def close(self) -> None:
        """Close nothing: the transaction is not this store's."""

    def _mend(self, session: object) -> None:
        """Mend nothing: what fails, fails the whole."""
