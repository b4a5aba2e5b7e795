"""Managed login where people choose how to sign in: a name first, then a password, a code or a passkey."""

import json
import re
from html import unescape

import pytest

from support.passkeys import RP_ID
from support.security_key import Authenticator
from support.sign_in import PASSWORD, Place
from support.visitor import HOSTED, Visitor, answer_of, forms, hosted_place

FACTORS = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]}}


@pytest.fixture
def place(server) -> Place:
    made = hosted_place(server, managed=True, Policies=FACTORS)
    made.idp.set_user_pool_mfa_config(
        UserPoolId=made.pool, WebAuthnConfiguration={"RelyingPartyId": RP_ID, "UserVerification": "preferred"}
    )
    made.person("jane", email="jane@example.com", email_verified="true")
    return made


def name(visitor: Visitor, username: str = "jane"):
    """Enter a name at the first page; return the next one."""
    first = visitor.get("/login")
    assert "password" not in forms(first)[0].fields
    return visitor.submit(first, username=username)


def factors(page) -> list[str]:
    return re.findall(r'type="radio" name="factor" value="(\w+)"', page.text)


def options(page) -> dict:
    return json.loads(unescape(re.search(r'data-options="([^"]+)"', page.text)[1]))


def test_a_password(place):
    visitor = Visitor(place)
    choice = name(visitor)
    assert factors(choice) == ["PASSWORD", "EMAIL_OTP"]
    page = visitor.submit(choice, factor="PASSWORD")
    assert "Enter your password" in page.text
    wrong = visitor.submit(page, password="wrong")
    assert "Incorrect username or password." in wrong.text
    assert "code" in answer_of(visitor.submit(wrong, password=PASSWORD))


def test_a_code_by_mail(place):
    visitor = Visitor(place)
    page = visitor.submit(name(visitor), factor="EMAIL_OTP")
    assert "j***@e***" in page.text
    first = place.server.code("jane@example.com")
    wrong = visitor.submit(page, code="00000000")
    assert "wrong or too old" in wrong.text
    again = visitor.submit(wrong, again="yes")
    second = place.server.code("jane@example.com")
    assert second != first
    assert "code" in answer_of(visitor.submit(again, code=f" {second[:4]} {second[4:]} "))


def test_another_way(place):
    visitor = Visitor(place)
    page = visitor.submit(name(visitor), factor="EMAIL_OTP")
    assert "Choose how to sign in" in visitor.submit(page, other="yes").text
    assert "Choose how you want" in visitor.submit(name(visitor), factor="").text
    assert "Choose how you want" in visitor.submit(name(visitor), factor="SMS_OTP").text


def test_nobody_is_offered_something_too(place):
    for stranger in ("nobody", "nobody@example.com", "x" * 500, "\0"):
        visitor = Visitor(place)
        page = name(visitor, stranger)
        assert page.status_code == 200, stranger
        offered = factors(page)
        if offered:
            page = visitor.submit(page, factor=offered[0])
        assert page.status_code == 200
        assert "does not exist" not in page.text


def test_the_form_of_scripts_still_works(place):
    assert "code" in answer_of(Visitor(place).sign_in())


def test_a_passkey_from_the_page_to_the_application(place):
    visitor, device = Visitor(place), Authenticator()
    query = {"client_id": place.client, "redirect_uri": visitor.query["redirect_uri"]}
    start = visitor.client.get("/passkeys/add", query_string=query)
    assert start.location.startswith("/login?client_id=")
    page = visitor.client.get(start.location)
    page = visitor.submit(page, username="jane")
    page = visitor.submit(page, factor="PASSWORD")
    done = visitor.submit(page, password=PASSWORD)
    assert done.location.startswith("/passkeys/add?client_id=")
    page = visitor.client.get(done.location)
    assert "Add a passkey" in page.text
    assert "script-src 'nonce-" in page.headers["Content-Security-Policy"]
    for odd in ("", "no json", "[]", "{}", "null", '"x"', "{" * 1000, json.dumps({"id": "x"})):
        assert "could not be added" in visitor.submit(page, credential=odd).text, odd
    credential = device.create(options(page))
    stored = visitor.submit(page, credential=json.dumps(credential))
    assert (stored.status_code, stored.location) == (302, visitor.query["redirect_uri"])
    assert visitor.submit(page, credential=json.dumps(credential)).status_code == 200, "it is stored once"

    other = Visitor(place)
    choice = name(other)
    assert factors(choice) == ["WEB_AUTHN", "PASSWORD", "EMAIL_OTP"]
    page = other.submit(choice, factor="WEB_AUTHN")
    assert "Sign in with a passkey" in page.text
    assert "No passkey was used." in other.submit(page, credential="").text
    elsewhere = device.get(options(page), origin="https://evil.example")
    assert "was not accepted" in other.submit(page, credential=json.dumps(elsewhere)).text
    assert "Choose how to sign in" in other.submit(page, other="yes").text
    assert "code" in answer_of(other.submit(page, credential=json.dumps(device.get(options(page)))))


def test_where_there_are_no_passkeys(place):
    classic = hosted_place(place.server, Policies=FACTORS)
    query = {"client_id": classic.client, "redirect_uri": HOSTED["CallbackURLs"][0]}
    assert Visitor(classic).client.get("/passkeys/add", query_string=query).status_code == 400
    without = hosted_place(place.server, managed=True)
    query["client_id"] = without.client
    assert Visitor(without).client.get("/passkeys/add", query_string=query).status_code == 400
    query = {"client_id": place.client, "redirect_uri": "https://evil.example/"}
    astray = Visitor(place).client.get("/passkeys/add", query_string=query)
    assert astray.location == f"/error?error=redirect_mismatch&client_id={place.client}"


def test_a_client_that_does_not_let_people_choose(place):
    other = place.another_client(**HOSTED, ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])
    place.idp.create_managed_login_branding(
        UserPoolId=place.pool, ClientId=other.client, UseCognitoProvidedValues=True
    )
    assert "password" in forms(Visitor(other).get("/login"))[0].fields


def test_managed_login_without_a_style(place):
    other = place.another_client(**HOSTED)
    for path in ("/login", "/oauth2/authorize", "/signup", "/forgotPassword"):
        page = Visitor(other).get(path)
        assert page.status_code == 403
        assert "Login pages unavailable. Please contact an administrator." in page.text


def test_the_confirmation_link_and_the_error_page_wear_the_client_s_look(place):
    place.idp.delete_managed_login_branding(
        UserPoolId=place.pool,
        ManagedLoginBrandingId=place.idp.describe_managed_login_branding_by_client(
            UserPoolId=place.pool, ClientId=place.client
        )["ManagedLoginBranding"]["ManagedLoginBrandingId"],
    )
    settings = {"components": {"form": {"borderRadius": 33.0}}}
    place.idp.create_managed_login_branding(
        UserPoolId=place.pool, ClientId=place.client, Settings=settings, UseCognitoProvidedValues=False
    )
    browser = Visitor(place).client
    for path in ("/confirmUser", "/error"):
        assert "33px" in browser.get(path, query_string={"client_id": place.client}).text
        assert "33px" not in browser.get(path, query_string={"client_id": "nobody"}).text
