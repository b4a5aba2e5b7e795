"""Bring the catalogues of the pages' texts up to date with the templates, and compile them: `make texts`.

What a catalogue lacks is listed, and is English on the pages until it is translated: the tests insist.
"""

import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from poolhouse.pages.language import NAMES, SOURCE

PAGES = Path(__file__).parents[1] / "src" / "poolhouse" / "pages"
_METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
_OPTIONS = {"templates/**.html": {"silent": "false", "newstyle_gettext": "true"}}
_NO_TIME = datetime.fromtimestamp(0, UTC)  # else each run would be a change
LANGUAGES = [tag for tag in NAMES if tag != SOURCE]


def source() -> Catalog:
    """Return the texts of all templates and modules."""
    catalogue = Catalog(charset="utf-8")
    for file, _line, text, _comments, context in extract_from_dir(PAGES, _METHODS, _OPTIONS):
        catalogue.add(text, locations=[(file, 0)], context=context)
    return catalogue


def folder(tag: str) -> Path:
    """Return where a language's catalogue is."""
    return PAGES / "locale" / tag.replace("-", "_") / "LC_MESSAGES"


def catalogue_of(tag: str) -> Catalog:
    """Return a language's catalogue."""
    with (folder(tag) / "pages.po").open("rb") as file:
        return read_po(file, locale=tag.replace("-", "_"))


def updated(tag: str, texts: Catalog) -> Catalog:
    """Return a language's catalogue with the texts that there are now; those that are gone are dropped."""
    known = catalogue_of(tag) if (folder(tag) / "pages.po").exists() else Catalog()
    fresh = Catalog(
        locale=tag.replace("-", "_"),
        project="Poolhouse",
        version="pages",
        header_comment="",
        creation_date=_NO_TIME,
        revision_date=_NO_TIME,
        last_translator="Poolhouse",
        language_team="Poolhouse",
        msgid_bugs_address="Poolhouse",
        charset="utf-8",
        fuzzy=False,
    )
    for message in texts:
        if message.id:
            old = known.get(message.id)
            fresh.add(message.id, old.string if old else None, locations=message.locations)
    return fresh


def untranslated(catalogue: Catalog) -> list[str]:
    """Return the texts that a catalogue lacks."""
    lacking = []
    for message in catalogue:
        strings = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        if message.id and not all(strings):
            lacking.append(message.id if isinstance(message.id, str) else message.id[0])
    return lacking


def compiled(catalogue: Catalog) -> bytes:
    """Return a catalogue as the pages read it."""
    file = BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def written(catalogue: Catalog) -> bytes:
    """Return a catalogue as it is edited."""
    file = BytesIO()
    write_po(file, catalogue, width=0, sort_output=True, include_lineno=False, omit_header=False)
    return file.getvalue()


def main() -> int:
    """Write all catalogues; return how many texts are untranslated, 1 at most."""
    texts, lacking = source(), 0
    for tag in LANGUAGES:
        catalogue = updated(tag, texts)
        folder(tag).mkdir(parents=True, exist_ok=True)
        (folder(tag) / "pages.po").write_bytes(written(catalogue))
        (folder(tag) / "pages.mo").write_bytes(compiled(catalogue_of(tag)))
        for text in untranslated(catalogue):
            print(f"{tag}: {text}")
            lacking += 1
    return min(lacking, 1)


if __name__ == "__main__":
    sys.exit(main())
