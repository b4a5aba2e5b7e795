"""`poolhouse limits show|lift`: how much of their hourly limits a user has used, and giving them back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from cyclopts import Parameter

from poolhouse.cli.common import ConfigOption, DataOption, Refused, open_migrated_store, read_settings
from poolhouse.errors import ServiceError
from poolhouse.flows.locked import lift_limits, used_limits
from poolhouse.store import Store
from poolhouse.world import SystemClock

PoolArgument = Annotated[str, Parameter(help="The pool's id.")]
NameArgument = Annotated[str, Parameter(help="A user by username, alias or sub.")]


def show(
    pool: PoolArgument, name: NameArgument, /, *, data: DataOption = ".poolhouse", config: ConfigOption = None
) -> None:
    """Show how much of each hourly limit a user has used, and their wrong answers in a row."""
    with _store(data, config) as store:
        used, locks = used_limits(store, pool, name, SystemClock().now())
    for each in used:
        over = "  over the limit" if each.count > each.most else ""
        print(f"{each.kind}  {each.count} of {each.most}{over}")
    for lock in locks:
        print(f"wrong answers  {lock.failures}  locked for {lock.seconds:.0f} s")


def lift(
    pool: PoolArgument, name: NameArgument, /, *, data: DataOption = ".poolhouse", config: ConfigOption = None
) -> None:
    """Give a user all of their hourly limits again, and forget their wrong answers."""
    with _store(data, config) as store:
        lift_limits(store, pool, name)
    print(f"{name} has all limits again.")


@contextmanager
def _store(data: str, config: str | None) -> Iterator[Store]:
    store = open_migrated_store(read_settings(config, data), create=False)
    try:
        yield store
    except ServiceError as error:
        raise Refused(error.message) from error
    finally:
        store.close()
