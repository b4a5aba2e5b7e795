"""Files that pages load: the style sheet and the script, under names that change with their content."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Request, Response

from poolhouse.flows.call import Services
from poolhouse.pages.looks import DEFAULT_PROPERTIES, block
from poolhouse.pages.mounts import ASSETS

_FOREVER = "public, max-age=31536000, immutable"
_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_HARMLESS = "default-src 'none'; sandbox"


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
    """Answer one of the files; its name holds its hash, so that it may be kept for ever."""
    served = next((file for file in _files().values() if file.path == request.path), None)
    if served is None:
        raise NotFound
    headers = {
        "Cache-Control": _FOREVER,
        "Content-Security-Policy": _HARMLESS,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return Response(served.content, mimetype=served.media_type, headers=headers)
