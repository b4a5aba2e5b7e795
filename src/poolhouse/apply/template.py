"""A CloudFormation or SAM template: its parts checked, its parameters with values, its resources in order."""

import difflib
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from poolhouse.apply.intrinsics import Evaluator, Lookup, Missing, Unknown, function_of, text_of
from poolhouse.apply.kinds import KINDS, NOT_YET, PREFIX
from poolhouse.apply.problems import Path, Problems, Wrong
from poolhouse.apply.source import Source, natural
from poolhouse.apply.stack import Place, Resource, Stack
from poolhouse.apply.stand_ins import StandIn

_SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Globals",
        "Hooks",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
        "Transform",
    }
)
_ATTRIBUTES = frozenset(
    {
        "Condition",
        "Connectors",
        "CreationPolicy",
        "DeletionPolicy",
        "DependsOn",
        "Metadata",
        "Properties",
        "Type",
        "UpdatePolicy",
        "UpdateReplacePolicy",
    }
)
_IDENTITY_POOLS = "AWS::Cognito::IdentityPool"
_LOGICAL_ID = re.compile(r"[A-Za-z0-9]+\Z")
_LONGEST_VALUE = 4096
_METADATA = "Poolhouse"


def is_template(tree: Any) -> bool:
    """Tell whether a file's content may be a template at all."""
    return isinstance(tree, dict) and ("Resources" in tree or "AWSTemplateFormatVersion" in tree)


def stack_name(tree: Any) -> str | None:
    """Return the name that a template gives its stack: `Metadata: {Poolhouse: {StackName: …}}`."""
    metadata = tree.get("Metadata") if isinstance(tree, dict) else None
    ours = metadata.get(_METADATA) if isinstance(metadata, dict) else None
    return text_of(ours.get("StackName")) if isinstance(ours, dict) else None


def read(source: Source, place: Place, given: Mapping[str, str], problems: Problems) -> Stack:
    """Return the stack that a template describes; what is wrong with it is noted.

    Args:
        source: the file's content.
        place: where the stack is.
        given: values of parameters, and attributes of resources that are not made (`Site.DomainName`).
        problems: takes what is wrong.
    """
    return _Template(source, place, given, problems).stack()


@dataclass(frozen=True, slots=True)
class _Parameter:
    value: Any
    secret: bool


class _Template:
    def __init__(self, source: Source, place: Place, given: Mapping[str, str], problems: Problems) -> None:
        self._tree: dict[str, Any] = source.tree
        self._lines = source.lines
        self._place = place
        self._given = given
        self._problems = problems
        for section in self._tree:
            if section not in _SECTIONS:
                problems.add((section,), "a template has no such section")
        self._missing: dict[str, str] = {}
        parameters = dict(self._parameters())
        self._secrets = frozenset(
            text for parameter in parameters.values() if parameter.secret for text in _texts(parameter.value)
        )
        values = {name: parameter.value for name, parameter in parameters.items()}
        self._evaluator = Evaluator(
            {**place.pseudo_parameters, **values},
            self._section("Mappings"),
            self._section("Conditions"),
            self._missing,
        )
        self._stand_ins: dict[str, StandIn] = {}
        self._absent: set[str] = set()

    def stack(self) -> Stack:
        """Put everything together."""
        for name in self._section("Conditions"):
            with self._problems.noting(), suppress(Missing):  # which may be needed nowhere
                self._evaluator.holds(name, ("Conditions", name))
        entries = dict(self._entries())
        triggers = dict(_sam_triggers(entries, self._problems))
        resources = []
        for name, entry in entries.items():
            kind = str(entry["Type"])
            if kind in KINDS:
                resources.append(self._resource(name, entry, triggers.get(name)))
            elif kind.startswith(PREFIX) and not kind.startswith(_IDENTITY_POOLS) and kind not in NOT_YET:
                near = difflib.get_close_matches(kind, KINDS, 1)
                self._problems.add(
                    ("Resources", name), f"there is no type {kind}" + (f", but {near[0]}" if near else "")
                )
            else:
                self._stand_ins[name] = StandIn(
                    self._place.stack, name, kind, self._place.region, self._place.account
                )
        self._refuse_unused_values()
        return Stack(
            place=self._place,
            resources=tuple(resources),
            skipped={name: stand_in.kind for name, stand_in in self._stand_ins.items()},
            secrets=self._secrets,
            outputs=self._section("Outputs"),
            lines=self._lines,
            evaluate=self._evaluate,
        )

    def _section(self, name: str) -> dict[str, Any]:
        section = self._tree.get(name)
        if isinstance(section, dict):
            return section
        if section is not None:
            self._problems.add((name,), "the section is a map")
        return {}

    # --- parameters -----------------------------------------------------------------------------------------

    def _parameters(self) -> Iterator[tuple[str, _Parameter]]:
        for name, parameter in self._section("Parameters").items():
            path = ("Parameters", name)
            if not isinstance(parameter, dict):
                self._problems.add(path, "a parameter is a map with a Type")
                continue
            kind = text_of(parameter.get("Type")) or "String"
            text = self._given.get(name)
            if text is None and kind.startswith("AWS::SSM::Parameter::Value"):
                self._missing[name] = f"there is no Parameter Store here: give a value, --parameter {name}=…"
            elif text is None and parameter.get("Default") is None:
                self._missing[name] = f"the parameter has no default: give a value, --parameter {name}=…"
            else:
                text = text_of(parameter.get("Default")) if text is None else text
                with self._problems.noting():
                    value = _parameter(kind, text, parameter, path)
                    yield name, _Parameter(value, str(natural(parameter.get("NoEcho"))).lower() == "true")

    def _refuse_unused_values(self) -> None:
        for name in self._given:
            resource = name.partition(".")[0]
            if name not in self._section("Parameters") and resource not in self._stand_ins:
                self._problems.add((), f"--parameter {name}: the template has no such parameter")

    # --- resources ------------------------------------------------------------------------------------------

    def _entries(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the resources whose conditions hold."""
        for name, entry in self._section("Resources").items():
            path: Path = ("Resources", name)
            if not _LOGICAL_ID.match(name):
                self._problems.add(path, "a logical id has letters and digits only")
            elif not isinstance(entry, dict) or not isinstance(entry.get("Type"), str):
                self._problems.add(path, "a resource is a map with a Type")
            else:
                for attribute in entry:
                    if attribute not in _ATTRIBUTES:
                        self._problems.add((*path, attribute), "a resource has no such attribute")
                with self._problems.noting():
                    if self._is_there(entry, (*path, "Condition")):
                        yield name, entry
                    else:
                        self._absent.add(name)

    def _is_there(self, entry: Mapping[str, Any], path: Path) -> bool:
        """Tell whether a resource's condition holds; of what is not made here it may be unknown."""
        condition = entry.get("Condition")
        try:
            return condition is None or self._evaluator.holds(str(condition), path)
        except Missing:
            if entry["Type"] in KINDS:
                raise
            return True

    def _resource(self, name: str, entry: dict[str, Any], triggers: dict[str, Any] | None) -> Resource:
        path: Path = ("Resources", name)
        properties = entry.get("Properties") or {}
        if not isinstance(properties, dict):
            self._problems.add((*path, "Properties"), "properties are a map")
            properties = {}
        if triggers:
            config = properties.get("LambdaConfig") or {}
            if isinstance(config, dict) and function_of(config) is None:
                properties = {**properties, "LambdaConfig": {**config, **triggers}}
            else:
                at = (*path, "Properties", "LambdaConfig")
                self._problems.add(at, "events of functions are added to it, so that it must be a plain map")
        after = set(self._names(entry.get("DependsOn"), (*path, "DependsOn")))
        with self._problems.noting():
            after |= set(self._evaluator.references(properties, (*path, "Properties")))
        metadata = entry.get("Metadata")
        ours = metadata.get(_METADATA) if isinstance(metadata, dict) else None
        return Resource(
            name=name,
            kind=str(entry["Type"]),
            path=(*path, "Properties"),
            properties=properties,
            after=frozenset(after),
            extras_path=(*path, "Metadata", _METADATA),
            extras=ours or {},
        )

    def _names(self, node: Any, path: Path) -> list[str]:
        names = [node] if isinstance(node, str) else node or []
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            self._problems.add(path, "DependsOn is a logical id or a list of them")
            return []
        for name in names:
            if name not in self._section("Resources"):
                self._problems.add(path, f"there is no resource {name}")
        return [str(name) for name in names]

    # --- evaluation -----------------------------------------------------------------------------------------

    def _evaluate(self, node: Any, path: Path, known: Lookup) -> Any:
        def lookup(name: str, attribute: str) -> Any:
            if name in self._stand_ins:
                return self._stand_in(name, attribute)
            if name in self._absent:
                raise Unknown(f"{name} is not made: its condition does not hold")
            if name not in self._section("Resources"):
                raise Unknown(f"there is no resource or parameter {name}")
            return known(name, attribute)

        return self._evaluator.value(node, path, lookup)

    def _stand_in(self, name: str, attribute: str) -> str:
        told = self._given.get(f"{name}.{attribute}" if attribute else name)
        if told is not None:
            return told
        stand_in = self._stand_ins[name]
        found = stand_in.attributes(self._named(stand_in)).get(attribute)
        if found is None:
            raise Unknown(
                f"{name} is a {stand_in.kind}, which is not made here: say what its {attribute} is, "
                f"--parameter {name}.{attribute}=…"
            )
        return found

    def _named(self, stand_in: StandIn) -> str | None:
        """Return the name that a resource's own properties give it, where they can be evaluated."""
        path: Path = ("Resources", stand_in.name, "Properties")
        properties = self._section("Resources")[stand_in.name].get("Properties")
        node = properties.get(stand_in.naming) if isinstance(properties, dict) and stand_in.naming else None

        def nothing(name: str, attribute: str) -> Any:  # noqa: ARG001 (whatever is asked)
            raise Unknown(f"{name} is not known yet")

        try:
            return text_of(self._evaluator.value(node, path, nothing))
        except Wrong:
            return None


def _parameter(kind: str, text: str | None, parameter: Mapping[str, Any], path: Path) -> Any:
    """Return a parameter's value, checked.

    Raises:
        Wrong: it is not what the parameter takes.
    """
    if text is None or len(text) > _LONGEST_VALUE:
        raise Wrong(path, f"the value is no text of at most {_LONGEST_VALUE} characters")
    is_list = kind == "CommaDelimitedList" or kind.startswith("List<")
    items = [item.strip() for item in text.split(",")] if is_list else [text]
    for item in items:
        _check_item(kind, item, parameter, path)
    return items if is_list else text


def _check_item(kind: str, text: str, parameter: Mapping[str, Any], path: Path) -> None:
    described = text_of(parameter.get("ConstraintDescription"))
    allowed = parameter.get("AllowedValues")
    if isinstance(allowed, list) and text not in [text_of(value) for value in allowed]:
        values = ", ".join(str(text_of(value)) for value in allowed)
        raise Wrong(path, described or f"the value is none of {values}")
    pattern = text_of(parameter.get("AllowedPattern"))
    if pattern is not None and not _fits(pattern, text, path):
        raise Wrong(path, described or f"the value does not match {pattern}")
    measure: float = len(text)
    limits = ("MinLength", "MaxLength")
    if "Number" in kind:
        limits = ("MinValue", "MaxValue")
        try:
            measure = float(text)
        except ValueError:
            raise Wrong(path, described or "the value is no number") from None
    low, high = (natural(parameter.get(limit)) for limit in limits)
    if (isinstance(low, int | float) and measure < low) or (isinstance(high, int | float) and measure > high):
        raise Wrong(path, described or f"the value breaks {limits[0]} or {limits[1]}")


def _fits(pattern: str, text: str, path: Path) -> bool:
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error as error:
        raise Wrong((*path, "AllowedPattern"), f"no pattern: {error}") from error


def _texts(value: Any) -> list[str]:
    return [item for item in (value if isinstance(value, list) else [value]) if item]


def _sam_triggers(
    entries: Mapping[str, dict[str, Any]], problems: Problems
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the triggers that SAM functions declare as events of type `Cognito`: pool → `LambdaConfig`."""
    found: dict[str, dict[str, Any]] = {}
    for name, entry in entries.items():
        properties = entry.get("Properties")
        events = properties.get("Events") if isinstance(properties, dict) else None
        if entry["Type"] != "AWS::Serverless::Function" or not isinstance(events, dict):
            continue
        for event, described in events.items():
            if not isinstance(described, dict) or described.get("Type") != "Cognito":
                continue
            path: Path = ("Resources", name, "Properties", "Events", event)
            about = described.get("Properties")
            pool = about.get("UserPool") if isinstance(about, dict) else None
            trigger = about.get("Trigger") if isinstance(about, dict) else None
            triggers = [trigger] if isinstance(trigger, str) else trigger
            if not isinstance(pool, dict) or function_of(pool) != "Ref" or not isinstance(triggers, list):
                problems.add(path, "a Cognito event has UserPool, a Ref, and Trigger")
                continue
            for each in triggers:
                found.setdefault(str(pool["Ref"]), {})[str(each)] = {"Fn::GetAtt": [name, "Arn"]}
    yield from found.items()
