"""What the commands share: reading the settings, saying no, opening the parts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from poolhouse.keys.ring import RingError, load_or_create_ring, ring_from_key
from poolhouse.keys.vault import Vault
from poolhouse.settings import Settings, SettingsError, load
from poolhouse.store import Store, StoreBusy, migrate, open_store
from poolhouse.world import SystemClock, SystemEntropy

DataOption = Annotated[str, Parameter(help="The data folder: database, key ring, outbox.")]
ConfigOption = Annotated[str | None, Parameter(help="A TOML file of settings.")]


class Refused(Exception):  # noqa: N818 (it reads as what happened)
    """A command cannot go on; the message says why and what to do."""


def read_settings(
    config: str | None,
    data: str,
    *,
    dev: bool = False,
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
) -> Settings:
    """Read the settings for a command.

    Raises:
        Refused: a setting is not what its field takes.
    """
    try:
        return load(config, overrides or {}, dev=dev, data=data)
    except SettingsError as error:
        raise Refused(f"cannot read the settings: {error}") from error


def make_data_folder(settings: Settings) -> None:
    """Make the data folder, closed to other users of the machine.

    Raises:
        Refused: it cannot be made there.
    """
    try:
        Path(settings.data).mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"cannot make the data folder {settings.data}: {error.strerror}") from error


def open_vault(settings: Settings, *, create: bool) -> Vault:
    """Open the key ring.

    Args:
        settings: say where it is.
        create: make one where there is none (`--dev` and `init`).

    Raises:
        Refused: there is no key ring, or it cannot be read.
    """
    try:
        if settings.secrets.key:
            return Vault(ring_from_key(settings.secrets.key))
        path = settings.keyring_path
        if not create and not path.exists():
            raise Refused(
                f"there is no key ring at {path}. Run `poolhouse init --data {settings.data}` once, or set "
                "POOLHOUSE_SECRETS_KEY to 32 random bytes in base64"
            )
        make_data_folder(settings)
        path.parent.mkdir(parents=True, exist_ok=True)
        return Vault(load_or_create_ring(path))
    except RingError as error:
        raise Refused(str(error)) from error


def open_migrated_store(settings: Settings, *, create: bool = True, serving: bool = False) -> Store:
    """Open the store for a command that reads or writes it, its schema brought up to date.

    Args:
        settings: say where it is.
        create: make a SQLite file where there is none.
        serving: this is a server process, of which a SQLite file has one.

    Raises:
        Refused: it cannot be opened, or another server writes it.
    """
    url = settings.store_url
    file = url.removeprefix("sqlite:///")
    if not create and file != url and not Path(file).exists():
        raise Refused(f"there is no database at {file}. Run `poolhouse init --data {settings.data}` once")
    make_data_folder(settings)
    try:
        migrate(url)
        return open_store(url, SystemClock(), serving=serving)
    except StoreBusy as error:
        raise Refused(str(error)) from error
    except Exception as error:
        raise Refused(f"cannot open the store {url.split('@')[-1]}: {error}") from error


def check_compromised_passwords(settings: Settings) -> None:
    """Check that the list of compromised passwords is there, if there is to be one.

    Raises:
        Refused: it is not.
    """
    from poolhouse.keys import compromised  # noqa: PLC0415

    path = settings.passwords.compromised
    if path and (found := compromised.problem(path)):
        raise Refused(f"passwords.compromised: {found}")


def check_ways_out(settings: Settings) -> None:
    """Check what triggers, messages and logs leave by, which each process of a server makes for itself.

    Raises:
        Refused: a setting of theirs cannot work.
    """
    from poolhouse.logs.destinations import Destinations  # noqa: PLC0415
    from poolhouse.messages.channels import Channels  # noqa: PLC0415 (slow to import, for few commands)
    from poolhouse.triggers.invoke import Triggers  # noqa: PLC0415

    clock, entropy = SystemClock(), SystemEntropy()
    try:
        Triggers(settings, clock, entropy).close()
        Channels(settings, clock, entropy).close()
        Destinations(settings, clock).close()
    except SettingsError as error:
        raise Refused(str(error)) from error
