"""Reading a request's body: never more of it than is allowed."""

from collections.abc import Mapping
from typing import Any

from poolhouse.errors import SerializationException


def read(environ: Mapping[str, Any], limit: int) -> bytes:
    """Return the body, of which never more is read than the limit and one byte.

    Args:
        environ: the request's, as WSGI has it.
        limit: in bytes.

    Raises:
        SerializationException: the body is larger than the limit (HTTP 413), or was broken off.
    """
    length = environ.get("CONTENT_LENGTH")
    try:
        promised = min(int(length or 0), limit + 1)
        # Chunked, where the server marks the end of the body; otherwise there is no body.
        endless = not length and environ.get("wsgi.input_terminated")
        size = limit + 1 if endless else promised
        body: bytes = environ["wsgi.input"].read(size) if size > 0 else b""
    except (OSError, ValueError) as error:
        raise SerializationException from error
    if len(body) > limit:
        too_large = SerializationException(f"Request body is larger than {limit} bytes.")
        too_large.status = 413
        raise too_large
    if len(body) < promised:  # the caller hung up; what came may be whole, but is not what was meant
        raise SerializationException
    return body
