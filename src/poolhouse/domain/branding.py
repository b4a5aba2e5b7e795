"""The style of an app client's managed login pages: settings and images (digest «sign-in» §5.11).

A style stores what its owner has set; everything else is `branding_defaults.DEFAULTS`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from poolhouse.domain.branding_defaults import DEFAULTS, Settings
from poolhouse.domain.images import file_name
from poolhouse.errors import InvalidParameterException

MOST_STYLES = 20
MOST_ASSETS = 40
LARGEST_PIXELS = 1000.0

_COLOUR = re.compile(r"[0-9A-Fa-f]{8}")
_SIDES = frozenset({"START", "CENTER", "END"})
_WORDS: Mapping[str, frozenset[str]] = {
    "categories.form.location.horizontal": _SIDES,
    "categories.form.location.vertical": _SIDES,
    "categories.global.colorSchemeMode": frozenset({"LIGHT", "DARK", "DYNAMIC"}),
    "categories.global.spacingDensity": frozenset({"REGULAR", "COMPACT"}),
    "components.form.logo.location": _SIDES,
    "components.form.logo.position": frozenset({"TOP", "BOTTOM"}),
    "components.form.logo.formInclusion": frozenset({"IN", "OUT"}),
    "components.pageHeader.logo.location": _SIDES,
    "components.pageFooter.logo.location": _SIDES,
}
LOOSE = frozenset(
    {
        "categories.auth.authMethodOrder",
        "categories.auth.federation",
        "categories.form.instructions",
        "categories.form.languageSelector",
        "categories.form.sessionTimerDisplay",
        "categories.signUp",
        "components.idpButton.custom",
        "components.phoneNumberSelector",
    }
)
"""Reserved by the service, or about identity providers: taken as they are, within `_LOOSE_DEPTH` levels."""

_LOOSE_DEPTH = 12
_LONGEST_WORD = 2048
_KIND_OF_ICON = {"FAVICON_ICO": frozenset({"ICO"}), "FAVICON_SVG": frozenset({"SVG"})}
_KIND_OF_PICTURE = frozenset({"JPEG", "PNG", "SVG", "WEBP"})


@dataclass(frozen=True, slots=True)
class Asset:
    """An image and what it is for.

    Attributes:
        category, color_mode, extension: as the model has them.
        digest: SHA-256 of its content in hexadecimal.
        resource_id: the owner's name for it, or "".
    """

    category: str
    color_mode: str
    extension: str
    digest: str
    resource_id: str = ""

    @property
    def name(self) -> str:
        """Return the name of its file."""
        return file_name(self.digest, self.extension)

    @property
    def place(self) -> tuple[str, str, str]:
        """Return what it replaces: a style has one image for each."""
        return self.category, self.color_mode, self.resource_id


@dataclass(frozen=True, slots=True)
class Style:
    """A managed login branding style.

    Attributes:
        slot: its place among the pool's, below `MOST_STYLES`.
        provided: whether it was asked for as `UseCognitoProvidedValues`.
        settings: what its owner has set, or None.
        created, modified: seconds since the epoch.
    """

    pool_id: str
    slot: int
    id: str
    client_id: str
    created: float
    modified: float
    provided: bool = False
    settings: Settings | None = None
    assets: tuple[Asset, ...] = ()
    version: int = 0


def check_request(*, provided: bool, settings: Any, assets: Sequence[Any] | None) -> None:
    """Refuse a request whose members contradict one another, or whose settings are none.

    Raises:
        InvalidParameterException: provided values beside settings or assets, or settings that are none.
    """
    if provided and (settings is not None or assets):
        raise InvalidParameterException(
            "Settings and Assets cannot be specified when UseCognitoProvidedValues is true."
        )
    if settings is not None:
        check_settings(settings)


def check_settings(settings: Any) -> None:
    """Refuse settings whose form is not that of the defaults; parts may be left out.

    Raises:
        InvalidParameterException: a member is unknown, or its value not of its kind.
    """
    _check(settings, DEFAULTS, "")


def check_kind(category: str, extension: str) -> None:
    """Refuse an image of a kind that its category cannot be.

    Raises:
        InvalidParameterException: it is of another kind.
    """
    if extension not in _KIND_OF_ICON.get(category, _KIND_OF_PICTURE):
        raise InvalidParameterException(f"Asset category {category} cannot have the extension {extension}.")


def merged(below: Settings, above: Settings | None) -> dict[str, Any]:
    """Return settings with others laid over them, member by member; lists are replaced whole."""
    result = dict(below)
    for name, value in (above or {}).items():
        known = result.get(name)
        mappings = isinstance(known, Mapping) and isinstance(value, Mapping)
        result[name] = merged(known or {}, value) if mappings else value
    return result


def changed(
    style: Style, *, provided: bool | None, settings: Settings | None, assets: Sequence[Asset], now: float
) -> Style:
    """Return a style after an update: what the request does not name stays.

    Raises:
        InvalidParameterException: it would have more than `MOST_ASSETS` assets.
    """
    if provided:
        return replace(style, provided=True, settings=None, assets=(), modified=now)
    kept = {asset.place: asset for asset in style.assets} | {asset.place: asset for asset in assets}
    if len(kept) > MOST_ASSETS:
        raise InvalidParameterException(f"A style can have at most {MOST_ASSETS} assets.")
    return replace(
        style,
        provided=style.provided if provided is None and settings is None and not assets else False,
        settings=style.settings if settings is None else merged(style.settings or {}, settings),
        assets=tuple(kept.values()),
        modified=now,
    )


def _check(value: Any, model: Any, path: str) -> None:
    if path in LOOSE:
        _check_loose(value, path, _LOOSE_DEPTH)
    elif path == "components.favicon.enabledTypes":
        if not isinstance(value, list) or not set(map(str, value)) <= {"ICO", "SVG"}:
            raise _bad(path)
    elif isinstance(model, Mapping):
        if not isinstance(value, Mapping):
            raise _bad(path)
        for name, inner in value.items():
            here = f"{path}.{name}" if path else name
            if name not in model:
                raise _bad(here)
            _check(inner, model[name], here)
    elif not _fits(value, model, path):
        raise _bad(path)


def _fits(value: Any, model: Any, path: str) -> bool:
    if isinstance(model, bool):
        return isinstance(value, bool)
    if isinstance(model, float):
        return (
            isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= LARGEST_PIXELS
        )
    if not isinstance(value, str):
        return False
    return value in _WORDS[path] if path in _WORDS else _COLOUR.fullmatch(value) is not None


def _check_loose(value: Any, path: str, depth: int) -> None:
    match value:
        case None | bool() | int() | float():
            return
        case str() if len(value) <= _LONGEST_WORD:
            return
        case list() | dict() if depth:
            for inner in value.values() if isinstance(value, dict) else value:
                _check_loose(inner, path, depth - 1)
            return
    raise _bad(path)


def _bad(path: str) -> InvalidParameterException:
    shown = path[:200] if path.isprintable() else ascii(path)[:200]
    return InvalidParameterException(f"Invalid value for Settings: {shown or 'must be an object'}")
