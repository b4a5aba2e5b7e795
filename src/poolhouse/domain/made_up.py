"""Made-up answers for users that do not exist, the same for the same name each time (digest «sign-in» §2.4).

All of them come from the pool's seed, which nobody outside knows: what is made up cannot be told from what is
stored.
"""

import hashlib
import hmac
import uuid

from poolhouse.domain import srp

_PASSKEYS = (
    (16, ("hybrid", "internal")),  # Google Password Manager, and others on Android
    (20, ("hybrid", "internal")),  # iCloud Keychain
    (32, ("internal",)),  # Windows Hello
)

# The generator of P-256 in COSE's form (RFC 9053 §7.1): a public key as good as any to verify in vain with.
PASSKEY = bytes.fromhex(
    "a5010203262001215820"
    "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "225820"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)


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


def passkey(seed: bytes, user_id: str) -> tuple[bytes, tuple[str, ...]]:
    """Return the id and the transports of the passkey of a user that has none, as common makers make them.

    Args:
        seed: the pool's.
        user_id: the made-up `sub`.
    """
    digest = _derive(seed, "passkey", user_id)
    length, transports = _PASSKEYS[digest[0] % len(_PASSKEYS)]
    return hashlib.shake_256(digest).digest(length), transports


def _derive(seed: bytes, use: str, name: str) -> bytes:
    return hmac.digest(seed, f"{use}/{name}".encode(), "sha256")
