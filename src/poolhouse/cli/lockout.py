"""`poolhouse lockout list|lift`: who is locked out after wrong answers, and letting them in again."""

from typing import Annotated

from cyclopts import Parameter

from poolhouse.cli.common import ConfigOption, DataOption, Refused, open_migrated_store, read_settings
from poolhouse.flows.locked import lift as lift_lock
from poolhouse.flows.locked import locked_out
from poolhouse.world import SystemClock


def list_locked(*, data: DataOption = ".poolhouse", config: ConfigOption = None) -> None:
    """List the users (by their sub; /mfa for codes) and addresses that are locked out now."""
    settings = read_settings(config, data)
    store = open_migrated_store(settings, create=False)
    try:
        found = locked_out(store, settings, SystemClock().now())
    finally:
        store.close()
    if not found:
        print("Nobody is locked out.")
    for each in found:
        print(f"{each.pool_id}  {each.subject}  failures={each.failures}  seconds={each.seconds:.0f}")


def lift(
    pool: Annotated[str, Parameter(help="The pool's id.")],
    name: Annotated[str, Parameter(help="A user by username, alias or sub; or what the list shows.")],
    /,
    *,
    data: DataOption = ".poolhouse",
    config: ConfigOption = None,
) -> None:
    """Forget the wrong answers of a user or an address; they are let in at once."""
    store = open_migrated_store(read_settings(config, data), create=False)
    try:
        lifted = lift_lock(store, pool, name)
    finally:
        store.close()
    if not lifted:
        raise Refused(
            f"no wrong answers of {name} are counted in {pool}. `poolhouse lockout list` shows them"
        )
    print(f"{name} is let in again.")
