"""Made-up answers for users that do not exist, the same for the same name each time (digest «sign-in» §2.4).

All of them come from the pool's seed, which nobody outside knows: what is made up cannot be told from what is
stored.
"""

import hashlib
import hmac
import uuid

from poolhouse.domain import srp


def identifier(seed: bytes, name: str) -> str:
    """Return the `sub` of a user that is not there: a UUIDv4 in form.

    Args:
        seed: the pool's.
        name: what was typed, normalised as the pool compares names.
    """
    return str(uuid.UUID(bytes=_derive(seed, "sub", name)[:16], version=4))


def salt(seed: bytes, user_id: str) -> bytes:
    """Return the SRP salt of a user that has no password."""
    return _derive(seed, "salt", user_id)[: srp.SALT_BYTES]


def verifier(seed: bytes, user_id: str) -> int:
    """Return the SRP verifier of a user that has no password.

    Any number does, since nobody knows a password for it; a power of the generator would take longer than to
    open a stored verifier, and so tell who exists.
    """
    width = srp.N.bit_length() // 8
    return int.from_bytes(hashlib.shake_256(_derive(seed, "verifier", user_id)).digest(width), "big") % srp.N


def address(seed: bytes, name: str) -> bytes:
    """Return bytes of which the address of a user that is not there is made.

    Args:
        seed: the pool's.
        name: what was typed, normalised as the pool compares names.
    """
    return _derive(seed, "address", name)


def factors(seed: bytes, name: str) -> bytes:
    """Return bytes that decide what first factors a user that is not there has; `name` as for `address`."""
    return _derive(seed, "factors", name)


def _derive(seed: bytes, use: str, name: str) -> bytes:
    return hmac.digest(seed, f"{use}/{name}".encode(), "sha256")
