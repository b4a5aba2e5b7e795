"""The list of compromised passwords that an operator supplies, in the formats of Have I Been Pwned.

Either a folder of range files, as its API and its downloader have them: a file for each first five digits of
a SHA-1, named `21BD1` or `21BD1.txt`, with a line `SUFFIX:COUNT` for each hash that goes on so. Or the single
file of all lines `HASH:COUNT`, ordered by hash. Nothing is loaded: a look reads one range file, or some forty
places of the single file. The password leaves neither the process nor, as a hash, the machine.
"""

import hashlib
import os
from pathlib import Path
from typing import BinaryIO

_PREFIX, _DIGITS = 5, 40
_LONGEST_LINE = 80
_RANGES_OF_A_LIST = ("00000", "00000.txt", "FFFFF", "FFFFF.txt")


class CompromisedPasswords:
    """The list; or none, which holds no password."""

    def __init__(self, path: str) -> None:
        """Take the list as it is at each look: it may be renewed while the server runs.

        Args:
            path: of the folder or the file; "" for no list.
        """
        self._path = Path(path) if path else None

    def holds(self, password: str) -> bool:
        """Tell whether a password is in the list.

        Raises:
            OSError: the list, or the place where it should be, cannot be read.
        """
        if self._path is None:
            return False
        digest = (
            hashlib.sha1(password.encode(errors="surrogatepass"), usedforsecurity=False).hexdigest().upper()
        )
        if self._path.is_dir():
            return _in_range(self._path, digest)
        with self._path.open("rb") as file:
            return _in_sorted(file, digest.encode())


def problem(path: str) -> str:
    """Return what is wrong with a list's path, or ""."""
    place = Path(path)
    if place.is_file():
        return "" if os.access(place, os.R_OK) else f"{path} cannot be read"
    if not place.is_dir():
        return f"{path} is neither a folder nor a file"
    if not any((place / name).is_file() for name in _RANGES_OF_A_LIST):
        return f"{path} has no range files: there is neither 00000 nor FFFFF, with or without .txt"
    return ""


def _in_range(folder: Path, digest: str) -> bool:
    """Look at the range file; a folder without it knows nothing of such hashes."""
    prefix, suffix = digest[:_PREFIX], digest[_PREFIX:].encode()
    for name in (prefix, f"{prefix}.txt"):
        try:
            lines = (folder / name).read_bytes().upper().splitlines()
        except FileNotFoundError:
            continue
        return any(_says(line, suffix) for line in lines)
    return False


def _in_sorted(file: BinaryIO, digest: bytes) -> bool:
    """Search the file by halving: the line behind the middle tells on which side the hash would be."""
    low, high = 0, file.seek(0, os.SEEK_END)
    while low < high:
        middle = (low + high) // 2
        line = _line_after(file, middle)
        if line and line[:_DIGITS].upper() < digest:
            low = middle + 1
        else:
            high = middle
    return _says(_line_after(file, low).upper(), digest)


def _line_after(file: BinaryIO, place: int) -> bytes:
    """Return the first line that begins at or behind a place; b"" where none does."""
    file.seek(max(0, place - 1))
    if place:
        file.readline(_LONGEST_LINE)
    return file.readline(_LONGEST_LINE).rstrip()


def _says(line: bytes, digits: bytes) -> bool:
    """Tell whether a line counts a hash; one that counts 0 pads the API's answers."""
    found, _, count = line.strip().partition(b":")
    return found == digits and count != b"0"
