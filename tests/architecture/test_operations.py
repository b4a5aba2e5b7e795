"""Every operation of the service has a handler, or says that it has none."""

from poolhouse import operations  # noqa: F401 - imports every handler
from poolhouse.operations.pending import PENDING
from poolhouse.operations.registry import HANDLERS
from poolhouse.wire.operations import OPERATIONS


def test_each_operation_is_handled_or_pending_and_never_both():
    assert HANDLERS.keys() | PENDING == OPERATIONS.keys()
    assert HANDLERS.keys() & PENDING == set()
