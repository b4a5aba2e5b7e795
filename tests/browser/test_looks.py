"""Owners' settings as Chromium draws them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from support.chromium import chromium
from support.gallery import BRAND, PICTURES
from support.server import RunningServer
from support.visitor import Visitor, hosted_place

_STYLE = "([selector, name]) => getComputedStyle(document.querySelector(selector))[name]"


@pytest.fixture
def tab(tmp_path: Path) -> Iterator[Page]:
    with chromium(tmp_path / "profile") as page:
        yield page


def drawn(tab: Page, selector: str, name: str) -> str:
    """Return a computed style, once colours have arrived at where they go."""
    tab.emulate_media(reduced_motion="reduce")
    return str(tab.evaluate(_STYLE, [selector, name]))


def test_a_style_is_drawn(server: RunningServer, tab: Page) -> None:
    place = hosted_place(server, managed=True)
    style = place.idp.describe_managed_login_branding_by_client(UserPoolId=place.pool, ClientId=place.client)
    place.idp.update_managed_login_branding(
        UserPoolId=place.pool,
        ManagedLoginBrandingId=style["ManagedLoginBranding"]["ManagedLoginBrandingId"],
        Settings={**BRAND, "categories": {"global": {"colorSchemeMode": "DYNAMIC"}}},
        Assets=[
            {"Category": category, "ColorMode": "LIGHT", "Extension": "SVG", "Bytes": picture.encode()}
            for category, picture in PICTURES.items()
        ],
    )
    tab.goto(server.url + Visitor(place).address("/login"))
    assert drawn(tab, ".button", "backgroundColor") == "rgb(20, 83, 45)"
    assert drawn(tab, ".button", "borderRadius") == "24px"
    assert drawn(tab, ".card", "borderRadius") == "20px"
    assert "/assets/" in drawn(tab, "body", "backgroundImage")
    assert tab.evaluate("document.querySelector('.logo img').naturalWidth") > 0
    assert tab.evaluate("document.querySelector('.logo img').getBoundingClientRect().width") > 100
    tab.emulate_media(color_scheme="dark")
    assert drawn(tab, ".button", "backgroundColor") == "rgb(83, 159, 229)"
    assert drawn(tab, "body", "backgroundImage") == "none"


def test_classic_css_wins_over_ours(server: RunningServer, tab: Page) -> None:
    place = hosted_place(server)
    css = """
        .submitButton-customizable { background-color: #123456; font-size: 20px; height: 70px; }
        .submitButton-customizable:hover { background-color: rgb(9, 8, 7); }
        .inputField-customizable { border: 3px solid red; }
        .label-customizable { font-weight: 300; }
        .background-customizable { background-color: #fafad2; }
    """
    place.idp.set_ui_customization(UserPoolId=place.pool, CSS=css)
    tab.emulate_media(color_scheme="dark")
    tab.goto(server.url + Visitor(place).address("/login"))
    assert drawn(tab, ".button", "backgroundColor") == "rgb(18, 52, 86)"
    assert drawn(tab, ".button", "fontSize") == "20px"
    assert drawn(tab, ".button", "height") == "70px"
    assert drawn(tab, "#username", "borderTopWidth") == "3px"
    assert drawn(tab, "label", "fontWeight") == "300"
    assert drawn(tab, ".card", "backgroundColor") == "rgb(250, 250, 210)"
    assert drawn(tab, "h1", "color") == "rgb(0, 7, 22)", "it was written for light pages"
    tab.hover(".button")
    assert drawn(tab, ".button", "backgroundColor") == "rgb(9, 8, 7)"
