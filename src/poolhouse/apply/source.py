"""Reading a file of configuration: YAML or JSON into plain values, and the line on which each stands.

CloudFormation's short tags become its long forms: `!GetAtt Pool.Arn` is `{"Fn::GetAtt": "Pool.Arn"}`. Plain
scalars stay as they are written (`Plain`), for only who knows what is expected there can tell what they mean:
`MfaConfiguration: OFF` is no boolean, and an account's id no number.
"""

import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from poolhouse.apply.problems import Path, Problem, Wrong, worded

MOST_VALUES = 100_000
"""More than any template has; what aliases multiply is counted as often as it is meant."""
DEEPEST = 60
LARGEST = 4 * 1024 * 1024

_TAGS = {
    "!Ref": "Ref",
    "!Condition": "Condition",
    **{
        f"!{name}": f"Fn::{name}"
        for name in (
            "And",
            "Base64",
            "Cidr",
            "Equals",
            "FindInMap",
            "GetAZs",
            "GetAtt",
            "If",
            "ImportValue",
            "Join",
            "Length",
            "Not",
            "Or",
            "Select",
            "Split",
            "Sub",
            "ToJsonString",
            "Transform",
        )
    },
}
_STANDARD = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("bool", "float", "int", "map", "null", "seq", "str", "timestamp", "value")
)
_NULL = "tag:yaml.org,2002:null"
_MERGE = "tag:yaml.org,2002:merge"
_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}\Z")
_DECIMAL = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.?[0-9]+)(?:[eE][-+]?[0-9]{1,3})?\Z")


class Plain(str):
    """A scalar that was written without quotes."""

    __slots__ = ()


def boolean(text: str) -> bool | None:
    """Return what a word of YAML means; None where it is no boolean."""
    return _BOOLEANS.get(text.lower())


def natural(value: Any) -> Any:
    """Return a value with its plain scalars as YAML reads them where nobody expects anything else."""
    if isinstance(value, Plain):
        known = {"true": True, "false": False}.get(value.lower())
        if known is not None:
            return known
        if _INTEGER.match(value):
            return int(value)
        return float(value) if _DECIMAL.match(value) else str(value)
    if isinstance(value, dict):
        return {name: natural(member) for name, member in value.items()}
    return [natural(item) for item in value] if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class Source:
    """A file's content.

    Attributes:
        tree: its values.
        lines: the line on which a value begins, as far as they are known.
    """

    tree: Any
    lines: dict[Path, int] = field(default_factory=dict)


def read(text: str) -> Source:
    """Read JSON or YAML.

    Raises:
        Wrong: it is neither, has a key twice, a tag that nobody knows, or is too large or too deep.
    """
    _check_size(text)
    if text.lstrip().startswith("{"):
        try:
            return _read_json(text)
        except json.JSONDecodeError as error:
            if "\t" in text or '"' in text.partition(":")[0]:
                raise Wrong((), f"line {error.lineno}: no JSON: {error.msg}") from error
    return _Yaml().read(text)


def read_toml(text: str) -> Source:
    """Read TOML.

    Raises:
        Wrong: it is none, or it is too large or too deep.
    """
    _check_size(text)
    try:
        tree = tomllib.loads(text)
    except ValueError as error:
        raise Wrong((), f"no TOML: {error}") from error
    _Counter().count(tree, ())
    return Source(tree)


def _check_size(text: str) -> None:
    if len(text) > LARGEST:
        raise Wrong((), f"the file is larger than {LARGEST // 1024 // 1024} MiB")


class _Counter:
    def __init__(self) -> None:
        self._count = 0

    def note(self, path: Path) -> None:
        """Count a value.

        Raises:
            Wrong: there are too many, or it lies too deep.
        """
        self._count += 1
        if self._count > MOST_VALUES:
            raise Wrong((), f"the file holds more than {MOST_VALUES} values, aliases spelt out")
        if len(path) > DEEPEST:
            raise Wrong(path[:3], f"nested more than {DEEPEST} deep")

    def count(self, value: Any, path: Path) -> None:
        """Count a value and all that is in it; raises what `note` raises."""
        self.note(path)
        inside = (
            enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
        )
        for step, each in inside:
            self.count(each, (*path, step))


def _read_json(text: str) -> Source:
    try:
        tree = json.loads(text, object_pairs_hook=_members, parse_constant=_no_number)
    except RecursionError as error:
        raise Wrong((), f"nested more than {DEEPEST} deep") from error
    except json.JSONDecodeError:
        raise
    except ValueError as error:  # a number of thousands of digits
        raise Wrong((), f"no JSON: {error}") from error
    _Counter().count(tree, ())
    return Source(tree)


def _members(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise Wrong((), f"the key {name!r} is there twice in one object")
        members[name] = value
    return members


def _no_number(text: str) -> Any:
    raise Wrong((), f"{text} is no JSON")


class _Yaml:
    """One document; needs PyYAML's graph of nodes, which tells quotes and lines."""

    def __init__(self) -> None:
        self._counter = _Counter()
        self._lines: dict[Path, int] = {}
        self._open: set[int] = set()

    def read(self, text: str) -> Source:
        import yaml  # noqa: PLC0415 (for this command alone)

        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            where = f"line {mark.line + 1}: " if mark else ""
            raise Wrong((), f"{where}no YAML: {error.problem or error.context}") from error
        except yaml.YAMLError as error:  # a character that no YAML may have
            raise Wrong((), f"no YAML: {' '.join(str(error).split())}") from error
        except RecursionError as error:
            raise Wrong((), f"nested more than {DEEPEST} deep") from error
        return Source(None if node is None else self._value(node, ()), self._lines)

    def _value(self, node: Any, path: Path) -> Any:
        self._counter.note(path)
        self._lines.setdefault(path, node.start_mark.line + 1)
        if id(node) in self._open:
            raise _wrong(node, path, "the alias stands inside what it means")
        self._open.add(id(node))
        try:
            value = self._untagged(node, path)
        finally:
            self._open.remove(id(node))
        if not node.tag.startswith("!"):
            return value
        name = _TAGS.get(node.tag)
        if name is None:
            raise _wrong(node, path, f"nobody knows the tag {node.tag}")
        return {name: value}

    def _untagged(self, node: Any, path: Path) -> Any:
        if node.tag not in _STANDARD and not node.tag.startswith("!"):
            raise _wrong(node, path, f"nobody knows the tag {node.tag}")
        if node.id == "mapping":
            return self._mapping(node, path)
        if node.id == "sequence":
            return [self._value(item, (*path, number)) for number, item in enumerate(node.value)]
        if node.tag == _NULL:
            return None
        return Plain(node.value) if node.style is None else str(node.value)

    def _mapping(self, node: Any, path: Path) -> dict[str, Any]:
        members: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key, value in node.value:
            if key.id != "scalar":
                raise _wrong(key, path, "a key must be a text")
            if key.tag == _MERGE:
                merged |= self._merged(value, path)
                continue
            name = str(key.value)
            if name in members:
                raise _wrong(key, (*path, name), "the key is there twice")
            self._lines[*path, name] = key.start_mark.line + 1
            members[name] = self._value(value, (*path, name))
        return {**{name: value for name, value in merged.items() if name not in members}, **members}

    def _merged(self, node: Any, path: Path) -> dict[str, Any]:
        """Return what `<<` brings; of several mappings the first counts."""
        parts = node.value if node.id == "sequence" else [node]
        found: dict[str, Any] = {}
        for part in reversed(parts):
            value = self._value(part, path)
            if not isinstance(value, dict):
                raise _wrong(part, path, "only a mapping can be merged")
            found |= value
        return found


def _wrong(node: Any, path: Path, text: str) -> Wrong:
    return Wrong((), worded(Problem(path, text), {path: node.start_mark.line + 1}))
