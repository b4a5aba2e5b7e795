"""Password hashes that users bring from elsewhere: their forms and limits (digest «users» §6.5)."""

import base64
import re
from collections.abc import Callable, Mapping

_BCRYPT = re.compile(r"\$2[abxy]\$(\d{2})\$[./A-Za-z0-9]{53}")
_SCRYPT = re.compile(
    r"(\d{1,7})\$(\d{1,3})\$(\d{1,3})\$((?:[0-9a-fA-F]{2}){1,128})\$((?:[0-9a-fA-F]{2}){16,128})"
)
_ARGON2ID = re.compile(
    r"\$argon2id\$v=19\$m=(\d{1,6}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,128})\$([A-Za-z0-9+/]{16,128})"
)
_PBKDF2 = re.compile(
    r"\$pbkdf2-sha256\$(\d{1,8})\$([A-Za-z0-9+/.]{1,128}={0,2})\$([A-Za-z0-9+/.]{22,128}={0,2})"
)


def fits(algorithm: str, text: str) -> bool:
    """Tell whether a hash can be checked: it has the algorithm's form, and costs no more than it may.

    Args:
        algorithm: `PasswordHashingAlgorithm`.
        text: the hash.
    """
    return _FITS[algorithm](text)


def _bcrypt(text: str) -> bool:
    found = _BCRYPT.fullmatch(text)
    return found is not None and 4 <= int(found[1]) <= 12


def _scrypt(text: str) -> bool:
    found = _SCRYPT.fullmatch(text)
    if found is None:
        return False
    n, r, p = (int(part) for part in found.groups()[:3])
    return 2 <= n <= 65_536 and n & (n - 1) == 0 and 1 <= r <= 8 and p == 1


def _argon2id(text: str) -> bool:
    found = _ARGON2ID.fullmatch(text)
    if found is None:
        return False
    memory, passes, lanes = (int(part) for part in found.groups()[:3])
    return (
        8 <= memory <= 19_456 and 1 <= passes <= 2 and lanes == 1 and all(map(_decodes, found.groups()[3:]))
    )


def _pbkdf2(text: str) -> bool:
    found = _PBKDF2.fullmatch(text)
    return found is not None and 1 <= int(found[1]) <= 600_000 and all(map(_decodes, found.groups()[1:]))


def _decodes(text: str) -> bool:
    try:
        return bool(decode(text))
    except ValueError:
        return False


def decode(text: str) -> bytes:
    """Return what base64 stands for, with or without padding, in the standard alphabet or passlib's.

    Raises:
        ValueError: it stands for nothing.
    """
    bare = text.rstrip("=").replace(".", "+")
    return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)


_FITS: Mapping[str, Callable[[str], bool]] = {
    "BCRYPT": _bcrypt,
    "SCRYPT": _scrypt,
    "ARGON2ID": _argon2id,
    "PBKDF2_SHA256": _pbkdf2,
}
