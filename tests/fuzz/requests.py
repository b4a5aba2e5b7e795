"""Whole requests: a target, headers, a body that is right, slightly wrong, or no request at all."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from msgspec import inspect

from fuzz.values import Known, chance, junk, pick, structure, texts
from poolhouse import operations  # noqa: F401 - imports every handler
from poolhouse.operations.registry import HANDLERS
from poolhouse.wire.operations import OPERATIONS

TARGET = "AWSCognitoIdentityProviderService."
JSON_TYPE = "application/x-amz-json-1.1"
LARGEST = 1_048_576
_KINDS = {name: inspect.type_info(OPERATIONS[name].request) for name in HANDLERS}

Spot = tuple[Any, Any]
"""A container and the key or index in it."""


@dataclass
class Request:
    """A request as drawn.

    Attributes:
        place, person: whose pool, client, names and tokens stand for what is `Known` in the tree.
        tree: the body, with `Known`s in it.
        raw: the body as it is, in place of the tree.
        twist: what becomes of the encoded tree.
    """

    operation: str
    tree: Any
    place: int = 0
    person: int = 0
    raw: bytes | None = None
    twist: str = ""
    at: int = 0
    headers: dict[str, str] = field(default_factory=dict)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Draw a request to one of the operations that this server has."""
    name = pick(draw, _NAMES)
    person = pick(draw, range(5))
    if not chance(draw, 3):
        person = _LIKELY.get(name, person)
    request = Request(name, structure(draw, _KINDS[name]), pick(draw, range(4)), person)
    fate = pick(draw, range(20))
    if fate < 9:
        return request
    if fate < 15:
        for _ in range(pick(draw, (1, 2, 3))):
            _mutate(draw, request.tree)
    elif fate < 17:
        request.twist = pick(draw, _TWISTS)
        request.at = pick(draw, range(400))
    elif fate == 17:
        request.raw = draw(_BINARY) if chance(draw, 2) else pick(draw, _NO_REQUESTS)
    else:
        name, values = pick(draw, _HEADERS)
        request.headers[name] = pick(draw, values)
    return request


_NAMES = sorted(_KINDS)
# Who gets far with an operation: the one to be confirmed, the one with a temporary password.
_LIKELY = {
    **dict.fromkeys(("AdminConfirmSignUp", "ConfirmSignUp", "ResendConfirmationCode"), 4),
    **dict.fromkeys(("AdminRespondToAuthChallenge", "RespondToAuthChallenge"), 2),
    **dict.fromkeys(("ChangePassword", "ConfirmForgotPassword", "VerifyUserAttribute"), 0),
}
_BINARY = st.binary(max_size=60)


def _mutate(draw: st.DrawFn, tree: Any) -> None:
    """Change something, somewhere in a tree."""
    spots = list(_spots(tree))
    change = pick(draw, range(7))
    if change == 0 or not spots:
        tree[draw(texts)] = draw(junk)
        return
    holder, key = pick(draw, spots)
    if change == 1:
        del holder[key]
    elif change == 2 and isinstance(holder, dict):
        holder[key + "x"] = holder.pop(key)
    elif change == 3:
        holder[key] = [holder[key]]
    elif change == 4:
        whole = holder[key]
        longer = "x" * pick(draw, (300, 3_000, 1_000_000))
        holder[key] = whole * pick(draw, (2, 101, 10_000)) if isinstance(whole, list) else longer
    else:
        holder[key] = draw(junk)


def _spots(tree: Any) -> Iterator[Spot]:
    members = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, item in members:
        yield tree, key
        yield from _spots(item)


def encode(request: Request, tree: Any) -> bytes:  # noqa: C901, PLR0911 - a table of twists
    """Return the body of a request whose `Known`s have been put in."""
    if request.raw is not None:
        return request.raw
    ascii_only = request.twist != "raw"
    body = json.dumps(tree, ensure_ascii=ascii_only, default=_left).encode("utf-8", "surrogatepass")
    at = min(request.at, len(body))
    match request.twist:
        case "cut":
            return body[:at]
        case "insert":
            return body[:at] + bytes([request.at % 256]) + body[at:]
        case "flip":
            return body[:at] + bytes([(body[at] + 128) % 256] if at < len(body) else b"") + body[at + 1 :]
        case "twice":
            return b"{" + body[1:-1] + (b"," if len(body) > 2 else b"") + body[1:]
        case "after":
            return body + body
        case "bom":
            return b"\xef\xbb\xbf" + body
        case "utf-16":
            return body.decode("utf-8", "replace").encode("utf-16")
        case "spaces":
            return body + b" " * LARGEST
        case "deep":
            return (
                body[:-1]
                + (b',"Deep":' if len(body) > 2 else b'"Deep":')
                + b"[" * 20_000
                + b"]" * 20_000
                + b"}"
            )
        case "deep map":
            return b'{"ClientMetadata":' * 5_000 + b"{}" + b"}" * 5_000
    return body


def _left(value: Any) -> Any:
    return value.kind if isinstance(value, Known) else str(value)


_TWISTS = ("cut", "insert", "flip", "twice", "after", "bom", "utf-16", "spaces", "deep", "deep map", "raw")
_NO_REQUESTS = (
    *(b"", b"{}", b"[]", b"null", b"1", b'"x"', b"NaN", b"{", b"}", b"\x00", b"\xff\xfe", b"--boundary"),
    *(b"[" * 100_000, b'{"a":' * 50_000, b"9" * 10_000, b'{"AccessToken":' + b"9" * 5_000 + b"}"),
    *(b"Action=ListUserPools&Version=2016-04-18", b"<xml/>", b"x" * (LARGEST + 1)),
)
_HEADERS = (
    (
        "CONTENT_TYPE",
        ("", "text/plain", "application/json", JSON_TYPE + "; charset=utf-16", "\xff", "a" * 9000),
    ),
    (
        "HTTP_X_AMZ_TARGET",
        (
            "",
            TARGET,
            TARGET + "Nope",
            "GetUser",
            TARGET + "getuser",
            TARGET + "TagResource",
            "\xe9" * 99,
            "x" * 9000,
        ),
    ),
    ("CONTENT_LENGTH", ("", "-1", "abc", "0", "99999999999999999999", "5", "٣")),
    ("HTTP_AUTHORIZATION", ("", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=a/b/c/d/e", "Bearer \xff")),
    ("HTTP_X_FORWARDED_FOR", ("", ",", "::1", "x" * 500)),
    ("HTTP_USER_AGENT", ("", "\xff\xfe", "aws-sdk/" + "x" * 5000)),
    ("HTTP_CONTENT_ENCODING", ("gzip", "br")),
)
