"""`/oauth2/userInfo` over HTTP."""

import httpx2
import pytest

from support.oauth import FORM, claims, error

EVERYTHING = {"email": "jane@example.com", "email_verified": "true", "name": "Jane"}


def bearer(tokens):
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def ask(site, method="GET", **options):
    return httpx2.request(method, f"{site.server.url}/oauth2/userInfo", timeout=60, **options)


SHOWN = {
    "openid": ["email", "email_verified", "name"],
    "openid email": ["email", "email_verified"],
    "openid profile": ["name"],
    "openid phone": [],
    "openid profile email": ["email", "email_verified", "name"],
    "openid aws.cognito.signin.user.admin api/read": ["email", "email_verified", "name"],
}


@pytest.mark.parametrize(("scope", "shown"), SHOWN.items())
def test_what_scopes_show(shared, scope, shown):
    tokens = shared.sign_in(shared.client(), scopes=tuple(scope.split()))
    answer = ask(shared, headers=bearer(tokens))
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    expected = {name: EVERYTHING[name] for name in shown}
    assert answer.json() == {"sub": shared.sub, "username": "jane", **expected}
    assert answer.json()["sub"] == claims(tokens["id_token"])["sub"]


def test_what_the_client_may_not_read_stays_hidden(site):
    tokens = site.sign_in(site.client(ReadAttributes=["name"]), scopes=("openid",))
    assert ask(site, headers=bearer(tokens)).json() == {"sub": site.sub, "username": "jane", "name": "Jane"}


def test_by_post_with_a_header_or_a_form(site):
    tokens = site.sign_in(site.client())
    assert ask(site, "POST", headers=bearer(tokens)).status_code == 200
    form = {"access_token": tokens["access_token"]}
    assert ask(site, "POST", data=form).status_code == 200
    assert error(ask(site, "POST", data=form, headers=bearer(tokens))) == (400, "invalid_request")
    twice = f"access_token={tokens['access_token']}&access_token=x"
    assert error(ask(site, "POST", content=twice, headers={"Content-Type": FORM})) == (400, "invalid_request")
    assert error(ask(site, "POST", json=form)) == (400, "invalid_request")


def refused(answer):
    assert answer.status_code == 401
    description = "Access token is expired, disabled, or deleted, or the user has globally signed out."
    assert answer.json() == {"error": "invalid_token", "error_description": description}
    header = f'Bearer error="invalid_token", error_description="{description}"'
    assert answer.headers["WWW-Authenticate"] == header
    return True


def test_tokens_that_are_not_good(site):
    client = site.client()
    tokens = site.sign_in(client)
    assert refused(ask(site, headers={"Authorization": f"Bearer {tokens['id_token']}"}))
    assert refused(ask(site, headers={"Authorization": f"Bearer {tokens['refresh_token']}"}))
    assert refused(ask(site, headers={"Authorization": f"Bearer {tokens['access_token'][:-4]}AAAA"}))
    assert refused(ask(site, headers=bearer(site.sign_in(client, scopes=("api/read",)))))
    site.server.clock.advance(3600)
    assert refused(ask(site, headers=bearer(tokens)))


@pytest.mark.parametrize("end", ["admin_user_global_sign_out", "admin_disable_user", "admin_delete_user"])
def test_a_user_who_is_signed_out_disabled_or_deleted(site, end):
    tokens = site.sign_in(site.client())
    getattr(site.idp, end)(UserPoolId=site.pool_id, Username="jane")
    assert refused(ask(site, headers=bearer(tokens)))


def test_a_client_or_a_domain_that_is_gone(site):
    client, other = site.client(), site.client()
    tokens, others = site.sign_in(client), site.sign_in(other)
    site.idp.delete_user_pool_client(UserPoolId=site.pool_id, ClientId=client["ClientId"])
    assert refused(ask(site, headers=bearer(tokens)))
    assert ask(site, headers=bearer(others)).status_code == 200
    site.idp.delete_user_pool_domain(UserPoolId=site.pool_id, Domain="my-app")
    assert refused(ask(site, headers=bearer(others)))


def test_a_token_of_the_api_has_no_openid(site):
    client = site.client(ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])
    given = site.idp.initiate_auth(
        ClientId=client["ClientId"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "jane", "PASSWORD": "Correct-Horse-9"},
    )["AuthenticationResult"]
    assert refused(ask(site, headers={"Authorization": f"Bearer {given['AccessToken']}"}))


@pytest.mark.parametrize("header", ["x", "a.b.c", "x" * 20_000, "a.b.c.d.e", "é", "..", "e30.e30.e30"])
def test_what_is_no_token(shared, header):
    assert refused(ask(shared, headers={"Authorization": f"Bearer {header}".encode()}))


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic eDp4", "token"])
def test_a_request_without_a_token(shared, header):
    answer = ask(shared, headers={} if header is None else {"Authorization": header})
    assert error(answer) == (400, "invalid_request")
    assert answer.json()["error_description"] == "Bad OAuth2 request at UserInfo Endpoint"
    assert answer.headers["WWW-Authenticate"].startswith('Bearer error="invalid_request"')


def test_a_token_in_the_url_is_none(shared):
    tokens = shared.sign_in(shared.client())
    assert error(ask(shared, params={"access_token": tokens["access_token"]})) == (400, "invalid_request")


def test_other_methods(shared):
    assert ask(shared, "DELETE").status_code == 405
