"""`poolhouse apply`: pools, clients and all that belongs to them, as a file wants them."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Annotated

from cyclopts import Parameter

from poolhouse.app import close, make_services
from poolhouse.apply import files, report, run
from poolhouse.cli.common import (
    ConfigOption,
    DataOption,
    Refused,
    check_ways_out,
    open_migrated_store,
    open_vault,
    read_settings,
)
from poolhouse.flows.call import Services
from poolhouse.keys.cores import Cores
from poolhouse.keys.vault import Vault
from poolhouse.settings import Settings
from poolhouse.store import Store
from poolhouse.world import SystemClock, SystemEntropy

_ATTEMPTS = 5
_CHANGES = 2
"""Exit status of `--plan` where something would change."""


def apply(
    file: Annotated[str, Parameter(help="A CloudFormation or SAM template (YAML, JSON), or our own TOML.")],
    /,
    *,
    plan: Annotated[
        bool,
        Parameter(negative="", help="Show what would change, and change nothing: status 2 where it would."),
    ] = False,
    yes: Annotated[bool, Parameter(negative="", help="Do not ask for confirmation.")] = False,
    parameter: Annotated[
        tuple[str, ...],
        Parameter(
            negative="",
            help="NAME=VALUE: a parameter of the template, or what is not made here (Site.DomainName=…).",
        ),
    ] = (),
    stack: Annotated[
        str | None, Parameter(help="The stack's name; by default the file's own, or its folder's.")
    ] = None,
    dev: Annotated[
        bool, Parameter(negative="", help="Messages go to the data folder's outbox, as with serve --dev.")
    ] = False,
    data: DataOption = ".poolhouse",
    config: ConfigOption = None,
) -> None:
    """Create and change pools, clients and what belongs to them until they are as a file wants them."""
    settings = read_settings(config, data, dev=dev)
    vault = open_vault(settings, create=dev)
    check_ways_out(settings)
    store = open_migrated_store(settings, create=dev)
    with _services(settings, store, vault) as services:
        planned = _planned(services, file, stack, parameter)
        for line in report.lines(planned):
            print(line)
        if not planned.possible:
            raise Refused(f"{file} cannot be applied as it is; nothing was changed")
        if plan:
            raise SystemExit(_CHANGES if planned.changes else 0)
        if planned.changes:
            if not yes:
                _confirm()
            planned = _carry_out(services, planned)
        for name, value in planned.outputs.items():
            print(report.hidden(planned, f"{name} = {value}"))


def apply_first(settings: Settings, store: Store, vault: Vault) -> None:
    """Apply the file of `server.apply` before the server listens.

    Args:
        settings: name the file.
        store: open; it is closed.
        vault: the key ring, opened.

    Raises:
        Refused: it cannot be applied.
    """
    server = settings.server
    with _services(settings, store, vault) as services:
        for _ in range(_ATTEMPTS):
            planned = _planned(services, server.apply, None, server.apply_parameters)
            if not planned.possible or not planned.changes:
                break
            with suppress(run.ChangedMeanwhile):  # by another server that starts, with the same file
                planned = run.carry_out(services, planned)
                break
        else:
            raise Refused(f"{server.apply}: something else changes all the time")
        if not planned.possible:
            said = "\n".join(report.lines(planned))
            raise Refused(f"{server.apply} cannot be applied:\n{said}")


def _planned(services: Services, file: str, stack: str | None, parameters: Iterable[str]) -> run.Plan:
    given = {}
    for parameter in parameters:
        name, equals, value = parameter.partition("=")
        if not equals:
            raise Refused(f"the parameter {parameter} is not NAME=VALUE")
        given[name] = value
    try:
        described = files.load(file, services.settings, stack=stack, parameters=given)
    except files.Unreadable as error:
        raise Refused(str(error)) from error
    return run.plan(services, described)


def _carry_out(services: Services, planned: run.Plan) -> run.Plan:
    try:
        done = run.carry_out(services, planned)
    except run.ChangedMeanwhile:
        raise Refused(
            "something was changed by somebody else meanwhile; nothing was done: try again"
        ) from None
    for step in done.steps:
        if not step.good:
            print(report.hidden(done, f"Not done: {step.name}: {step.reason}"))
    if not done.possible:
        raise Refused("some of it could not be done; the same command tries again")
    print("Done.")
    return done


def _confirm() -> None:
    if not sys.stdin.isatty():
        raise Refused("nobody is there to confirm: --yes does without, --plan only shows")
    if input("Apply? [y/N] ").strip().lower() not in {"y", "yes"}:
        raise Refused("not confirmed; nothing was changed")


@contextmanager
def _services(settings: Settings, store: Store, vault: Vault) -> Iterator[Services]:
    """Give services on a store, which is closed with them."""
    services = make_services(
        settings, store, vault, clock=SystemClock(), entropy=SystemEntropy(), cores=Cores.undivided()
    )
    try:
        yield services
    finally:
        close(services)
