"""Writing configuration: what is said when others never stop changing it."""

from collections.abc import Callable
from typing import TypeVar

from poolhouse.errors import ConcurrentModificationException
from poolhouse.store import StaleRow, Store, Tx

T = TypeVar("T")


def write_configuration(store: Store, work: Callable[[Tx], T]) -> T:
    """Run a unit of work on a pool or a client, from the row it reads to the row it saves.

    Of two at once the later one runs again on what the earlier one left: nothing is mixed, the last wins.

    Raises:
        ConcurrentModificationException: the row has changed each time before it could be saved.
    """
    try:
        return store.write(work)
    except StaleRow:  # the text is a guess
        raise ConcurrentModificationException("The resource is being modified by another request.") from None
