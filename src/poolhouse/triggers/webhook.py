"""Signing of webhooks, after the Standard Webhooks specification 1.0 (symmetric, `v1`)."""

import base64
import hashlib
import hmac


def key(secret: str) -> bytes:
    """Return the signing key: the base64 after `whsec_`, or else the text itself.

    Raises:
        ValueError: what follows `whsec_` is not base64.
    """
    if secret.startswith("whsec_"):
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    return secret.encode()


def headers(key: bytes, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers that prove who sent `body`, and when.

    `webhook-signature` is `v1,` and the base64 of HMAC-SHA256 over `<id>.<timestamp>.<body>`. The receiver
    computes it again, compares in constant time, and refuses timestamps more than five minutes away.

    Args:
        key: see `key`.
        message_id: the same for each attempt of one event: the receiver may drop repetitions.
        timestamp: seconds since the epoch.
        body: the bytes that are sent.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    mac = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{mac}",
    }
