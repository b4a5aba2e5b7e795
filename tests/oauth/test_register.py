"""`/oauth2/register` over HTTP: what it makes, who may, and all that is refused."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import msgspec
import pytest

from poolhouse.store import open_store
from support import oauth
from support.oauth import URI, Site, basic, claims
from support.refusals import refusal
from support.server import running_server
from support.sign_in import Place, make_place
from support.visitor import CALLBACK, Visitor, answer_of, forms

SCOPE = "aws.cognito/dcr/register"
REGISTRAR = {
    "AllowedOAuthFlows": ["client_credentials"],
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthScopes": [SCOPE],
    "GenerateSecret": True,
}
AGENT = {"redirect_uris": [URI], "token_endpoint_auth_method": "none", "client_name": "Agent"}


def configure(site: Site, **dcr: Any) -> None:
    site.idp.update_user_pool(UserPoolId=site.pool_id, DcrConfiguration=dcr)


@pytest.fixture
def open_site(site: Site) -> Site:
    configure(site, OpenDcrEnabled=True, AllowedScopes=["api/read", "aws.cognito.signin.user.admin", SCOPE])
    return site


def register(
    site: Site, metadata: Any = None, *, token: str | None = None, **options: Any
) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    path = options.pop("path", f"/oauth2/register/{site.pool_id}")
    sent = {"json": AGENT if metadata is None else metadata} if "content" not in options else {}
    headers |= options.pop("headers", {})
    return httpx2.post(site.server.url + path, headers=headers, timeout=60, **sent, **options)


def initial_token(site: Site, **changes: Any) -> tuple[str, dict[str, Any]]:
    """Return an initial access token and the client that it is of."""
    client = site.client(**{**REGISTRAR, **changes})
    answer = site.token({"grant_type": "client_credentials"}, headers=basic(client))
    assert answer.status_code == 200, answer.text
    return answer.json()["access_token"], client


def error(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def invalid(call: Any, **options: Any) -> None:
    assert refusal(call, **options)[0] == "InvalidParameterException"


# --- what is made -------------------------------------------------------------------------------------------


def test_a_public_client(open_site):
    answer = register(open_site)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    told = answer.json()
    client_id = told.pop("client_id")
    assert told == {
        "client_id_issued_at": int(open_site.server.clock.now()),
        "client_name": "Agent",
        "redirect_uris": [URI],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "scope": "openid email phone profile aws.cognito.signin.user.admin api/read",
    }
    made = open_site.idp.describe_user_pool_client(UserPoolId=open_site.pool_id, ClientId=client_id)
    client = made["UserPoolClient"]
    assert client["ClientType"] == "DCR"
    assert client["CallbackURLs"] == [URI]
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert "ClientSecret" not in client


def test_a_client_with_a_secret_gets_tokens_for_a_code(open_site):
    told = register(open_site, {"redirect_uris": [URI], "scope": "openid email"}).json()
    assert (told["token_endpoint_auth_method"], told["client_secret_expires_at"]) == (
        "client_secret_basic",
        0,
    )
    client = {"ClientId": told["client_id"], "ClientSecret": told["client_secret"]}
    tokens = open_site.sign_in(client)
    assert claims(tokens["id_token"])["aud"] == told["client_id"]
    wrong = open_site.token(open_site.redemption(client), headers=basic(client, "wrong"))
    assert wrong.json()["error"] == "invalid_client"


def test_a_machine_that_an_initial_token_lets_in(site):
    configure(site, AllowedScopes=["api/read", "api/write"])
    token, _ = initial_token(site)
    told = register(site, {"grant_types": ["client_credentials"], "scope": "api/read"}, token=token).json()
    assert (told["grant_types"], told["response_types"]) == (["client_credentials"], [])
    machine = {"ClientId": told["client_id"], "ClientSecret": told["client_secret"]}
    answer = site.token({"grant_type": "client_credentials"}, headers=basic(machine)).json()
    assert claims(answer["access_token"])["scope"] == "api/read"


def test_the_discovery_document_says_where(site):
    def document() -> dict[str, Any]:
        issuer = f"{site.server.url}/{site.pool_id}/.well-known/openid-configuration"
        return dict(httpx2.get(issuer, timeout=60).json())

    assert "registration_endpoint" not in document()
    configure(site, OpenDcrEnabled=True)
    site.server.clock.advance(3)
    public = site.server.services.settings.public_url
    assert document()["registration_endpoint"] == f"{public}/oauth2/register/{site.pool_id}"
    configure(site, EnableStatus="Disabled")
    site.server.clock.advance(3)
    assert "registration_endpoint" not in document()


def test_at_a_host_of_its_own_the_host_tells_the_pool(site):
    configure(site, OpenDcrEnabled=True)
    site.idp.create_user_pool_domain(
        UserPoolId=site.pool_id,
        Domain="auth.localhost",
        CustomDomainConfig={"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/x"},
    )
    answer = register(site, path="/oauth2/register", headers={"Host": "auth.localhost"})
    assert answer.status_code == 201, answer.text


def test_lists_tell_registered_clients_from_others(open_site):
    told = register(open_site).json()
    regular = open_site.client()["ClientId"]

    def listed(**only: str) -> set[str]:
        found = open_site.idp.list_user_pool_clients(UserPoolId=open_site.pool_id, MaxResults=60, **only)
        return {client["ClientId"] for client in found["UserPoolClients"]}

    assert listed(ClientType="DCR") == {told["client_id"]}
    assert listed(ClientType="REGULAR") == {regular}
    assert listed() == {told["client_id"], regular}


def test_administrators_change_and_delete_a_registered_client(open_site):
    told = register(open_site).json()
    place = {"UserPoolId": open_site.pool_id, "ClientId": told["client_id"]}
    changed = open_site.idp.update_user_pool_client(**place, ClientName="Known")["UserPoolClient"]
    assert (changed["ClientName"], changed["ClientType"]) == ("Known", "DCR")
    open_site.idp.delete_user_pool_client(**place)
    assert (
        open_site.token(open_site.redemption({"ClientId": told["client_id"]})).json()["error"]
        == "invalid_client"
    )


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (None, "Registered client"),
        ("", "Registered client"),
        ("  Claude Code (my server)  ", "Claude Code my server"),
        ("<script>alert(1)</script>", "script alert 1 script"),
        ("a\u202eb\n\nc", "a b c"),
        ("x" * 200, "x" * 128),
    ],
)
def test_names_are_made_to_fit(open_site, sent, stored):
    assert register(open_site, {**AGENT, "client_name": sent}).json()["client_name"] == stored


# --- who may ------------------------------------------------------------------------------------------------


def test_off_unless_the_pool_asks(site):
    assert error(register(site)) == (404, "not_found")
    configure(site, EnableStatus="Disabled", OpenDcrEnabled=True)
    assert error(register(site)) == (404, "not_found")


def test_without_a_token_where_registration_is_not_open(site):
    configure(site)
    answer = register(site)
    assert error(answer) == (401, "invalid_token")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize(
    ("dcr", "with_token", "expected"),
    [
        ({"OpenDcrEnabled": True, "OpenDcrGrantTypes": []}, False, (401, "invalid_token")),
        ({"OpenDcrEnabled": True, "OpenDcrGrantTypes": ["implicit"]}, False, (401, "invalid_token")),
        ({"AuthenticatedGrantTypes": []}, True, (403, "access_denied")),
        ({"AuthenticatedGrantTypes": ["client_credentials"]}, True, (400, "invalid_client_metadata")),
    ],
)
def test_grant_types_that_the_pool_does_not_allow(site, dcr, with_token, expected):
    configure(site, **dcr)
    token = initial_token(site)[0] if with_token else None
    assert error(register(site, token=token)) == expected


def test_a_token_that_is_there_must_be_good_even_where_none_is_needed(open_site):
    assert error(register(open_site, token="nonsense")) == (401, "invalid_token")
    answer = register(open_site, headers={"Authorization": "Basic eDp5"})
    assert error(answer) == (400, "invalid_request")


def test_attack_a_token_without_the_scope(site):
    configure(site)
    machine = site.client(**oauth.MACHINE)
    token = site.token({"grant_type": "client_credentials"}, headers=basic(machine)).json()["access_token"]
    assert error(register(site, token=token)) == (403, "insufficient_scope")
    user = site.sign_in(site.client())
    assert error(register(site, token=user["access_token"])) == (403, "insufficient_scope")
    assert error(register(site, token=user["id_token"])) == (401, "invalid_token")


def test_attack_a_token_of_another_pool(site):
    configure(site)
    other = oauth.Site(site.server, site.idp, site.idp.create_user_pool(PoolName="O")["UserPool"]["Id"], "")
    site.idp.create_user_pool_domain(UserPoolId=other.pool_id, Domain="other-app")
    configure(other)
    token, _ = initial_token(other)
    assert error(register(site, token=token)) == (401, "invalid_token")
    assert register(other, token=token).status_code == 201
    assert register(other, token=token, path="/oauth2/register").status_code == 201


def test_attack_an_initial_token_outlives_its_client_or_its_client_s_scope(site):
    configure(site)
    token, client = initial_token(site)
    place = {"UserPoolId": site.pool_id, "ClientId": client["ClientId"]}
    assert register(site, token=token).status_code == 201
    site.idp.update_user_pool_client(
        **place, **{k: v for k, v in oauth.MACHINE.items() if k != "GenerateSecret"}
    )
    assert error(register(site, token=token)) == (403, "insufficient_scope")
    site.idp.delete_user_pool_client(**place)
    assert error(register(site, token=token)) == (401, "invalid_token")


def test_attack_an_initial_token_that_has_expired(site):
    configure(site)
    token, _ = initial_token(site)
    site.server.clock.advance(3601)
    assert error(register(site, token=token)) == (401, "invalid_token")


def test_attack_a_registered_client_lets_others_in(site):
    """It can neither ask for the scope nor be given it."""
    configure(site, AllowedScopes=[SCOPE, "api/read"])
    token, _ = initial_token(site)
    machine = {"grant_types": ["client_credentials"]}
    assert error(register(site, {**machine, "scope": SCOPE}, token=token)) == (400, "invalid_client_metadata")
    told = register(site, machine, token=token).json()
    assert told["scope"] == "api/read"
    invalid(
        site.idp.update_user_pool_client,
        UserPoolId=site.pool_id,
        ClientId=told["client_id"],
        **{k: v for k, v in REGISTRAR.items() if k != "GenerateSecret"},
    )


def test_attack_another_pool_s_host(open_site):
    other = open_site.idp.create_user_pool(PoolName="O", DcrConfiguration={"OpenDcrEnabled": True})
    open_site.idp.create_user_pool_domain(
        UserPoolId=other["UserPool"]["Id"],
        Domain="auth.localhost",
        CustomDomainConfig={"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/x"},
    )
    assert error(register(open_site, headers={"Host": "auth.localhost"})) == (404, "not_found")


@pytest.mark.parametrize(
    "path", ["/oauth2/register", "/oauth2/register/us-east-1_none", "/oauth2/register/a/b"]
)
def test_no_pool_is_named(open_site, path):
    assert error(register(open_site, path=path)) == (404, "not_found")


def test_other_methods(open_site):
    url = f"{open_site.server.url}/oauth2/register/{open_site.pool_id}"
    for method in ("GET", "PUT", "DELETE"):
        answer = httpx2.request(method, url, timeout=60)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_a_pool_without_a_domain_registers_nobody(site):
    configure(site, OpenDcrEnabled=True)
    site.idp.delete_user_pool_domain(UserPoolId=site.pool_id, Domain="my-app")
    assert error(register(site)) == (404, "not_found")


# --- what is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "JavaScript://example.com/%0aalert(1)",
        "data:text/html,x",
        "http://app.example.com/cb",
        "http://localhost.example.com/cb",
        "http://127.0.0.1.example.com/cb",
        "https://app.example.com/cb#fragment",
        "https://app.example.com/cb#",
        "https://user@app.example.com/cb",
        "https://good.example.com\\@evil.example.com/",
        "https://*.example.com/cb",
        "https:///cb",
        "https:app.example.com",
        "//app.example.com/cb",
        "/cb",
        "",
        " https://app.example.com/cb",
        "https://app.example.com/\ncb",
        "https://app.example.com:port/cb",
        "https://[::1/cb",
        "https://app.example.com/cb?x='><script>",
        "https://äpp.example.com/cb",
        "myapp://callback",
        "https://app.example.com/" + "x" * 1024,
    ],
)
def test_attack_a_redirect_uri_that_is_none(open_site, uri):
    assert error(register(open_site, {**AGENT, "redirect_uris": [URI, uri]})) == (400, "invalid_redirect_uri")


@pytest.mark.parametrize(
    "uri",
    ["http://localhost:3000/cb", "http://127.0.0.1/", "http://[::1]:8080/cb?a=b", "HTTPS://app.example.com/"],
)
def test_redirect_uris_that_are_good(open_site, uri):
    answer = register(open_site, {**AGENT, "redirect_uris": [uri, uri]})
    assert answer.status_code == 201, answer.text
    assert answer.json()["redirect_uris"] == [uri]


@pytest.mark.parametrize("uris", [None, [], [f"{URI}?{n}" for n in range(11)]])
def test_no_redirect_uris_or_too_many(open_site, uris):
    assert error(register(open_site, {**AGENT, "redirect_uris": uris})) == (400, "invalid_redirect_uri")


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uris": URI},
        {"redirect_uris": [1]},
        {"grant_types": ["implicit"]},
        {"grant_types": ["password"]},
        {"grant_types": ["refresh_token"]},
        {"grant_types": ["authorization_code", "client_credentials"]},
        {"grant_types": ["client_credentials"], "token_endpoint_auth_method": "client_secret_basic"},
        {"response_types": ["token"]},
        {"response_types": ["code", "token"]},
        {"response_types": []},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"token_endpoint_auth_method": 1},
        {"scope": "openid api/write"},
        {"scope": "openid nothing"},
        {"scope": SCOPE},
        {"scope": ["openid"]},
        {"client_name": {}},
    ],
)
def test_metadata_that_contradicts_itself_or_the_pool(open_site, changes):
    assert error(register(open_site, {**AGENT, **changes})) == (400, "invalid_client_metadata")


def test_a_machine_cannot_be_public(site):
    configure(site, AllowedScopes=["api/read"])
    token, _ = initial_token(site)
    machine = {"grant_types": ["client_credentials"], "token_endpoint_auth_method": "none"}
    assert error(register(site, machine, token=token)) == (400, "invalid_client_metadata")


def test_a_machine_without_a_scope_that_it_may_have(site):
    configure(site)
    token, _ = initial_token(site)
    answer = register(site, {"grant_types": ["client_credentials"]}, token=token)
    assert error(answer) == (400, "invalid_client_metadata")


@pytest.mark.parametrize(
    "content", [b"", b"null", b"[]", b"{", b'"x"', b"\xff\xfe", b"[" * 50_000, b'{"redirect_uris":[null]}']
)
def test_a_body_that_is_no_metadata(open_site, content):
    answer = register(open_site, content=content, headers={"Content-Type": "application/json"})
    assert error(answer) == (400, "invalid_client_metadata")


def test_a_body_of_another_type_or_too_large(open_site):
    form = register(open_site, content=b"a=b", headers={"Content-Type": oauth.FORM})
    assert error(form) == (400, "invalid_request")
    large = msgspec.json.encode({**AGENT, "logo_uri": "x" * 70_000})
    answer = register(open_site, content=large, headers={"Content-Type": "application/json"})
    assert error(answer) == (413, "invalid_request")


def test_members_that_nobody_understands_are_ignored(open_site):
    told = register(
        open_site,
        {
            **AGENT,
            "jwks_uri": "http://169.254.169.254/",
            "logo_uri": "http://localhost/",
            "x": [1],
            "contacts": None,
        },
    )
    assert told.status_code == 201
    assert not {"jwks_uri", "logo_uri", "x", "contacts"} & set(told.json())


# --- how many -----------------------------------------------------------------------------------------------


def test_attack_one_address_registers_without_end(store_url, clock, tmp_path):
    def change(settings: Any) -> Any:
        replace = msgspec.structs.replace
        return replace(
            settings,
            server=replace(settings.server, trust_forwarded=True),
            limits=replace(settings.limits, registrations=3),
        )

    with running_server(open_store(store_url, clock), tmp_path, clock, change) as server:
        site = oauth.site(server, server.client())
        configure(site, OpenDcrEnabled=True)

        def at(address: str, **options: Any) -> int:
            return register(site, headers={"X-Forwarded-For": address}, **options).status_code

        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(at, ["192.0.2.1"] * 6))
        assert sorted(answers) == [201] * 3 + [429] * 3
        assert at("192.0.2.2") == 201
        assert at("192.0.2.1", token=initial_token(site)[0]) == 201
        clock.advance(3600)
        assert at("192.0.2.1") == 201
        assert [at(f"2001:db8::{n}") for n in range(4)] == [201, 201, 201, 429]


def test_attack_a_pool_is_filled_with_clients(store_url, clock, tmp_path):
    def change(settings: Any) -> Any:
        return msgspec.structs.replace(
            settings, limits=msgspec.structs.replace(settings.limits, app_clients=3)
        )

    with running_server(open_store(store_url, clock), tmp_path, clock, change) as server:
        site = oauth.site(server, server.client())
        configure(site, OpenDcrEnabled=True)
        with ThreadPoolExecutor(4) as pool:
            answers = [a.status_code for a in pool.map(lambda _: register(site), range(6))]
        assert sorted(answers) == [201] * 3 + [403] * 3
        site.client()  # administrators are not limited
        assert error(register(site)) == (403, "access_denied")


# --- what such a client may not -----------------------------------------------------------------------------


@pytest.fixture
def visited(server) -> tuple[Place, str]:
    """A place with a signed-in browser's pool, and a client that registered itself there."""
    place = make_place(server, DcrConfiguration={"OpenDcrEnabled": True})
    place.person()
    place.idp.create_user_pool_domain(UserPoolId=place.pool, Domain="visited", ManagedLoginVersion=2)
    told = httpx2.post(
        f"{server.url}/oauth2/register/{place.pool}", json={**AGENT, "redirect_uris": [CALLBACK]}, timeout=60
    ).json()
    return place, told["client_id"]


def test_attack_a_registered_client_without_pkce(visited):
    place, client_id = visited
    answer = Visitor(place, client_id=client_id).get("/oauth2/authorize")
    assert answer_of(answer)["error"] == "invalid_request"


def test_attack_a_registered_client_takes_a_browser_s_session_unseen(visited):
    """Its owner is nobody that anybody knows: who is signed in elsewhere sees a page before it gets a code."""
    place, client_id = visited
    challenge = {"code_challenge": oauth.CHALLENGE, "code_challenge_method": "S256"}
    visitor = Visitor(place, client_id=client_id, **challenge)
    page = visitor.client.get(visitor.address("/oauth2/authorize"), follow_redirects=True)
    assert page.status_code == 200  # in managed login, too, where it has no style
    form = forms(page)[0]
    signed_in = visitor.client.post(
        form.action, data={**form.fields, "username": "jane", "password": oauth.PASSWORD}
    )
    assert "code" in answer_of(signed_in), signed_in.text
    again = visitor.get("/oauth2/authorize")
    assert again.location.startswith("/login")
    assert answer_of(visitor.get("/oauth2/authorize", prompt="none"))["error"] == "login_required"


def test_attack_a_registered_client_asks_for_passwords_at_the_api(open_site):
    told = register(open_site).json()
    for flow, parameters in (
        ("USER_PASSWORD_AUTH", {"USERNAME": "jane", "PASSWORD": oauth.PASSWORD}),
        ("USER_SRP_AUTH", {"USERNAME": "jane", "SRP_A": "a" * 64}),
        ("CUSTOM_AUTH", {"USERNAME": "jane"}),
    ):
        invalid(
            open_site.idp.initiate_auth, ClientId=told["client_id"], AuthFlow=flow, AuthParameters=parameters
        )


def test_its_secrets_are_nobody_s_to_change(open_site):
    told = register(open_site, {"redirect_uris": [URI]}).json()
    place = {"UserPoolId": open_site.pool_id, "ClientId": told["client_id"]}
    invalid(open_site.idp.add_user_pool_client_secret, **place)
    invalid(open_site.idp.list_user_pool_client_secrets, **place)
    invalid(open_site.idp.delete_user_pool_client_secret, **place, ClientSecretId="x--1")


def test_secrets_stay_out_of_the_log(open_site):
    told = register(open_site, {"redirect_uris": [URI]}).json()
    log = b"".join(open_site.server.log)
    assert told["client_id"].encode() in log
    assert told["client_secret"].encode() not in log
