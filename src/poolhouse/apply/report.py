"""A plan in words. What is secret is not shown."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

from poolhouse.apply.differences import ABSENT, UNSEEN, Difference
from poolhouse.apply.kinds import NOT_YET
from poolhouse.apply.problems import worded
from poolhouse.apply.run import CHANGE, CREATE, REFUSED, UNCHANGED, WAITS, Plan, Step

_LONGEST = 100
_HIDDEN = "********"


def lines(plan: Plan) -> Iterator[str]:
    """Yield a plan's lines, without what is secret."""
    yield from (hidden(plan, line) for line in _lines(plan))


def _lines(plan: Plan) -> Iterator[str]:
    stack = plan.stack
    yield f"Stack {stack.place.stack}"
    for problem in plan.problems:
        yield f"  wrong      {worded(problem, stack.lines)}"
    for step in plan.steps:
        yield from _step(step)
    for name, kind in stack.skipped.items():
        not_yet = "  (not there yet: nothing of it is made)" if kind in NOT_YET else ""
        yield f"  skipped    {name}  {kind}{not_yet}"
    for record in plan.gone:
        left = f"{record.name}  {record.kind}  {record.identifier}"
        yield f"  not in the file any more, and left as it is: {left}"
    yield summary(plan)


def summary(plan: Plan) -> str:
    """Return a plan in one line."""
    counts = Counter(step.action for step in plan.steps)
    if plan.problems or counts[REFUSED]:
        return "Nothing can be done before what is wrong or refused is mended."
    if not plan.changes:
        return "Nothing to do: everything is as the file wants it."
    return f"To create: {counts[CREATE]}. To change: {counts[CHANGE]}. Unchanged: {counts[UNCHANGED]}."


def hidden(plan: Plan, text: str) -> str:
    """Return a text without what is secret, and without what would steer a terminal."""
    for secret in sorted(plan.secrets, key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def _step(step: Step) -> Iterator[str]:
    name = "  ".join(part for part in (step.name, step.kind, step.identifier) if part)
    yield f"  {step.action:<9}  {name}"
    if step.action in {REFUSED, WAITS}:
        yield f"      {step.reason}"
    for difference in step.differences:
        yield f"      {_difference(difference)}"


def _difference(difference: Difference) -> str:
    old, new = _shown(difference.old), _shown(difference.new)
    if difference.old is ABSENT:
        return f"{difference.field}: {new}"
    return f"{difference.field}: {old} → {'(none)' if difference.new is ABSENT else new}"


def _shown(value: Any) -> str:
    if value in (ABSENT, UNSEEN):
        return "(not shown)" if value is UNSEEN else ""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
