"""Properties held against the service model: names, types, and the limits of each value.

Like CloudFormation it takes a number or a boolean for a text, and the other way round. All that is wrong is
noted, each with its place.
"""

import difflib
from collections.abc import Mapping
from typing import Any

from msgspec import inspect

from poolhouse.apply.intrinsics import text_of
from poolhouse.apply.problems import Path, Problems
from poolhouse.apply.source import boolean, natural
from poolhouse.wire import validation

_MISSING = object()


def checked(kind: inspect.Type, value: Any, path: Path, problems: Problems) -> Any:
    """Return a value in the wire's form; where it is wrong, notes why, and what it returns is no use.

    Args:
        kind: what is expected.
        value: evaluated, as the file has it.
        path: where it stands.
        problems: takes what is wrong.
    """
    bare = validation.bare_kind(kind)
    read = _read(bare, value, path, problems)
    if read is not _MISSING:
        for rule in validation.broken(kind, read):
            problems.add(path, rule)
    return read


def _read(bare: inspect.Type, value: Any, path: Path, problems: Problems) -> Any:
    match bare:
        case inspect.AnyType():
            return natural(value)
        case inspect.StructType() if isinstance(value, dict):
            return _members(bare, value, path, problems)
        case inspect.DictType() if isinstance(value, dict):
            return {
                str(name): checked(bare.value_type, member, (*path, name), problems)
                for name, member in value.items()
            }
        case inspect.ListType() if isinstance(value, list):
            return [checked(bare.item_type, item, (*path, n), problems) for n, item in enumerate(value)]
    simple = _simple(bare, text_of(value))
    if simple is _MISSING:
        problems.add(path, f"expected {_EXPECTED.get(type(bare), 'a text')}")
    elif isinstance(simple, str) and "{{resolve:" in simple:
        problems.add(path, "there is nothing here that {{resolve:…}} could ask: make it a parameter")
    return simple


_EXPECTED: Mapping[type[inspect.Type], str] = {
    inspect.StructType: "a map",
    inspect.DictType: "a map",
    inspect.ListType: "a list",
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.BoolType: "true or false",
}


def _members(
    bare: inspect.StructType, value: dict[str, Any], path: Path, problems: Problems
) -> dict[str, Any]:
    fields = {field.encode_name: field for field in bare.fields}
    read = {}
    for name, member in value.items():
        if name not in fields:
            near = difflib.get_close_matches(name, fields, 1)
            problems.add((*path, name), "there is no such property" + (f", but {near[0]}" if near else ""))
        elif member is not None:
            read[name] = checked(fields[name].type, member, (*path, name), problems)
    for name, field in fields.items():
        if field.required and value.get(name) is None:
            problems.add((*path, name), "the property is required")
    return read


def _simple(bare: inspect.Type, text: str | None) -> Any:
    """Return a scalar of the kind expected."""
    found: Any = None
    match bare:
        case inspect.StrType():
            found = text
        case inspect.BoolType():
            found = boolean(text or "")
        case inspect.IntType() | inspect.FloatType():
            found = _number(text or "", whole=isinstance(bare, inspect.IntType))
    return _MISSING if found is None else found


def _number(text: str, *, whole: bool) -> int | float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    if not whole:
        return number
    return int(number) if number.is_integer() and abs(number) < 2**31 else None
