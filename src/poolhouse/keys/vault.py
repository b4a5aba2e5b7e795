"""The vault: seals what is secret before it is stored, and digests what is only compared.

Sealing is AES-256-GCM under a key of its own for every message (HKDF-SHA256 of the ring's key, a random salt
and the use), so that no count of messages wears a key out, and what is sealed for one use opens in no other.
The place (`table/row/column`) is authenticated with it: a value moved to another row does not open.

A sealed value is: length of the key's id (1 byte), the id, salt (16), nonce (12), ciphertext and tag (16).
"""

import base64
import hmac
from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from poolhouse.keys.ring import KEY_BYTES, Ring
from poolhouse.world import Entropy, SystemEntropy

_SALT_BYTES = 16
_NONCE_BYTES = 12
_SEAL = "seal"


class Unsealable(Exception):  # noqa: N818 (it says what the value is)
    """A sealed value does not open: it was changed, moved, or sealed with a key that is not in the ring."""


class Vault:
    """Seals and opens with the keys of a ring."""

    def __init__(self, ring: Ring, entropy: Entropy | None = None) -> None:
        """Take the ring.

        Args:
            ring: the keys.
            entropy: where salts and nonces come from.
        """
        self._keys = dict(ring.keys)
        self._current = ring.current
        self._entropy = entropy or SystemEntropy()
        self._mac_key = lru_cache(maxsize=256)(self._derive_mac_key)

    @classmethod
    def from_ring(cls, keys: Mapping[str, bytes], current: str) -> "Vault":
        """Return a vault of `keys` by their ids, that seals with the key `current`."""
        return cls(Ring(keys, current))

    def seal(self, place: str, plaintext: bytes) -> bytes:
        """Return `plaintext` sealed for `place` (`table/row/column`)."""
        return self._seal(_SEAL, place, plaintext)

    def open(self, place: str, sealed: bytes) -> bytes:
        """Return what was sealed for `place`.

        Raises:
            Unsealable: it was not sealed for this place by a key of the ring.
        """
        return self._open(_SEAL, place, sealed)

    def reseal(self, place: str, sealed: bytes) -> bytes | None:
        """Seal with the current key what an older one sealed.

        Returns:
            The new sealed value; None where the current key sealed it already.

        Raises:
            Unsealable: it does not open.
        """
        if _split(sealed)[0] == self._current:
            return None
        return self.seal(place, self.open(place, sealed))

    def seal_token(self, purpose: str, payload: bytes) -> str:
        """Return `payload` sealed as text, for a client to hand back.

        Standard base64: clients decode `SECRET_BLOCK` with decoders that drop what is not of that alphabet.
        """
        return base64.b64encode(self._seal(f"token/{purpose}", "", payload)).decode()

    def open_token(self, purpose: str, text: str) -> bytes | None:
        """Return what `seal_token` sealed for the same purpose, or None where it did not."""
        try:
            return self._open(f"token/{purpose}", "", base64.b64decode(text, validate=True))
        except (ValueError, Unsealable):
            return None

    def mac(self, purpose: str, message: bytes) -> bytes:
        """Return a keyed digest of `message`: stored in place of what is only ever compared."""
        return _prefix(self._current) + self._digest(self._current, purpose, message)

    def mac_matches(self, purpose: str, message: bytes, mac: bytes) -> bool:
        """Tell in constant time whether `mac` is the digest of `message`, by whichever key of the ring."""
        key_id, given = _split(mac)
        if key_id not in self._keys:
            return False
        return hmac.compare_digest(self._digest(key_id, purpose, message), given)

    def subkeys(self, use: str) -> tuple[bytes, ...]:
        """Return a key of 32 bytes for `use` from each key of the ring, the current one's first.

        For formats that bring their own encryption, such as JWE.
        """
        ids = sorted(self._keys, key=lambda key_id: key_id != self._current)
        return tuple(self._derive(key_id, f"subkey/{use}", b"") for key_id in ids)

    def _seal(self, use: str, place: str, plaintext: bytes) -> bytes:
        salt = self._entropy.bytes(_SALT_BYTES)
        nonce = self._entropy.bytes(_NONCE_BYTES)
        cipher = AESGCM(self._derive(self._current, use, salt))
        return _prefix(self._current) + salt + nonce + cipher.encrypt(nonce, plaintext, place.encode())

    def _open(self, use: str, place: str, sealed: bytes) -> bytes:
        key_id, rest = _split(sealed)
        if key_id not in self._keys:
            raise Unsealable(f"{place or use}: sealed with the key {key_id!r}, which the key ring has not")
        salt, nonce = rest[:_SALT_BYTES], rest[_SALT_BYTES : _SALT_BYTES + _NONCE_BYTES]
        try:
            cipher = AESGCM(self._derive(key_id, use, salt))
            return cipher.decrypt(nonce, rest[_SALT_BYTES + _NONCE_BYTES :], place.encode())
        except (InvalidTag, ValueError):
            raise Unsealable(f"{place or use}: does not open") from None

    def _digest(self, key_id: str, purpose: str, message: bytes) -> bytes:
        return hmac.digest(self._mac_key(key_id, purpose), message, "sha256")

    def _derive_mac_key(self, key_id: str, purpose: str) -> bytes:
        return self._derive(key_id, f"mac/{purpose}", b"")

    def _derive(self, key_id: str, use: str, salt: bytes) -> bytes:
        info = b"poolhouse/" + use.encode()
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=info).derive(self._keys[key_id])


def _prefix(key_id: str) -> bytes:
    encoded = key_id.encode()
    return bytes([len(encoded)]) + encoded


def _split(value: bytes) -> tuple[str, bytes]:
    length = value[0] if value else 0
    return value[1 : 1 + length].decode(errors="replace"), value[1 + length :]
