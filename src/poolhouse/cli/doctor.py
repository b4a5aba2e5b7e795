"""`poolhouse doctor`: look at what a server needs, and say what to do where something is missing."""

import socket
import stat
from collections.abc import Callable
from pathlib import Path

from poolhouse.cli.common import (
    ConfigOption,
    DataOption,
    Refused,
    check_compromised_passwords,
    check_ways_out,
    open_vault,
    read_settings,
)
from poolhouse.settings import Settings


def doctor(*, data: DataOption = ".poolhouse", config: ConfigOption = None) -> None:
    """Check settings, key ring, database, port, triggers, messages and logs. A problem ends it with 1."""
    settings = read_settings(config, data)
    problems = 0
    for title, check in CHECKS.items():
        try:
            print(f"ok       {title}: {check(settings)}")
        except Refused as problem:
            problems += 1
            print(f"problem  {title}: {problem}")
    if problems:
        raise Refused(f"{problems} problem(s) found")


def _data_folder(settings: Settings) -> str:
    folder = Path(settings.data)
    if not folder.is_dir():
        raise Refused(f"{folder} is not there. Run `poolhouse init --data {folder}`")
    return str(folder)


def _key_ring(settings: Settings) -> str:
    open_vault(settings, create=False)
    if settings.secrets.key:
        return "from the environment or the settings"
    mode = stat.S_IMODE(settings.keyring_path.stat().st_mode)
    if mode & 0o077:
        raise Refused(f"{settings.keyring_path} is readable by others ({mode:o}). Run chmod 600 on it")
    return str(settings.keyring_path)


def _database(settings: Settings) -> str:
    from poolhouse.store import is_current, open_store  # noqa: PLC0415 (SQLAlchemy is slow to import)
    from poolhouse.world import SystemClock  # noqa: PLC0415

    try:
        if not is_current(settings.store_url):
            raise Refused("its schema is not up to date. Run `poolhouse migrate` (serving does so too)")
        store = open_store(settings.store_url, SystemClock())
        keys = [key for key in store.read(lambda tx: tx.access_keys.list()) if not key.revoked]
        store.close()
    except Refused:
        raise
    except Exception as error:
        raise Refused(f"cannot be opened: {error}") from error
    if not keys:
        raise Refused("there is no access key, so nobody may administer. Run `poolhouse key create`")
    return f"{settings.store_url.split('://', 1)[0]}, {len(keys)} active access key(s)"


def _port(settings: Settings) -> str:
    from poolhouse.edge.server import listenable  # noqa: PLC0415 (Granian is slow to import)

    host, port = settings.server.host, settings.server.port
    try:
        listenable(host, port)
    except OSError as error:
        raise Refused(f"{host}:{port} cannot be listened on: {error.strerror}") from error
    return f"{host}:{port} is free"


def _public_url(settings: Settings) -> str:
    if not settings.server.public_url:
        raise Refused(
            "server.public_url is not set. Tokens would carry the issuer "
            f"{settings.public_url}, which other machines cannot reach"
        )
    return settings.public_url


def _ways_out(settings: Settings) -> str:
    check_ways_out(settings)
    mapped, messages = len(settings.triggers.map), settings.messages
    return f"{mapped} mapped; e-mail by {messages.email}, SMS by {messages.sms}"


def _compromised_passwords(settings: Settings) -> str:
    check_compromised_passwords(settings)
    return settings.passwords.compromised or "no list"


def _email(settings: Settings) -> str:
    messages = settings.messages
    if messages.email == "none":
        raise Refused("no e-mail channel. Set messages.email to smtp or ses")
    if messages.email == "smtp":
        try:
            socket.create_connection((messages.smtp_host, messages.smtp_port), timeout=5).close()
        except OSError as error:
            raise Refused(f"{messages.smtp_host}:{messages.smtp_port} does not answer: {error}") from error
    return messages.email


CHECKS: dict[str, Callable[[Settings], str]] = {
    "data folder": _data_folder,
    "key ring": _key_ring,
    "database": _database,
    "port": _port,
    "public URL": _public_url,
    "triggers, messages and logs": _ways_out,
    "e-mail": _email,
    "compromised passwords": _compromised_passwords,
}
