"""Generate docs/reference from the code: operations, settings, command line, errors not modelled.

`make docs` writes the pages; a test compares them with what this would write.
"""

import inspect
import sys
import typing
from pathlib import Path

import msgspec
from cyclopts import App

import proofs
from poolhouse import operations  # noqa: F401 (imports every handler)
from poolhouse.cli import app
from poolhouse.domain import challenges
from poolhouse.domain.challenges import State
from poolhouse.operations.pending import PENDING
from poolhouse.operations.registry import HANDLERS, snake
from poolhouse.settings import LogDestination, Region, SenderKey, Settings, Trigger
from poolhouse.wire.operation import Auth
from poolhouse.wire.operations import OPERATIONS

FOLDER = Path(__file__).parent.parent / "docs" / "reference"

_AUTH = {
    Auth.SIGV4: "signature",
    Auth.ACCESS_TOKEN: "access token",
    Auth.TOKEN_OR_SESSION: "access token or session",
    Auth.NONE: "none",
}


def operations_page() -> str:
    """Return docs/reference/operations.md."""
    rows = []
    for name, row in sorted(OPERATIONS.items()):
        there = name in HANDLERS
        summary = (inspect.getdoc(HANDLERS[name]) or "").partition("\n")[0] if there else ""
        cells = (name, "yes" if there else "not yet", _AUTH[row.auth], summary, _proof(name) if there else "")
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(
        [
            "# Operations",
            "",
            f"All {len(OPERATIONS)} operations of the model are known; {len(HANDLERS)} are there.",
            f"The other {len(PENDING)} answer `UnknownOperationException` with a sentence that says so.",
            "",
            "The tests are those nearest to the operation, found by reading them (`tools/proofs.py`).",
            "",
            "| operation | there | authorised by | what it does | proved by |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _proof(name: str) -> str:
    """Return a link to the file whose tests prove an operation."""
    module = HANDLERS[name].__module__.rpartition(".")[2]
    found = proofs.proof(snake(name), module)
    if found is None:
        sys.exit(f"no test in {' or '.join(proofs.FOLDERS)} proves {name}")
    path = found.path
    return f"[{path.parent.name}/{path.name}](../../{path})"  # not the function: the page would seldom rest


def settings_page() -> str:
    """Return docs/reference/settings.md."""
    parts = [
        "# Settings",
        "",
        "A value comes from the command line, else from the environment (`POOLHOUSE_<SECTION>_<FIELD>`),",
        "else from the TOML file given by `--config`, else it is the default. Every default works.",
        "",
        "```toml",
        "[server]",
        'public_url = "https://id.example.com"',
        "",
        "[storage]",
        'url = "postgresql://poolhouse@db.example.com/poolhouse"',
        "```",
    ]
    for field in msgspec.structs.fields(Settings):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            parts += ["", f"## [{field.name}]", "", *_section(field.type)]
    entries: dict[str, type[msgspec.Struct]] = {
        "server.regions": Region,
        "triggers.map": Trigger,
        "triggers.keys": SenderKey,
        "logs.map": LogDestination,
    }
    for name, struct in entries.items():
        parts += ["", f"## [[{name}]]", "", *_section(struct)]
    parts.append("")
    return "\n".join(parts)


def _section(struct: type[msgspec.Struct]) -> list[str]:
    lines = [
        (inspect.getdoc(struct) or "").replace("\n", " "),
        "",
        "| field | default | meaning |",
        "|---|---|---|",
    ]
    hints = typing.get_type_hints(struct, include_extras=True)
    for field in msgspec.structs.fields(struct):
        meta = next((m for m in getattr(hints[field.name], "__metadata__", ()) if m.description), None)
        if meta is None:
            sys.exit(f"{struct.__name__}.{field.name} has no description")
        default = "required" if field.default is msgspec.NODEFAULT else f"`{_toml(field.default)}`"
        description = meta.description.replace("|", "\\|")
        lines.append(f"| `{field.name}` | {default} | {description} |")
    return lines


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def command_line_page() -> str:
    """Return docs/reference/command-line.md."""
    parts = ["# The command line", ""]
    for path, command in _commands(app, ("poolhouse",)):
        function = command.default_command
        if function is None:
            continue
        parts += [f"## {' '.join(path)}", "", " ".join((inspect.getdoc(function) or "").split()), ""]
        arguments = command.assemble_argument_collection(parse_docstring=True)
        rows = []
        for argument in arguments:
            names = ", ".join(f"`{name}`" for name in argument.names)
            rows.append(f"| {names} | {argument.parameter.help or ''} |")
        if rows:
            parts += ["| option | meaning |", "|---|---|", *rows, ""]
    return "\n".join(parts)


def _commands(group: App, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], App]]:
    found = []
    for name in group:
        if name.startswith("-"):
            continue
        command = group[name]
        found.append(((*path, name), command))
        found += _commands(command, (*path, name))
    return found


def states_page() -> str:
    """Return docs/reference/sign-in-states.md."""
    steps: dict[State, list[str]] = {}
    for row in challenges.ROWS:
        cells = (row.event, "; ".join(row.when.says) or "always", _state(row.to))
        steps.setdefault(row.at, []).append(f"| {' | '.join(cells)} |")
    parts = [
        "# The states of a sign-in",
        "",
        "Drawn from `domain/challenges.py`. A sign-in is a walk from START to SIGNED_IN; each state between",
        "is a challenge that waits for its answer. Of the steps that an event allows, the first whose",
        "conditions hold is taken; what has no step is refused: `Invalid session for the user.`",
    ]
    for state in State:
        if state is not State.SIGNED_IN:
            parts += ["", f"## {state}", "", *_answers(state)]
            parts += ["| when this happens | if | then |", "|---|---|---|", *steps[state]]
    return "\n".join([*parts, ""])


def _answers(state: State) -> list[str]:
    if state not in challenges.ANSWERS:
        return []
    named = ", ".join(f"`{name}`" for name in challenges.ANSWERS[state])
    other = f"`ChallengeName` is {state.challenge}. " if state.challenge != state else ""
    return [f"{other}The answer brings {named}.", ""]


def _state(state: State) -> str:
    return "SIGNED_IN: tokens" if state is State.SIGNED_IN else f"[{state}](#{state.lower()})"


PAGES = {
    "sign-in-states.md": states_page,
    "operations.md": operations_page,
    "settings.md": settings_page,
    "command-line.md": command_line_page,
}


def main() -> None:
    """Write the pages."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page())
        print(f"docs/reference/{name}")


if __name__ == "__main__":
    main()
