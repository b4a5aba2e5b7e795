"""`/oauth2/token` over HTTP: each grant, each way to prove who asks, and all that is refused."""

import json
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from poolhouse.keys.signing import parse
from support import oauth
from support.oauth import MACHINE, URI, VERIFIER, basic, claims, error

INVALID = (400, "invalid_request")


def public_key_verifies(site, token, use="access"):
    return site.server.services.signing.verified(parse(token), site.pool_id, use)


# --- codes --------------------------------------------------------------------------------------------------


def test_a_code_becomes_tokens(site):
    client = site.client()
    answer = site.token(site.redemption(client))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["x-amz-cognito-request-id"] == answer.headers["x-amzn-RequestId"]
    tokens = answer.json()
    assert set(tokens) == {"access_token", "id_token", "refresh_token", "token_type", "expires_in"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 3600)
    assert public_key_verifies(site, tokens["access_token"])
    assert public_key_verifies(site, tokens["id_token"], "id")
    assert claims(tokens["id_token"])["nonce"] == "n-1"
    assert claims(tokens["access_token"])["scope"] == "openid email"


def test_without_openid_there_is_no_id_token(site):
    client = site.client()
    form = site.redemption(client, code=site.code(client, scopes=("aws.cognito.signin.user.admin",)))
    tokens = site.token(form).json()
    assert "id_token" not in tokens
    assert site.idp.get_user(AccessToken=tokens["access_token"])["Username"] == "jane"


def test_without_pkce(site):
    client = site.client()
    form = site.redemption(client, code=site.code(client, code_challenge=""), code_verifier=None)
    assert site.token(form).status_code == 200


@pytest.mark.parametrize("name", ["grant_type", "client_id", "redirect_uri", "code"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_code_with_a_parameter_missing(shared, name, value):
    form = shared.redemption(shared.client(), **{"code": "x", name: value})
    assert error(shared.token(form)) == INVALID


@pytest.mark.parametrize(
    "name", ["grant_type", "client_id", "redirect_uri", "code", "code_verifier", "other"]
)
def test_a_parameter_that_comes_twice(shared, name):
    form = shared.redemption(shared.client())
    pairs = [*form.items(), (name, form.get(name, "x")), ("other", "x")]
    assert error(shared.token(pairs)) == INVALID


def test_attack_a_code_used_twice_ends_the_sign_in(site):
    client = site.client()
    form = site.redemption(client)
    tokens = site.token(form).json()
    assert error(site.token(form)) == (400, "invalid_grant")
    refresh = {"grant_type": "refresh_token", "client_id": client["ClientId"]}
    again = site.token(refresh | {"refresh_token": tokens["refresh_token"]})
    assert error(again) == (400, "invalid_grant")
    userinfo = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert httpx2.get(f"{site.server.url}/oauth2/userInfo", timeout=60, headers=userinfo).status_code == 401


def test_attack_a_code_of_another_client(site):
    form = site.redemption(site.client(), client_id=site.client()["ClientId"])
    assert error(site.token(form)) == (400, "invalid_grant")


def test_an_expired_code(site):
    form = site.redemption(site.client())
    site.server.clock.advance(300)
    assert error(site.token(form)) == (400, "invalid_grant")


@pytest.mark.parametrize("code", ["x", "\x00", "é", "x" * 50_000, "' OR 1=1 --"])
def test_what_is_no_code(shared, code):
    assert error(shared.token(shared.redemption(shared.client(), code=code))) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "verifier", [None, "", VERIFIER[::-1], VERIFIER + "=", "x", "é" * 43, "x" * 50_000, "\x00"]
)
def test_attack_a_wrong_verifier(shared, verifier):
    form = shared.redemption(shared.client(), code_verifier=verifier)
    assert error(shared.token(form)) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "uri",
    [
        URI + "/",
        URI + "?x=1",
        URI + "#f",
        URI.upper(),
        URI.replace("https", "http"),
        URI.replace(".com", ".com:443"),
        URI.replace("app.", "user@app."),
        URI.replace("app", "\uff41pp"),
        "https://evil.example/callback",
        "x" * 50_000,
    ],
)
def test_attack_a_redirect_uri_that_nearly_matches(shared, uri):
    answer = shared.token(shared.redemption(shared.client(), redirect_uri=uri))
    assert error(answer) == (400, "unauthorized_client")
    assert answer.json()["error_description"] == "invalid_redirect"


def test_a_client_that_may_not_use_codes(shared):
    implicit = shared.client(AllowedOAuthFlows=["implicit"])
    assert error(shared.token(shared.redemption(implicit))) == (400, "unauthorized_client")
    off = shared.client(AllowedOAuthFlowsUserPoolClient=False)
    assert error(shared.token(shared.redemption(off))) == (400, "unauthorized_client")


def test_a_user_who_is_disabled(site):
    form = site.redemption(site.client())
    site.idp.admin_disable_user(UserPoolId=site.pool_id, Username="jane")
    assert error(site.token(form)) == (400, "invalid_grant")


def test_many_at_once_redeem_one_code_and_one_gets_tokens(site):
    form = site.redemption(site.client())
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: site.token(form).status_code, range(6)))
    assert sorted(answers) == [200, *[400] * 5]


# --- proving who asks ---------------------------------------------------------------------------------------


def test_a_secret_in_the_header_or_in_the_body(site):
    client = site.client(GenerateSecret=True)
    assert site.token(site.redemption(client), headers=basic(client)).status_code == 200
    assert site.token(site.redemption(client, client_id=None), headers=basic(client)).status_code == 200
    in_body = site.redemption(client, client_secret=client["ClientSecret"])
    assert site.token(in_body).status_code == 200


def test_a_secret_that_looks_encoded_and_may_be(shared):
    secret = "plus+plus+plus+plus+plus"
    client = shared.client(ClientSecret=secret)
    for sent in (secret, secret.replace("+", "%2B")):
        assert shared.token(shared.redemption(client), headers=basic(client, sent)).status_code == 200
    assert error(shared.token(shared.redemption(client), headers=basic(client, secret.replace("+", " "))))


@pytest.mark.parametrize("secret", ["", "x", "x" * 51, "\x00", "é" * 30, "x" * 40_000])
def test_attack_a_wrong_secret(shared, secret):
    client = shared.client(GenerateSecret=True)
    code = shared.code(client)
    refused = shared.token(shared.redemption(client, code=code), headers=basic(client, secret))
    assert error(refused) == (400, "invalid_client")
    assert error(shared.token(shared.redemption(client, code=code, client_secret=secret))) == (
        400,
        "invalid_client",
    )
    assert shared.token(shared.redemption(client, code=code), headers=basic(client)).status_code == 200


def test_attack_a_client_with_a_secret_that_keeps_it_to_itself(site):
    client = site.client(GenerateSecret=True)
    assert error(site.token(site.redemption(client))) == (400, "invalid_client")


def test_a_client_without_a_secret_that_sends_one(shared):
    client = shared.client()
    assert error(shared.token(shared.redemption(client, client_secret="x" * 30))) == (400, "invalid_client")
    assert error(shared.token(shared.redemption(client), headers=basic(client, "x"))) == (
        400,
        "invalid_client",
    )
    assert shared.token(shared.redemption(client), headers=basic(client, "")).status_code == 200


def test_a_client_that_proves_itself_in_two_ways(shared):
    client = shared.client(GenerateSecret=True)
    both = shared.redemption(client, client_secret=client["ClientSecret"])
    assert error(shared.token(both, headers=basic(client))) == INVALID
    other = shared.redemption(client, client_id="another")
    assert error(shared.token(other, headers=basic(client))) == INVALID


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !", "Basic eA==", "Bearer x", "Basic /w==", "x", "Basic " + "QQ" * 9000]
)
def test_an_authorization_header_that_is_none(shared, header):
    form = shared.redemption(shared.client())
    assert error(shared.token(form, headers={"Authorization": header})) == (400, "invalid_client")


@pytest.mark.parametrize("client_id", ["x", "x" * 129, "\x00", "é", "a b", "x" * 50_000])
def test_a_client_that_is_none(shared, client_id):
    assert error(shared.token(shared.redemption(shared.client(), client_id=client_id))) == (
        400,
        "invalid_client",
    )


def test_a_deleted_client(site):
    client = site.client()
    form = site.redemption(client)
    site.idp.delete_user_pool_client(UserPoolId=site.pool_id, ClientId=client["ClientId"])
    assert error(site.token(form)) == (400, "invalid_client")


def test_a_pool_without_a_domain_has_no_endpoints(site):
    client = site.client()
    form = site.redemption(client)
    site.idp.delete_user_pool_domain(UserPoolId=site.pool_id, Domain="my-app")
    answer = site.token(form)
    assert error(answer) == INVALID
    assert "CreateUserPoolDomain" in answer.json()["error_description"]


def test_another_pools_host_is_not_ours(site):
    other = site.idp.create_user_pool(PoolName="Q")["UserPool"]["Id"]
    certificate = {"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0123-4567"}
    for pool_id, host in ((other, "other.localhost"), (site.pool_id, "login.localhost")):
        site.idp.create_user_pool_domain(UserPoolId=pool_id, Domain=host, CustomDomainConfig=certificate)
    form = site.redemption(site.client())
    assert error(site.token(form, headers={"Host": "other.localhost"})) == (400, "invalid_client")
    assert site.token(form, headers={"Host": "login.localhost"}).status_code == 200


# --- refreshing ---------------------------------------------------------------------------------------------


def refresh(site, client, token, **more):
    form = {"grant_type": "refresh_token", "client_id": client["ClientId"], "refresh_token": token} | more
    return site.token({name: value for name, value in form.items() if value is not None})


def test_a_refresh(site):
    client = site.client()
    first = site.sign_in(client, resource="https://api.example.com")
    site.server.clock.advance(100)
    answer = refresh(site, client, first["refresh_token"])
    assert answer.status_code == 200
    again = answer.json()
    assert set(again) == {"access_token", "id_token", "token_type", "expires_in"}
    before, after = claims(first["access_token"]), claims(again["access_token"])
    for kept in ("scope", "aud", "version", "auth_time", "event_id", "origin_jti", "sub"):
        assert after[kept] == before[kept]
    assert after["iat"] == before["iat"] + 100
    assert "nonce" not in claims(again["id_token"])


def test_a_refresh_where_tokens_rotate(site):
    client = site.client(RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0})
    first = site.sign_in(client)
    second = refresh(site, client, first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert error(refresh(site, client, first["refresh_token"])) == (400, "invalid_grant")
    assert error(refresh(site, client, second["refresh_token"])) == (400, "invalid_grant"), (
        "reuse ends it all"
    )


@pytest.mark.parametrize("token", [None, ""])
def test_a_refresh_without_a_token(shared, token):
    assert error(refresh(shared, shared.client(), token)) == INVALID


@pytest.mark.parametrize("token", ["x", "a.b.c.d.e", "\x00", "é", "x" * 50_000])
def test_what_is_no_refresh_token(shared, token):
    assert error(refresh(shared, shared.client(), token)) == (400, "invalid_grant")


def test_refresh_tokens_that_are_not_good_any_more(site):
    client = site.client()
    tokens = site.sign_in(client)
    assert error(refresh(site, site.client(), tokens["refresh_token"])) == (400, "invalid_grant")
    assert error(refresh(site, client, tokens["access_token"])) == (400, "invalid_grant")
    site.idp.admin_user_global_sign_out(UserPoolId=site.pool_id, Username="jane")
    answer = refresh(site, client, tokens["refresh_token"])
    assert error(answer) == (400, "invalid_grant")
    assert answer.json()["error_description"] == "Refresh Token has been revoked"
    late = site.sign_in(client)
    site.server.clock.advance(30 * 86400)
    assert error(refresh(site, client, late["refresh_token"])) == (400, "invalid_grant")


def test_a_refresh_by_a_client_without_oauth(site):
    client = site.client()
    tokens = site.sign_in(client)
    site.idp.update_user_pool_client(UserPoolId=site.pool_id, ClientId=client["ClientId"])
    assert error(refresh(site, client, tokens["refresh_token"])) == (400, "unauthorized_client")


# --- clients' own tokens ------------------------------------------------------------------------------------


def test_a_machine(site):
    client = site.client(**MACHINE)
    answer = site.token({"grant_type": "client_credentials", "scope": "api/read"}, headers=basic(client))
    assert answer.status_code == 200
    assert set(answer.json()) == {"access_token", "token_type", "expires_in"}
    said = claims(answer.json()["access_token"])
    now = int(site.server.clock.now())
    assert public_key_verifies(site, answer.json()["access_token"])
    assert {name: value for name, value in said.items() if name != "jti"} == {
        "sub": client["ClientId"],
        "token_use": "access",
        "scope": "api/read",
        "auth_time": now,
        "exp": now + 3600,
        "iat": now,
        "iss": site.server.services.settings.issuer(site.pool_id),
        "version": 2,
        "client_id": client["ClientId"],
    }


def test_a_machines_scopes(site):
    client = site.client(**(MACHINE | {"AllowedOAuthScopes": ["api/read"]}))

    def ask(scope=None):
        form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope is not None else {})
        return site.token(form, headers=basic(client))

    assert claims(ask().json()["access_token"])["scope"] == "api/read"
    assert claims(ask("").json()["access_token"])["scope"] == "api/read"
    assert error(ask("api/none")) == (400, "invalid_scope")
    assert error(ask("openid")) == (400, "invalid_scope")
    assert error(ask("\x00")) == (400, "invalid_scope")
    assert error(ask("x" * 50_000)) == (400, "invalid_scope")
    assert error(ask("api/write")) == (400, "invalid_grant")
    site.idp.delete_resource_server(UserPoolId=site.pool_id, Identifier="api")
    assert "scope" not in claims(ask().json()["access_token"])


def test_a_machines_token_bound_to_a_resource(shared):
    client = shared.client(**MACHINE)

    def ask(resource):
        return shared.token({"grant_type": "client_credentials", "resource": resource}, headers=basic(client))

    assert claims(ask("https://api.example.com").json()["access_token"])["aud"] == "https://api.example.com"
    for wrong in ("api", "http://api.example.com", "https://a.example/#f", "x" * 50_000, "\x00"):
        assert error(ask(wrong)) == INVALID
    twice = [("grant_type", "client_credentials"), *[("resource", "https://a.example")] * 2]
    assert error(shared.token(twice, headers=basic(client))) == INVALID


def test_who_may_not_ask_for_itself(shared):
    ask = {"grant_type": "client_credentials"}
    web = shared.client(GenerateSecret=True)
    assert error(shared.token(ask, headers=basic(web))) == (400, "unauthorized_client")
    public = shared.client()
    assert error(shared.token(ask | {"client_id": public["ClientId"]})) == (400, "unauthorized_client")


def test_attack_a_machines_token_is_good_for_no_user(site):
    client = site.client(**MACHINE)
    token = site.token({"grant_type": "client_credentials"}, headers=basic(client)).json()["access_token"]
    with pytest.raises(site.idp.exceptions.NotAuthorizedException, match="required scopes"):
        site.idp.get_user(AccessToken=token)
    bearer = {"Authorization": f"Bearer {token}"}
    assert httpx2.get(f"{site.server.url}/oauth2/userInfo", timeout=60, headers=bearer).status_code == 401


@pytest.mark.parametrize(
    "metadata", ["x", "[]", '{"a": 1}', '{"a": null}', "{" * 20_000, '{"a":"b"', "\x00", "é"]
)
def test_metadata_that_is_none(shared, metadata):
    form = {"grant_type": "client_credentials", "aws_client_metadata": metadata}
    assert error(shared.token(form, headers=basic(shared.client(**MACHINE)))) == INVALID


# --- any grant ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "grant_type",
    [
        "password",
        "implicit",
        "AUTHORIZATION_CODE",
        "authorization_code ",
        "x" * 50_000,
        "\x00",
        "é",
        "urn:ietf:params:oauth:grant-type:device_code",
    ],
)
def test_a_grant_that_is_not_offered(shared, grant_type):
    assert error(shared.token(shared.redemption(shared.client(), grant_type=grant_type))) == (
        400,
        "unsupported_grant_type",
    )


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "PATCH"])
def test_another_method(shared, method):
    answer = httpx2.request(method, f"{shared.server.url}/oauth2/token")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"


def test_parameters_in_the_url_are_none(shared):
    form = shared.redemption(shared.client())
    answer = httpx2.post(
        f"{shared.server.url}/oauth2/token", params=form, headers={"Content-Type": oauth.FORM}
    )
    assert error(answer) == INVALID


@pytest.mark.parametrize(
    "media_type", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""]
)
def test_a_body_of_another_type(shared, media_type):
    form = shared.redemption(shared.client())
    assert error(shared.token(form, headers={"Content-Type": media_type})) == INVALID
    as_json = json.dumps(form).encode()
    assert error(shared.token(as_json, headers={"Content-Type": media_type})) == INVALID


def test_a_charset_beside_the_type(shared):
    headers = {"Content-Type": "Application/X-WWW-Form-Urlencoded; charset=utf-8"}
    assert shared.token(shared.redemption(shared.client()), headers=headers).status_code == 200


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"grant_type",
        b"=",
        b"&&&",
        b"grant_type=%",
        b"grant_type=%zz",
        b"grant_type=%ff",
        b"\xff=\xff",
        b"a=b&" * 100,
    ],
)
def test_a_body_that_is_no_form(shared, content):
    assert error(shared.token(content)) == INVALID


def test_a_body_that_is_too_large(shared):
    assert error(shared.token({"grant_type": "x" * 70_000})) == (413, "invalid_request")


def test_below_the_endpoint_there_is_nothing(shared):
    for path in ("/oauth2/token/", "/oauth2/token/x", "/oauth2/tokens", "/OAUTH2/token"):
        assert shared.post(path).status_code == 404


def test_browsers_may_ask_from_anywhere(shared):
    headers = {
        "Origin": "https://app.example.com",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    answer = httpx2.request("OPTIONS", f"{shared.server.url}/oauth2/token", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Headers"] == "authorization"
    refused = shared.token({})
    assert refused.headers["Access-Control-Allow-Origin"] == "*"
    assert refused.headers["Cache-Control"] == "no-store"
