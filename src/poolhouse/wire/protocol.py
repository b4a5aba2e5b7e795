"""Bytes to shapes and back: AWS JSON 1.1's bodies (digest «sign-in» §1)."""

import re
from functools import cache

import msgspec
from msgspec import inspect

from poolhouse.errors import InvalidParameterException, SerializationException, ServiceError
from poolhouse.wire import validation
from poolhouse.wire.operation import Operation
from poolhouse.wire.operations import OPERATIONS
from poolhouse.wire.shapes import Shape

_DECODERS = {name: msgspec.json.Decoder(operation.request).decode for name, operation in OPERATIONS.items()}
_ENCODER = msgspec.json.Encoder()
_NUL = b"\\u0000"
_holds_nul = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000").search
"""Whether JSON holds U+0000, which PostgreSQL cannot store; not where the escape is itself escaped."""


class _Error(msgspec.Struct, omit_defaults=True):
    type: str = msgspec.field(name="__type")
    message: str = ""
    reasonCode: str | None = None  # noqa: N815 - the wire's spelling


def decode_request(operation: Operation, body: bytes) -> Shape:
    """Decode a request's body; an empty one is `{}`, and unknown members are ignored.

    Raises:
        SerializationException: the body is not JSON, not an object, or has a wrong JSON type in it.
        InvalidParameterException: values break the model's constraints; the message names all of them. Or
            it is too long to find out what is wrong with it.
    """
    body = body or b"{}"
    if _NUL not in body:
        try:
            return _DECODERS[operation.name](body)
        except (ValueError, RecursionError):  # msgspec's errors and UnicodeDecodeError are ValueErrors
            pass
    return _explain(operation, body)


def _explain(operation: Operation, body: bytes) -> Shape:
    """Decode what may have nulls where something is expected, or say what is wrong with it."""
    try:
        tree = msgspec.json.decode(body)
        if _NUL in body and _holds_nul(body):
            raise InvalidParameterException("The request holds a NUL character, which no value may have.")
        if not isinstance(tree, dict):
            raise SerializationException
        value = validation.read(_kind(operation.request), tree)
        return msgspec.convert(value, operation.request)
    except (ValueError, RecursionError) as error:
        raise SerializationException from error


@cache
def _kind(shape: type[Shape]) -> inspect.Type:
    return inspect.type_info(shape)


def encode_response(response: Shape | None) -> bytes:
    """Encode an answer; absent members are left out, and no answer at all is `{}`."""
    return b"{}" if response is None else _ENCODER.encode(response)


def encode_error(error: ServiceError) -> bytes:
    """Encode an error's body: `__type` without a prefix, `message`, and `reasonCode` where there is one."""
    return _ENCODER.encode(_Error(type(error).__name__, error.message, error.reason_code))
