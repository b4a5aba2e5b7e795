"""Signing of webhooks, after the Standard Webhooks specification 1.0 (symmetric, `v1`)."""

import base64
import hashlib
import hmac
import ipaddress
from urllib.parse import urlsplit

from poolhouse.settings import SettingsError


def key(secret: str) -> bytes:
    """Return the signing key: the base64 after `whsec_`, or else the text itself.

    Raises:
        ValueError: what follows `whsec_` is not base64.
    """
    if secret.startswith("whsec_"):
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    return secret.encode()


def checked_key(url: str, secret: str, what: str, *, dev: bool) -> bytes:
    """Return the signing key of a webhook whose settings can work.

    Args:
        url: where it is posted.
        secret: see `key`.
        what: names it in what is said against it.
        dev: whether this is `serve --dev`, where plain HTTP may go anywhere.

    Raises:
        SettingsError: no URL, plain HTTP to another machine, or no secret.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingsError(f"{what} needs an https:// url")
    if parts.scheme == "http" and not dev and not _is_loopback(parts.hostname):
        raise SettingsError(f"{what} needs https: what is posted is personal, if not secret")
    try:
        found = key(secret)
    except ValueError as error:
        raise SettingsError(f"{what}: its secret is not base64") from error
    if not found:
        raise SettingsError(f"{what} needs a secret to sign with")
    return found


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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
