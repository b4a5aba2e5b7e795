"""Refresh tokens: opaque to clients, a compact JWE of five parts like the service's (digest «sign-in» §3.4).

The content key is new for every token and wrapped (A256KW) by a key derived from the ring. What is inside
only names a row: whether the token is good is that row's business.

There is one header, so the parts are put together here, five times as fast as a library for every header does
it; the tests have one read and write the same tokens.
"""

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from poolhouse.keys.compact import decoded, encoded
from poolhouse.keys.vault import Vault
from poolhouse.world import Entropy, SystemEntropy

_HEADER = encoded(b'{"cty":"JWT","enc":"A256GCM","alg":"A256KW"}')
_PARTS = 5
_KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16


class RefreshToken(msgspec.Struct, frozen=True):
    """What a refresh token names.

    Attributes:
        family: the token family's id.
        id: tells the tokens of one family apart, of which rotation leaves one good.
    """

    pool_id: str
    family: str
    id: str


class RefreshTokens:
    """Writes refresh tokens and reads them back."""

    def __init__(self, vault: Vault, entropy: Entropy | None = None) -> None:
        """Take what it works with.

        Args:
            vault: the keys come from its ring.
            entropy: where content keys and nonces come from.
        """
        self._keys = vault.subkeys("refresh token")
        self._entropy = entropy or SystemEntropy()

    def write(self, token: RefreshToken) -> str:
        """Return the token as the client gets it (RFC 7516 §7.1)."""
        key, nonce = self._entropy.bytes(_KEY_BYTES), self._entropy.bytes(_NONCE_BYTES)
        sealed = AESGCM(key).encrypt(nonce, msgspec.json.encode(token), _HEADER)
        parts = (aes_key_wrap(self._keys[0], key), nonce, sealed[:-_TAG_BYTES], sealed[-_TAG_BYTES:])
        return b".".join((_HEADER, *map(encoded, parts))).decode()

    def read(self, text: str) -> RefreshToken | None:
        """Return what a token names, or None where it is none of ours."""
        if not has_the_form(text):
            return None
        header, *parts = text.encode().split(b".")
        if header != _HEADER:
            return None
        try:
            wrapped, nonce, ciphertext, tag = map(decoded, parts)
        except ValueError:
            return None
        if len(tag) != _TAG_BYTES:
            return None
        for wrapping in self._keys:
            try:
                key = aes_key_unwrap(wrapping, wrapped)
                plaintext = AESGCM(key).decrypt(nonce, ciphertext + tag, _HEADER)
                return msgspec.json.decode(plaintext, type=RefreshToken)
            except (InvalidUnwrap, InvalidTag, ValueError):  # msgspec's errors are ValueErrors
                continue
        return None


def has_the_form(text: str) -> bool:
    """Tell whether `text` looks like a refresh token: five parts, where a signed token has three."""
    return text.isascii() and text.count(".") == _PARTS - 1
