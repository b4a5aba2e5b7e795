"""Passkeys (WebAuthn credentials): what a pool asks of them, and what is kept of each.

Nothing here touches CBOR, signatures or attestation; that is `keys/passkeys.py`. Sources: WebAuthn Level 3,
and digest «sign-in» §4.5 and §4.6.
"""

import re
from base64 import urlsafe_b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from poolhouse.domain.pool import Pool
from poolhouse.domain.user import User

WEB_AUTHN = "WEB_AUTHN"
LIMIT = 20
"""How many passkeys a user may have."""
REGISTRATION_SECONDS = 300.0
"""How long a challenge of StartWebAuthnRegistration is good."""
ES256, RS256 = -7, -257
ALGORITHMS = (ES256, RS256)
"""What passkeys may sign with, as COSE numbers it (RFC 8812, RFC 9053)."""
LONGEST_ID = 1023
"""Bytes of a credential id (WebAuthn §7.1)."""

_REGISTRATION_MILLISECONDS = 60_000
_LOCALHOST = "localhost"
_WEB_ORIGIN = re.compile(r"(https?)://([a-z0-9.-]+)(?::[0-9]{1,5})?")
_ANDROID_ORIGIN = re.compile(r"android:apk-key-hash:[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Passkey:
    """A user's passkey as stored.

    Attributes:
        slot: its place among the user's, from 0; with the limit as bound it is what keeps the limit.
        id: the credential id, in base64url; unique in the pool.
        public_key: as the authenticator gave it, in COSE's form.
        sign_count: what the authenticator counted to at last; 0 where it counts nothing.
        transports: how the browser reaches the authenticator.
        attachment: `platform`, `cross-platform`, or "" where the browser did not say.
        name: who made it, for people.
        rp_id: the relying party that it is bound to.
        created: seconds since the epoch.
    """

    pool_id: str
    sub: str
    slot: int
    id: str
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]
    attachment: str
    name: str
    rp_id: str
    created: float
    version: int = 0


def allowed(pool: Pool) -> bool:
    """Tell whether users of the pool may sign in with passkeys."""
    return WEB_AUTHN in pool.first_factors


def relying_party(pool: Pool) -> str | None:
    """Return the pool's relying party id, as browsers compare it; None where there is none.

    Where none is set, it is the pool's custom domain.
    """
    configured = _configuration(pool).get("RelyingPartyId")
    if not configured and pool.custom_domain:
        configured = pool.custom_domain.name
    return str(configured).lower() if configured else None


def multi_factor(pool: Pool) -> bool:
    """Tell whether a passkey counts as two factors: the device, and its owner whom it has verified."""
    return _configuration(pool).get("FactorConfiguration") == "MULTI_FACTOR_WITH_USER_VERIFICATION"


def user_verification(pool: Pool) -> str:
    """Return what is asked of authenticators: `required`, or `preferred`."""
    if multi_factor(pool):
        return "required"
    return str(_configuration(pool).get("UserVerification") or "preferred")


def _configuration(pool: Pool) -> Mapping[str, Any]:
    configuration: Mapping[str, Any] = pool.config.get("WebAuthnConfiguration") or {}
    return configuration


def origin_is_allowed(origin: str, rp_id: str) -> bool:
    """Tell whether a page or an app may use passkeys of a relying party.

    A page must come by https from the relying party's host or one below it; by http only where that is
    localhost, which never leaves the machine. An Android app names the key it is signed with: Android has
    made sure, before it let the app have the passkey, that the relying party's host vouches for that key in
    its assetlinks.json. Apps for Apple's systems give the host's own origin.

    Args:
        origin: as the browser or the system wrote it into the signed client data.
        rp_id: the relying party.
    """
    if _ANDROID_ORIGIN.fullmatch(origin):
        return rp_id != _LOCALHOST
    parts = _WEB_ORIGIN.fullmatch(origin)
    if parts is None:
        return False
    scheme, host = parts.groups()
    if scheme == "http" and rp_id != _LOCALHOST:
        return False
    return host == rp_id or host.endswith(f".{rp_id}")


def counts_on(before: int, now: int) -> bool:
    """Tell whether a signature counter has moved on; one that has not may be a copy's (WebAuthn §7.2).

    Authenticators that count nothing always say 0.
    """
    return now > before or now == before == 0


def usable(held: Iterable[Passkey], pool: Pool) -> list[Passkey]:
    """Return the passkeys that are bound to the pool's relying party of today."""
    rp_id = relying_party(pool)
    return [passkey for passkey in held if passkey.rp_id == rp_id]


def free_slot(held: Collection[Passkey]) -> int | None:
    """Return the first place that is free among a user's; None where all are taken."""
    taken = {passkey.slot for passkey in held}
    return next((slot for slot in range(LIMIT) if slot not in taken), None)


def creation_options(
    pool: Pool, user: User, *, rp_id: str, challenge: str, held: Sequence[Passkey]
) -> dict[str, Any]:
    """Return `CredentialCreationOptions`: PublicKeyCredentialCreationOptionsJSON (digest «sign-in» §4.5).

    Args:
        pool: the pool.
        user: who registers.
        rp_id: the pool's relying party.
        challenge: in base64url.
        held: what the user has already; an authenticator that holds one of them makes no other.
    """
    name = user.attributes.get(user.identifier) or user.username
    return {
        "authenticatorSelection": {
            "requireResidentKey": True,
            "residentKey": "required",
            "userVerification": user_verification(pool),
        },
        "challenge": challenge,
        "excludeCredentials": [{"id": passkey.id, "type": "public-key"} for passkey in usable(held, pool)],
        "pubKeyCredParams": [{"alg": algorithm, "type": "public-key"} for algorithm in ALGORITHMS],
        "rp": {"id": rp_id, "name": rp_id},
        "timeout": _REGISTRATION_MILLISECONDS,
        "user": {
            "displayName": name,
            "id": urlsafe_b64encode(user.sub.encode()).decode().rstrip("="),
            "name": name,
        },
    }


def request_options(
    pool: Pool,
    *,
    rp_id: str,
    challenge: str,
    seconds: float,
    credentials: Iterable[tuple[str, Sequence[str]]],
) -> dict[str, Any]:
    """Return `CREDENTIAL_REQUEST_OPTIONS`: PublicKeyCredentialRequestOptionsJSON (digest «sign-in» §4.6).

    Args:
        pool: the pool.
        rp_id: its relying party.
        challenge: in base64url.
        seconds: how long the session is good.
        credentials: ids, in base64url, and transports.
    """
    return {
        "challenge": challenge,
        "timeout": round(seconds * 1000),
        "rpId": rp_id,
        "allowCredentials": [
            {"type": "public-key", "id": credential_id}
            | ({"transports": list(transports)} if transports else {})
            for credential_id, transports in credentials
        ],
        "userVerification": user_verification(pool),
    }


def friendly_name(aaguid: str) -> str:
    """Return what people call the maker of a passkey, by its AAGUID; `Passkey` for makers not known here."""
    return _MAKERS.get(aaguid, "Passkey")


# From https://github.com/passkeydeveloper/passkey-authenticator-aaguids
_MAKERS = {
    "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4": "Google Password Manager",
    "adce0002-35bc-c60a-648b-0b25f1f05503": "Chrome on Mac",
    "08987058-cadc-4b81-b6e1-30de50dcbe96": "Windows Hello",
    "9ddd1817-af5a-4672-a2b9-3e3dd95000a9": "Windows Hello",
    "6028b017-b1d4-4c02-b4b3-afcdafc96bb2": "Windows Hello",
    "dd4ec289-e01d-41c9-bb89-70fa845d4bf2": "iCloud Keychain (Managed)",
    "fbfc3007-154e-4ecc-8c0b-6e020557d7bd": "iCloud Keychain",
    "531126d6-e717-415c-9320-3d9aa6981239": "Dashlane",
    "bada5566-a7aa-401f-bd96-45619a55120d": "1Password",
    "b84e4048-15dc-4dd0-8640-f4f60813c8af": "NordPass",
    "0ea242b4-43c4-4a1b-8b17-dd6d0b6baec6": "Keeper",
    "f3809540-7f14-49c1-a8b3-8f813b225541": "Enpass",
    "d548826e-79b4-db40-a3d8-11116f7e8349": "Bitwarden",
    "771b48fd-d3d4-4f74-9232-fc157ab0507a": "Edge on Mac",
    "53414d53-554e-4700-0000-000000000000": "Samsung Pass",
    "50726f74-6f6e-5061-7373-50726f746f6e": "Proton Pass",
}
