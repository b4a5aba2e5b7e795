"""The shared style sheet: it draws from the settings, and is served to be kept."""

import re
from importlib.resources import files

import pytest

from poolhouse.pages.assets import asset
from poolhouse.pages.looks import DEFAULT_PROPERTIES
from support.browser import browser
from support.services import services

SHEET = (files("poolhouse.pages") / "static" / "style.css").read_text()
# The service's own pages have lists to pick from, and buttons that wait; ours have neither. An error is an alert.
NOT_DRAWN = re.compile(r"--(dropDown|primaryButton-disabled|statusIndicator-(pending|error-backgroundColor))")


@pytest.fixture
def made(store, clock, tmp_path):
    with services(store, clock, tmp_path) as running:
        yield running


def test_each_property_that_it_draws_from_is_there():
    own = set(re.findall(r"(--[\w-]+):", SHEET))
    assert set(re.findall(r"var\((--[\w-]+)\)", SHEET)) - own == {
        name for name in DEFAULT_PROPERTIES if not NOT_DRAWN.match(name)
    }


def test_sides_are_logical():
    assert not re.search(r"(?<![-\w])(left|right|margin-left|padding-right)\s*:", SHEET)


def test_it_is_served_under_its_hash_and_kept(made):
    path = asset("style.css")
    assert re.fullmatch(r"/assets/style\.[0-9a-f]{16}\.css", path)
    answer = browser(made).get(path)
    assert answer.mimetype == "text/css"
    assert answer.text.endswith(SHEET)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    ["/assets/style.css", "/assets/style.0000000000000000.css", "/assets/", "/assets/%2e%2e/render.py"],
)
def test_nothing_else_is_served(made, path):
    assert browser(made).get(path).status_code == 404


def test_a_page_links_it(made):
    page = browser(made).get("/confirmUser?lang=ar")
    assert f'href="{asset("style.css")}"' in page.text
    assert '<html lang="ar" dir="rtl">' in page.text
    assert "تعذّر علينا تأكيد حسابك" in page.text
