"""Refresh tokens: opaque to clients, a compact JWE of five parts like the service's (digest «sign-in» §3.4).

The content key is new for every token and wrapped (A256KW) by a key derived from the ring. What is inside
only names a row: whether the token is good is that row's business.
"""

import msgspec
from joserfc.errors import JoseError
from joserfc.jwe import JWERegistry, decrypt_compact, encrypt_compact
from joserfc.jwk import OctKey

from poolhouse.keys.vault import Vault

_HEADER = {"cty": "JWT", "enc": "A256GCM", "alg": "A256KW"}
_REGISTRY = JWERegistry(algorithms=["A256KW", "A256GCM"])
_PARTS = 5


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

    def __init__(self, vault: Vault) -> None:
        """Take the vault whose ring the keys come from."""
        self._keys = [OctKey.import_key(key) for key in vault.subkeys("refresh token")]

    def write(self, token: RefreshToken) -> str:
        """Return the token as the client gets it."""
        return encrypt_compact(_HEADER, msgspec.json.encode(token), self._keys[0], registry=_REGISTRY)

    def read(self, text: str) -> RefreshToken | None:
        """Return what a token names, or None where it is none of ours."""
        if not has_the_form(text):
            return None
        for key in self._keys:
            try:
                decrypted = decrypt_compact(text, key, registry=_REGISTRY)
                return msgspec.json.decode(decrypted.plaintext or b"", type=RefreshToken)
            except (JoseError, msgspec.MsgspecError, ValueError, TypeError, AttributeError, RecursionError):
                continue
        return None


def has_the_form(text: str) -> bool:
    """Tell whether `text` looks like a refresh token: five parts, where a signed token has three."""
    return text.isascii() and text.count(".") == _PARTS - 1
