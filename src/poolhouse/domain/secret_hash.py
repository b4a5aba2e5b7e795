"""`SECRET_HASH`: proof that an app client knows its secret (digest «sign-in» §2.5)."""

import base64
import hashlib
import hmac


def compute(secret: str, username: str, client_id: str) -> str:
    """Return base64 of HMAC-SHA256 over username and client id, keyed by the client secret."""
    digest = hmac.new(secret.encode(), (username + client_id).encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def matches(secret: str, username: str, client_id: str, given: str) -> bool:
    """Tell in constant time whether `given` is the hash."""
    return hmac.compare_digest(compute(secret, username, client_id).encode(), given.encode())
