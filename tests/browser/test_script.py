"""The script that forms load: what it makes kinder, under the pages' own policy."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from support.chromium import chromium
from support.server import RunningServer
from support.sign_in import Place
from support.visitor import Visitor, hosted_place


@pytest.fixture
def place(server: RunningServer) -> Place:
    made = hosted_place(server)
    made.person("jane")
    return made


@pytest.fixture
def tab(place: Place, tmp_path: Path) -> Iterator[Page]:
    """A tab with the sign-in page, filled in; what the policy or the script stumbles over fails the test."""
    wrong: list[str] = []
    with chromium(tmp_path / "profile") as page:
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(place.server.url + Visitor(place).address("/login"))
        page.fill("#username", "jane")
        page.fill("#password", "wrong")
        yield page
    assert wrong == []


def test_a_form_is_sent_once_however_often_its_button_is_pressed(tab: Page) -> None:
    posted: list[str] = []
    tab.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    tab.evaluate(
        "() => { const button = document.querySelector('button.button'); button.click(); button.click() }"
    )
    tab.wait_for_selector(".alert.error")
    assert len(posted) == 1


def test_a_password_that_was_shown_is_hidden_again_before_it_is_sent(tab: Page) -> None:
    tab.click("text=Show")
    assert tab.get_attribute("#password", "type") == "text"
    assert tab.get_attribute("[data-reveals]", "aria-pressed") == "true"
    tab.evaluate("document.addEventListener('submit', () => { window.name = password.type })")
    tab.evaluate("document.forms[0].addEventListener('submit', (event) => event.preventDefault())")
    tab.click("button.button")
    assert tab.evaluate("window.name") == "password"


def test_a_form_that_a_script_holds_back_can_be_sent_later(tab: Page) -> None:
    tab.evaluate(
        "document.forms[0].addEventListener('submit', (event) => event.preventDefault(), {once: true})"
    )
    tab.click("button.button")
    tab.click("button.button")
    tab.wait_for_selector(".alert.error")
