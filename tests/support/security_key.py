"""A software authenticator and the browser around it: real keys, real signatures, and as wrong as a test wants.

`Authenticator.create` and `Authenticator.get` take the options that the server gives and return what
`PublicKeyCredential.toJSON()` gives in a browser. Keyword arguments are the attacks.
"""

import hashlib
import json
import os
import struct
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes as unb64
from webauthn.helpers import bytes_to_base64url as b64
from webauthn.helpers import encode_cbor

UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40
ES256, RS256, EDDSA = -7, -257, -8
ICLOUD = bytes.fromhex("fbfc3007154e4ecc8c0b6e020557d7bd")


@dataclass
class Key:
    """A passkey as its authenticator holds it."""

    id: bytes
    private: Any
    rp_id: str
    user_handle: bytes
    count: int = 0


@dataclass
class Authenticator:
    """One device of a user's.

    Attributes:
        origin: of the page that the browser shows.
        verifies: whether it verifies its owner.
        counts: whether it counts signatures.
        algorithm: of the keys that it makes.
    """

    origin: str = "https://auth.example.com"
    verifies: bool = True
    counts: bool = True
    algorithm: int = ES256
    aaguid: bytes = ICLOUD
    keys: list[Key] = field(default_factory=list)

    def create(
        self,
        options: dict[str, Any],
        *,
        rp_id: str | None = None,
        attest: bool = False,
        cose: dict[int, Any] | None = None,
        credential_id: bytes | None = None,
        user_present: bool = True,
        **client_data: Any,
    ) -> dict[str, Any]:
        """Answer `navigator.credentials.create`: a RegistrationResponseJSON."""
        private, public = make_key(self.algorithm)
        key = Key(
            credential_id or os.urandom(20),
            private,
            rp_id or options["rp"]["id"],
            unb64(options["user"]["id"]),
        )
        self.keys.append(key)
        attested = (
            self.aaguid
            + struct.pack(">H", len(key.id))
            + key.id
            + encode_cbor(public if cose is None else cose)
        )
        data = self._data(key, (UP if user_present else 0) | AT, attested)
        client = self._client_data("webauthn.create", options["challenge"], client_data)
        statement = (
            {"alg": self.algorithm, "sig": self._sign(key, data + hashlib.sha256(client).digest())}
            if attest
            else {}
        )
        attestation = {"fmt": "packed" if attest else "none", "attStmt": statement, "authData": data}
        return {
            "id": b64(key.id),
            "rawId": b64(key.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {"credProps": {"rk": True}},
            "response": {
                "clientDataJSON": b64(client),
                "attestationObject": b64(encode_cbor(attestation)),
                "transports": ["internal", "hybrid", "from-the-future"],
            },
        }

    def get(
        self,
        options: dict[str, Any],
        *,
        key: Key | None = None,
        rp_id: str | None = None,
        count: int | None = None,
        signed_by: Any = None,
        user_handle: bytes | None = None,
        user_present: bool = True,
        **client_data: Any,
    ) -> dict[str, Any]:
        """Answer `navigator.credentials.get`: an AuthenticationResponseJSON."""
        wanted = {one["id"] for one in options["allowCredentials"]}
        key = key or next(one for one in self.keys if b64(one.id) in wanted)
        key.count += 1 if self.counts else 0
        signer = Key(key.id, signed_by or key.private, rp_id or key.rp_id, key.user_handle)
        signer.count = key.count if count is None else count
        data = self._data(signer, UP if user_present else 0)
        client = self._client_data("webauthn.get", options["challenge"], client_data)
        return {
            "id": b64(key.id),
            "rawId": b64(key.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": b64(client),
                "authenticatorData": b64(data),
                "signature": b64(self._sign(signer, data + hashlib.sha256(client).digest())),
                "userHandle": b64(key.user_handle if user_handle is None else user_handle),
            },
        }

    def _data(self, key: Key, flags: int, rest: bytes = b"") -> bytes:
        flags |= BE | BS | (UV if self.verifies else 0)
        return hashlib.sha256(key.rp_id.encode()).digest() + struct.pack(">BI", flags, key.count) + rest

    def _client_data(self, kind: str, challenge: str, changes: dict[str, Any]) -> bytes:
        data = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(data | changes).encode()

    def _sign(self, key: Key, message: bytes) -> bytes:
        if isinstance(key.private, rsa.RSAPrivateKey):
            return key.private.sign(message, padding.PKCS1v15(), SHA256())
        if isinstance(key.private, ed25519.Ed25519PrivateKey):
            return key.private.sign(message)
        return key.private.sign(message, ec.ECDSA(SHA256()))


def make_key(algorithm: int, rsa_bits: int = 2048) -> tuple[Any, dict[int, Any]]:
    """Return a private key, and its public key in COSE's form."""
    if algorithm == RS256:
        numbers = rsa.generate_private_key(65537, rsa_bits)
        public = numbers.public_key().public_numbers()
        return numbers, {1: 3, 3: RS256, -1: _bytes(public.n), -2: _bytes(public.e)}
    if algorithm == EDDSA:
        edwards = ed25519.Ed25519PrivateKey.generate()
        return edwards, {1: 1, 3: EDDSA, -1: 6, -2: edwards.public_key().public_bytes_raw()}
    curve = ec.generate_private_key(ec.SECP256R1())
    point = curve.public_key().public_numbers()
    return curve, {
        1: 2,
        3: algorithm,
        -1: 1,
        -2: point.x.to_bytes(32, "big"),
        -3: point.y.to_bytes(32, "big"),
    }


def _bytes(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
