"""The pages of managed login in Chromium: people sign up, sign in, recover and protect their account."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, TimeoutError  # noqa: A004 (the library's own)

from poolhouse.domain import totp
from support.chromium import add_authenticator, chromium, site
from support.sign_in import PASSWORD, Place
from support.visitor import Visitor, hosted_place

NEW = "Another-Horse-10"
FACTORS = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]}}


@dataclass
class Tab:
    """A tab of Chromium, and the application that sends it to the pages."""

    page: Page
    place: Place
    app: str

    def open(self, path: str = "/oauth2/authorize", **query: str) -> None:
        """Come from the application."""
        address = Visitor(self.place, redirect_uri=f"{self.app}/callback", **query).address(path)
        self.page.goto(self.place.server.url.replace("127.0.0.1", "localhost") + address)

    def type(self, *texts: str) -> None:
        """Type into the fields by keyboard alone, beginning where the focus is, and send the form."""
        self.page.locator("input:focus").wait_for(timeout=10_000)
        for number, text in enumerate(texts):
            if number:
                self.page.keyboard.press("Tab")
            self.page.keyboard.type(text)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def choose(self, label: str) -> None:
        """Choose how to sign in."""
        self.page.get_by_label(label, exact=True).check()
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Next").click()

    def sees(self, text: str) -> None:
        """Wait for a text on the page."""
        body = self.page.locator("body")
        try:
            body.get_by_text(text).first.wait_for(timeout=10_000)
        except TimeoutError:
            pytest.fail(f"{text!r} is not on the page: {body.inner_text()}")

    def is_back(self) -> None:
        """Wait until the browser is back at the application, with a code."""
        self.page.wait_for_url(re.compile(re.escape(self.app) + r"/callback\?code=.+&state=.+&iss=.+"))
        self.sees("Welcome back to the application")


@pytest.fixture
def tab(server, tmp_path: Path) -> Iterator[Tab]:
    files = {"/callback": ("text/html", "<!doctype html><title>App</title>Welcome back to the application")}
    with site(files) as app, chromium(tmp_path / "profile") as page:
        place = hosted_place(
            server,
            managed=True,
            client={"CallbackURLs": [f"{app}/callback"], "LogoutURLs": [f"{app}/callback"]},
            AutoVerifiedAttributes=["email"],
            Policies=FACTORS,
            Schema=[{"Name": "email", "Required": True}],
        )
        errors: list[str] = []
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield Tab(page, place, app)
        assert [each for each in errors if not re.search(r"favicon|status of 40|frame-ancestors", each)] == []


def test_from_sign_up_to_a_new_password(tab: Tab) -> None:
    page, server = tab.page, tab.place.server
    tab.open()
    page.get_by_role("link", name="Create an account").click()
    tab.type("bob", "bob@example.com", PASSWORD)
    tab.sees("We sent a code to b***@e***.")
    tab.type(server.code("bob@example.com"))
    tab.is_back()
    tab.open()
    tab.is_back()  # without a page: the browser is signed in
    page.goto(
        f"{server.url.replace('127.0.0.1', 'localhost')}/logout?client_id={tab.place.client}&logout_uri={tab.app}/callback"
    )
    tab.sees("Welcome back to the application")
    tab.open()
    tab.type("bob")
    tab.choose("Password")
    tab.sees("Enter your password")
    tab.type("wrong")
    tab.sees("Incorrect username or password.")
    page.get_by_role("link", name="Forgot your password?").click()
    tab.type("bob")
    tab.sees("If there is an account with this name")
    tab.type(server.code("bob@example.com"), NEW)
    tab.sees("Your new password is set.")
    page.locator("input:focus").wait_for()
    with page.expect_navigation():
        page.keyboard.press("Enter")  # the name is filled in
    tab.choose("Password")
    tab.sees("Enter your password")
    tab.type(NEW)
    tab.is_back()


def test_an_authenticator_app_by_its_qr_code(tab: Tab) -> None:
    page = tab.page
    place = hosted_place(tab.place.server, client={"CallbackURLs": [f"{tab.app}/callback"]})
    place.person("jane")
    place.idp.set_user_pool_mfa_config(
        UserPoolId=place.pool, SoftwareTokenMfaConfiguration={"Enabled": True}, MfaConfiguration="ON"
    )
    tab.place = place
    tab.open()
    tab.type("jane", PASSWORD)
    tab.sees("Set up an authenticator app")
    assert page.get_by_role("img", name="QR code for your authenticator app").is_visible()
    secret = page.locator("#secret").inner_text().strip()
    seed = base64.b32decode(secret + "=" * (-len(secret) % 8))
    generator = totp.TOTP(seed, totp.DIGITS, totp.SHA1(), totp.STEP_SECONDS)
    tab.type("000000")
    tab.sees("wrong or too old")
    tab.type(generator.generate(int(place.server.clock.now())).decode())
    tab.is_back()
    place.server.clock.advance(60)
    tab.open(prompt="login")
    tab.type("jane", PASSWORD)
    tab.sees("Your authenticator app shows it.")
    tab.type(generator.generate(int(place.server.clock.now())).decode())
    tab.is_back()


def test_a_passkey_is_added_and_signs_in(tab: Tab) -> None:
    page, place = tab.page, tab.place
    place.person("jane", email="jane@example.com", email_verified="true")
    place.idp.set_user_pool_mfa_config(
        UserPoolId=place.pool,
        WebAuthnConfiguration={"RelyingPartyId": "localhost", "UserVerification": "required"},
    )
    session, device = add_authenticator(page)
    tab.open("/passkeys/add")
    tab.type("jane")
    tab.choose("Password")
    tab.sees("Enter your password")
    tab.type(PASSWORD)
    tab.sees("Next time you sign in as jane@example.com")
    assert not page.locator("#passkey-problem").is_visible()
    page.wait_for_load_state()
    page.get_by_role("button", name="Add a passkey").click()
    tab.sees("Welcome back to the application")
    (held,) = session.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert held["rpId"] == "localhost"
    tab.open(prompt="login")
    tab.type("jane")
    assert page.get_by_label("Passkey").is_checked(), "what is easiest and safest comes first"
    tab.choose("Passkey")
    tab.sees("Sign in with a passkey")
    page.wait_for_load_state()
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.get_by_role("button", name="Continue").click()
    tab.sees("No passkey was used.")
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    page.get_by_role("button", name="Continue").click()
    tab.is_back()


def test_without_scripts_everything_works_but_passkeys(server, tmp_path: Path) -> None:
    files = {"/callback": ("text/html", "<!doctype html><title>App</title>Welcome back to the application")}
    with site(files) as app, chromium(tmp_path / "profile", scripts=False) as page:
        place = hosted_place(server, client={"CallbackURLs": [f"{app}/callback"]})
        place.invite("mary", "Temporary-1")
        tab = Tab(page, place, app)
        tab.open()
        tab.type("mary", "Temporary-1")
        tab.sees("Choose a new password")
        tab.type(NEW)
        tab.is_back()


def test_no_page_can_be_framed(tab: Tab) -> None:
    page = tab.page
    address = tab.place.server.url.replace("127.0.0.1", "localhost")
    address += Visitor(tab.place, redirect_uri=f"{tab.app}/callback").address("/login")
    page.goto(f"{tab.app}/callback")
    page.evaluate(
        "src => { const f = document.createElement('iframe'); f.src = src; document.body.append(f) }", address
    )
    page.wait_for_timeout(500)
    (frame,) = page.frames[1:]
    assert "Sign in" not in (frame.content() if frame.url.startswith("http") else "")
