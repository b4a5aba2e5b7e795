"""Templates, and the headers that keep a page to itself."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from werkzeug.wrappers import Response

from poolhouse.pages.assets import asset
from poolhouse.pages.language import SOURCE, Language, language
from poolhouse.pages.looks import PLAIN, Look
from poolhouse.world import Entropy

_NOWHERE = "'none'"
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # addresses of pages carry codes
    "X-Content-Type-Options": "nosniff",
}


@cache
def templates() -> Environment:
    """Return the templates. `_()` and `ngettext()` in them speak the language that they are rendered in."""
    environment = Environment(
        loader=PackageLoader("poolhouse.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.globals.update(asset=asset, say=_say)
    environment.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]
    return environment


@pass_context
def _say(context: Context, text: str) -> str:
    """Return a text that a module marked: unlike those of `_()` it has no places to fill."""
    return str(context["spoken"].say(text))


@pass_context
def _gettext(context: Context, text: str) -> str:
    return str(context["spoken"].say(text))


@pass_context
def _ngettext(context: Context, one: str, many: str, number: int) -> str:
    return str(context["spoken"].texts.ngettext(one, many, number))


def page(
    name: str,
    entropy: Entropy,
    *,
    status: int = 200,
    frames: str = "'none'",
    spoken: Language | None = None,
    look: Look = PLAIN,
    posts_to: str = "",
    **values: Any,
) -> Response:
    """Return a page. No script stands in it; the files that it loads and its styles are allowed by a nonce.

    A page that posts forms may load scripts, too.

    Args:
        name: the template.
        entropy: draws the nonce.
        status: HTTP status.
        frames: what the page may frame, as a CSP source.
        spoken: the page's language; English by default.
        look: how it looks.
        posts_to: where its forms may lead, as CSP sources; "" for a page without.
        values: what the template shows; escaped.
    """
    nonce = entropy.bytes(16).hex()
    scripts = f"script-src 'nonce-{nonce}'; " if posts_to else ""
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; {scripts}img-src 'self'; "
        f"frame-src {frames}; base-uri 'none'; form-action {posts_to or _NOWHERE}; frame-ancestors 'none'"
    )
    spoken = spoken or language(SOURCE)
    body = (
        templates()
        .get_template(name)
        .render(nonce=nonce, look=look, lang=spoken.tag, dir=spoken.direction, spoken=spoken, **values)
    )
    response = guarded(body, "text/html", policy, status=status)
    response.headers["X-Frame-Options"] = "DENY"
    if posts_to:
        response.headers["Referrer-Policy"] = (
            "same-origin"  # else browsers do not say where a form comes from
        )
    return response


def redirection(location: str) -> Response:
    """Return an answer that sends the browser elsewhere, and tells nobody where it was."""
    response = guarded(b"", "text/plain", "default-src 'none'", status=302)
    response.location = location
    return response


def guarded(body: str | bytes, mimetype: str, policy: str, *, status: int = 200) -> Response:
    """Return an answer with a Content-Security-Policy that is never cached or passed on."""
    headers = {**_HEADERS, "Content-Security-Policy": policy}
    return Response(body, status=status, mimetype=mimetype, headers=headers)
