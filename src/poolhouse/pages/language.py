"""The language of a page: which one, its texts, and in which direction it is written.

English texts stand in the templates and are the keys of the catalogues in `locale/<language>/LC_MESSAGES`.
Catalogues are edited as `pages.po`; `make texts` brings them up to date with the templates and compiles them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files

from werkzeug.datastructures import LanguageAccept
from werkzeug.wrappers import Request

COOKIE = "lang"
PARAMETER = "lang"
SOURCE = "en"
NAMES: Mapping[str, str] = {
    "ar": "العربية",
    "de": "Deutsch",
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "id": "Bahasa Indonesia",
    "it": "Italiano",
    "ja": "日本語",
    "ko": "한국어",
    "nl": "Nederlands",
    "pt-BR": "Português (Brasil)",
    "zh-CN": "简体中文",
    "zh-TW": "繁體中文",
}
"""What pages are written in: the languages of managed login (digest «sign-in» §5.9), and Arabic."""

_RIGHT_TO_LEFT = frozenset({"ar"})
_CLOSE = {"pt": "pt-BR", "zh": "zh-CN", "zh-hk": "zh-TW", "zh-mo": "zh-TW", "zh-hant": "zh-TW"}
_BY_LOWER = {tag.lower(): tag for tag in NAMES}


@dataclass(frozen=True, slots=True)
class Language:
    """A language that pages are written in.

    Attributes:
        tag: its BCP 47 tag, one of `NAMES`.
        texts: its catalogue.
    """

    tag: str
    texts: NullTranslations

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return "rtl" if self.tag in _RIGHT_TO_LEFT else "ltr"

    def say(self, text: str) -> str:
        """Return a marked text in this language; what is not in the catalogue stays as it is."""
        return self.texts.gettext(text) if text else ""  # a catalogue's "" is what it says of itself


@cache
def language(tag: str) -> Language:
    """Return one of the languages in `NAMES`."""
    if tag == SOURCE:
        return Language(tag, NullTranslations())
    path = files("poolhouse.pages") / "locale" / tag.replace("-", "_") / "LC_MESSAGES" / "pages.mo"
    with path.open("rb") as catalogue:
        return Language(tag, GNUTranslations(catalogue))


def chosen(request: Request) -> Language:
    """Return the language to answer in: the `lang` parameter's, the cookie's, the browser's, else English."""
    for asked in (request.args.get(PARAMETER), request.cookies.get(COOKIE)):
        if asked and (tag := closest(asked)):
            return language(tag)
    return language(_of_browser(request.accept_languages) or SOURCE)


def closest(asked: str) -> str | None:
    """Return the tag of the language that is closest to a BCP 47 tag, such as `de` to `de-CH`, or None."""
    subtags = asked.lower().replace("_", "-").split("-")[:3]
    while subtags:
        wanted = "-".join(subtags)
        if tag := _BY_LOWER.get(wanted) or _CLOSE.get(wanted):
            return tag
        subtags.pop()
    return None


def _of_browser(accepted: LanguageAccept) -> str | None:
    found = (closest(tag) for tag, quality in accepted if quality > 0)
    return next((tag for tag in found if tag), None)


def N_(text: str) -> str:  # noqa: N802 (gettext's own name, which `make texts` looks for)
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text
