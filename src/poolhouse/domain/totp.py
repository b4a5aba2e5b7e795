"""Codes of authenticator apps: RFC 6238, SHA-1, six digits, steps of 30 seconds (digest «sign-in» §4.3)."""

import base64
import hmac
from dataclasses import dataclass
from urllib.parse import quote

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

SEED_BYTES = 32
DIGITS = 6
STEP_SECONDS = 30
_SKEW_STEPS = 1


@dataclass(frozen=True, slots=True)
class SoftwareToken:
    """A user's authenticator app.

    Attributes:
        sealed_seed: the seed, sealed by the vault; empty while none is registered.
        name: `FriendlyDeviceName`, or "".
        last_step: the step of the last code that counted: no code up to it counts again (RFC 6238 §5.2).
        sealed_candidate: the seed of an app that is still to be verified; empty where there is none.
    """

    sealed_seed: bytes = b""
    name: str = ""
    last_step: int = 0
    sealed_candidate: bytes = b""
    version: int = 0


def secret_code(seed: bytes) -> str:
    """Return a seed as people type it into an app: base32 without padding."""
    return base64.b32encode(seed).decode().rstrip("=")


def uri(issuer: str, account: str, secret: str) -> str:
    """Return what an app reads from a QR code: the key URI format that all of them know.

    Args:
        issuer: whose account it is, for people.
        account: which account, for people.
        secret: as `secret_code` returns it.
    """
    label = quote(f"{issuer}:{account}")
    return f"otpauth://totp/{label}?secret={secret}&issuer={quote(issuer, safe='')}"


def matching_step(seed: bytes, code: str, now: float) -> int | None:
    """Return the step whose code was given, at most one off the present one; None where it is none of them.

    Args:
        seed: the app's.
        code: as sent.
        now: seconds since the epoch.
    """
    totp = TOTP(seed, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 (the apps know no other)
    given, present = code.encode(errors="replace"), int(now // STEP_SECONDS)
    steps = range(present - _SKEW_STEPS, present + _SKEW_STEPS + 1)
    # Each is compared, whether or not one before it was right.
    right = [step for step in steps if hmac.compare_digest(totp.generate(step * STEP_SECONDS), given)]
    return right[-1] if right else None
