"""Terms documents of an app client: what the sign-up page links to, in the reader's language."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from poolhouse.errors import InvalidParameterException

TERMS_OF_USE, PRIVACY_POLICY = "terms-of-use", "privacy-policy"
DEFAULT_LANGUAGE = "cognito:default"
LANGUAGES: Mapping[str, str] = {
    "de": "cognito:german",
    "en": "cognito:english",
    "es": "cognito:spanish",
    "fr": "cognito:french",
    "id": "cognito:bahasa-indonesia",
    "it": "cognito:italian",
    "ja": "cognito:japanese",
    "ko": "cognito:korean",
    "nl": "cognito:dutch",
    "pt-BR": "cognito:portuguese-brazil",
    "zh-CN": "cognito:chinese-simplified",
    "zh-TW": "cognito:chinese-traditional",
}
"""BCP 47 tag of a page's language → the language's name in `Links`."""


@dataclass(frozen=True, slots=True)
class Terms:
    """A document, in as many languages as it has links.

    Attributes:
        name: `terms-of-use` or `privacy-policy`.
        links: name of a language → address.
        created, modified: seconds since the epoch.
    """

    pool_id: str
    id: str
    client_id: str
    name: str
    source: str
    enforcement: str
    links: Mapping[str, str]
    created: float
    modified: float
    version: int = 0


def check_links(links: Mapping[str, str]) -> None:
    """Refuse addresses that are none of a web page: they become links on ours.

    Raises:
        InvalidParameterException: one is neither http nor https, or names no host.
    """
    for language, link in links.items():
        try:
            parts = urlsplit(link)
            good = parts.scheme in {"http", "https"} and bool(parts.hostname)
        except ValueError:
            good = False
        if not good or not link.isprintable():
            raise InvalidParameterException(f"Invalid link for language {language}.")


def links_for(documents: Iterable[Terms], tag: str) -> tuple[str, str] | None:
    """Return the addresses of terms of use and privacy policy in a page's language.

    Where a document has no link in the language, its default counts. None unless there are both documents.

    Args:
        documents: an app client's.
        tag: the page's language.
    """
    found = {}
    for document in documents:
        named = document.links.get(LANGUAGES.get(tag, DEFAULT_LANGUAGE))
        found[document.name] = named or document.links.get(DEFAULT_LANGUAGE)
    terms, privacy = found.get(TERMS_OF_USE), found.get(PRIVACY_POLICY)
    return (terms, privacy) if terms and privacy else None
