"""The key ring: the keys that seal everything secret at rest, kept outside the database.

A ring is a file of JSON, readable by its owner alone, or one key from the settings:

    {"current": "3f1c9a20", "keys": {"3f1c9a20": "<32 bytes in base64>", "77ab01ce": "…"}}

New secrets are sealed with the current key; the others still open what they sealed.
"""

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from poolhouse.world import Entropy, SystemEntropy

KEY_BYTES = 32


class RingError(Exception):
    """A key ring cannot be read; the message says which and why, and never shows a key."""


class Ring(NamedTuple):
    """The keys by their ids, and the id of the one that seals."""

    keys: Mapping[str, bytes]
    current: str

    def __repr__(self) -> str:
        return f"Ring(current={self.current!r})"


def ring_from_key(text: str) -> Ring:
    """Return a ring of the one key that the settings give.

    Args:
        text: 32 bytes in base64.

    Raises:
        RingError: it is not that.
    """
    return _ring_of(decode_key(text, "the setting secrets.key"))


def load_or_create_ring(path: Path, entropy: Entropy | None = None) -> Ring:
    """Read the ring of a file, or make one of a new key where there is no file.

    Args:
        path: of the file; its folder exists.
        entropy: where a new key comes from.

    Raises:
        RingError: the file is not a key ring, or everybody on the machine may read it.
    """
    if not path.exists():
        _write(path, _ring_of((entropy or SystemEntropy()).bytes(KEY_BYTES)), replace=False)
    return _read(path)


def rotate_ring(path: Path, entropy: Entropy | None = None) -> Ring:
    """Give the ring of a file a new current key; the old ones stay, to open what they sealed.

    A process that has not read the new file cannot open what the others seal from then on.

    Args:
        path: of the file.
        entropy: where the new key comes from.

    Raises:
        RingError: the file is not a key ring.
    """
    old = _read(path)
    new = _ring_of((entropy or SystemEntropy()).bytes(KEY_BYTES))
    _write(path, Ring({**new.keys, **old.keys}, new.current), replace=True)
    return _read(path)


def _ring_of(key: bytes) -> Ring:
    # The id is a fingerprint, so that a key has the same id in a file and in the settings. It tells nothing
    # of 32 random bytes.
    key_id = hashlib.sha256(b"poolhouse key id\0" + key).hexdigest()[:8]
    return Ring({key_id: key}, key_id)


def _read(path: Path) -> Ring:
    try:
        document = json.loads(_private_text(path))
        keys = {str(key_id): decode_key(key, str(path)) for key_id, key in document["keys"].items()}
        ring = Ring(keys, str(document["current"]))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        # The decoder's own words would show a piece of the file.
        raise RingError(f"{path}: cannot be read ({type(error).__name__})") from None
    except (KeyError, TypeError, AttributeError):
        raise RingError(f'{path}: is not of the form {{"current": id, "keys": {{id: base64}}}}') from None
    if ring.current not in ring.keys:
        raise RingError(f"{path}: its current key is not among its keys")
    if any(not 1 <= len(key_id.encode()) <= 255 for key_id in ring.keys):
        raise RingError(f"{path}: a key's id has 1 to 255 bytes")
    return ring


def read_key_file(path: Path) -> bytes:
    """Return the key of a file that holds one alone.

    Raises:
        RingError: the file holds none, or everybody on the machine may read it.
    """
    try:
        return decode_key(_private_text(path), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise RingError(f"{path}: cannot be read ({type(error).__name__})") from None


def make_key_file(path: Path, entropy: Entropy | None = None) -> bytes:
    """Write a new key to a new file, and return it.

    Raises:
        RingError: the file is there already, or cannot be written.
    """
    if path.exists():
        raise RingError(f"{path}: is there already")
    key = (entropy or SystemEntropy()).bytes(KEY_BYTES)
    _write_private(path, base64.b64encode(key).decode() + "\n", replace=False)
    return read_key_file(path)


def _private_text(path: Path) -> str:
    if path.stat().st_mode & 0o007:
        raise RingError(f"{path}: everybody may read this key file; chmod 600 it")
    return path.read_text()


def decode_key(text: object, where: str) -> bytes:
    """Return the key that `text` is the base64 of.

    Raises:
        RingError: it is none; the message begins with `where`.
    """
    try:
        key = base64.b64decode(str(text).strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise RingError(f"{where}: a key is {KEY_BYTES} bytes in base64")
    return key


def _write(path: Path, ring: Ring, *, replace: bool) -> None:
    keys = {key_id: base64.b64encode(key).decode() for key_id, key in ring.keys.items()}
    _write_private(path, json.dumps({"current": ring.current, "keys": keys}, indent=1), replace=replace)


def _write_private(path: Path, text: str, *, replace: bool) -> None:
    """Write a file so that a reader sees all of it or none, and the first of two writers wins."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            new.replace(path)
        else:
            path.hardlink_to(new)
    except FileExistsError:
        return
    except OSError as error:
        raise RingError(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        new.unlink(missing_ok=True)
