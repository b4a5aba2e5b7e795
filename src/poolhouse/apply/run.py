"""Making things as a file wants them: first to see what would come of it, then to keep it.

Both times the operations themselves do it, inside one transaction: what they would refuse is refused before
anything is written, and what they would make of a request is what the plan shows. The first time the
transaction is undone. The second time it is committed if all that it meets is what the plan has met.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from msgspec import inspect

from poolhouse.access.caller import IamCaller
from poolhouse.apply.check import checked
from poolhouse.apply.differences import ABSENT, Difference, between
from poolhouse.apply.hand import Hand, Want
from poolhouse.apply.intrinsics import Unknown
from poolhouse.apply.kinds import KINDS
from poolhouse.apply.kinds.base import Kind, Refused
from poolhouse.apply.problems import Problem, Problems, Wrong
from poolhouse.apply.stack import Resource, Stack
from poolhouse.domain.stacks import StackResource
from poolhouse.errors import ServiceError
from poolhouse.flows.call import AdminCall, Call, Services
from poolhouse.store import Store, Tx
from poolhouse.store.cache import ConfigCache
from poolhouse.store.within import Within

CREATE, CHANGE, UNCHANGED, REFUSED, WAITS = "create", "change", "unchanged", "refused", "waits"


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one resource.

    Attributes:
        kind: as after `AWS::Cognito::`.
        identifier: what it is called; "" where the id is drawn at random.
        before: as it was read; None where it was not there.
        reason: why it is refused, or what it waits for.
    """

    name: str
    kind: str
    action: str
    identifier: str = ""
    before: Mapping[str, Any] | None = None
    differences: tuple[Difference, ...] = ()
    reason: str = ""

    @property
    def good(self) -> bool:
        """Whether it is there, or can be."""
        return self.action not in {REFUSED, WAITS}


@dataclass(frozen=True, slots=True)
class Plan:
    """What would come of a file.

    Attributes:
        problems: what is wrong with the file; where there are any, nothing can be done.
        gone: what an earlier run has made, and the file has no more; it stays.
        outputs: name → value, or why it has none.
        secrets: texts that are never shown.
        drawn: ids for what is new, by name.
    """

    stack: Stack
    steps: tuple[Step, ...]
    problems: tuple[Problem, ...]
    gone: tuple[StackResource, ...]
    outputs: Mapping[str, str]
    secrets: frozenset[str]
    drawn: Mapping[str, str]

    @property
    def possible(self) -> bool:
        """Whether nothing stands in its way."""
        return not self.problems and all(step.good for step in self.steps)

    @property
    def changes(self) -> bool:
        """Whether anything would change."""
        return any(step.action in {CREATE, CHANGE} for step in self.steps)


class ChangedMeanwhile(Exception):  # noqa: N818 (it reads as what happened)
    """Something is no longer as the plan has found it; nothing was written."""


class _Undone(Exception):  # noqa: N818
    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan


def plan(services: Services, stack: Stack) -> Plan:
    """Find out what would come of a stack, and leave everything as it is."""
    drawn = {
        resource.name: KINDS[resource.kind].draw(_hand(services, services.store, stack))
        for resource in stack.resources
        if resource.kind in KINDS
    }

    def work(tx: Tx) -> None:
        raise _Undone(_Run(services, tx, stack, drawn).all())

    try:
        services.store.write(work)
    except _Undone as undone:
        return undone.plan
    raise AssertionError  # it is always undone


def carry_out(services: Services, planned: Plan) -> Plan:
    """Do what was planned, all of it or nothing; return what came of it.

    Raises:
        ChangedMeanwhile: something is no longer as the plan has found it.
    """

    def work(tx: Tx) -> Plan:
        done = _Run(services, tx, planned.stack, planned.drawn, planned).all()
        if not done.possible:
            raise ChangedMeanwhile
        return done

    done = services.store.write(work)
    services.config.clear()
    return done


def _hand(services: Services, store: Store, stack: Stack) -> Hand:
    beyond = msgspec.structs.replace(services.settings.beyond, partial_updates=False)
    on_store = replace(
        services,
        store=store,
        config=ConfigCache(store, services.clock),
        # A file says all that there is: what it leaves out is at its default.
        settings=msgspec.structs.replace(services.settings, beyond=beyond),
    )
    arn = f"arn:aws:iam::{stack.place.account}:user/apply"
    call: AdminCall = Call(
        IamCaller("apply", arn), on_store, "127.0.0.1", "poolhouse apply", services.entropy.uuid()
    )
    return Hand(call, stack.place)


@dataclass
class _Run:
    services: Services
    tx: Tx
    stack: Stack
    drawn: Mapping[str, str]
    planned: Plan | None = None
    steps: dict[str, Step] = field(default_factory=dict)
    problems: Problems = field(default_factory=Problems)
    known: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    taken: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def all(self) -> Plan:
        """Take the resources one by one."""
        self.secrets |= self.stack.secrets
        self.hand = _hand(self.services, Within(self.tx), self.stack)
        self.records = self.tx.stacks.of(self.stack.place.stack)
        touched = {(done.pool_id, done.name) for done in map(self._one, self.stack.resources) if done}
        return Plan(
            stack=self.stack,
            steps=tuple(self.steps.values()),
            problems=tuple(self.problems.found),
            gone=tuple(record for record in self.records if (record.pool_id, record.name) not in touched),
            outputs=dict(self._outputs()),
            secrets=frozenset(self.secrets),
            drawn=self.drawn,
        )

    def _one(self, resource: Resource) -> StackResource | None:
        """Make one resource as the file wants it; return what it now is, None where that is nothing."""
        kind = KINDS.get(resource.kind)
        if kind is None:
            self.problems.add(resource.path[:-1], f"{resource.kind} is not there yet")
            return None
        missing = sorted(name for name in resource.after & self.steps.keys() if not self.steps[name].good)
        waits = Step(resource.name, kind.name, WAITS, reason=f"needs {', '.join(missing)}")
        if not self.known.keys() >= set(missing):  # what it refers to has no value
            self.steps[resource.name] = waits
            return None
        want = self._want(resource, kind)
        if want is None:
            reason = "the file is wrong here"
            self.steps[resource.name] = Step(resource.name, kind.name, REFUSED, reason=reason)
            return None
        with self._refusing(resource, kind):
            self.steps[resource.name] = waits if missing else self._take(kind, want)
        self._learn(resource, kind, want)
        return self._record(kind, want)

    def _want(self, resource: Resource, kind: Kind) -> Want | None:
        """Return a resource's properties, evaluated and checked; None where the file is wrong."""
        count = len(self.problems.found)
        extras = self._checked(kind.extras, resource.extras, (resource.extras_path))
        properties = self._checked(kind.properties, resource.properties, resource.path)
        if len(self.problems.found) > count:
            return None
        pool_id = properties.get("UserPoolId")
        records = [
            record
            for record in self.records
            if (record.name, record.kind) == (resource.name, kind.name) and pool_id in {None, record.pool_id}
        ]
        self.secrets |= {
            str(value) for name, value in extras.items() if "Secret" in name or "Password" in name
        }
        return Want(
            resource.name, properties, extras, self.drawn[resource.name], records[0] if records else None
        )

    def _checked(self, shape: type[Any], node: Any, path: Any) -> dict[str, Any]:
        try:
            value = self.stack.evaluate(node, path, self._lookup)
        except Wrong as wrong:
            self.problems.found.append(wrong.problem)
            return {}
        return dict(checked(inspect.type_info(shape), value, path, self.problems))

    def _lookup(self, name: str, attribute: str) -> Any:
        attributes = self.known.get(name)
        if attributes is None:
            raise Unknown(f"{name} cannot be made, so that nothing can refer to it")
        if attribute not in attributes:
            raise Unknown(f"{name} has no attribute {attribute}")
        return attributes[attribute]

    def _take(self, kind: Kind, want: Want) -> Step:
        self._check_unique(kind, want)
        before = kind.read(self.hand, want)
        decided = self._decided(want, before)
        if decided == UNCHANGED:
            return Step(want.name, kind.name, UNCHANGED, kind.identifier(want), before)
        if before is None:
            kind.make(self.hand, want)
            differences = tuple(between(ABSENT, want.properties))
            action = CREATE
        else:
            kind.change(self.hand, want, before)
            differences = tuple(between(before, kind.read(self.hand, want)))
            action = CHANGE if differences else UNCHANGED
        identifier = kind.identifier(want)
        shown = "" if before is None and identifier == want.drawn else identifier
        return Step(want.name, kind.name, action, shown, before, differences)

    def _check_unique(self, kind: Kind, want: Want) -> None:
        key = (kind.name, kind.pool(want), kind.identifier(want))
        if self.taken.setdefault(key, want.name) != want.name:
            raise Refused(f"{self.taken[key]} is the same {kind.name}, {kind.identifier(want)}")

    def _decided(self, want: Want, before: Mapping[str, Any] | None) -> str | None:
        """Return what the plan says of a resource; None while it is being made.

        Raises:
            ChangedMeanwhile: the resource is no longer as the plan has found it.
        """
        if self.planned is None:
            return None
        step = next(step for step in self.planned.steps if step.name == want.name)
        if step.before != before:
            raise ChangedMeanwhile
        return step.action

    @contextmanager
    def _refusing(self, resource: Resource, kind: Kind) -> Iterator[None]:
        try:
            yield
        except Refused as refused:
            reason = str(refused)
        except ServiceError as error:
            reason = f"{type(error).__name__}: {error.message}"
        else:
            return
        self.steps[resource.name] = Step(resource.name, kind.name, REFUSED, reason=reason)

    def _learn(self, resource: Resource, kind: Kind, want: Want) -> None:
        """Remember what others may refer to, and which of it is secret."""
        self.known[resource.name] = kind.attributes(self.hand, want)
        self.secrets |= {str(v) for name, v in self.known[resource.name].items() if "Secret" in name}

    def _record(self, kind: Kind, want: Want) -> StackResource:
        """Keep what the resource is, so that the next run finds it again."""
        stack = self.stack.place.stack
        record = StackResource(kind.pool(want), stack, want.name, kind.name, kind.identifier(want))
        step = self.steps[want.name]
        if step.action in {CREATE, CHANGE} and want.recorded != record:
            self.tx.stacks.put(record)
        return record

    def _outputs(self) -> Iterator[tuple[str, str]]:
        for name, output in self.stack.outputs.items():
            path = ("Outputs", name, "Value")
            try:
                value = self.stack.evaluate(output.get("Value"), path, self._lookup)
            except (Wrong, AttributeError) as wrong:
                yield name, f"({wrong})"
            else:
                yield name, value if isinstance(value, str) else msgspec.json.encode(value).decode()
