"""`poolhouse pool change`: what the service fixes when a pool is created, changed on a living one."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated

from cyclopts import Parameter

from poolhouse.cli.common import ConfigOption, DataOption, Refused, open_migrated_store, read_settings
from poolhouse.domain.pool import Pool
from poolhouse.domain.pool_change import ABANDONED, SWITCHED, PoolChange, Wish, changed
from poolhouse.errors import ServiceError
from poolhouse.flows import pool_change
from poolhouse.flows.lookup import stored_pool
from poolhouse.flows.pool_change import Findings
from poolhouse.store import Store
from poolhouse.world import SystemClock

_NONE = ("none",)


def change(
    pool: Annotated[str, Parameter(help="The pool's id.")],
    /,
    *,
    alias: Annotated[
        tuple[str, ...],
        Parameter(help="An alias attribute; all of them are replaced. `none` for none.", negative=""),
    ] = (),
    username: Annotated[
        tuple[str, ...],
        Parameter(help="A username attribute; all of them are replaced. `none` for none.", negative=""),
    ] = (),
    case_sensitive: Annotated[
        bool | None,
        Parameter(help="Whether names compare with case.", negative="--case-insensitive"),
    ] = None,
    required: Annotated[tuple[str, ...], Parameter(help="An attribute to be required.", negative="")] = (),
    optional: Annotated[
        tuple[str, ...], Parameter(help="An attribute to be required no more.", negative="")
    ] = (),
    mutable: Annotated[tuple[str, ...], Parameter(help="An attribute to be mutable.", negative="")] = (),
    immutable: Annotated[
        tuple[str, ...], Parameter(help="An attribute to be mutable no more.", negative="")
    ] = (),
    leave_lacking: Annotated[
        bool,
        Parameter(help="Users may lack what becomes required, until they supply it.", negative=""),
    ] = False,
    dry_run: Annotated[
        bool, Parameter(help="Change nothing; say what stands against it.", negative="")
    ] = False,
    abandon: Annotated[bool, Parameter(help="Give up a change that was cut short.", negative="")] = False,
    show: Annotated[int, Parameter(help="How many conflicts to show.")] = 20,
    data: DataOption = ".poolhouse",
    config: ConfigOption = None,
) -> None:
    """Change a pool's aliases, username attributes, case sensitivity, and what is required and mutable.

    The server goes on meanwhile. Cut short, the same command goes on where it was.
    """
    settings = read_settings(config, data)
    if not (dry_run or settings.beyond.living_schema):
        raise Refused(
            "this is beyond the service: set `living_schema = true` in the section `[beyond]` of the "
            "settings. `--dry-run` goes without"
        )
    wish = Wish(
        aliases=None if not alias else () if alias == _NONE else tuple(sorted(alias)),
        usernames=None if not username else () if username == _NONE else tuple(sorted(username)),
        case_sensitive=case_sensitive,
        required=dict.fromkeys(required, True) | dict.fromkeys(optional, False),
        mutable=dict.fromkeys(mutable, True) | dict.fromkeys(immutable, False),
    )
    store = open_migrated_store(settings, create=False)
    try:
        if abandon:
            _abandon(store, pool)
        else:
            _change(store, pool, wish, show, dry_run=dry_run, leave_lacking=leave_lacking)
    except ServiceError as error:
        raise Refused(error.message) from error
    finally:
        store.close()


def _abandon(store: Store, pool_id: str) -> None:
    under_way = store.read(lambda tx: tx.pool_changes.get(pool_id))
    if under_way is None or under_way.state == SWITCHED:
        raise Refused(f"no change of {pool_id} can be given up")
    pool_change.abandon(store, pool_id)
    with _progress("removing new names", None) as tell:
        pool_change.clear(store, pool_id, tell)
    print(f"{pool_id} is as it was.")


def _change(store: Store, pool_id: str, wish: Wish, show: int, *, dry_run: bool, leave_lacking: bool) -> None:
    before, users, under_way = store.read(
        lambda tx: (stored_pool(tx, pool_id), tx.users.count_estimate(pool_id), tx.pool_changes.get(pool_id))
    )
    if under_way and not dry_run:
        before, under_way = _continued(store, before, wish, under_way)
    if under_way is None:
        _look_through(store, before, wish, show, users, leave_lacking=leave_lacking)
    if dry_run:
        print("Nothing stands against it. Nothing was changed.")
        return
    under_way = pool_change.begin(store, pool_id, wish, SystemClock().now())
    if under_way:
        _rename(store, pool_id, show, users)
    print(f"{pool_id} is changed. Servers go by it within two seconds.")


def _continued(
    store: Store, before: Pool, wish: Wish, under_way: PoolChange
) -> tuple[Pool, PoolChange | None]:
    """Return the pool, and the change to go on with, if any is left of it."""
    if under_way.state == ABANDONED:
        pool_change.clear(store, before.id, lambda _: None)
        return before, None
    if under_way.wish != wish:
        raise Refused(
            f"another change of {before.id} was cut short: run the same command again, or `--abandon` it"
        )
    return before, under_way


def _look_through(
    store: Store, before: Pool, wish: Wish, show: int, users: int, *, leave_lacking: bool
) -> None:
    if changed(before, wish) == before:
        raise Refused(f"{before.id} is like that already, or nothing was asked for")
    with _progress("looking through users", users) as tell:
        asked = replace(wish, required=None) if leave_lacking else wish
        found = pool_change.check(store, before, asked, show, tell)
    _refuse(found)


def _rename(store: Store, pool_id: str, show: int, users: int) -> None:
    with _progress("making new names", users) as tell:
        found = pool_change.build(store, pool_id, show, tell)
    if found.counts:
        pool_change.abandon(store, pool_id)
        pool_change.clear(store, pool_id, lambda _: None)
        _refuse(found)
    pool_change.switch(store, pool_id, SystemClock().now())
    time.sleep(pool_change.SPREAD_SECONDS)
    with _progress("removing old names", None) as tell:
        pool_change.clear(store, pool_id, tell)


def _refuse(found: Findings) -> None:
    if not found.counts:
        return
    for words in found.shown:
        print(words)
    total = sum(found.counts.values())
    if total > len(found.shown):
        print(f"… and {total - len(found.shown)} more")
    each = ", ".join(f"{count} {kind}" for kind, count in sorted(found.counts.items()))
    raise Refused(f"nothing was changed: {total} conflicts stand against it ({each})")


@contextmanager
def _progress(words: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show a bar on a terminal, and nothing elsewhere."""
    from rich.console import Console  # noqa: PLC0415 (slow to import, for few commands)
    from rich.progress import Progress  # noqa: PLC0415

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(words, total=total)
        yield lambda done: bar.advance(task, done)
