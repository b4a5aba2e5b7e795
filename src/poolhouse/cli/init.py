"""`poolhouse init`: what a production server needs, made once."""

from poolhouse.cli.common import ConfigOption, DataOption, open_migrated_store, open_vault, read_settings
from poolhouse.cli.key import make_key, print_key


def init(*, data: DataOption = ".poolhouse", config: ConfigOption = None) -> None:
    """Make the key ring, the database and a first access key. What is there already is kept."""
    settings = read_settings(config, data)
    vault = open_vault(settings, create=True)
    store = open_migrated_store(settings)
    try:
        keys = store.read(lambda tx: tx.access_keys.list())
        print(f"Key ring: {settings.keyring_path} (keep a copy apart from the database's)")
        if keys:
            print(f"Access keys: {len(keys)} (`poolhouse key list`)")
        else:
            print_key(*make_key(store, vault, name="init", actions=("*",), pools=("*",)))
    finally:
        store.close()
    print(f"Next: poolhouse serve --data {settings.data}" + (f" --config {config}" if config else ""))
