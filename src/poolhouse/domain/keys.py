"""Keys as stored: those that sign a pool's tokens, and those that sign administrators' requests."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A pool's signing key.

    Attributes:
        kid: base64 of 32 random bytes (digest «sign-in» §3.1).
        use: `id` or `access`: which tokens it signs.
        sealed_private: the private key in PKCS8 form, sealed by the vault.
        public_jwk: the key as the JWKS shows it.
        created, retired: seconds since the epoch. `retired` is when its successor takes over, 0 while it has
            none. A retired key stays in the JWKS while tokens that it signed live.
    """

    pool_id: str
    kid: str
    use: str
    sealed_private: bytes
    public_jwk: Mapping[str, Any]
    created: float
    retired: float = 0
    version: int = 0

    def signs(self, now: float) -> bool:
        """Tell whether its time is not over; of several such keys the one that retires first signs."""
        return not self.retired or now < self.retired


@dataclass(frozen=True, slots=True)
class StoredCertificate:
    """A pool's certificate for SAML, and its key.

    Attributes:
        sealed_private: the private key in PKCS8 form, sealed by the vault.
        certificate: the X.509 certificate: DER in base64.
        issued: seconds since the epoch.
    """

    pool_id: str
    sealed_private: bytes
    certificate: str
    issued: float
    version: int = 0


@dataclass(frozen=True, slots=True)
class StoredAccessKey:
    """An access key, which signs administrators' requests.

    Attributes:
        sealed_secret: the secret, sealed by the vault.
        actions: patterns of operations that it may call: `Admin*`, `cognito-idp:ListUsers`, `*`.
        pools: patterns of pool ids that it may touch.
        created, revoked: seconds since the epoch; `revoked` is 0 while the key is good.
    """

    id: str
    sealed_secret: bytes
    actions: tuple[str, ...]
    pools: tuple[str, ...]
    name: str
    created: float
    revoked: float = 0
    version: int = 0
