"""A browser that is signed in: silent answers, what insists on more, and everything that ends it."""

from contextlib import closing
from dataclasses import replace

import msgspec
import pytest

from poolhouse.store import open_store
from support.scripted import ScriptedEntropy
from support.server import running_server
from support.sign_in import PASSWORD, Place
from support.visitor import HOSTED, SIGNED_OUT, Visitor, answer_of, forms, hosted_place

NEW = "Another-Horse-10"


@pytest.fixture
def place(server) -> Place:
    made = hosted_place(server, AutoVerifiedAttributes=["email"])
    made.person("jane", email="jane@example.com", email_verified="true")
    return made


@pytest.fixture
def visitor(place) -> Visitor:
    """Jane, who is signed in."""
    here = Visitor(place)
    assert "code" in answer_of(here.sign_in())
    return here


def is_signed_in(visitor: Visitor, **changes: str | None) -> bool:
    answer = answer_of(visitor.get("/oauth2/authorize", prompt="none", **changes))
    assert ("code" in answer) is not (answer.get("error") == "login_required")
    return "code" in answer


def test_nobody_is_asked_twice(visitor):
    answer = answer_of(visitor.get("/oauth2/authorize"))
    assert answer["state"] == "s t/1"
    assert is_signed_in(visitor)
    assert "access_token" in answer_of(visitor.get("/oauth2/authorize", response_type="token"))


def test_another_browser_is_not_signed_in(place, visitor):
    assert not is_signed_in(Visitor(place))


def test_an_hour_and_no_longer(place, visitor):
    place.server.clock.advance(1800)
    assert is_signed_in(visitor)
    place.server.clock.advance(1799)
    assert is_signed_in(visitor)
    place.server.clock.advance(1)
    assert not is_signed_in(visitor), "use does not prolong it"


def test_the_cookie(place):
    here = Visitor(place)
    page = here.get("/login")
    done = here.submit(page, username="jane", password=PASSWORD)
    (cookie,) = [line for line in done.headers.getlist("Set-Cookie") if line.startswith("cognito=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Max-Age=3600" in cookie
    assert "Secure" not in cookie
    assert "Domain" not in cookie


def test_the_cookies_under_https(server, store_url, clock, tmp_path):
    def behind_a_proxy(settings):
        return msgspec.structs.replace(
            settings, server=msgspec.structs.replace(settings.server, trust_forwarded=True)
        )

    with running_server(
        open_store(store_url, clock), tmp_path / "proxied", clock, behind_a_proxy, ScriptedEntropy(seed=2)
    ) as proxied:
        place = hosted_place(proxied)
        place.person("jane")
        here = Visitor(place)
        headers = {"X-Forwarded-Proto": "http, https"}
        page = here.client.get(here.address("/login"), headers=headers, base_url="https://localhost")
        assert page.headers["Strict-Transport-Security"].startswith("max-age=")
        (csrf,) = page.headers.getlist("Set-Cookie")
        assert "Secure" in csrf
        form = {**forms(page)[0].fields, "username": "jane", "password": PASSWORD}
        done = here.client.post(
            here.address("/login"), data=form, headers=headers, base_url="https://localhost"
        )
        (cookie,) = done.headers.getlist("Set-Cookie")
        assert cookie.startswith("__Host-cognito=")
        assert "Secure" in cookie
        assert "Path=/" in cookie


def test_prompt_login_asks_again(visitor):
    first = visitor.cookie()
    start = visitor.get("/oauth2/authorize", prompt="login")
    assert start.location.startswith("/login?")
    done = visitor.submit(visitor.client.get(start.location), username="jane", password=PASSWORD)
    assert "code" in answer_of(done)
    assert visitor.cookie() != first, "a new sign-in is a new session"


def test_prompt_select_account(visitor):
    start = visitor.get("/oauth2/authorize", prompt="select_account")
    page = visitor.client.get(start.location)
    assert "Continue as jane@example.com" in page.text
    assert "code" in answer_of(visitor.submit(page, current="yes"))
    other = Visitor(visitor.place, prompt="select_account")
    assert "Continue as" not in other.get("/login").text
    stale = other.submit(other.get("/login"), current="yes")
    assert "Please sign in again." in stale.text


def test_max_age(place, visitor):
    place.server.clock.advance(100)
    assert is_signed_in(visitor, max_age="100")
    assert not is_signed_in(visitor, max_age="99")
    assert not is_signed_in(visitor, max_age="0")


def test_clients_of_a_pool_share_it_and_pools_do_not(place, visitor):
    other = place.another_client(**HOSTED)
    assert is_signed_in(visitor, client_id=other.client)
    elsewhere = hosted_place(place.server)
    assert not is_signed_in(visitor, client_id=elsewhere.client)


def track(place: Place, minutes: int) -> None:
    place.idp.set_user_pool_session_configuration(
        UserPoolId=place.pool, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 20}
    )
    place.idp.set_user_pool_client_session_configuration(
        UserPoolId=place.pool, ClientId=place.client, SSOSession={"MaxValidityMinutes": minutes}
    )
    place.server.clock.advance(3)  # others' settings are remembered for two seconds


@pytest.mark.parametrize(("minutes", "seconds"), [(5, 300), (0, 0), (120, 7200)])
def test_each_client_says_for_how_long(place, minutes, seconds):
    track(place, minutes)
    here = Visitor(place)
    here.sign_in()
    if seconds:
        place.server.clock.advance(seconds - 1)
        assert is_signed_in(here)
        place.server.clock.advance(1)
    assert not is_signed_in(here)


def test_signing_out(place, visitor):
    stolen = visitor.cookie()
    out = visitor.get("/logout", logout_uri=SIGNED_OUT)
    assert out.location == SIGNED_OUT
    assert visitor.cookie() in (None, "")
    visitor.client.set_cookie("cognito", stolen)
    assert not is_signed_in(visitor), "the cookie is good no more, wherever it is kept"


def test_signing_out_with_somebody_else_s_id_and_no_secret_ends_nothing(place, visitor):
    session_id = visitor.cookie().partition(".")[0]
    stranger = Visitor(place)
    stranger.client.set_cookie("cognito", f"{session_id}.{'0' * 64}")
    stranger.get("/logout", logout_uri=SIGNED_OUT)
    assert is_signed_in(visitor)


@pytest.mark.parametrize(
    "change", [str.upper, lambda c: c + "0", lambda c: c[:-1], lambda c: c.replace(".", "")]
)
def test_a_changed_cookie(place, visitor, change):
    visitor.client.set_cookie("cognito", change(visitor.cookie()))
    assert not is_signed_in(visitor)


def test_a_strange_cookie(visitor):
    for cookie in ("", ".", "x", "\0.\0", "é.é", "a" * 3000, "../..", "'; DROP TABLE browser_sessions; --"):
        visitor.client.set_cookie("cognito", cookie)
        assert not is_signed_in(visitor), cookie


def test_what_ends_it(place):
    def global_sign_out():
        token = place.plain("jane", password[0])["AuthenticationResult"]["AccessToken"]
        place.idp.global_sign_out(AccessToken=token)

    def disable_and_enable():
        place.idp.admin_disable_user(UserPoolId=place.pool, Username="jane")
        place.idp.admin_enable_user(UserPoolId=place.pool, Username="jane")

    def change_password():
        place.server.clock.advance(1)
        token = place.plain("jane", password[0])["AuthenticationResult"]["AccessToken"]
        place.idp.change_password(AccessToken=token, PreviousPassword=password[0], ProposedPassword=NEW)
        password[0] = NEW

    def reset_password():
        place.server.clock.advance(1)
        place.idp.forgot_password(ClientId=place.client, Username="jane")
        password[0] = PASSWORD
        place.idp.confirm_forgot_password(
            ClientId=place.client,
            Username="jane",
            ConfirmationCode=place.server.code("jane@example.com"),
            Password=PASSWORD,
        )

    def delete():
        place.idp.admin_delete_user(UserPoolId=place.pool, Username="jane")

    password = [PASSWORD]
    for ends in (
        global_sign_out,
        lambda: place.idp.admin_user_global_sign_out(UserPoolId=place.pool, Username="jane"),
        disable_and_enable,
        change_password,
        reset_password,
        lambda: place.idp.admin_reset_user_password(UserPoolId=place.pool, Username="jane"),
        delete,
    ):
        place.idp.admin_set_user_password(
            UserPoolId=place.pool, Username="jane", Password=password[0], Permanent=True
        )
        here = Visitor(place)
        here.sign_in(password=password[0])
        assert is_signed_in(here)
        ends()
        assert not is_signed_in(here), ends


def test_a_session_that_was_planted_is_not_taken_over(place):
    """Fixation: whoever brings a cookie along gets another one with the sign-in."""
    attacker = Visitor(place)
    place.person("mallory")
    attacker.sign_in("mallory")
    planted = attacker.cookie()
    victim = Visitor(place)
    victim.client.set_cookie("cognito", planted)
    victim.sign_in()
    assert victim.cookie() != planted
    assert not is_signed_in(attacker), "the planted session ended where it was found"
    made_up = Visitor(place)
    made_up.client.set_cookie("cognito", "known.value")
    made_up.sign_in()
    assert made_up.cookie() != "known.value"


def test_two_processes_and_a_restart(place, visitor, store_url, clock, tmp_path):
    if store_url.startswith("sqlite"):
        place.server.application.close()  # SQLite has one process: this is the restart
    with (
        closing(open_store(store_url, clock)) as store,
        running_server(store, tmp_path / "second", clock, entropy=ScriptedEntropy(seed=3)) as second,
    ):
        elsewhere = Visitor(replace(place, server=second))
        elsewhere.client.set_cookie("cognito", visitor.cookie())
        assert is_signed_in(elsewhere)
        page = elsewhere.get("/login", prompt="login")
        assert "code" in answer_of(elsewhere.submit(page, username="jane", password=PASSWORD))
        assert elsewhere.get("/logout", logout_uri=SIGNED_OUT).location == SIGNED_OUT
        assert not is_signed_in(elsewhere)
