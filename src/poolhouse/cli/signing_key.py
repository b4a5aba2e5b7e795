"""`poolhouse signing-key rotate|list|remove`: the keys that sign a pool's tokens."""

from datetime import UTC, datetime
from typing import Annotated

from cyclopts import Parameter

from poolhouse.cli.common import (
    ConfigOption,
    DataOption,
    Refused,
    open_migrated_store,
    open_vault,
    read_settings,
)
from poolhouse.domain.keys import StoredKey
from poolhouse.keys import signing
from poolhouse.store import Store
from poolhouse.world import SystemClock, SystemEntropy

PoolArgument = Annotated[str, Parameter(help="The pool's id.")]


def rotate(
    pool: PoolArgument,
    /,
    *,
    notice: Annotated[
        float, Parameter(help="How long they are published before they sign, in seconds; at least 60.")
    ] = 3600,
    data: DataOption = ".poolhouse",
    config: ConfigOption = None,
) -> None:
    """Give a pool new signing keys, which are published now and sign later; no token becomes invalid by it.

    The old keys stay published until the last token that they signed has expired. Servers need no restart.
    """
    if notice < signing.SHORTEST_NOTICE:
        raise Refused(
            f"every server must know the new keys first: --notice is at least {signing.SHORTEST_NOTICE:.0f}"
        )
    settings = read_settings(config, data)
    vault = open_vault(settings, create=False)
    store = open_migrated_store(settings, create=False)
    now = SystemClock().now()
    try:
        _require_pool(store, pool)
        begins = signing.rotate(store, vault, SystemEntropy(), pool, now=now, notice=notice)
    finally:
        store.close()
    if begins is None:
        raise Refused(
            f"{pool} has new keys that do not sign yet. `poolhouse signing-key list {pool}` says when"
        )
    print(f"The new keys of {pool} are published, and sign from {_time(begins)} on.")


def list_keys(
    pool: PoolArgument,
    /,
    *,
    data: DataOption = ".poolhouse",
    config: ConfigOption = None,
) -> None:
    """List a pool's signing keys, those included that do not sign yet or no more."""
    store = open_migrated_store(read_settings(config, data), create=False)
    now = SystemClock().now()
    try:
        _require_pool(store, pool)
        keys = store.read(lambda tx: tx.signing_keys.list(pool))
    finally:
        store.close()
    for key in keys:
        print(f"{key.kid}  {key.use:6}  {_state(key, keys, now)}")


def remove(
    pool: PoolArgument,
    kid: Annotated[str, Parameter(help="The key's id, as `list` and the pool's `jwks.json` show it.")],
    /,
    *,
    data: DataOption = ".poolhouse",
    config: ConfigOption = None,
) -> None:
    """Take a signing key away at once, because somebody else may have it, and with it all that it signed.

    Servers refuse such tokens two seconds later at most, and need no restart. Refresh tokens stay good:
    clients get tokens of another key with them. If the key is the last of its kind, another is made.
    """
    settings = read_settings(config, data)
    vault = open_vault(settings, create=False)
    store = open_migrated_store(settings, create=False)
    try:
        _require_pool(store, pool)
        removed = signing.remove(store, vault, SystemEntropy(), pool, kid, now=SystemClock().now())
    finally:
        store.close()
    if not removed:
        raise Refused(f"{pool} has no signing key {kid}")
    print(f"Removed. Tokens that {kid} signed are refused from now on.")


def _require_pool(store: Store, pool: str) -> None:
    if store.read(lambda tx: tx.pools.get(pool)) is None:
        raise Refused(f"there is no pool {pool}")


def _state(key: StoredKey, keys: list[StoredKey], now: float) -> str:
    if not key.signs(now):
        return f"signed until {_time(key.retired)}"
    if key.retired:
        return f"signs until {_time(key.retired)}"
    before = max((other.retired for other in keys if other.use == key.use), default=0)
    return f"signs from {_time(before)} on" if before > now else "signs"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(sep=" ", timespec="seconds")
