"""WCAG 2.2 AA, as far as a machine can tell: axe-core on every page, and all of it by keyboard.

Every page is looked at in light and dark, on a desktop and on a telephone 320 pixels wide, from left to right
and from right to left.
"""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

import engines
from poolhouse.store import open_store
from support.chromium import chromium
from support.gallery import gallery, hung
from support.scripted import ScriptedClock
from support.server import RunningServer, running_server

Gallery = Callable[[str], dict[str, str]]

_AXE = Path(__file__).parents[1] / "sdk" / "js" / "node_modules" / "axe-core" / "axe.min.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN = """async (rules) => {
  const found = await axe.run(document, {runOnly: rules, resultTypes: ["violations"]});
  return found.violations.map(({id, nodes}) => `${id}: ${nodes.map((node) =>
    `${node.target} (${node.any.map((check) => check.message)})`).join("; ")}`);
}"""
_WIDTHS = {"desktop": 1280, "telephone": 320}
_FOCUSED = """() => {
  const at = document.activeElement, style = getComputedStyle(at), again = (window.stops ??= new Set()).has(at);
  window.stops.add(at);
  return {
    name: at === document.body || again ? "" : at.name || at.textContent.trim() || at.id,
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    height: at.getBoundingClientRect().height,
    inline: style.display === "inline",
  };
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server of its own: what browsers see is the same on both engines."""
    folder = tmp_path_factory.mktemp("site")
    clock = ScriptedClock()
    with (
        engines.database("sqlite", folder) as url,
        running_server(open_store(url, clock), folder, clock) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def pages(site: RunningServer) -> Gallery:
    """Return the pages in a language."""
    return cache(lambda lang: gallery(site, lang))


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with chromium(tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.mark.timeout(600)
@pytest.mark.parametrize("lang", ["en", "ar"])
def test_axe_finds_nothing_on_any_page(site: RunningServer, pages: Gallery, tab: Page, lang: str) -> None:
    shown = pages(lang)
    axe = _AXE.read_text()
    found: dict[str, Any] = {}
    with hung(tab, site, shown) as show:
        for name in shown:
            show(name)
            assert tab.get_attribute("html", "dir") == ("rtl" if lang == "ar" else "ltr") or name == "outbox"
            tab.evaluate(axe)
            for width, pixels in _WIDTHS.items():
                tab.set_viewport_size({"width": pixels, "height": 800})
                for scheme in ("light", "dark"):
                    tab.emulate_media(
                        color_scheme=scheme, reduced_motion="reduce"
                    )  # else colours are on their way
                    if problems := tab.evaluate(_RUN, _RULES):
                        found[f"{name}, {scheme}, {width}"] = problems
                if tab.evaluate("document.documentElement.scrollWidth > innerWidth"):
                    found[f"{name}, {width}"] = "scrolls sideways"
    assert found == {}


def keys(tab: Page) -> list[dict[str, Any]]:
    """Return what Tab comes to, from the top of the page to its end."""
    stops = []
    for _ in range(60):
        tab.keyboard.press("Tab")
        stop = tab.evaluate(_FOCUSED)
        if not stop["name"]:
            return stops
        stops.append(stop)
    raise AssertionError("the keyboard is caught")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("lang", ["en", "ar"])
def test_the_keyboard_comes_to_everything_in_order_and_is_seen(
    site: RunningServer, pages: Gallery, tab: Page, lang: str
) -> None:
    shown = {name: html.replace(" autofocus", "") for name, html in pages(lang).items()}
    tab.set_viewport_size({"width": 1280, "height": 800})
    with hung(tab, site, shown) as show:
        for name in shown:
            show(name)
            stops = keys(tab)
            wanted = tab.evaluate(
                """() => [...document.querySelectorAll("a[href], button, input, select, textarea")].filter((at) =>
                  at.type !== "hidden" && !at.hidden && at.tabIndex >= 0 &&
                  !(at.type === "radio" && !at.checked)).map((at) => at.name || at.textContent.trim() || at.id)"""
            )
            assert [stop["name"] for stop in stops] == wanted, name
            for stop in stops:
                assert stop["outlined"], (name, stop)
                assert stop["height"] >= 24 or stop["inline"], (name, stop)  # WCAG 2.2, 2.5.8


def test_a_person_signs_in_by_keyboard_alone(site: RunningServer, pages: Gallery, tab: Page) -> None:
    with hung(tab, site, pages("en")) as show:
        show("sign-in")
        assert tab.evaluate("document.activeElement.name") == "username"
        tab.keyboard.type("jane")
        tab.keyboard.press("Tab")
        tab.keyboard.type("secret")
        tab.keyboard.press("Tab")
        assert tab.get_attribute("#password", "type") == "password"
        tab.keyboard.press("Space")
        assert tab.get_attribute("#password", "type") == "text"
        assert tab.evaluate("document.activeElement.name") == "password"
        show("factors")
        tab.keyboard.press("Tab")
        tab.keyboard.press("ArrowDown")
        assert tab.evaluate("document.querySelectorAll('input[type=radio]')[1].checked")


def test_motion_is_left_out_where_it_is_not_wanted(site: RunningServer, pages: Gallery, tab: Page) -> None:
    with hung(tab, site, pages("en")) as show:
        tab.emulate_media(reduced_motion="reduce")
        show("sign-in")
        times = tab.evaluate(
            "[...document.querySelectorAll('*')].map((at) => getComputedStyle(at).transitionDuration)"
        )
        assert set(times) == {"0s"}
        tab.emulate_media(reduced_motion=None)
