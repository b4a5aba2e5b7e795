"""Every check of an authorization request: what is refused, where it is told, and that nothing leads astray."""

from itertools import product
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from support.sign_in import Place
from support.visitor import CALLBACK, SIGNED_OUT, Visitor, answer_of, hosted_place

CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
ENTRANCES = ("/oauth2/authorize", "/login", "/signup", "/forgotPassword", "/confirm")


@pytest.fixture
def place(server) -> Place:
    return hosted_place(server)


def test_the_ways_that_work(place):
    for changes in (
        {},
        {"scope": None},
        {"state": None},
        {"response_type": "token"},
        {"code_challenge": CHALLENGE, "code_challenge_method": "S256"},
        {"prompt": "login"},
        {"prompt": "login select_account consent"},
        {"identity_provider": "COGNITO"},
        {"resource": "https://api.example.com/v1"},
        {"max_age": "300"},
        {"lang": "de", "login_hint": "jane"},
        {"redirect_uri": "myapp://callback"},
        {"redirect_uri": "http://localhost:3000/cb?fixed=1"},
        {"unknown": "ignored"},
    ):
        response = Visitor(place, **changes).get("/oauth2/authorize")
        assert response.status_code == 302, changes
        assert response.location.startswith("/login?"), changes


def test_an_unknown_client_stays_here(place):
    strangers = [None, "", "nobody", "\0", "x" * 5000, "ünïcode", "<script>alert(1)</script>"]
    for path, client_id in product(ENTRANCES, strangers):
        page = Visitor(place, client_id=client_id).get(path)
        assert page.status_code == 400, (path, client_id)
        assert "Location" not in page.headers, (path, client_id)
        assert "<script>alert" not in page.text


NEARLY = [
    "https://app.example.com/callback/",
    "https://app.example.com/Callback",
    "https://APP.example.com/callback",
    "HTTPS://app.example.com/callback",
    "http://app.example.com/callback",
    "https://app.example.com:443/callback",
    "https://app.example.com:8443/callback",
    "https://app.example.com/callback?x=1",
    "https://app.example.com/callback#",
    "https://app.example.com/callback#x",
    "https://app.example.com/callback/../callback",
    "https://app.example.com/%63allback",
    "https://app.example.com./callback",
    "https://user@app.example.com/callback",
    "https://app.example.com@evil.example/callback",
    "https://app.example.com.evil.example/callback",
    "https://evil.example/?https://app.example.com/callback",
    "//app.example.com/callback",
    "/callback",
    "https:/app.example.com/callback",
    "https:\\\\app.example.com\\callback",
    " https://app.example.com/callback",
    "https://app.example.com/callback ",
    "https://app.example.com/callback\n",
    "https://app.example.com/callback\0",
    "https://\u0430pp.example.com/callback",
    "https://app.example.com/callb\u0430ck",
    "https://xn--pp-7eb.example.com/callback",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "myapp://Callback",
    "myapp://callback/",
    "http://localhost:3000/cb",
    "http://localhost:3000/cb?fixed=1&more=2",
    "http://127.0.0.1:3000/cb?fixed=1",
    "x" * 3000,
    "",
]


def test_a_redirect_uri_that_nearly_matches(place):
    for path, near in product(ENTRANCES, NEARLY):
        response = Visitor(place, redirect_uri=near).get(path)
        assert response.status_code == 302, (path, near)
        assert response.location == f"/error?error=redirect_mismatch&client_id={place.client}", (path, near)


def test_no_redirect_uri(place):
    for path in ENTRANCES:
        page = Visitor(place, redirect_uri=None).get(path)
        assert page.status_code == 400
        assert "Location" not in page.headers


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_what_must_be_trusted_comes_once(place, name):
    visitor = Visitor(place)
    again = urlencode({name: visitor.query[name]})
    for other in (again, urlencode({name: "https://evil.example/"})):
        page = visitor.client.get(visitor.address("/oauth2/authorize") + "&" + other)
        assert page.status_code == 400
        assert "Location" not in page.headers


def test_a_client_without_oauth(place):
    other = place.another_client(CallbackURLs=[CALLBACK], SupportedIdentityProviders=["COGNITO"])
    response = Visitor(other).get("/oauth2/authorize")
    assert response.location == f"/error?error=unauthorized_client&client_id={other.client}"
    page = Visitor(other).client.get(response.location)
    assert page.status_code == 400
    assert "unauthorized_client" in page.text


REFUSED = [
    ({"response_type": None}, "invalid_request"),
    ({"response_type": ""}, "invalid_request"),
    ({"response_type": "CODE"}, "invalid_request"),
    ({"response_type": "id_token"}, "invalid_request"),
    ({"response_type": "token id_token"}, "invalid_request"),
    ({"response_type": "code token"}, "invalid_request"),
    ({"scope": "openid phone"}, "invalid_scope"),
    ({"scope": "openid nothing"}, "invalid_scope"),
    ({"scope": "email"}, "invalid_scope"),
    ({"scope": "openid offline_access"}, "invalid_scope"),
    ({"scope": "OPENID"}, "invalid_scope"),
    ({"code_challenge": CHALLENGE}, "invalid_request"),
    ({"code_challenge_method": "S256"}, "invalid_request"),
    ({"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge": CHALLENGE, "code_challenge_method": "s256"}, "invalid_request"),
    ({"code_challenge": CHALLENGE[:-1], "code_challenge_method": "S256"}, "invalid_request"),
    ({"code_challenge": CHALLENGE + "=", "code_challenge_method": "S256"}, "invalid_request"),
    ({"code_challenge": "", "code_challenge_method": "S256"}, "invalid_request"),
    ({"prompt": "none login"}, "invalid_request"),
    ({"prompt": "none consent"}, "invalid_request"),
    ({"prompt": "create"}, "invalid_request"),
    ({"prompt": "None"}, "invalid_request"),
    ({"max_age": "-1"}, "invalid_request"),
    ({"max_age": "soon"}, "invalid_request"),
    ({"max_age": ""}, "invalid_request"),
    ({"max_age": "1" * 20}, "invalid_request"),
    ({"max_age": "\u0661"}, "invalid_request"),
    ({"resource": "http://api.example.com"}, "invalid_request"),
    ({"resource": "https://api.example.com/#part"}, "invalid_request"),
    ({"resource": "not a url"}, "invalid_request"),
    ({"resource": ""}, "invalid_request"),
    ({"identity_provider": "Google"}, "invalid_request"),
    ({"identity_provider": "cognito"}, "invalid_request"),
    ({"idp_identifier": "corp.example"}, "invalid_request"),
    ({"nonce": "x" * 9000}, "invalid_request"),
    ({"login_hint": "a\0b"}, "invalid_request"),
]


def test_what_is_refused_goes_back(place):
    issuer = place.server.services.settings.issuer(place.pool)
    for path, (changes, error) in product(ENTRANCES, REFUSED):
        response = Visitor(place, **changes).get(path)
        assert response.status_code == 302, (path, changes)
        assert response.location.startswith(f"{CALLBACK}?error="), (path, changes)
        answer = answer_of(response)
        assert answer.pop("error_description", "") is not None
        assert answer == {"error": error, "state": "s t/1", "iss": issuer}, (path, changes)


def test_a_parameter_that_is_repeated(place):
    visitor = Visitor(place)
    for name in ("response_type", "scope", "state", "nonce", "prompt", "resource", "lang", "code_challenge"):
        address = visitor.address("/oauth2/authorize") + f"&{name}=a&{name}=b"
        assert answer_of(visitor.client.get(address))["error"] == "invalid_request", name


def test_a_grant_that_is_not_allowed(place):
    other = place.another_client(**_only("code"))
    response = Visitor(other, response_type="token").get("/oauth2/authorize")
    assert urlsplit(response.location).fragment.startswith("error=unauthorized_client&state=")
    other = place.another_client(**_only("implicit"))
    assert answer_of(Visitor(other).get("/oauth2/authorize"))["error"] == "unauthorized_client"


def _only(flow):
    return {
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthFlows": [flow],
        "AllowedOAuthScopes": ["openid"],
        "CallbackURLs": [CALLBACK],
        "SupportedIdentityProviders": ["COGNITO"],
    }


STATES = [
    "",
    "a b+c%20d",
    '{"a":1}',
    "äöü ☃",
    "<script>alert(1)</script>",
    "x=1&y=2#z",
    "\r\nSet-Cookie: a=b",
    "..%2f",
]


def test_state_comes_back_unchanged(place):
    for state in STATES:
        response = Visitor(place, state=state, prompt="none").get("/oauth2/authorize")
        assert "\n" not in response.location
        found = parse_qs(urlsplit(response.location).query, keep_blank_values=True)
        assert found["state"] == [state]
        assert found["error"] == ["login_required"]


def test_state_that_is_no_text(place):
    visitor = Visitor(place, state=None)
    answer = answer_of(visitor.client.get(visitor.address("/oauth2/authorize") + "&state=%ff"))
    assert answer["error"] == "invalid_request"


def test_the_redirect_uri_s_own_query_stays(place):
    response = Visitor(place, redirect_uri="http://localhost:3000/cb?fixed=1", prompt="none").get(
        "/oauth2/authorize"
    )
    assert response.location.startswith("http://localhost:3000/cb?fixed=1&error=login_required&state=")
    response = Visitor(place, redirect_uri="myapp://callback", prompt="none").get("/oauth2/authorize")
    assert response.location.startswith("myapp://callback?error=login_required&state=")


ERRORS = {
    "redirect_mismatch": "callback URLs",
    "unauthorized_client": "OAuth",
    "<script>alert(1)</script>": "Something went wrong",
    "": "Something went wrong",
}


def test_the_error_page(place):
    for error, shown in ERRORS.items():
        query = {"error": error, "client_id": place.client, "more": "<b>"}
        page = Visitor(place).client.get("/error", query_string=query)
        assert page.status_code == 400
        assert shown in page.text
        assert "<script>alert" not in page.text
        assert "<b>" not in page.text


def test_the_error_page_of_nobody(place):
    for client_id in ("", "nobody", "\0", "x" * 999):
        page = Visitor(place).client.get("/error", query_string={"error": "x", "client_id": client_id})
        assert page.status_code == 400


def test_signing_out(place):
    visitor = Visitor(place)
    out = visitor.client.get("/logout", query_string={"client_id": place.client, "logout_uri": SIGNED_OUT})
    assert (out.status_code, out.location) == (302, SIGNED_OUT)
    again = visitor.get("/logout")
    assert again.location.startswith("/login?client_id=")
    both = visitor.get("/logout", logout_uri=SIGNED_OUT)
    assert both.location == SIGNED_OUT


def test_signing_out_leads_nowhere_else(place):
    visitor = Visitor(place)
    nearly = [f"{SIGNED_OUT}/", SIGNED_OUT.upper(), "https://evil.example", "//evil.example", CALLBACK, ""]
    for near in nearly:
        query = {"client_id": place.client, "logout_uri": near}
        page = visitor.client.get("/logout", query_string=query)
        assert page.status_code == 400
        assert "Required String parameter &#39;redirect_uri&#39; is not present" in page.text
    wrong = visitor.get("/logout", redirect_uri="https://evil.example/")
    assert wrong.location == f"/error?error=redirect_mismatch&client_id={place.client}"


def test_methods(place):
    visitor = Visitor(place)
    for path in ("/oauth2/authorize", "/logout", "/error"):
        assert visitor.post(path, {}).status_code == 405
    for path in ("/login", "/oauth2/authorize"):
        assert visitor.client.put(visitor.address(path)).status_code == 405
        assert visitor.client.delete(visitor.address(path)).status_code == 405
