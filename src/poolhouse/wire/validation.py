"""Every violation of a request, worded as the service words it (digests «users» §7.9, «sign-in» §1.5).

This is the slow path: it runs only when a body could not be decoded into its shape at once, and `read` finds
out why. It drops what is null and refuses wrong JSON types; then `violations` lists what breaks a constraint
of the model. Both walk msgspec's own description of the shape, so that there is one source. A hostile body is
looked through no further than a large request.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from msgspec import inspect

from poolhouse.errors import InvalidParameterException, SerializationException

MOST_VIOLATIONS = 100
"""A longer list would help nobody, and would let a small body ask for a huge answer."""

MOST_STEPS = 10_000
"""How many values and members of one body are looked at; the largest of use has some hundreds."""

_INTEGER = 2**31
_T = TypeVar("_T")
_NOT_NULL = "Member must not be null"


class _Steps:
    """Counts what was looked at, and remembers whether anything was left out."""

    def __init__(self) -> None:
        self._left = MOST_STEPS
        self.all = True

    def take(self, number: int) -> None:
        """Count what must be looked at in any case."""
        self._left -= number

    def among(self, values: Iterable[_T]) -> Iterator[_T]:
        """Yield values while they may be looked at."""
        for value in values:
            if self._left <= 0:
                self.all = False
                return
            self._left -= 1
            yield value


def read(kind: inspect.Type, value: Any) -> Any:
    """Return a value of the wire without its nulls: clients send null for what is absent (digest «clients»).

    Args:
        kind: what is expected there.
        value: decoded JSON, not None.

    Raises:
        SerializationException: something has the wrong JSON type.
        InvalidParameterException: the model's constraints are broken; it names them, up to MOST_VIOLATIONS.
            Or nothing is wrong within MOST_STEPS, and there is more.
    """
    steps = _Steps()
    value = _read(kind, value, steps)
    found = list(islice(violations(kind, value, ""), MOST_VIOLATIONS))
    if found:
        plural = "" if len(found) == 1 else "s"
        raise InvalidParameterException(f"{len(found)} validation error{plural} detected: {'; '.join(found)}")
    if not steps.all:
        raise InvalidParameterException(f"The request holds more than {MOST_STEPS} values.")
    return value


def _read(kind: inspect.Type, value: Any, steps: _Steps) -> Any:
    kind = bare_kind(kind)
    match kind:
        case inspect.AnyType():
            return value
        case inspect.StructType():
            return _read_structure(kind, value, steps)
        case inspect.DictType():
            if not isinstance(value, dict):
                raise SerializationException("Expected map or null")
            entries = steps.among(value.items())
            return {k: _read(kind.value_type, v, steps) for k, v in entries if v is not None}
        case inspect.ListType():
            if not isinstance(value, list):
                raise SerializationException("Unexpected field type")
            return [_read(kind.item_type, item, steps) for item in steps.among(value) if item is not None]
        case _:
            return _read_simple(kind, value)


def _read_structure(kind: inspect.StructType, value: Any, steps: _Steps) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SerializationException("Unexpected field type")
    steps.take(len(kind.fields))
    given = ((field, value.get(field.encode_name)) for field in kind.fields)
    return {
        field.encode_name: _read(field.type, member, steps) for field, member in given if member is not None
    }


def _read_simple(kind: inspect.Type, value: Any) -> Any:
    if isinstance(value, dict):
        raise SerializationException("Start of structure or map found where not expected.")
    if isinstance(value, list):
        raise SerializationException("Start of list found where not expected.")
    match kind, value:
        case (inspect.StrType(), str()) | (inspect.BoolType(), bool()):
            return value
        case (inspect.IntType(), int() | float()) if not isinstance(value, bool):
            if value == int(value) and -_INTEGER <= value < _INTEGER:
                return int(value)
        case (inspect.FloatType(), int() | float()) if not isinstance(value, bool):
            return float(value)
    raise SerializationException(f"{_token(value)} can not be converted to {_java_type(kind)}")


def _token(value: str | float) -> str:
    if isinstance(value, bool):
        return "TRUE_VALUE" if value else "FALSE_VALUE"
    return "STRING_VALUE" if isinstance(value, str) else "NUMBER_VALUE"


def _java_type(kind: inspect.Type) -> str:
    match kind:
        case inspect.StrType():
            return "a String"
        case inspect.BoolType():
            return "a Boolean"
        case inspect.IntType():
            return "an Integer"
        case _:
            return "a Timestamp"


def violations(kind: inspect.Type, value: Any, path: str) -> Iterator[str]:
    """Yield a clause for each violation, in the order of the model's members."""
    bare = bare_kind(kind)
    for rule in broken(kind, value):
        yield _clause(kind, value, path, rule)
    match bare:
        case inspect.StructType():
            for field in bare.fields:
                at = f"{path}.{_lower(field.name)}".lstrip(".")
                if field.encode_name in value:
                    yield from violations(field.type, value[field.encode_name], at)
                elif field.required:
                    yield _clause(field.type, None, at, _NOT_NULL)
        case inspect.ListType():
            items = ((f"{path}.{number}.member", item) for number, item in enumerate(value, 1))
            whole = partial(_clause, kind, value, path)
            yield from _elements(bare.item_type, items, whole, "Member must satisfy constraint")
        case inspect.DictType():
            entries = ((f"{path}.{key}.member", item) for key, item in value.items())
            keys = ((path, key) for key in value)
            whole = partial(_clause, kind, value, path)
            yield from _elements(bare.key_type, keys, whole, "Map keys must satisfy constraint")
            yield from _elements(bare.value_type, entries, whole, "Map value must satisfy constraint")


def _elements(
    kind: inspect.Type,
    elements: Iterable[tuple[str, Any]],
    clause_on_whole: Callable[[str], str],
    demand: str,
) -> Iterator[str]:
    """Yield the violations inside a list or map.

    Structures are named one by one. Of simple values the service shows the container, once, and all that is
    asked of an element.
    """
    if isinstance(bare_kind(kind), inspect.StructType | inspect.ListType | inspect.DictType):
        for at, element in elements:
            yield from violations(kind, element, at)
    elif any(True for _, element in elements for _ in broken(kind, element)):
        yield clause_on_whole(f"{demand}: [{', '.join(_rules(kind).values())}]")


def broken(kind: inspect.Type, value: Any) -> Iterator[str]:
    """Yield the rules that a value itself breaks, elements aside: length or range, then pattern or set."""
    bare = bare_kind(kind)
    match bare:
        case inspect.IntType():
            if bare.le is not None and value > bare.le:
                yield _rules(kind)["high"]
            if bare.ge is not None and value < bare.ge:
                yield _rules(kind)["low"]
        case inspect.StrType() | inspect.ListType() | inspect.DictType():
            if bare.max_length is not None and len(value) > bare.max_length:
                yield _rules(kind)["high"]
            if bare.min_length is not None and len(value) < bare.min_length:
                yield _rules(kind)["low"]
            if isinstance(bare, inspect.StrType) and bare.pattern and not re.search(bare.pattern, value):
                yield _rules(kind)["form"]


def _rules(kind: inspect.Type) -> Mapping[str, str]:
    """Return what is asked of a value, in the service's words and order."""
    bare, extra = bare_kind(kind), _extra(kind)
    rules = {}
    match bare:
        case inspect.IntType():
            measure, low, high = "value", bare.ge, bare.le
        case inspect.StrType() | inspect.ListType() | inspect.DictType():
            measure, low, high = "length", bare.min_length, extra.get("max_length", bare.max_length)
        case _:
            return {}
    if high is not None:
        rules["high"] = f"Member must have {measure} less than or equal to {high}"
    if low is not None:
        rules["low"] = f"Member must have {measure} greater than or equal to {low}"
    if "enum" in extra:
        rules["form"] = f"Member must satisfy enum value set: [{', '.join(hash_order(extra['enum']))}]"
    elif "pattern" in extra:
        rules["form"] = f"Member must satisfy regular expression pattern: {extra['pattern']}"
    return rules


def hash_order(values: Sequence[str]) -> list[str]:
    """Return values in the order in which the service prints a set of them.

    All recorded sets are in the order of Java's `String.hashCode` in a table of 32 buckets, the last come
    first within a bucket.
    """

    def bucket(text: str) -> int:
        code = 0
        for unit in text:
            code = 31 * code + ord(unit) & 31
        return code

    return sorted(reversed(values), key=bucket)  # noqa: C414 - ties keep the reversed order


def _clause(kind: inspect.Type, value: Any, path: str, rule: str) -> str:
    shown = "" if _secret(kind) else " null" if value is None else f" '{_java(value)}'"
    return f"Value{shown} at '{path}' failed to satisfy constraint: {rule}"


def _java(value: Any) -> str:
    """Return a value as Java prints it."""
    match value:
        case bool():
            return str(value).lower()
        case list():
            return f"[{', '.join(map(_java, value))}]"
        case dict():
            return f"{{{', '.join(f'{key}={_java(item)}' for key, item in value.items())}}}"
        case _:
            return str(value)


def _secret(kind: inspect.Type) -> bool:
    """Tell whether a value, or anything in it, is marked `sensitive` in the model."""
    if _extra(kind).get("sensitive"):
        return True
    match bare_kind(kind):
        case inspect.StructType(fields=fields):
            return any(_secret(field.type) for field in fields)
        case inspect.ListType(item_type=item):
            return _secret(item)
        case inspect.DictType(key_type=key, value_type=item):
            return _secret(key) or _secret(item)
        case _:
            return False


def bare_kind(kind: inspect.Type) -> inspect.Type:
    """Return a type without `| None` and without what annotates it."""
    while isinstance(kind, inspect.UnionType | inspect.Metadata):
        kind = kind.types[0] if isinstance(kind, inspect.UnionType) else kind.type
    return kind


def _extra(kind: inspect.Type) -> Mapping[str, Any]:
    """Return what the generator noted of a type, beside its constraints."""
    while isinstance(kind, inspect.UnionType | inspect.Metadata):
        if isinstance(kind, inspect.Metadata):
            return kind.extra or {}
        kind = kind.types[0]
    return {}


def _lower(member: str) -> str:
    return member[0].lower() + member[1:]
