"""Files that pages load: style sheet, script and images, under names that change with their content."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Request, Response

from poolhouse.domain.images import MEDIA_TYPES
from poolhouse.flows.call import Services
from poolhouse.flows.looks import ASSETS
from poolhouse.pages.looks import DEFAULT_PROPERTIES, block

_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    content: bytes
    media_type: str


@cache
def _files() -> dict[str, _File]:
    """Return the files of `static/` by name."""
    found = {}
    for source in (files("poolhouse.pages") / "static").iterdir():
        stem, _, suffix = source.name.partition(".")
        content = source.read_bytes()
        if source.name == "style.css":
            content = block(DEFAULT_PROPERTIES).encode() + content
        path = f"{ASSETS}/{stem}.{sha256(content).hexdigest()[:16]}.{suffix}"
        found[source.name] = _File(path, content, _TYPES[suffix])
    return found


def asset(name: str) -> str:
    """Return the path under which a file of `static/` is served."""
    return _files()[name].path


def show(_services: Services, request: Request, name: str) -> Response:  # noqa: ARG001
    """Answer one of the files."""
    served = next((file for file in _files().values() if file.path == request.path), None)
    if served is None:
        raise NotFound
    return _kept(served.content, served.media_type)


def show_image(services: Services, _request: Request, pool_id: str, owner: str, name: str) -> Response:
    """Answer an image of a style or a customization. It is for everybody, as the pages that show it are."""
    found = None
    if (pool_id + owner + name).isprintable():
        found = services.store.peek(lambda tx: tx.images.get(pool_id, owner, name))
    if found is None:
        raise NotFound
    return _kept(found.content, MEDIA_TYPES[found.extension])


def _kept(content: bytes, media_type: str) -> Response:
    """Return an answer that may be kept for ever, its hash being its name, and that can do nothing by itself.

    The style of an SVG image is its own: the sandbox gives it no origin, the policy nothing to load.
    """
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return Response(content, content_type=media_type, headers=headers)
