"""Attacks on the pages, one test each."""

import re

import msgspec
import pytest

from poolhouse.store import open_store
from support.server import running_server
from support.sign_in import PASSWORD, Place
from support.visitor import Visitor, answer_of, forms, hosted_place

EVIL = '"><script>alert(1)</script>'
PAGES = ("/login", "/signup", "/forgotPassword", "/confirm")
POSTED = (*PAGES, "/mfa", "/mfaOption", "/resetPassword", "/resendcode", "/confirmforgotPassword")


@pytest.fixture
def place(server) -> Place:
    made = hosted_place(
        server,
        AutoVerifiedAttributes=["email"],
        Schema=[{"Name": "email", "Required": True}, {"Name": "family_name", "Required": True}],
    )
    made.person("jane", email="jane@example.com", email_verified="true", family_name="Doe")
    return made


def sign_in_form(visitor: Visitor) -> dict[str, str]:
    return {**forms(visitor.get("/login"))[0].fields, "username": "jane", "password": PASSWORD}


# --- forged forms ---------------------------------------------------------------------------------------------


def test_a_form_without_the_token(place):
    visitor = Visitor(place)
    visitor.get("/login")
    for path in POSTED:
        for form in ({}, {"_csrf": ""}, {"_csrf": "x"}, {"_csrf": "a.1.b"}, {"_csrf": "é" * 100}):
            page = visitor.post(path, form)
            assert page.status_code == 403, (path, form)
            assert "did not come from this page" in page.text


def test_a_form_without_the_cookie(place):
    visitor = Visitor(place)
    form = sign_in_form(visitor)
    visitor.client.delete_cookie("XSRF-TOKEN")
    assert visitor.post("/login", form).status_code == 403


def test_the_token_of_another_browser(place):
    mallory, visitor = Visitor(place), Visitor(place)
    visitor.get("/login")
    form = sign_in_form(mallory)
    assert visitor.post("/login", form).status_code == 403
    assert "code" in answer_of(mallory.post("/login", form))


def test_a_token_made_up_for_cookie_and_form_alike(place):
    """A neighbouring host may set cookies; it cannot sign them."""
    visitor = Visitor(place)
    made_up = "0" * 32 + ".1800000000.AAAA"
    visitor.client.set_cookie("XSRF-TOKEN", made_up)
    form = {"_csrf": made_up, "username": "jane", "password": PASSWORD}
    assert visitor.post("/login", form).status_code == 403


def test_a_changed_time_in_the_token(place):
    visitor = Visitor(place)
    form = sign_in_form(visitor)
    browser, drawn, signature = form["_csrf"].split(".")
    form["_csrf"] = f"{browser}.{int(drawn) + 1}.{signature}"
    assert visitor.post("/login", form).status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost.evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}, 302),
        ({"Sec-Fetch-Site": "none"}, 302),
        ({}, 302),
    ],
)
def test_what_the_browser_says_of_the_sender(place, headers, status):
    visitor = Visitor(place)
    assert visitor.post("/login", sign_in_form(visitor), headers=headers).status_code == status


def test_a_page_is_good_for_five_minutes(place):
    visitor = Visitor(place)
    form = sign_in_form(visitor)
    place.server.clock.advance(299)
    other = sign_in_form(visitor)
    assert "code" in answer_of(visitor.post("/login", form))
    place.server.clock.advance(2)
    late = visitor.post("/login", form)
    assert late.status_code == 400
    assert "Something went wrong." in late.text
    assert "code" in answer_of(visitor.post("/login", other)), "a page drawn later is good"


def test_several_pages_at_once(place):
    visitor = Visitor(place)
    first, second = sign_in_form(visitor), sign_in_form(visitor)
    assert "code" in answer_of(visitor.post("/login", first))
    assert "code" in answer_of(visitor.post("/login", second))


# --- stolen and swapped steps ---------------------------------------------------------------------------------


def test_the_step_of_another_browser(place):
    place.invite("mary", "Temporary-1", email="mary@example.com", family_name="Roe")
    victim, mallory = Visitor(place), Visitor(place)
    stolen = forms(victim.sign_in("mary", "Temporary-1"))[0].fields["step"]
    mallory.get("/login")
    form = {"_csrf": mallory.cookie("XSRF-TOKEN"), "step": stolen, "password": "Another-Horse-10"}
    for path in ("/login", "/resetPassword", "/mfa"):
        page = mallory.post(path, form)
        assert page.status_code == 400
        assert "Please start again." in page.text


def test_the_step_of_another_client(place):
    place.invite("mary", "Temporary-1", email="mary@example.com", family_name="Roe")
    other = hosted_place(place.server)
    visitor = Visitor(place)
    form = forms(visitor.sign_in("mary", "Temporary-1"))[0].fields
    here = visitor.client.post(
        visitor.address("/resetPassword", client_id=other.client),
        data={**form, "password": "Another-Horse-10"},
    )
    assert here.status_code == 400


def test_a_step_at_the_wrong_page(place):
    """The page that sets a new password takes no step of a sign-in."""
    place.invite("mary", "Temporary-1", email="mary@example.com", family_name="Roe")
    visitor = Visitor(place)
    form = forms(visitor.sign_in("mary", "Temporary-1"))[0].fields
    for path in ("/confirmforgotPassword", "/confirm", "/resendcode", "/forgotPassword"):
        page = visitor.post(path, {**form, "password": "Another-Horse-10", "code": "123456"})
        assert page.status_code == 400, path


def test_a_step_is_spent_with_its_success(place):
    place.invite("mary", "Temporary-1", email="mary@example.com", family_name="Roe")
    visitor = Visitor(place)
    page = visitor.sign_in("mary", "Temporary-1")
    assert "code" in answer_of(visitor.submit(page, password="Another-Horse-10"))
    again = visitor.submit(page, password="Third-Horse-11")
    assert "Please sign in again." in again.text


def test_what_the_step_holds_is_not_to_be_read(place):
    place.invite("mary", "Temporary-1", email="mary@example.com", family_name="Roe")
    visitor = Visitor(place)
    step = forms(visitor.sign_in("mary", "Temporary-1"))[0].fields["step"]
    assert "mary" not in step


# --- frames, scripts, caches ----------------------------------------------------------------------------------


def test_every_page_keeps_to_itself(place):
    visitor = Visitor(place)
    pages = [visitor.get(path) for path in PAGES]
    pages.append(visitor.sign_in(password="wrong"))
    pages.append(visitor.client.get("/error"))
    pages.append(Visitor(place, client_id="nobody").get("/login"))
    for page in pages:
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "base-uri 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["X-Frame-Options"] == "DENY"
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] in ("no-referrer", "same-origin")
        assert "Access-Control-Allow-Origin" not in page.headers
        assert not re.search(r"<script(?![^>]* src=)", page.text)
        assert not re.search(r"\son\w+=", page.text)
        assert " style=" not in page.text
    policies = {page.headers["Content-Security-Policy"] for page in pages}
    assert len(policies) == len(pages), "a nonce is used once"


def test_forms_lead_here_and_back_to_the_application(place):
    policy = Visitor(place).get("/login").headers["Content-Security-Policy"]
    assert "form-action 'self' https:;" in policy
    policy = Visitor(place, redirect_uri="myapp://callback").get("/login").headers["Content-Security-Policy"]
    assert "form-action 'self' myapp:;" in policy


def test_script_in_every_field(place):
    visitor = Visitor(place, login_hint=EVIL, state=EVIL, nonce=EVIL, lang=EVIL, ui_locales=EVIL)
    for path in PAGES:
        page = visitor.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text, path
        filled = visitor.submit(
            page,
            **{
                "username": f"{EVIL}{path}".replace(" ", ""),
                "password": EVIL,
                "attribute.email": EVIL,
                "attribute.family_name": EVIL,
                "code": EVIL,
                "factor": EVIL,
            },
        )
        assert filled.status_code == 200, (path, filled.text)
        assert "<script>alert" not in filled.text, path


def test_script_in_what_is_stored(place):
    """A pool, a user and an authenticator app may be called anything."""
    pool = hosted_place(place.server, PoolName="x")
    pool.idp.set_user_pool_mfa_config(
        UserPoolId=pool.pool, SoftwareTokenMfaConfiguration={"Enabled": True}, MfaConfiguration="ON"
    )
    pool.person("<b>jane</b>", email="<i>@example.com")
    page = Visitor(pool).sign_in("<b>jane</b>")
    assert "Set up an authenticator app" in page.text
    assert "<b>" not in page.text


# --- too much, and the wrong kind ------------------------------------------------------------------------------


def test_forms_of_any_shape(place):
    visitor = Visitor(place)
    for path in POSTED:
        visitor.get("/login")
        token = visitor.cookie("XSRF-TOKEN")
        address = visitor.address(path)
        odd = [
            {"data": {"_csrf": token, "username": "x" * 40_000, "password": "y"}},
            {"data": {"_csrf": token, "username": "\0", "password": "\0", "code": "\0"}},
            {"data": {"_csrf": token, "username": ["a", "b"], "password": ["c", "d"]}},
            {"data": b"_csrf=" + token.encode() + b"&username=%ff%fe&password=%ff"},
            {"json": {"_csrf": token, "username": "jane", "password": PASSWORD}},
            {"data": b"\x00\xff" * 100, "content_type": "application/x-www-form-urlencoded"},
            {"data": b"x", "content_type": "multipart/form-data; boundary=x"},
            {"data": b"x", "content_type": "text/plain"},
        ]
        for form in odd:
            answer = visitor.client.post(address, **form)
            assert answer.status_code in (200, 400, 403), (path, form, answer.status_code)
        huge = {"_csrf": token, "username": "x" * 70_000}
        assert visitor.client.post(address, data=huge).status_code == 413


def test_a_long_password_is_no_work(place):
    visitor = Visitor(place)
    page = visitor.sign_in(password="p" * 60_000)
    assert "Incorrect username or password." in page.text


def test_head_shows_nothing_and_changes_nothing(place):
    visitor = Visitor(place)
    assert visitor.client.head(visitor.address("/login")).data == b""


# --- hosts -----------------------------------------------------------------------------------------------------


def test_the_host_of_another_pool(place):
    other = hosted_place(place.server)
    other.idp.create_user_pool_domain(
        UserPoolId=other.pool,
        Domain="auth.other.localhost",
        CustomDomainConfig={
            "CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-0000-0000-000000000000"
        },
    )
    visitor = Visitor(place)
    page = visitor.client.get(visitor.address("/login"), base_url="http://auth.other.localhost")
    assert page.status_code == 400
    own = Visitor(other)
    assert own.client.get(own.address("/login"), base_url="http://auth.other.localhost").status_code == 200
    assert visitor.get("/login").status_code == 200


def test_a_pool_without_a_domain(place):
    place.idp.delete_user_pool_domain(
        UserPoolId=place.pool, Domain=f"at-{place.pool.partition('_')[2].lower()}"
    )
    page = Visitor(place).get("/login")
    assert page.status_code == 400
    assert "CreateUserPoolDomain" in page.text


def test_request_rates_count_forms_too(store_url, clock, tmp_path):
    def limited(settings):
        return msgspec.structs.replace(
            settings, limits=msgspec.structs.replace(settings.limits, requests=True)
        )

    with running_server(open_store(store_url, clock), tmp_path, clock, limited) as server:
        visitor = Visitor(hosted_place(server))
        answers = []
        while 429 not in answers and len(answers) < 2000:  # windows are seconds of the machine's own clock
            answers.append(visitor.post("/passkeys/add", {}).status_code)
    assert answers[-1] == 429
    assert set(answers[:-1]) == {403}, "forged forms count, too"
