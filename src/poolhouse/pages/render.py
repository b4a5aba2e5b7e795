"""Templates, and the headers that keep a page to itself."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from werkzeug.wrappers import Response

from poolhouse.world import Entropy

_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # addresses of pages carry codes
    "X-Content-Type-Options": "nosniff",
}


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("poolhouse.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(
    name: str, entropy: Entropy, *, status: int = 200, frames: str = "'none'", **values: Any
) -> Response:
    """Return a page. No script runs on it; the one style sheet is allowed by a nonce.

    Args:
        name: the template.
        entropy: draws the nonce.
        status: HTTP status.
        frames: what the page may frame, as a CSP source.
        values: what the template shows; escaped.
    """
    nonce = entropy.bytes(16).hex()
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; frame-src {frames}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    body = _templates().get_template(name).render(nonce=nonce, **values)
    return guarded(body, "text/html", policy, status=status)


def guarded(body: str | bytes, mimetype: str, policy: str, *, status: int = 200) -> Response:
    """Return an answer with a Content-Security-Policy that is never cached or passed on."""
    headers = {**_HEADERS, "Content-Security-Policy": policy}
    return Response(body, status=status, mimetype=mimetype, headers=headers)
