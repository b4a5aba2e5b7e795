"""Files of configuration, applied by a running server's own services or by the command."""

from pathlib import Path
from typing import Any

from poolhouse.apply import files, report, run
from poolhouse.settings import Settings
from support.process import poolhouse
from support.server import RunningServer


def load(
    text: str, folder: Path, stack: str | None = "shop", name: str = "file.yaml", **parameters: str
) -> Any:
    """Return the stack that a text describes."""
    file = folder / name
    file.write_text(text)
    return files.load(str(file), Settings(), stack=stack, parameters=parameters)


def planned(server: RunningServer, text: str, **options: Any) -> run.Plan:
    """Return what would come of a text."""
    return run.plan(server.services, load(text, server.data, **options))


def applied(server: RunningServer, text: str, **options: Any) -> run.Plan:
    """Make everything as a text wants it; return what came of it."""
    plan = planned(server, text, **options)
    assert plan.possible, said(plan)
    return run.carry_out(server.services, plan)


def said(plan: run.Plan) -> str:
    """Return a plan in words."""
    return "\n".join(report.lines(plan))


def actions(plan: run.Plan) -> dict[str, str]:
    """Return what becomes of each resource."""
    return {step.name: step.action for step in plan.steps}


def changes(plan: run.Plan, name: str) -> dict[str, tuple[Any, Any]]:
    """Return a resource's fields that change: old and new."""
    step = next(step for step in plan.steps if step.name == name)
    return {difference.field: (difference.old, difference.new) for difference in step.differences}


def command(file: Path, *arguments: str, **options: Any) -> Any:
    """Run `poolhouse apply`."""
    return poolhouse("apply", str(file), *arguments, **options)
