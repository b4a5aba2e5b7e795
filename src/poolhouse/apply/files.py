"""From a file to the stack that it describes."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from poolhouse.apply import own_format, source, template
from poolhouse.apply.kinds import KINDS
from poolhouse.apply.problems import Problems, Wrong, worded
from poolhouse.apply.stack import Place, Stack, in_order
from poolhouse.settings import Settings

_STACK = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}\Z")


class Unreadable(Exception):  # noqa: N818 (it reads as what happened)
    """A file cannot be read, or is wrong; the message says where, a line for each thing."""


def load(file: str, settings: Settings, *, stack: str | None, parameters: Mapping[str, str]) -> Stack:
    """Return the stack that a file describes.

    Args:
        file: its path.
        settings: the server's.
        stack: the stack's name; None for the one that the file says, or that of its folder.
        parameters: values of the template's parameters.

    Raises:
        Unreadable: it cannot be read, or is wrong.
    """
    try:
        text = Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"cannot read {file}: {error}") from error
    problems = Problems()
    read = source.Source(None)
    with problems.noting():
        try:
            read = source.read_toml(text) if file.endswith(".toml") else source.read(text)
            described = _described(
                read, file, settings, stack=stack, parameters=parameters, problems=problems
            )
        except RecursionError:
            raise Wrong((), "it is nested too deep") from None
    if problems.found:
        said = "".join(f"\n  {worded(problem, read.lines)}" for problem in problems.found)
        raise Unreadable(f"{file} is wrong:{said}")
    return described


def _described(
    read: source.Source,
    file: str,
    settings: Settings,
    *,
    stack: str | None,
    parameters: Mapping[str, str],
    problems: Problems,
) -> Stack:
    own = file.endswith(".toml")
    if not own and not template.is_template(read.tree):
        raise Wrong((), "this is no template: it has no Resources")
    says = own_format.stack_name(read.tree) if own else template.stack_name(read.tree)
    name = stack or says or _folder(file)
    if not _STACK.match(name):
        raise Wrong((), f"{name!r} is no name for a stack: letters, digits and hyphens, a letter first")
    place = Place(name, settings.server.region, settings.server.account_id)
    if own:
        for parameter in parameters:
            problems.add((), f"--parameter {parameter}: a TOML file has no parameters")
        described = own_format.read(read.tree, place, problems)
    else:
        described = template.read(read, place, parameters, problems)
    return replace(described, resources=in_order(described.resources, KINDS, problems))


def _folder(file: str) -> str:
    """Return a stack's name made of that of the file's folder."""
    name = re.sub(r"[^A-Za-z0-9-]+", "-", Path(file).resolve().parent.name).strip("-")
    return name if name[:1].isalpha() else f"stack-{name}".rstrip("-")
