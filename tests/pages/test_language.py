"""Which language a page is in, and that every language has every text."""

import re
import sys
from pathlib import Path

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from poolhouse.pages.language import NAMES, SOURCE, chosen, closest, language

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

import texts

_PLACES = re.compile(r"%\(\w+\)s|%%|%\w|\{\w*\}")


def asked(query="", cookie="", accept=""):
    headers = {"Accept-Language": accept} if accept else {}
    if cookie:
        headers["Cookie"] = f"lang={cookie}"
    request = Request(EnvironBuilder(path="/login", query_string=query, headers=headers).get_environ())
    return chosen(request).tag


@pytest.mark.parametrize("tag", texts.LANGUAGES)
def test_every_text_is_translated(tag):
    catalogue = texts.catalogue_of(tag)
    assert texts.untranslated(catalogue) == []
    assert {message.id for message in catalogue} == {message.id for message in texts.source()}
    assert not any(message.fuzzy for message in catalogue if message.id)


@pytest.mark.parametrize("tag", texts.LANGUAGES)
def test_a_translation_has_the_places_of_its_source(tag):
    for message in texts.catalogue_of(tag):
        forms = [message.string] if isinstance(message.string, str) else list(message.string)
        source = message.id if isinstance(message.id, str) else message.id[-1]
        for form in forms if message.id else ():
            found = set(_PLACES.findall(form))
            assert found <= set(_PLACES.findall(source)), form
            if isinstance(message.id, str):
                assert found == set(_PLACES.findall(source)), form


@pytest.mark.parametrize("tag", texts.LANGUAGES)
def test_the_compiled_catalogue_is_what_the_edited_one_says(tag):
    assert (texts.folder(tag) / "pages.mo").read_bytes() == texts.compiled(texts.catalogue_of(tag))


def test_no_translation_brings_markup():
    for tag in texts.LANGUAGES:
        for message in texts.catalogue_of(tag):
            forms = [message.string] if isinstance(message.string, str) else list(message.string)
            assert not message.id or not any(set("<>&") & set(form) for form in forms)


@pytest.mark.parametrize(
    ("query", "cookie", "accept", "tag"),
    [
        ("", "", "", "en"),
        ("lang=de", "fr", "ja", "de"),
        ("", "fr", "ja", "fr"),
        ("", "", "ja", "ja"),
        ("lang=xx", "fr", "", "fr"),
        ("lang=", "", "nl-BE;q=0.5, xx", "nl"),
        ("lang=de&lang=fr", "", "", "de"),
        ("", "", "de;q=0.3, it;q=0.9, *;q=0.1", "it"),
        ("", "", "de;q=0", "en"),
        ("", "", "*", "en"),
        ("", "", "tlh, pt-PT", "pt-BR"),
        ("", "", ";;;,,,=q", "en"),
        ("lang=%00", "", "", "en"),
        ("lang=" + "a-" * 5000, "", "", "en"),
        ("lang=../../etc/passwd", "", "", "en"),
    ],
)
def test_parameter_cookie_browser_english(query, cookie, accept, tag):
    assert asked(query, cookie, accept) == tag


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        ("de-CH", "de"),
        ("pt_br", "pt-BR"),
        ("PT", "pt-BR"),
        ("zh", "zh-CN"),
        ("zh-Hans-CN", "zh-CN"),
        ("zh-Hant-HK", "zh-TW"),
        ("zh-HK", "zh-TW"),
        ("ar-EG", "ar"),
        ("en-GB", "en"),
        ("eo", None),
        ("", None),
    ],
)
def test_the_closest_language(tag, found):
    assert closest(tag) == found


def test_directions():
    assert {tag for tag in NAMES if language(tag).direction == "rtl"} == {"ar"}


def test_english_is_the_source():
    assert SOURCE == "en"
    assert language("en").texts.gettext("Hide") == "Hide"
    assert language("de").texts.gettext("Hide") == "Verbergen"
