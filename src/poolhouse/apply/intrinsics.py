"""CloudFormation's intrinsic functions: what an expression of a template comes to.

References to resources are answered by whoever evaluates, once the resources are there.
"""

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from poolhouse.apply.problems import Path, Wrong
from poolhouse.apply.source import LARGEST, Plain, natural

NOTHING = object()
"""What `AWS::NoValue` comes to: the member or item is not there."""

Lookup = Callable[[str, str], Any]
"""Name and attribute of a resource ("" for `Ref`) → its value; raises `Unknown` where there is none."""

_NOTHING_MISSING: Mapping[str, str] = MappingProxyType({})
_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")


class Unknown(Exception):  # noqa: N818 (it reads as what happened)
    """Nothing has that name, or that attribute; the message says so."""


class Missing(Wrong):
    """A parameter is needed that has no value."""


def function_of(node: Any) -> str | None:
    """Return the name of the function that an expression calls; None where it is plain data."""
    if isinstance(node, dict) and len(node) == 1:
        name = next(iter(node))
        if name in {"Ref", "Condition"} or name.startswith("Fn::"):
            return str(name)
    return None


def text_of(value: Any) -> str | None:
    """Return a scalar as the text that functions work with; None where it is no scalar."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Plain) and value.lower() in {"true", "false"}:
        return value.lower()
    if isinstance(value, str):
        return str(value)
    return str(value) if isinstance(value, int | float) else None


def attribute_of(arguments: Any, path: Path) -> tuple[str, str]:
    """Return the name and the attribute of a `Fn::GetAtt`, in either of its forms.

    Raises:
        Wrong: it has another.
    """
    parts = arguments if isinstance(arguments, list) else str(arguments or "").split(".", 1)
    if len(parts) != 2 or not all(isinstance(part, str) and part for part in parts):
        raise Wrong(path, "Fn::GetAtt takes a resource and one of its attributes, such as Pool.Arn")
    return str(parts[0]), str(parts[1])


class Evaluator:
    """Evaluates the expressions of one template."""

    def __init__(
        self,
        values: Mapping[str, Any],
        mappings: Mapping[str, Any],
        conditions: Mapping[str, Any],
        missing: Mapping[str, str] = _NOTHING_MISSING,
    ) -> None:
        """Take what expressions may speak of beside resources.

        Args:
            values: parameters and pseudo parameters.
            missing: parameters without a value, and why they have none.
            mappings: `Mappings`.
            conditions: `Conditions`.
        """
        self._values = values
        self._missing = missing
        self._mappings = mappings
        self._conditions = conditions
        self._known: dict[str, bool] = {}
        self._open: list[str] = []

    def value(self, node: Any, path: Path, lookup: Lookup) -> Any:
        """Return what an expression comes to.

        Raises:
            Wrong: a function is used wrongly, or speaks of what is not there.
        """
        name = function_of(node)
        if name is not None:
            found = self._call(name, node[name], path, lookup)
            if isinstance(found, str):
                _check_length(len(found), path)
            return found
        if isinstance(node, dict):
            members = {key: self.value(member, (*path, key), lookup) for key, member in node.items()}
            return {key: member for key, member in members.items() if member is not NOTHING}
        if isinstance(node, list):
            items = [self.value(item, (*path, number), lookup) for number, item in enumerate(node)]
            return [item for item in items if item is not NOTHING]
        return node

    def holds(self, name: str, path: Path) -> bool:
        """Tell whether a named condition holds.

        Raises:
            Wrong: there is none of that name, or it is defined by itself.
        """
        if name in self._open:
            chain = " → ".join([*self._open[self._open.index(name) :], name])
            raise Wrong(("Conditions", name), f"the condition is defined by itself: {chain}")
        if name not in self._conditions:
            raise Wrong(path, f"there is no condition {name}")
        if name not in self._known:
            self._open.append(name)
            try:
                self._known[name] = self._condition(self._conditions[name], ("Conditions", name))
            finally:
                self._open.pop()
        return self._known[name]

    def references(self, node: Any, path: Path) -> Iterator[str]:
        """Yield the names that an expression refers to, those in branches not taken left out.

        Raises:
            Wrong: a function is used wrongly.
        """
        name = function_of(node)
        if name == "Ref":
            yield str(node[name])
        elif name == "Fn::GetAtt":
            yield attribute_of(node[name], (*path, name))[0]
        elif name == "Fn::If":
            yield from self.references(self._branch(node[name], path), path)
        elif name == "Fn::Sub":
            text, variables = _substitution(node[name], path)
            yield from (found[0] for found in _variables(text) if found[0] not in variables)
            yield from self.references(variables, path)
        elif isinstance(node, dict):
            for key, member in node.items():
                yield from self.references(member, (*path, key))
        elif isinstance(node, list):
            for number, item in enumerate(node):
                yield from self.references(item, (*path, number))

    # --- functions ------------------------------------------------------------------------------------------

    def _call(self, name: str, arguments: Any, path: Path, lookup: Lookup) -> Any:
        if name in _CONDITIONS:
            return self._condition({name: arguments}, path, lookup)
        of_template = {
            "Ref": self._ref,
            "Fn::FindInMap": self._find_in_map,
            "Fn::GetAtt": self._get_att,
            "Fn::If": self._if,
            "Fn::Sub": self._sub,
        }
        if name in of_template:
            return of_template[name](arguments, path, lookup)
        if name in _OF_VALUES:
            return _OF_VALUES[name](self.value(arguments, (*path, name), lookup), path)
        raise Wrong(path, _ELSEWHERE.get(name, f"{name} is not known here"))

    def _get_att(self, arguments: Any, path: Path, lookup: Lookup) -> Any:
        return _looked_up(lookup, *attribute_of(arguments, path), path)

    def _if(self, arguments: Any, path: Path, lookup: Lookup) -> Any:
        return self.value(self._branch(arguments, path), (*path, "Fn::If"), lookup)

    def _ref(self, name: Any, path: Path, lookup: Lookup) -> Any:
        if not isinstance(name, str):
            raise Wrong(path, "Ref takes a name")
        if name == "AWS::NoValue":
            return NOTHING
        if name in self._missing:
            raise Missing(path, f"{name}: {self._missing[name]}")
        return self._values[name] if name in self._values else _looked_up(lookup, str(name), "", path)

    def _sub(self, arguments: Any, path: Path, lookup: Lookup) -> str:
        text, variables = _substitution(arguments, path)
        values = self.value(variables, (*path, "Fn::Sub", 1), lookup)
        parts, end, length = [], 0, 0
        for found in _VARIABLE.finditer(text):
            whole = found[2].strip()
            name, _, attribute = whole.partition(".")
            if found[1]:
                value: Any = f"${{{found[2]}}}"
            elif whole in values:
                value = values[whole]
            elif attribute:
                value = _looked_up(lookup, name, attribute, path)
            else:
                value = self._ref(whole, path, lookup)
            parts += [text[end : found.start()], _text(value, path, "Fn::Sub")]
            length += len(parts[-2]) + len(parts[-1])
            _check_length(length, path)
            end = found.end()
        return "".join([*parts, text[end:]])

    def _branch(self, arguments: Any, path: Path) -> Any:
        if not isinstance(arguments, list) or len(arguments) != 3 or not isinstance(arguments[0], str):
            raise Wrong(path, "Fn::If takes a condition's name and two values")
        return arguments[1 if self.holds(str(arguments[0]), path) else 2]

    def _condition(self, node: Any, path: Path, lookup: Lookup | None = None) -> bool:
        name = function_of(node)
        given = node[name] if name else None
        match name:
            case "Condition" if isinstance(given, str):
                return self.holds(given, path)
            case "Fn::Equals" if isinstance(given, list) and len(given) == 2:
                one, other = (self.value(side, path, lookup or _no_resources) for side in given)
                return _same(one, other)
            case "Fn::Not" if isinstance(given, list) and len(given) == 1:
                return not self._condition(given[0], (*path, name), lookup)
            case "Fn::And" | "Fn::Or" if isinstance(given, list) and 2 <= len(given) <= 10:
                every = [self._condition(part, (*path, str(name)), lookup) for part in given]
                return all(every) if name == "Fn::And" else any(every)
        raise Wrong(path, "a condition is Fn::Equals, Fn::And, Fn::Or, Fn::Not or Condition")

    def _find_in_map(self, arguments: Any, path: Path, lookup: Lookup) -> Any:
        given = self.value(arguments, (*path, "Fn::FindInMap"), lookup)
        if not isinstance(given, list) or len(given) not in (3, 4):
            raise Wrong(path, "Fn::FindInMap takes the names of a map and of two of its keys")
        keys = [_text(key, path, "Fn::FindInMap") for key in given[:3]]
        found: Any = self._mappings
        for key in keys:
            if not isinstance(found, dict) or key not in found:
                if len(given) == 4 and isinstance(given[3], dict) and "DefaultValue" in given[3]:
                    return given[3]["DefaultValue"]
                raise Wrong(path, f"there is no {'.'.join(keys)} in Mappings")
            found = found[key]
        return found


def _check_length(length: int, path: Path) -> None:
    """Stop what multiplies texts before it fills the memory."""
    if length > LARGEST:
        raise Wrong(path, f"the text is longer than {LARGEST} characters")


def _looked_up(lookup: Lookup, name: str, attribute: str, path: Path) -> Any:
    try:
        return lookup(name, attribute)
    except Unknown as unknown:
        raise Wrong(path, str(unknown)) from unknown


def _no_resources(name: str, attribute: str) -> Any:  # noqa: ARG001 (it answers alike whatever is asked)
    raise Unknown(f"a condition cannot refer to {name}, which is no parameter")


def _substitution(arguments: Any, path: Path) -> tuple[str, dict[str, Any]]:
    text, variables = arguments if isinstance(arguments, list) and len(arguments) == 2 else (arguments, {})
    if not isinstance(text, str) or not isinstance(variables, dict):
        raise Wrong(path, "Fn::Sub takes a text, or a list of a text and a map")
    return text, variables


def _variables(text: str) -> Iterator[tuple[str, str]]:
    for found in _VARIABLE.finditer(text):
        if not found[1]:
            name, _, attribute = found[2].strip().partition(".")
            yield name, attribute


def _text(value: Any, path: Path, function: str) -> str:
    text = text_of(value)
    if text is None:
        raise Wrong(path, f"{function} takes texts")
    return text


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return text_of(one) == text_of(other) if text_of(one) is not None else bool(one == other)


def _pair(given: Any, path: Path, takes: str) -> tuple[Any, Any]:
    if not isinstance(given, list) or len(given) != 2:
        raise Wrong(path, takes)
    return given[0], given[1]


def _join(given: Any, path: Path) -> str:
    takes = "Fn::Join takes a separator and a list"
    separator, parts = _pair(given, path, takes)
    if not isinstance(parts, list):
        raise Wrong(path, takes)
    between, texts = _text(separator, path, "Fn::Join"), [_text(part, path, "Fn::Join") for part in parts]
    _check_length(len(between) * len(texts) + sum(map(len, texts)), path)
    return between.join(texts)


def _select(given: Any, path: Path) -> Any:
    takes = "Fn::Select takes a number and a list"
    number, items = _pair(given, path, takes)
    text = text_of(number) or ""
    if not isinstance(items, list) or not re.fullmatch("[0-9]{1,9}", text):
        raise Wrong(path, takes)
    if int(text) >= len(items):
        raise Wrong(path, f"Fn::Select: there is no item {text} among {len(items)}")
    return items[int(text)]


def _split(given: Any, path: Path) -> list[str]:
    separator, text = _pair(given, path, "Fn::Split takes a separator and a text")
    if not _text(separator, path, "Fn::Split"):
        raise Wrong(path, "Fn::Split takes a separator that is not empty")
    return _text(text, path, "Fn::Split").split(str(separator))


def _base64(given: Any, path: Path) -> str:
    return base64.b64encode(_text(given, path, "Fn::Base64").encode()).decode()


def _length(given: Any, path: Path) -> int:
    if not isinstance(given, list):
        raise Wrong(path, "Fn::Length takes a list")
    return len(given)


def _to_json(given: Any, path: Path) -> str:  # noqa: ARG001 (it takes anything)
    return json.dumps(natural(given), separators=(",", ":"))


_OF_VALUES: Mapping[str, Callable[[Any, Path], Any]] = {
    "Fn::Base64": _base64,
    "Fn::Join": _join,
    "Fn::Length": _length,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::ToJsonString": _to_json,
}
_CONDITIONS = frozenset({"Condition", "Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or"})
_ELSEWHERE = {
    "Fn::GetAZs": "there are no availability zones here",
    "Fn::ImportValue": "Fn::ImportValue has no other stacks here: make it a parameter",
    "Fn::Transform": "no macros run here",
}
