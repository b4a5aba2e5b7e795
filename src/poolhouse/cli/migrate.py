"""`poolhouse migrate`: bring the database's schema up to date."""

from poolhouse.cli.common import ConfigOption, DataOption, open_migrated_store, read_settings


def migrate(*, data: DataOption = ".poolhouse", config: ConfigOption = None) -> None:
    """Bring the database's schema up to date. Safe to run again, and while servers run."""
    settings = read_settings(config, data)
    open_migrated_store(settings).close()
    print("The schema is up to date.")
