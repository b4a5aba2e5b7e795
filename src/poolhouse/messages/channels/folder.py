"""Messages as files, for development: `<time>-<number>-<random>.json`, and `.eml` beside it for e-mails.

Names sort by time. A file appears whole or not at all.
"""

import re
from itertools import count
from pathlib import Path

import msgspec

from poolhouse.messages import mime
from poolhouse.messages.outgoing import Mail, SendingError, Sms
from poolhouse.world import Clock, Entropy

_ID = re.compile(r"[0-9]{15}-[0-9]{6}-[0-9a-f]{12}")


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


class Folder:
    """Writes messages into a folder."""

    def __init__(self, folder: Path, clock: Clock, entropy: Entropy) -> None:
        self._folder = folder
        self._clock = clock
        self._entropy = entropy
        self._sent = count()

    def send_mail(self, mail: Mail) -> None:
        """Write an e-mail."""
        now, name = self._stamp()
        eml = mime.build(mail, now=now, message_id=name).as_bytes()
        stored = Stored(name, now, "EMAIL", mail.to, mail.body, mail.sender, mail.subject, mail.html)
        self._write({f"{name}.eml": eml, f"{name}.json": msgspec.json.encode(stored)})

    def send_sms(self, sms: Sms) -> None:
        """Write a text message."""
        now, name = self._stamp()
        stored = Stored(name, now, "SMS", sms.to, sms.body)
        self._write({f"{name}.json": msgspec.json.encode(stored)})

    def _stamp(self) -> tuple[float, str]:
        """Return the time and a name; the number keeps messages of one moment in their order."""
        now = self._clock.now()
        number = next(self._sent) % 1_000_000
        return now, f"{round(now * 1000):015d}-{number:06d}-{self._entropy.bytes(6).hex()}"

    def _write(self, files: dict[str, bytes]) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name, content in files.items():
                part = self._folder / f".{name}.part"
                part.write_bytes(content)
                part.replace(self._folder / name)
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
