"""Signing in at the pages, over HTTP: from the application and back to it."""

import pytest

from support.sign_in import Place
from support.visitor import CALLBACK, Visitor, answer_of, hosted_place


@pytest.fixture
def place(server) -> Place:
    made = hosted_place(server)
    made.person("jane", email="jane@example.com")
    return made


def test_a_password_is_enough(place):
    visitor = Visitor(place)
    start = visitor.get("/oauth2/authorize")
    assert start.status_code == 302
    assert start.location.startswith("/login?")
    page = visitor.client.get(start.location)
    assert page.status_code == 200, page.text
    done = visitor.submit(page, username="jane", password="Correct-Horse-9")
    assert done.location.startswith(f"{CALLBACK}?code=")
    answer = answer_of(done)
    assert answer["state"] == "s t/1"
    assert answer["iss"] == place.server.services.settings.issuer(place.pool)
    assert visitor.cookie()


def test_wrong_password(place):
    page = Visitor(place).sign_in(password="wrong")
    assert page.status_code == 200
    assert "Incorrect username or password." in page.text
