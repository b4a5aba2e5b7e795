"""Messages as files, for development: `<folder>/<time>-<random>.json`, and `.eml` beside it for e-mails.

Names sort by time. A file appears whole or not at all.
"""

import re
from collections.abc import Callable
from pathlib import Path

import msgspec

from poolhouse.messages import mime
from poolhouse.messages.outgoing import Mail, SendingError, Sms
from poolhouse.world import Clock, Entropy

_ID = re.compile(r"[0-9]{15}-[0-9a-f]{12}")


class Stored(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message in the folder, as its JSON file holds it.

    Attributes:
        id: the file's name without its suffix.
        time: when it was sent, in seconds since the epoch.
        medium: `EMAIL` or `SMS`.
    """

    id: str
    time: float
    medium: str
    to: str
    body: str
    sender: str = ""
    subject: str = ""
    html: bool = False


def mail_sender(folder: Path, clock: Clock, entropy: Entropy) -> Callable[[Mail], None]:
    """Return the sender of e-mails."""

    def send(mail: Mail) -> None:
        now = clock.now()
        name = _name(now, entropy)
        eml = mime.build(mail, now=now, message_id=name).as_bytes()
        stored = Stored(name, now, "EMAIL", mail.to, mail.body, mail.sender, mail.subject, mail.html)
        _write(folder, {f"{name}.eml": eml, f"{name}.json": msgspec.json.encode(stored)})

    return send


def sms_sender(folder: Path, clock: Clock, entropy: Entropy) -> Callable[[Sms], None]:
    """Return the sender of text messages."""

    def send(sms: Sms) -> None:
        now = clock.now()
        name = _name(now, entropy)
        stored = Stored(name, now, "SMS", sms.to, sms.body)
        _write(folder, {f"{name}.json": msgspec.json.encode(stored)})

    return send


def _name(now: float, entropy: Entropy) -> str:
    return f"{round(now * 1000):015d}-{entropy.bytes(6).hex()}"


def _write(folder: Path, files: dict[str, bytes]) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, content in files.items():
            part = folder / f".{name}.part"
            part.write_bytes(content)
            part.replace(folder / name)
    except OSError as error:
        raise SendingError(f"folder: {error.strerror}") from error


def read(folder: Path, limit: int) -> list[Stored]:
    """Return the newest messages, newest first; files that vanish or are none are passed over."""
    try:
        files = sorted((path for path in folder.iterdir() if path.suffix == ".json"), reverse=True)
    except FileNotFoundError:
        return []
    return [stored for path in files[:limit] if (stored := _load(path)) is not None]


def find(folder: Path, message_id: str) -> Stored | None:
    """Return one message, or None; what is not an id of ours never becomes a path."""
    return _load(folder / f"{message_id}.json") if _ID.fullmatch(message_id) else None


def _load(path: Path) -> Stored | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Stored)
    except (OSError, msgspec.DecodeError):
        return None
