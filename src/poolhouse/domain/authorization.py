"""What a user lets a client have, and the code that stands for it (RFC 6749 §4.1, digest «sign-in» §5.3)."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from poolhouse.domain.oauth_error import OAuthError

CODE_SECONDS = 300
"""Life of a code."""

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_LOCAL_HTTP = re.compile(r"http://localhost([:/?]|\Z)")
_CUSTOM_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://.")
_LONGEST_RESOURCE = 2048


@dataclass(frozen=True, slots=True)
class Authorization:
    """What a user lets a client have.

    Attributes:
        sub: the user.
        redirect_uri: where the browser went back to.
        auth_time: when the user proved who they are, in seconds since the epoch.
        code_challenge: PKCE's, always S256; "" where the client uses none.
        nonce: for the ID token, or "".
        resource: `aud` of the access token, or "".
        browser_session: id of the browser's session that it came of, or "".
        event_id: of the event of the sign-in that it came of at once; "" where the browser was signed in.
    """

    pool_id: str
    client_id: str
    sub: str
    scopes: tuple[str, ...]
    redirect_uri: str
    auth_time: float
    code_challenge: str = ""
    nonce: str = ""
    resource: str = ""
    browser_session: str = ""
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """A code as stored: never the code itself.

    Attributes:
        digest: of the code, which is random enough to need no key.
        expires: seconds since the epoch.
        family: id of the token family that came of it; "" while it is unused.
    """

    digest: str
    authorization: Authorization
    expires: float
    family: str = ""
    version: int = 0


def digest(code: str) -> str:
    """Return what a code is stored under."""
    return hashlib.sha256(code.encode(errors="surrogatepass")).hexdigest()


def is_challenge(text: str) -> bool:
    """Tell whether `text` can be a challenge of method S256: 32 bytes in base64url (RFC 7636 §4.2)."""
    return _CHALLENGE.fullmatch(text) is not None


def is_resource(text: str) -> bool:
    """Tell whether `text` may be `resource`: an absolute URL without a fragment (RFC 8707 §2).

    The service takes https, http on localhost, and schemes of applications.
    """
    lower = text.lower()
    if len(text) > _LONGEST_RESOURCE or not text.isascii() or not text.isprintable() or " " in text:
        return False
    if "#" in text or not _CUSTOM_SCHEME.match(lower):
        return False
    if lower.startswith("http:"):
        return _LOCAL_HTTP.match(lower) is not None
    try:
        return not lower.startswith("https:") or bool(urlsplit(text).hostname)
    except ValueError:  # brackets that hold no address
        return False


def check(code: AuthorizationCode, redirect_uri: str | None, verifier: str | None, now: float) -> None:
    """Refuse a code that is too old, or that comes without what must come with it.

    Args:
        code: as stored, unused.
        redirect_uri: as sent; the same as the browser's.
        verifier: PKCE's, as sent: there must be one if there was a challenge, and none if there was none
            (RFC 9700 §2.1.1, §4.8).
        now: seconds since the epoch.

    Raises:
        OAuthError: it is refused.
    """
    authorization = code.authorization
    if now >= code.expires:
        raise OAuthError("invalid_grant")
    if redirect_uri != authorization.redirect_uri:
        raise OAuthError("unauthorized_client", "invalid_redirect")
    if not _proves(authorization.code_challenge, verifier):
        raise OAuthError("invalid_grant", "invalid_code_verifier")


def _proves(challenge: str, verifier: str | None) -> bool:
    if not challenge or not verifier:
        return not challenge and not verifier
    if _VERIFIER.fullmatch(verifier) is None:
        return False
    hashed = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    return hmac.compare_digest(hashed, challenge.encode())
