"""Checking passwords against hashes that users brought from elsewhere, by the libraries made for each."""

import hashlib
import hmac
from collections.abc import Callable, Mapping

import bcrypt
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from poolhouse.domain.foreign_hashes import decode

_SCRYPT_MEMORY = 128 * 1024 * 1024
_BCRYPT_BYTES = 72


def matches(algorithm: str, text: str, password: str) -> bool:
    """Tell whether a password is the one that was hashed.

    Args:
        algorithm: `PasswordHashingAlgorithm`.
        text: the hash, which `domain.foreign_hashes.fits`.
        password: as sent.
    """
    return _MATCHES[algorithm](text, password.encode())


def _bcrypt(text: str, password: bytes) -> bool:
    """Check as all bcrypts did when the hash was made: what is over 72 bytes did not count."""
    return bcrypt.checkpw(password[:_BCRYPT_BYTES], text.encode())


def _scrypt(text: str, password: bytes) -> bool:
    n, r, p, salt, stored = text.split("$")
    expected = bytes.fromhex(stored)
    made = hashlib.scrypt(
        password,
        salt=bytes.fromhex(salt),
        n=int(n),
        r=int(r),
        p=int(p),
        maxmem=_SCRYPT_MEMORY,
        dklen=len(expected),
    )
    return hmac.compare_digest(made, expected)


def _argon2id(text: str, password: bytes) -> bool:
    try:
        return PasswordHasher().verify(text, password)
    except VerifyMismatchError:
        return False


def _pbkdf2(text: str, password: bytes) -> bool:
    _, _, rounds, salt, stored = text.split("$")
    expected = decode(stored)
    made = hashlib.pbkdf2_hmac("sha256", password, decode(salt), int(rounds), len(expected))
    return hmac.compare_digest(made, expected)


_MATCHES: Mapping[str, Callable[[str, bytes], bool]] = {
    "BCRYPT": _bcrypt,
    "SCRYPT": _scrypt,
    "ARGON2ID": _argon2id,
    "PBKDF2_SHA256": _pbkdf2,
}
