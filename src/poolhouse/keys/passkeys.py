"""Passkeys' cryptography, which is py_webauthn's: attestation at registration, assertion at sign-in.

What a browser hands over is read first, for the caller to see which challenge it answers and where, and then
verified. The library is imported at first use: few requests need it, and it takes a while. Whatever it raises
over bytes that a client sent tells that the bytes are no good, so everything is caught.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from poolhouse.domain.passkeys import ALGORITHMS, LONGEST_ID, RS256

if TYPE_CHECKING:
    from webauthn.helpers.structs import AuthenticationCredential, RegistrationCredential

_LONGEST = 65_536
"""Bytes of any part of an answer; certificates of attestation take a few thousand."""
_RSA_BITS = range(2048, 4097)


class Garbled(Exception):  # noqa: N818 (it reads as what happened)
    """What was sent is no answer of a browser's."""


class Unverified(Exception):  # noqa: N818
    """The answer does not prove what it must."""


@dataclass(frozen=True, slots=True)
class ClientData:
    """What the browser has signed beside the authenticator's own data.

    Attributes:
        challenge: which challenge is answered.
        origin: the page or app that asked.
        embedded: whether that page was a frame in a page of another origin.
    """

    challenge: bytes
    origin: str
    embedded: bool


@dataclass(frozen=True, slots=True)
class Registration:
    """An answer to `navigator.credentials.create`, read but not verified.

    Attributes:
        rp_id_hash: SHA-256 of the relying party id that the authenticator bound the passkey to.
    """

    client_data: ClientData
    rp_id_hash: bytes
    credential: "RegistrationCredential"


@dataclass(frozen=True, slots=True)
class Assertion:
    """An answer to `navigator.credentials.get`, read but not verified.

    Attributes:
        id: the credential id, in base64url.
        user_handle: the `user.id` that the authenticator was given at registration; None where it says none.
    """

    id: str
    client_data: ClientData
    user_handle: bytes | None
    credential: "AuthenticationCredential"


@dataclass(frozen=True, slots=True)
class Made:
    """A new passkey, its attestation verified; the members are those of `domain.passkeys.Passkey`.

    Attributes:
        aaguid: the make of the authenticator, a UUID.
    """

    id: str
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]
    attachment: str
    aaguid: str


def base64url(value: bytes) -> str:
    """Return bytes as WebAuthn's JSON forms carry them: base64url without padding."""
    return urlsafe_b64encode(value).decode().rstrip("=")


def read_registration(document: Any) -> Registration:
    """Read a RegistrationResponseJSON.

    Raises:
        Garbled: it is none.
    """
    from webauthn.helpers import (  # noqa: PLC0415
        parse_attestation_object,
        parse_registration_credential_json,
    )

    with _raising(Garbled):
        if not isinstance(document, dict):
            raise Garbled
        credential = parse_registration_credential_json(document)
        attestation = credential.response.attestation_object
        _check_sizes(attestation)
        return Registration(
            _client_data(credential.response.client_data_json),
            parse_attestation_object(attestation).auth_data.rp_id_hash,
            credential,
        )


def read_assertion(text: str) -> Assertion:
    """Read an AuthenticationResponseJSON.

    Raises:
        Garbled: it is none.
    """
    from webauthn.helpers import parse_authentication_credential_json  # noqa: PLC0415

    with _raising(Garbled):
        credential = parse_authentication_credential_json(json.loads(text))
        response = credential.response
        _check_sizes(credential.raw_id, response.authenticator_data, response.signature)
        return Assertion(
            base64url(credential.raw_id),
            _client_data(response.client_data_json),
            response.user_handle,
            credential,
        )


def verify_registration(answer: Registration, rp_id: str, *, must_verify_user: bool) -> Made:
    """Verify that an authenticator made a passkey for this challenge and relying party.

    Args:
        answer: as read; its challenge and origin are the caller's to accept.
        rp_id: the relying party.
        must_verify_user: whether the authenticator must have verified its owner.

    Raises:
        Unverified: it did not, or the passkey is of a kind that is not supported.
    """
    from webauthn import verify_registration_response  # noqa: PLC0415
    from webauthn.helpers.cose import COSEAlgorithmIdentifier  # noqa: PLC0415

    with _raising(Unverified):
        made = verify_registration_response(
            credential=answer.credential,
            expected_challenge=answer.client_data.challenge,
            expected_rp_id=rp_id,
            expected_origin=answer.client_data.origin,
            require_user_verification=must_verify_user,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(number) for number in ALGORITHMS],
        )
        if len(made.credential_id) > LONGEST_ID or not _is_sound(made.credential_public_key):
            raise Unverified
        transports = answer.credential.response.transports or []
        attachment = answer.credential.authenticator_attachment
        return Made(
            id=base64url(made.credential_id),
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            transports=tuple(sorted({transport.value for transport in transports})),
            attachment=attachment.value if attachment else "",
            aaguid=made.aaguid,
        )


def verify_assertion(answer: Assertion, public_key: bytes, rp_id: str, *, must_verify_user: bool) -> int:
    """Verify that a passkey signed this challenge for this relying party, and return its signature counter.

    Args:
        answer: as read; its challenge and origin are the caller's to accept.
        public_key: the passkey's.
        rp_id: the relying party.
        must_verify_user: whether the authenticator must have verified its owner.

    Raises:
        Unverified: it did not.
    """
    from webauthn import verify_authentication_response  # noqa: PLC0415

    with _raising(Unverified):
        return verify_authentication_response(
            credential=answer.credential,
            expected_challenge=answer.client_data.challenge,
            expected_rp_id=rp_id,
            expected_origin=answer.client_data.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,  # compared in the unit of work that stores it
            require_user_verification=must_verify_user,
        ).new_sign_count


def _client_data(sent: bytes) -> ClientData:
    from webauthn.helpers import parse_client_data_json  # noqa: PLC0415

    _check_sizes(sent)
    data = parse_client_data_json(sent)
    if not isinstance(data.origin, str):
        raise Garbled
    return ClientData(data.challenge, data.origin, bool(data.cross_origin))


def _check_sizes(*parts: bytes) -> None:
    if any(len(part) > _LONGEST for part in parts):
        raise Garbled


def _is_sound(public_key: bytes) -> bool:
    """Tell whether a key is one of its algorithm: a point of P-256, or RSA of a common size."""
    from webauthn.helpers import (  # noqa: PLC0415
        decode_credential_public_key,
        decoded_public_key_to_cryptography,
    )

    decoded = decode_credential_public_key(public_key)
    key = decoded_public_key_to_cryptography(decoded)
    if decoded.alg == RS256:
        return isinstance(key, RSAPublicKey) and key.key_size in _RSA_BITS
    return isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)


@contextmanager
def _raising(refusal: type[Garbled | Unverified]) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise refusal(str(error)) from error
