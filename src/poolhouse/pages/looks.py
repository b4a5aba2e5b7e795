"""How a client's pages look: what its owner has changed, as the templates and the style sheet need it.

Values get here checked: settings by `domain.branding`, CSS by `domain.classic_css`, images by
`domain.images`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from poolhouse.domain import branding
from poolhouse.domain.branding import Style
from poolhouse.domain.branding_defaults import DEFAULTS
from poolhouse.domain.client import Client
from poolhouse.domain.customization import ALL, Customization
from poolhouse.domain.pool import Pool
from poolhouse.flows.call import Services
from poolhouse.flows.looks import image_path
from poolhouse.store import Tx

CLASSIC, MANAGED = 1, 2
_SCHEMES = {"LIGHT": "light", "DARK": "dark", "DYNAMIC": "light dark"}
_GRAPHICS = {
    "email": "EMAIL_GRAPHIC",
    "sms": "SMS_GRAPHIC",
    "app": "AUTH_APP_GRAPHIC",
    "password": "PASSWORD_GRAPHIC",
    "passkey": "PASSKEY_GRAPHIC",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """An image in the two colour schemes.

    Attributes:
        light, dark: paths; "" where there is none.
    """

    light: str = ""
    dark: str = ""


@dataclass(frozen=True, slots=True)
class Logo:
    """A logo and where it stands.

    Attributes:
        picture: None for the drawing that stands in for a missing image.
        location: `start`, `center` or `end`.
        inside: whether it is in the form's frame rather than beside it.
        below: whether it is below the form.
    """

    picture: Picture | None
    location: str = "center"
    inside: bool = True
    below: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """What `managed/base.html` needs to know.

    Attributes:
        available: False where managed login lacks the style it needs: no pages then (digest «sign-in» §5.1).
        version: 1 for the classic pages, 2 for managed login.
        css: rules that follow the shared style sheet; safe inside a style element.
        scheme: `light`, `dark` or `light dark`, as CSS has it.
        favicon: its path, or "" for ours.
        logo: the form's, or None.
        header, footer: bars above and below, with a logo or without.
        horizontal, vertical: where the form stands: `start`, `center` or `end`.
        compact: whether things stand closer together.
        glow: whether the page's background is drawn.
        graphics: picture of a way to sign in (`email`, `sms`, `app`, `password`, `passkey`); one that is not
            there is drawn.
        drawn: whether there are such pictures at all.
    """

    available: bool = True
    version: int = CLASSIC
    css: str = ""
    scheme: str = "light dark"
    favicon: str = ""
    logo: Logo | None = None
    header: bool = False
    header_logo: Logo | None = None
    footer: bool = False
    footer_logo: Logo | None = None
    horizontal: str = "center"
    vertical: str = "center"
    compact: bool = False
    glow: bool = True
    drawn: bool = True
    graphics: Mapping[str, Picture] = field(default_factory=dict)


PLAIN = Look()
"""How pages look that belong to no client, and those whose look nobody has changed."""


def look_of(services: Services, pool: Pool, client: Client) -> Look:
    """Return how a client's pages look."""
    domain = pool.custom_domain or pool.prefix_domain
    if domain is not None and domain.managed_login == MANAGED:
        style = services.store.peek(lambda tx: tx.styles.of_client(pool.id, client.id))
        # A client that registered itself has pages at once: nobody could have given it a style before.
        return managed(style) if style else Look(available=client.dynamic, version=MANAGED)

    def customization(tx: Tx) -> Customization | None:
        return tx.customizations.get(pool.id, client.id) or tx.customizations.get(pool.id, ALL)

    changed = services.store.read(customization)
    return classic(changed) if changed else PLAIN


def classic(changed: Customization) -> Look:
    """Return the look of pages that CSS and a logo have changed.

    Such CSS was written for light pages, so that they stay light.
    """
    logo = None
    if changed.logo:
        path = image_path(changed.pool_id, changed.client_id, changed.logo)
        logo = Logo(Picture(path, path))
    scheme = "light" if changed.rules else PLAIN.scheme
    return Look(css=changed.rules, scheme=scheme, logo=logo)


def managed(style: Style) -> Look:
    """Return the look of a managed login style."""
    settings = branding.merged(DEFAULTS, style.settings)
    form, overall = settings["categories"]["form"], settings["categories"]["global"]
    parts = settings["components"]
    pictures = _Pictures(style, overall["colorSchemeMode"])
    overridden = {
        name: value for name, value in properties(settings).items() if DEFAULT_PROPERTIES[name] != value
    }
    backgrounds = {
        "body": (parts["pageBackground"]["image"], "PAGE_BACKGROUND"),
        ".card": (parts["form"]["backgroundImage"], "FORM_BACKGROUND"),
        "header.bar": (parts["pageHeader"]["backgroundImage"], "PAGE_HEADER_BACKGROUND"),
        "footer.bar": (parts["pageFooter"]["backgroundImage"], "PAGE_FOOTER_BACKGROUND"),
    }
    rules = [block(overridden)] if overridden else []
    for selector, (setting, category) in backgrounds.items():
        if setting["enabled"]:
            rules.append(pictures.background(selector, category))
    return Look(
        version=MANAGED,
        css="".join(rules),
        scheme=_SCHEMES[overall["colorSchemeMode"]],
        favicon=pictures.favicon(parts["favicon"]["enabledTypes"]),
        logo=_logo(pictures, parts["form"]["logo"], "FORM_LOGO"),
        header=overall["pageHeader"]["enabled"],
        header_logo=_logo(pictures, parts["pageHeader"]["logo"], "PAGE_HEADER_LOGO"),
        footer=overall["pageFooter"]["enabled"],
        footer_logo=_logo(pictures, parts["pageFooter"]["logo"], "PAGE_FOOTER_LOGO"),
        horizontal=form["location"]["horizontal"].lower(),
        vertical=form["location"]["vertical"].lower(),
        compact=overall["spacingDensity"] == "COMPACT",
        glow=parts["pageBackground"]["image"]["enabled"] and pictures.of("PAGE_BACKGROUND") is None,
        drawn=form["displayGraphics"],
        graphics={
            name: picture
            for name, category in _GRAPHICS.items()
            if (picture := pictures.of(category)) is not None
        },
    )


class _Pictures:
    """A style's images, as a colour scheme shows them."""

    def __init__(self, style: Style, mode: str) -> None:
        self._mode = mode
        self._paths = {
            (asset.category, asset.color_mode): image_path(style.pool_id, style.id, asset.name)
            for asset in style.assets
        }

    def of(self, category: str) -> Picture | None:
        """Return the image of a category; one of its mode wins over one for both."""
        both = self._paths.get((category, "DYNAMIC"), "")
        light = self._paths.get((category, "LIGHT"), both)
        dark = self._paths.get((category, "DARK"), both)
        if self._mode != "DYNAMIC":
            light = dark = dark if self._mode == "DARK" else light
        return Picture(light, dark) if light or dark else None

    def background(self, selector: str, category: str) -> str:
        """Return the rules that show an image behind something."""
        picture = self.of(category)
        if picture is None:
            return ""
        rule = f"{selector}{{background-image:url({picture.light})}}" if picture.light else ""
        if picture.dark != picture.light:
            dark = f"url({picture.dark})" if picture.dark else "none"
            rule += f"@media(prefers-color-scheme:dark){{{selector}{{background-image:{dark}}}}}"
        return rule

    def favicon(self, enabled: list[str]) -> str:
        """Return the path of the icon that browsers show beside the title; SVG is sharper."""
        pictures = (self.of(f"FAVICON_{kind}") for kind in ("SVG", "ICO") if kind in enabled)
        found = next((picture for picture in pictures if picture), Picture())
        return found.light or found.dark


def _logo(pictures: _Pictures, setting: Mapping[str, Any], category: str) -> Logo | None:
    if not setting["enabled"]:
        return None
    return Logo(
        pictures.of(category),
        setting["location"].lower(),
        inside=setting.get("formInclusion") != "OUT",
        below=setting.get("position") == "BOTTOM",
    )


def properties(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return a CSS custom property for each colour and radius of a style's settings.

    A colour that has a light and a dark form becomes `light-dark(…)`. The name is the path without
    `components`, `componentClasses`, `defaults` and the mode: `--primaryButton-hover-textColor`.
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
    """Yield the values of settings and their paths, but for those that the owner is free to shape."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if ".".join((*path, name)) not in branding.LOOSE:
                yield from _leaves(inner, (*path, name))
    else:
        yield path, value


def block(declared: Mapping[str, str]) -> str:
    """Return a rule that sets custom properties for the whole page."""
    return ":root{" + ";".join(f"{name}:{value}" for name, value in declared.items()) + "}"


DEFAULT_PROPERTIES = properties(DEFAULTS)
