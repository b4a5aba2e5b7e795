"""`/oauth2/revoke` over HTTP."""

import httpx2
import pytest

from support.oauth import basic, error

INVALID = (400, "invalid_request")


def revoke(site, client, token, **options):
    form = {"token": token, "client_id": client["ClientId"]} | options.pop("form", {})
    return site.post("/oauth2/revoke", {k: v for k, v in form.items() if v is not None}, **options)


def is_good(site, client, tokens):
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    heads = basic(client) if "ClientSecret" in client else {}
    form = {
        "grant_type": "refresh_token",
        "client_id": client["ClientId"],
        "refresh_token": tokens["refresh_token"],
    }
    answers = (
        httpx2.get(f"{site.server.url}/oauth2/userInfo", timeout=60, headers=bearer).status_code,
        site.token(form, headers=heads).status_code,
    )
    assert answers in ((200, 200), (401, 400))
    return answers == (200, 200)


def test_a_sign_in_ends_and_no_other(site):
    client = site.client()
    tokens, other = site.sign_in(client), site.sign_in(client)
    for _ in range(2):
        answer = revoke(site, client, tokens["refresh_token"])
        assert (answer.status_code, answer.content) == (200, b"")
    assert not is_good(site, client, tokens)
    assert is_good(site, client, other)


def test_a_client_with_a_secret(site):
    client = site.client(GenerateSecret=True)
    tokens = site.sign_in(client)
    assert error(revoke(site, client, tokens["refresh_token"])) == (401, "invalid_client")
    assert error(revoke(site, client, tokens["refresh_token"], headers=basic(client, "wrong"))) == (
        401,
        "invalid_client",
    )
    assert is_good(site, client, tokens)
    assert revoke(site, client, tokens["refresh_token"], headers=basic(client)).status_code == 200
    assert not is_good(site, client, tokens)


def test_what_was_never_a_token_is_a_success(shared):
    assert revoke(shared, shared.client(), "a.b.c.d.e").status_code == 200


@pytest.mark.parametrize("token", ["x", "a.b.c", "\x00", "é", "x" * 50_000])
def test_another_kind_of_token(shared, token):
    assert error(revoke(shared, shared.client(), token)) == (400, "unsupported_token_type")


def test_access_and_id_tokens(site):
    client = site.client()
    tokens = site.sign_in(client)
    for name in ("access_token", "id_token"):
        assert error(revoke(site, client, tokens[name])) == (400, "unsupported_token_type")
    assert is_good(site, client, tokens)


def test_attack_another_clients_token(site):
    client = site.client()
    tokens = site.sign_in(client)
    assert error(revoke(site, site.client(), tokens["refresh_token"])) == (401, "invalid_client")
    assert is_good(site, client, tokens)


def test_a_client_whose_tokens_cannot_be_revoked(site):
    client = site.client(EnableTokenRevocation=False)
    tokens = site.sign_in(client)
    assert error(revoke(site, client, tokens["refresh_token"])) == INVALID
    assert is_good(site, client, tokens)


@pytest.mark.parametrize("missing", ["token", "client_id"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_parameter_missing(shared, missing, value):
    assert error(revoke(shared, shared.client(), "a.b.c.d.e", form={missing: value})) == INVALID


@pytest.mark.parametrize("twice", ["token", "client_id", "token_type_hint"])
def test_a_parameter_that_comes_twice(shared, twice):
    client = shared.client()
    pairs = [("token", "a.b.c.d.e"), ("client_id", client["ClientId"]), (twice, "x"), (twice, "x")]
    assert error(shared.post("/oauth2/revoke", pairs)) == INVALID


def test_a_hint_is_taken_and_not_needed(site):
    client = site.client()
    tokens = site.sign_in(client)
    hint = {"token_type_hint": "access_token"}
    assert revoke(site, client, tokens["refresh_token"], form=hint).status_code == 200
    assert not is_good(site, client, tokens)


def test_unknown_clients_and_other_methods(shared):
    nobody = {"ClientId": "nobody"}
    assert error(revoke(shared, nobody, "a.b.c.d.e")) == (401, "invalid_client")
    for method in ("GET", "DELETE"):
        assert httpx2.request(method, f"{shared.server.url}/oauth2/revoke").status_code == 405
    assert error(shared.post("/oauth2/revoke", {}, headers={"Content-Type": "application/json"})) == INVALID
    assert error(shared.post("/oauth2/revoke", {"token": "x" * 70_000})) == (413, "invalid_request")
