"""How a client's pages look: the style sheet that all pages share, and what a client changes of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from poolhouse.domain.branding_defaults import DEFAULTS
from poolhouse.domain.client import Client
from poolhouse.domain.pool import Pool
from poolhouse.flows.call import Services

CLASSIC, MANAGED = 1, 2


@dataclass(frozen=True, slots=True)
class Look:
    """What `managed/base.html` needs to know.

    Attributes:
        css: custom properties and rules that follow the shared style sheet; safe inside a style element.
        version: 1 for the classic pages, 2 for managed login.
        scheme: `light`, `dark` or `light dark`, as CSS has it.
        logo: path of an image, or "".
        favicon: path of an image, or "".
        horizontal, vertical: where the form stands: `start`, `center` or `end`.
        header, footer: whether there are bars above and below.
    """

    css: str = ""
    version: int = CLASSIC
    scheme: str = "light dark"
    logo: str = ""
    favicon: str = ""
    horizontal: str = "center"
    vertical: str = "center"
    header: bool = False
    footer: bool = False


PLAIN = Look()
"""How pages look that belong to no client, and those whose look nobody has changed."""


def look_of(services: Services, pool: Pool, client: Client) -> Look:  # noqa: ARG001
    """Return how a client's pages look."""
    return PLAIN


def properties(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return a CSS custom property for each colour and radius of a style's settings.

    A colour that has a light and a dark form becomes `light-dark(…)`. The name is the path without
    `components`, `componentClasses` and the mode: `--primaryButton-hover-textColor`.
    """
    light, dark, plain = {}, {}, {}
    for path, value in _leaves(settings):
        name = "--" + "-".join(step for step in path if step not in _UNNAMED)
        if "lightMode" in path:
            light[name] = f"#{value.lower()}"
        elif "darkMode" in path:
            dark[name] = f"#{value.lower()}"
        elif path[-1] == "borderRadius":
            plain[name] = f"{value:g}px"
    return plain | {name: f"light-dark({light[name]}, {dark[name]})" for name in light}


_UNNAMED = frozenset({"components", "componentClasses", "lightMode", "darkMode", "defaults"})


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, (*path, name))
    else:
        yield path, value


def block(declared: Mapping[str, str]) -> str:
    """Return a rule that sets custom properties for the whole page."""
    return ":root{" + ";".join(f"{name}:{value}" for name, value in declared.items()) + "}"


DEFAULT_PROPERTIES = properties(DEFAULTS)
