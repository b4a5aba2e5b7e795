"""The parts of JOSE's compact forms: base64url without padding (RFC 7515 §2)."""

import base64


def encoded(part: bytes) -> bytes:
    """Return a part as it is written."""
    return base64.urlsafe_b64encode(part).rstrip(b"=")


def decoded(part: bytes) -> bytes:
    """Return what a part holds.

    Raises:
        ValueError: it has a character that is not of the alphabet, or padding, or an impossible length.
    """
    return base64.b64decode(part + b"=" * (-len(part) % 4), b"-_", validate=True)
