"""What a file describes, whatever its format: resources in the order in which they can be made."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from poolhouse.apply.intrinsics import Lookup
from poolhouse.apply.problems import Path, Problems


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stack is.

    Attributes:
        stack: its name.
        region: the server's.
        account: the server's, in ARNs.
    """

    stack: str
    region: str
    account: str

    @property
    def pseudo_parameters(self) -> Mapping[str, Any]:
        """CloudFormation's own parameters."""
        return {
            "AWS::AccountId": self.account,
            "AWS::NotificationARNs": [],
            "AWS::Partition": "aws",
            "AWS::Region": self.region,
            "AWS::StackId": f"arn:aws:cloudformation:{self.region}:{self.account}:stack/{self.stack}",
            "AWS::StackName": self.stack,
            "AWS::URLSuffix": "amazonaws.com",
        }


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of a file.

    Attributes:
        name: a logical id, or a path of our own format.
        kind: its type, as in `AWS::Cognito::UserPool`.
        path: where its properties stand.
        properties: not evaluated.
        after: names of what must be there before.
        extras_path: where `extras` stand.
        extras: what CloudFormation knows nothing of: chosen ids, secrets, passwords; not evaluated.
    """

    name: str
    kind: str
    path: Path
    properties: Mapping[str, Any]
    after: frozenset[str]
    extras_path: Path
    extras: Any


@dataclass(frozen=True, slots=True)
class Stack:
    """All that a file describes.

    Attributes:
        skipped: name → type of what is not made here.
        secrets: texts that are never shown.
        outputs: `Outputs`, not evaluated.
        lines: the line on which something stands, as far as it is known.
        evaluate: an expression, its path and what is known of resources → its value; raises `Wrong`.
    """

    place: Place
    resources: tuple[Resource, ...]
    skipped: Mapping[str, str]
    secrets: frozenset[str]
    outputs: Mapping[str, Any]
    lines: Mapping[Path, int] = field(repr=False)
    evaluate: Callable[[Any, Path, Lookup], Any] = field(repr=False)


def in_order(resources: Iterable[Resource], kinds: Iterable[str], problems: Problems) -> tuple[Resource, ...]:
    """Return resources such that each comes after those it needs; cycles are noted.

    Args:
        resources: in any order.
        kinds: their types, in the order in which they go where nothing else decides.
        problems: takes what is wrong.
    """
    ranks = {kind: rank for rank, kind in enumerate(kinds)}
    by_name = {each.name: each for each in sorted(resources, key=lambda each: ranks[each.kind])}
    done: dict[str, Resource] = {}
    open_: list[str] = []

    def visit(name: str) -> None:
        if name in done or name not in by_name:
            return
        if name in open_:
            chain = " → ".join([*open_[open_.index(name) :], name])
            problems.add(by_name[name].path[:-1], f"the resources need one another: {chain}")
            return
        open_.append(name)
        for needed in sorted(by_name[name].after):
            visit(needed)
        open_.pop()
        done[name] = by_name[name]

    for name in by_name:
        visit(name)
    return tuple(done.values())
