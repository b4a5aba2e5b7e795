"""The certificate with which a pool signs SAML requests (digest «users» §7; GetSigningCertificate).

A certificate is good for ten years, and another takes its place after one. The key stays the same, so that an
identity provider who was given an earlier certificate needs no later one.
"""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from cryptography.x509.oid import NameOID

from poolhouse.domain.keys import StoredCertificate
from poolhouse.keys.vault import Vault
from poolhouse.world import Entropy

_LIFE = timedelta(days=3650)
_SERIAL_BYTES = 16


def new_certificate(vault: Vault, entropy: Entropy, pool_id: str, now: float) -> StoredCertificate:
    """Make a key and its first certificate. Takes a tenth of a second.

    Args:
        vault: seals the private half.
        entropy: gives the serial number.
        pool_id: whose requests it signs.
        now: seconds since the epoch.
    """
    private = generate_private_key(public_exponent=65537, key_size=2048)
    pkcs8 = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    sealed = vault.seal(_place(pool_id), pkcs8)
    return StoredCertificate(pool_id, sealed, _issue(private, entropy, pool_id, now), now)


def renewed(vault: Vault, entropy: Entropy, stored: StoredCertificate, now: float) -> StoredCertificate:
    """Return another certificate for the same key."""
    private = load_der_private_key(vault.open(_place(stored.pool_id), stored.sealed_private), None)
    if not isinstance(private, RSAPrivateKey):
        raise TypeError(f"the key of {stored.pool_id} for SAML is not an RSA key")
    return replace(stored, certificate=_issue(private, entropy, stored.pool_id, now), issued=now)


def _issue(private: RSAPrivateKey, entropy: Entropy, pool_id: str, now: float) -> str:
    """Return a certificate that the key signs for itself: DER in base64."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, pool_id)])
    begins = datetime.fromtimestamp(int(now), UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(int.from_bytes(b"\x01" + entropy.bytes(_SERIAL_BYTES), "big"))
        .not_valid_before(begins)
        .not_valid_after(begins + _LIFE)
        .sign(private, SHA256())
    )
    return base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()


def _place(pool_id: str) -> str:
    return f"certificates/{pool_id}/private"
