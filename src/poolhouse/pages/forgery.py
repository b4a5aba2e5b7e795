"""Proof that a form comes from a page that this browser was shown: the double submit of a signed token.

The token is in the cookie `XSRF-TOKEN` and in the form's `_csrf`. Both name the browser, and say when the
page was drawn: it is good for five minutes (digest «sign-in» §5.9), and several may be open at once. The
browser itself tells, too, whether another site is behind a form (`Sec-Fetch-Site`, `Origin`).
"""

import base64
import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from werkzeug.wrappers import Request

from poolhouse.flows.call import Services

COOKIE, FIELD = "XSRF-TOKEN", "_csrf"
PAGE_SECONDS = 300
_MAC = "page"
_BROWSER_BYTES = 16
_OURS = frozenset({"same-origin", "none"})


@dataclass(frozen=True, slots=True)
class Token:
    """A token as sent.

    Attributes:
        browser: names the browser, and no other.
        drawn: when the page was, in seconds since the epoch.
    """

    browser: str
    drawn: int
    text: str


class Forged(Exception):  # noqa: N818 (it says what the form is)
    """A form that this browser was not shown, or that another site has sent."""


class Outdated(Exception):  # noqa: N818
    """A form of a page that is too old."""


def draw(services: Services, request: Request) -> Token:
    """Return the token for a page that is drawn now: of the browser that asks, if it has been here before."""
    known = _read(services, request.cookies.get(COOKIE, ""))
    browser = known.browser if known else services.entropy.bytes(_BROWSER_BYTES).hex()
    drawn = int(services.clock.now())
    return Token(browser, drawn, f"{browser}.{drawn}.{_signature(services, browser, drawn)}")


def check(services: Services, request: Request) -> Token:
    """Return the token of a form.

    Raises:
        Forged: the form is not of a page that this browser was shown.
        Outdated: it is, but five minutes have passed.
    """
    if not _is_ours(request):
        raise Forged
    cookie = _read(services, request.cookies.get(COOKIE, ""))
    field = _read(services, request.form.get(FIELD, ""))
    if not cookie or not field or not hmac.compare_digest(cookie.browser, field.browser):
        raise Forged
    if not 0 <= services.clock.now() - field.drawn < PAGE_SECONDS:
        raise Outdated
    return field


def _is_ours(request: Request) -> bool:
    """Tell whether the browser says that a page of this host sends the form; old browsers say nothing."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in _OURS:
        return False
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc.lower() == request.host.lower()


def _read(services: Services, text: str) -> Token | None:
    """Return a token of ours, else None."""
    browser, _, rest = text.partition(".")
    drawn, _, signature = rest.partition(".")
    if not (drawn.isascii() and drawn.isdigit() and len(drawn) < 12):
        return None
    try:
        mac = base64.urlsafe_b64decode(signature)
    except ValueError:
        return None
    message = f"{browser}.{drawn}".encode(errors="replace")
    return Token(browser, int(drawn), text) if services.vault.mac_matches(_MAC, message, mac) else None


def _signature(services: Services, browser: str, drawn: int) -> str:
    mac = services.vault.mac(_MAC, f"{browser}.{drawn}".encode())
    return base64.urlsafe_b64encode(mac).decode()
