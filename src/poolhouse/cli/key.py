"""`poolhouse key create|list|revoke`: the access keys that sign administrators' requests."""

from dataclasses import replace
from typing import Annotated

from cyclopts import Parameter

from poolhouse.access import policy
from poolhouse.cli.common import (
    ConfigOption,
    DataOption,
    Refused,
    open_migrated_store,
    open_vault,
    read_settings,
)
from poolhouse.domain.keys import StoredAccessKey
from poolhouse.keys.vault import Vault
from poolhouse.store import Store
from poolhouse.wire.operations import OPERATIONS
from poolhouse.world import SystemClock, SystemEntropy

_ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_FORTY_OF = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/+"


def make_key(
    store: Store, vault: Vault, *, name: str, actions: tuple[str, ...], pools: tuple[str, ...]
) -> tuple[str, str]:
    """Make an access key; return its id and its secret, which is shown this once."""
    entropy = SystemEntropy()
    key_id = "AKIA" + entropy.text(16, _ID_ALPHABET)
    secret = entropy.text(40, _FORTY_OF)
    stored = StoredAccessKey(
        id=key_id,
        sealed_secret=vault.seal(f"access_keys/{key_id}/secret", secret.encode()),
        actions=actions,
        pools=pools,
        name=name,
        created=SystemClock().now(),
    )
    store.write(lambda tx: tx.access_keys.add(stored))
    return key_id, secret


def print_key(key_id: str, secret: str) -> None:
    """Print a new key as the environment variables that every AWS SDK reads."""
    print(f"AWS_ACCESS_KEY_ID={key_id}\nAWS_SECRET_ACCESS_KEY={secret}")


def create(
    *,
    name: Annotated[str, Parameter(help="What it is for; shown in the list.")] = "",
    action: Annotated[
        tuple[str, ...],
        Parameter(negative="", help="Operations it may call, e.g. `Admin*`; may be given again."),
    ] = ("*",),
    pool: Annotated[
        tuple[str, ...],
        Parameter(negative="", help="Pools it may touch, e.g. `us-east-1_Ab*`; may be given again."),
    ] = ("*",),
    data: DataOption = ".poolhouse",
    config: ConfigOption = None,
) -> None:
    """Make an access key and print its secret, which cannot be shown again."""
    for pattern in action:
        if not any(policy.allows(pattern, operation) for operation in OPERATIONS):
            raise Refused(
                f"--action {pattern!r} fits no operation. docs/reference/operations.md names them all"
            )
    settings = read_settings(config, data)
    vault = open_vault(settings, create=False)
    store = open_migrated_store(settings, create=False)
    try:
        print_key(*make_key(store, vault, name=name, actions=action, pools=pool))
    finally:
        store.close()


def list_keys(*, data: DataOption = ".poolhouse", config: ConfigOption = None) -> None:
    """List the access keys, without their secrets."""
    store = open_migrated_store(read_settings(config, data), create=False)
    try:
        keys = store.read(lambda tx: tx.access_keys.list())
        if not keys:
            print("There is no access key. `poolhouse key create` makes one.")
        for key in keys:
            state = "revoked" if key.revoked else "active"
            print(
                f"{key.id}  {state}  actions={','.join(key.actions)}  pools={','.join(key.pools)}  {key.name}"
            )
    finally:
        store.close()


def revoke(
    key_id: Annotated[str, Parameter(help="The key's id, as the list shows it.")],
    /,
    *,
    data: DataOption = ".poolhouse",
    config: ConfigOption = None,
) -> None:
    """Revoke an access key; servers refuse it within two seconds."""
    store = open_migrated_store(read_settings(config, data), create=False)
    now = SystemClock().now()
    try:
        key = store.read(lambda tx: tx.access_keys.get(key_id))
        if key is None:
            raise Refused(f"there is no access key {key_id}. `poolhouse key list` shows them all")
        store.write(lambda tx: tx.access_keys.save(replace(key, revoked=now)))
    finally:
        store.close()
    print(f"{key_id} is revoked.")
