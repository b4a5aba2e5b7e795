"""Our own format, in TOML: pools, and in each of them what belongs to it, by name.

What the API has is named as in CloudFormation (`AutoVerifiedAttributes`); what is ours is in lower case
(`id`, `password`, `groups`).
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from poolhouse.apply.intrinsics import Lookup, Unknown, text_of
from poolhouse.apply.kinds import PREFIX
from poolhouse.apply.problems import Path, Problems, Wrong
from poolhouse.apply.stack import Place, Resource, Stack

_POOLS = "pools"
_LOGS = "logs"
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Reference:
    """Stands for the id of another resource of the file."""

    name: str


@dataclass(frozen=True, slots=True)
class _Section:
    """What lies in a pool under one name.

    Attributes:
        kind: of its resources.
        named: the property that the name of each gives.
        of_client: whether that name is a client's: one of the file, or else an id.
        extras: our name → that of the extra.
        lists: our name of a table → the property, a list, that it gives, and names for key and value there.
    """

    kind: str
    named: str
    of_client: bool = False
    extras: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)


_POOL = _Section("UserPool", "UserPoolName", extras={"id": "UserPoolId"})
_SECTIONS = {
    "branding": _Section("ManagedLoginBranding", "ClientId", of_client=True),
    "clients": _Section("UserPoolClient", "ClientName", extras={"id": "ClientId", "secret": "ClientSecret"}),
    "css": _Section("UserPoolUICustomizationAttachment", "ClientId", of_client=True),
    "domains": _Section("UserPoolDomain", "Domain"),
    "groups": _Section("UserPoolGroup", "GroupName"),
    "resource_servers": _Section(
        "UserPoolResourceServer",
        "Identifier",
        lists={"scopes": ("Scopes", "ScopeName", "ScopeDescription")},
    ),
    "risk": _Section("UserPoolRiskConfigurationAttachment", "ClientId", of_client=True),
    "terms": _Section("Terms", "ClientId", of_client=True),
    "users": _Section(
        "UserPoolUser",
        "Username",
        extras={"password": "Password", "temporary_password": "TemporaryPassword"},
        lists={"attributes": ("UserAttributes", "Name", "Value")},
    ),
}


def stack_name(tree: Mapping[str, Any]) -> str | None:
    """Return the name that a file gives its stack."""
    return text_of(tree.get("stack"))


def read(tree: Mapping[str, Any], place: Place, problems: Problems) -> Stack:
    """Return the stack that a file describes; what is wrong with it is noted."""
    for name in tree:
        if name not in {"stack", _POOLS}:
            problems.add((name,), "a file has pools, and a name of its stack")
    resources = list(_pools(tree.get(_POOLS) or {}, problems))
    with_ids = {f"{PREFIX}UserPool", f"{PREFIX}UserPoolClient"}
    return Stack(
        place=place,
        resources=tuple(resources),
        skipped={},
        secrets=frozenset(),
        outputs={each.name: {"Value": _Reference(each.name)} for each in resources if each.kind in with_ids},
        lines={},
        evaluate=_evaluate,
    )


def _evaluate(node: Any, path: Path, known: Lookup) -> Any:
    if isinstance(node, _Reference):
        try:
            return known(node.name, "")
        except Unknown as unknown:
            raise Wrong(path, str(unknown)) from unknown
    if isinstance(node, dict):
        return {name: _evaluate(member, (*path, name), known) for name, member in node.items()}
    if isinstance(node, list):
        return [_evaluate(item, (*path, number), known) for number, item in enumerate(node)]
    return node


def _pools(pools: Any, problems: Problems) -> Iterator[Resource]:
    for name, pool in _tables(pools, (_POOLS,), problems):
        path: Path = (_POOLS, name)
        own = {key: value for key, value in pool.items() if key not in {*_SECTIONS, _LOGS}}
        yield _resource(_POOL, name, own, path, problems=problems)
        if _LOGS in pool:
            about = {"UserPoolId": _Reference(_joined(path)), "LogConfigurations": pool[_LOGS]}
            section = _Section("LogDeliveryConfiguration", "UserPoolId")
            yield _resource(section, name, {}, (*path, _LOGS), about=about, problems=problems)
        for key, section in _SECTIONS.items():
            for each, table in _tables(pool.get(key) or {}, (*path, key), problems):
                yield from _of_pool(_InPool(path, pool, problems), key, section, each, table)


@dataclass(frozen=True, slots=True)
class _InPool:
    """Where a pool stands in the file, and what it is."""

    path: Path
    pool: Mapping[str, Any]
    problems: Problems

    def named(self, section: str, name: str) -> Any:
        """Return a reference to what the file has under a name; the name itself where it has nothing."""
        described = self.pool.get(section)
        known = isinstance(described, dict) and name in described
        return _Reference(_joined((*self.path, section, name))) if known else name


def _of_pool(
    here: _InPool, key: str, section: _Section, name: str, table: dict[str, Any]
) -> Iterator[Resource]:
    path, problems = (*here.path, key, name), here.problems
    about = {
        "UserPoolId": _Reference(_joined(here.path)),
        section.named: here.named("clients", name) if section.of_client else name,
    }
    if key == "terms":
        for document, described in _tables(table, path, problems):
            more = {**about, "TermsName": document}
            yield _resource(section, document, described, (*path, document), about=more, problems=problems)
        return
    groups = table.pop("groups", []) if key == "users" else []
    yield _resource(section, name, table, path, about=about, problems=problems)
    yield from _memberships(here, groups, path)


def _memberships(here: _InPool, groups: Any, user: Path) -> Iterator[Resource]:
    if not isinstance(groups, list) or not all(isinstance(group, str) for group in groups):
        here.problems.add((*user, "groups"), "expected a list of names")
        return
    section = _Section("UserPoolUserToGroupAttachment", "GroupName")
    for group in groups:
        about = {
            "UserPoolId": _Reference(_joined(here.path)),
            "Username": _Reference(_joined(user)),
            "GroupName": here.named("groups", group),
        }
        yield _resource(section, group, {}, (*user, "groups", group), about=about, problems=here.problems)


def _resource(
    section: _Section,
    name: str,
    table: Mapping[str, Any],
    path: Path,
    *,
    about: Mapping[str, Any] = _NOTHING,
    problems: Problems,
) -> Resource:
    properties = {section.named: name, **about}
    extras = {}
    known = {*section.extras, *section.lists, *(_SECTIONS if section is _POOL else ())}
    for key, value in table.items():
        if key in section.extras:
            extras[section.extras[key]] = value
        elif key in section.lists:
            member, named, valued = section.lists[key]
            if isinstance(value, dict):
                properties[member] = [{named: each, valued: value[each]} for each in value]
            else:
                problems.add((*path, key), "expected a table")
        elif key[:1].islower():
            near = difflib.get_close_matches(key, known, 1)
            problems.add((*path, key), "there is no such setting" + (f", but {near[0]}" if near else ""))
        else:
            properties[key] = value
    return Resource(
        name=_joined(path),
        kind=f"{PREFIX}{section.kind}",
        path=path,
        properties=properties,
        after=frozenset(each.name for each in properties.values() if isinstance(each, _Reference)),
        extras_path=path,
        extras=extras,
    )


def _tables(value: Any, path: Path, problems: Problems) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the tables of a table, each under its name."""
    if not isinstance(value, dict):
        problems.add(path, "expected tables, each under a name")
        return
    for name, table in value.items():
        if isinstance(table, dict):
            yield name, dict(table)
        else:
            problems.add((*path, name), "expected a table")


def _joined(path: Path) -> str:
    return ".".join(map(str, path))
