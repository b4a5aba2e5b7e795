"""Making things as a file wants them: first to see what would come of it, then to keep it.

Both times the operations themselves do it, inside one transaction: what they would refuse is refused before
anything is written, and what they would make of a request is what the plan shows. The first time the
transaction is undone. The second time it is committed if all that it meets is what the plan has met.

Users and their memberships are planned in the same transaction, with no message sent and no trigger called.
They are made after it, one by one, for then both happens, and no transaction may wait for it.
"""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from msgspec import inspect

from poolhouse.access.caller import IamCaller
from poolhouse.apply.check import checked
from poolhouse.apply.differences import ABSENT, UNSEEN, Difference, between
from poolhouse.apply.hand import Hand, Want
from poolhouse.apply.intrinsics import Unknown
from poolhouse.apply.kinds import KINDS
from poolhouse.apply.kinds.base import Kind, Refused
from poolhouse.apply.problems import Path, Problem, Problems, Wrong
from poolhouse.apply.stack import Resource, Stack
from poolhouse.domain.pool import Pool
from poolhouse.domain.stacks import StackResource
from poolhouse.errors import ServiceError
from poolhouse.flows.call import AdminCall, Call, Services
from poolhouse.keys.passwords import Passwords
from poolhouse.messages.channels import Channels
from poolhouse.messages.outgoing import Mail, Sms
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
    """What would come of a file, or what has.

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
        """Whether nothing stands, or stood, in its way."""
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
    ours = _hand(services, services.store, stack)
    drawn = {resource.name: KINDS[resource.kind].draw(ours) for resource in stack.resources}

    def work(tx: Tx) -> None:
        here = Within(tx)
        run = _Run(stack, drawn, _hand(services, here, stack), _hand(_quiet(services, here), here, stack))
        run.take(stack.resources)
        raise _Undone(run.outcome())

    try:
        services.store.write(work)
    except _Undone as undone:
        return undone.plan
    raise AssertionError  # it is always undone


def carry_out(services: Services, planned: Plan) -> Plan:
    """Do what was planned; return what came of it.

    All but users and memberships is done, or nothing. Each of those is done or not; what was not is in the
    steps, and is tried again by the next run.

    Raises:
        ChangedMeanwhile: something is no longer as the plan has found it.
    """
    stack = planned.stack
    first = [resource for resource in stack.resources if not KINDS[resource.kind].later]
    later = [resource for resource in stack.resources if KINDS[resource.kind].later]
    after = _hand(services, services.store, stack)

    holder, now = services.entropy.uuid(), services.clock.now()

    def work(tx: Tx) -> _Run:
        # Of two at once the later one waits here, and then finds what the earlier one has made.
        if not tx.leases.take(f"apply/{stack.place.stack}", holder, now, now):
            raise ChangedMeanwhile
        here = Within(tx)
        run = _Run(stack, planned.drawn, _hand(services, here, stack), after, planned)
        run.take(first)
        if not run.outcome().possible:
            raise ChangedMeanwhile
        return run

    run = services.store.write(work)
    services.config.clear()
    run.hand = after
    run.take(later)
    return run.outcome()


def _hand(services: Services, store: Store, stack: Stack) -> Hand:
    """Return an administrator's call on a store."""
    beyond = msgspec.structs.replace(services.settings.beyond, partial_updates=False)
    on_store = replace(
        services,
        store=store,
        config=services.config
        if isinstance(services.config, _WithoutTriggers)
        else ConfigCache(store, services.clock),
        # A file says all that there is: what it leaves out is at its default.
        settings=msgspec.structs.replace(services.settings, beyond=beyond),
    )
    arn = f"arn:aws:iam::{stack.place.account}:user/apply"
    call: AdminCall = Call(
        IamCaller("apply", arn), on_store, "127.0.0.1", "poolhouse apply", services.entropy.uuid()
    )
    return Hand(call, stack.place)


def _quiet(services: Services, store: Store) -> Services:
    """Return services that make users without anybody hearing of it, and without hashing passwords."""
    return replace(
        services,
        config=_WithoutTriggers(store, services.clock),
        channels=_Silence(),
        passwords=Passwords(services.vault, ThreadPoolExecutor(1), services.settings.passwords, hashed=False),
    )


class _WithoutTriggers(ConfigCache):
    """Pools as if they had no triggers."""

    def pool(self, pool_id: str) -> Pool | None:
        found = super().pool(pool_id)
        return replace(found, config={**found.config, "LambdaConfig": {}}) if found else None


class _Silence(Channels):
    """Messages go nowhere."""

    def __init__(self) -> None:
        pass

    def send(self, message: Mail | Sms) -> None:
        pass


@dataclass
class _Run:
    """One run over resources.

    Attributes:
        hand: for all that is done in the transaction.
        later: for users and memberships.
        planned: the plan that is carried out; None while one is made.
    """

    stack: Stack
    drawn: Mapping[str, str]
    hand: Hand
    later: Hand
    planned: Plan | None = None
    steps: dict[str, Step] = field(default_factory=dict)
    problems: Problems = field(default_factory=Problems)
    known: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    taken: dict[tuple[str, str, str], str] = field(default_factory=dict)
    touched: set[tuple[str, str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.secrets |= self.stack.secrets
        name = self.stack.place.stack
        self.records = self.hand.call.store.read(lambda tx: tx.stacks.of(name))

    def take(self, resources: Iterable[Resource]) -> None:
        """Make resources as the file wants them, one by one."""
        for resource in resources:
            self._one(resource, KINDS[resource.kind])

    def outcome(self) -> Plan:
        """Return what came of it so far."""
        # What could not be looked at is in the file, wherever its record leads.
        open_ = {(step.name, step.kind) for step in self.steps.values() if not step.good}
        gone = (r for r in self.records if _key(r) not in self.touched and (r.name, r.kind) not in open_)
        return Plan(
            stack=self.stack,
            steps=tuple(self.steps.values()),
            problems=tuple(self.problems.found),
            gone=tuple(gone),
            outputs=dict(self._outputs()),
            secrets=frozenset(self.secrets),
            drawn=self.drawn,
        )

    def _one(self, resource: Resource, kind: Kind) -> None:
        name = resource.name
        missing = sorted(
            needed for needed in resource.after & self.steps.keys() if not self.steps[needed].good
        )
        waits = Step(name, kind.name, WAITS, reason=f"needs {', '.join(missing)}")
        if not self.known.keys() >= set(missing):  # what it refers to has no value
            self.steps[name] = waits
            return
        want = self._want(resource, kind)
        if want is None:
            self.steps[name] = Step(name, kind.name, REFUSED, reason="the file is wrong here")
            return
        hand = self.later if kind.later else self.hand
        with self._refusing(name, kind):
            self.steps[name] = waits if missing else self._take(hand, kind, want)
        self.known[name] = kind.attributes(hand, want)
        self.secrets |= _secrets(self.known[name])
        self._record(hand, kind, want)

    def _want(self, resource: Resource, kind: Kind) -> Want | None:
        """Return a resource's properties, evaluated and checked; None where the file is wrong."""
        count = len(self.problems.found)
        extras = self._checked(kind.extras, resource.extras, resource.extras_path)
        properties = self._checked(kind.properties, resource.properties, resource.path)
        if len(self.problems.found) > count:
            return None
        self.secrets |= _secrets(extras)
        pools = {None, properties.get("UserPoolId")}
        records = [
            record
            for record in self.records
            if (record.name, record.kind) == (resource.name, kind.name)
            and (record.pool_id in pools or pools == {None})
        ]
        return Want(
            resource.name, properties, extras, self.drawn[resource.name], records[0] if records else None
        )

    def _checked(self, shape: type[Any], node: Any, path: Path) -> dict[str, Any]:
        try:
            value = self.stack.evaluate(node, path, self._lookup)
        except Wrong as wrong:
            self.problems.found.append(wrong.problem)
            return {}
        return checked_map(shape, value, path, self.problems)

    def _lookup(self, name: str, attribute: str) -> Any:
        attributes = self.known.get(name)
        if attributes is None:
            raise Unknown(f"{name} cannot be made, so that nothing can refer to it")
        if attribute not in attributes:
            raise Unknown(f"{name} has no attribute {attribute}")
        return attributes[attribute]

    def _take(self, hand: Hand, kind: Kind, want: Want) -> Step:
        identifier = kind.identifier(want)
        key = (kind.name, kind.pool(want), identifier)
        if self.taken.setdefault(key, want.name) != want.name:
            raise Refused(f"{self.taken[key]} is the same {kind.name}, {identifier}")
        before = kind.read(hand, want)
        if self._decided(want, before) == UNCHANGED:
            return Step(want.name, kind.name, UNCHANGED, identifier, before)
        if before is None:
            kind.make(hand, want)
            action, differences = CREATE, list(between(ABSENT, want.properties))
        else:
            kind.change(hand, want, before)
            differences = list(between(before, kind.read(hand, want)))
            action = CHANGE if differences else UNCHANGED
        shown = "" if before is None and identifier == want.drawn else identifier
        seen = tuple(_seen(kind, difference) for difference in differences)
        return Step(want.name, kind.name, action, shown, before, seen)

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
    def _refusing(self, name: str, kind: Kind) -> Iterator[None]:
        try:
            yield
        except Refused as refused:
            reason = str(refused)
        except ServiceError as error:
            reason = f"{type(error).__name__}: {error.message}"
        except ChangedMeanwhile:
            if not kind.later:
                raise
            reason = "it was changed by somebody else meanwhile"
        else:
            return
        self.steps[name] = Step(name, kind.name, REFUSED, reason=reason)

    def _record(self, hand: Hand, kind: Kind, want: Want) -> None:
        """Keep what the resource is, so that the next run finds it again."""
        stack = self.stack.place.stack
        record = StackResource(kind.pool(want), stack, want.name, kind.name, kind.identifier(want))
        self.touched.add(_key(record))
        if self.steps[want.name].action in {CREATE, CHANGE}:
            hand.call.store.write(lambda tx: tx.stacks.put(record))

    def _outputs(self) -> Iterator[tuple[str, str]]:
        for name, output in self.stack.outputs.items():
            path = ("Outputs", name, "Value")
            try:
                value = self.stack.evaluate(output.get("Value"), path, self._lookup)
            except (Wrong, AttributeError) as wrong:
                yield name, f"({wrong})"
            else:
                yield name, value if isinstance(value, str) else msgspec.json.encode(value).decode()


def checked_map(shape: type[Any], value: Any, path: Path, problems: Problems) -> dict[str, Any]:
    """Return a map held against a shape; what is wrong is noted."""
    read = checked(inspect.type_info(shape), value, path, problems)
    return read if isinstance(read, dict) else {}


def _key(record: StackResource) -> tuple[str, str, str]:
    return record.pool_id, record.name, record.identifier


def _secrets(values: Mapping[str, Any]) -> set[str]:
    return {str(value) for name, value in values.items() if "Secret" in name or "Password" in name}


def _seen(kind: Kind, difference: Difference) -> Difference:
    """Return a difference as it may be shown."""
    if difference.field.partition(".")[0] not in kind.unseen:
        return difference
    old, new = (value if value is ABSENT else UNSEEN for value in (difference.old, difference.new))
    return Difference(difference.field, old, new)
