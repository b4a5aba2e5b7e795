"""Images that owners upload for their pages: recognised by their first bytes, and SVG read through.

What might run or load something is refused, not repaired. Images are shown by `img` and `background-image`
alone and served with a sandbox (`pages.assets`): this is the first of the two walls.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from xml.etree.ElementTree import ParseError

import tinycss2
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from poolhouse.errors import InvalidParameterException

_SVG = "http://www.w3.org/2000/svg"
_HREFS = frozenset({"href", "{http://www.w3.org/1999/xlink}href"})
_ELEMENTS = """
    svg g defs symbol use title desc style path rect circle ellipse line polyline polygon text tspan textPath
    linearGradient radialGradient stop pattern clipPath mask marker switch image filter feBlend feColorMatrix
    feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap feDistantLight
    feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feMerge feMergeNode feMorphology
    feOffset fePointLight feSpecularLighting feSpotLight feTile feTurbulence metadata view
"""
_DRAWN = frozenset(_ELEMENTS.split())
# What drawing programs leave behind: elements of these vocabularies are never drawn.
_INERT = frozenset(
    {
        "http://www.inkscape.org/namespaces/inkscape",
        "http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd",
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "http://creativecommons.org/ns#",
        "http://web.resource.org/cc/",
        "http://purl.org/dc/elements/1.1/",
    }
)
_INLINE_IMAGE = re.compile(r"data:image/(png|jpeg|webp);base64,[A-Za-z0-9+/=\s]*")
_MOST_ELEMENTS = 20_000
_DEEPEST = 100
_TAG = re.compile(r"(?:\{(?P<space>[^}]*)\})?(?P<name>.*)", re.DOTALL)

MEDIA_TYPES = {
    "ICO": "image/x-icon",
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "SVG": "image/svg+xml",
    "WEBP": "image/webp",
}
"""What an `Extension` is served as."""


@dataclass(frozen=True, slots=True)
class Image:
    """An image as it is served.

    Attributes:
        owner: the style or the client (`ALL`) that it belongs to.
        digest: SHA-256 of its content in hexadecimal, by which it is named.
        extension: one of `MEDIA_TYPES`.
    """

    pool_id: str
    owner: str
    digest: str
    extension: str
    content: bytes
    version: int = 0

    @property
    def name(self) -> str:
        """Return the name of its file."""
        return file_name(self.digest, self.extension)


def file_name(digest: str, extension: str) -> str:
    """Return the name under which an image is stored and served."""
    return f"{digest}.{extension.lower()}"


def content_of(blob: str) -> bytes:
    """Return a file that came in a request.

    Raises:
        InvalidParameterException: it is not base64.
    """
    try:
        return base64.b64decode(blob, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidParameterException("The image file is not encoded in base64.") from None


def base64_of(content: bytes) -> str:
    """Return a file as an answer carries it."""
    return base64.b64encode(content).decode()


def image(pool_id: str, owner: str, extension: str, content: bytes) -> Image:
    """Return an uploaded image.

    Raises:
        InvalidParameterException: it is not what its extension says, or might do something.
    """
    if not _is(extension, content):
        raise InvalidParameterException(f"The image file is not a valid {extension} file.")
    return Image(pool_id, owner, sha256(content).hexdigest(), extension, content)


def recognised(content: bytes) -> str | None:
    """Return `JPEG` or `PNG` by an image's first bytes, or None."""
    return next((kind for kind in ("JPEG", "PNG") if _is(kind, content)), None)


def _is(extension: str, content: bytes) -> bool:
    match extension:
        case "PNG":
            return content.startswith(b"\x89PNG\r\n\x1a\n")
        case "JPEG":
            return content.startswith(b"\xff\xd8\xff")
        case "WEBP":
            return content.startswith(b"RIFF") and content[8:12] == b"WEBP"
        case "ICO":
            return content.startswith(b"\x00\x00\x01\x00")
    return _is_harmless_svg(content)


def _is_harmless_svg(content: bytes) -> bool:
    """Tell whether a document is SVG that draws, and does nothing else.

    Types and entities (DTD) are refused by defusedxml before they are expanded.
    """
    depth = elements = 0
    try:
        for event, element in iterparse(_Reader(content), events=("start", "end", "pi"), forbid_dtd=True):
            if event == "pi":  # such as a style sheet of its own
                return False
            depth += 1 if event == "start" else -1
            elements += event == "start"
            if depth > _DEEPEST or elements > _MOST_ELEMENTS:
                return False
            if elements == 1 and element.tag != f"{{{_SVG}}}svg":
                return False
            if event == "end" and not _is_harmless(element):
                return False
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return False
    return elements > 0


class _Reader:
    """Gives a document out in pieces, so that a refusal comes before all of it is read."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def read(self, size: int = 65536) -> bytes:
        """Return the next bytes."""
        piece = self._content[self._at : self._at + min(size, 65536)]
        self._at += len(piece)
        return piece


def _is_harmless(element: Any) -> bool:
    found = _TAG.fullmatch(element.tag)
    space, name = (found["space"], found["name"]) if found else (None, "")
    if space in _INERT:
        return True
    if space != _SVG or name not in _DRAWN:
        return False
    if name == "style" and not _is_harmless_sheet(element.text or ""):
        return False
    return all(_is_harmless_attribute(attribute, value) for attribute, value in element.attrib.items())


def _is_harmless_attribute(attribute: str, value: str) -> bool:
    bare = attribute.rpartition("}")[2].lower()
    if bare.startswith("on"):
        return False
    if attribute in _HREFS or bare in {"href", "src"}:
        return value.strip().startswith("#") or _INLINE_IMAGE.fullmatch(value.strip()) is not None
    return (
        _is_harmless_css(tinycss2.parse_component_value_list(value))
        if "(" in value or "\\" in value
        else True
    )


def _is_harmless_sheet(text: str) -> bool:
    rules = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
    return all(
        rule.type == "qualified-rule" and _is_harmless_css(rule.prelude) and _is_harmless_css(rule.content)
        for rule in rules
    )


def _is_harmless_css(tokens: list[Any]) -> bool:
    """Tell whether values point nowhere but to a part of their own document."""
    for token in _flat(tokens):
        if token.type in {"error", "at-keyword"}:
            return False
        if token.type == "url" and not token.value.startswith("#"):
            return False
        if token.type == "function" and token.lower_name in {
            "url",
            "src",
            "image",
            "image-set",
            "-webkit-image-set",
        }:
            inner = [part for part in token.arguments if part.type not in {"whitespace", "comment"}]
            if [part.type for part in inner] != ["string"] or not inner[0].value.startswith("#"):
                return False
    return True


def _flat(tokens: list[Any]) -> Iterator[Any]:
    waiting = list(tokens)
    while waiting:
        token = waiting.pop()
        yield token
        waiting.extend(getattr(token, "arguments", None) or getattr(token, "content", None) or ())
