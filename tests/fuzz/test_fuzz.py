"""Generated requests: whatever comes, a right answer or the service's own error, and nothing half-done.

This is a short and repeatable walk; `make fuzz` drives a long one that differs each time.
"""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from werkzeug.test import Client
from werkzeug.wrappers import Response

import engines
from fuzz.requests import Request, requests
from fuzz.site import Site, fuzzed
from fuzz.values import CODE, Known, texts

_PATIENT = settings(
    max_examples=1200,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # the server lives on between examples: shrinking would lie
    suppress_health_check=list(HealthCheck),
)
_PATHS = (
    *(
        "/confirmUser",
        "/confirmUser/",
        "/authEventFeedback",
        "/_poolhouse/outbox",
        "/_poolhouse/outbox.json",
        "/healthz",
        "/readyz",
    ),
    *("/metrics", "/", "//", "/..", "/us-east-1_Nope00000/.well-known/jwks.json", "/_poolhouse/outbox/"),
)
_NAMES = ("client_id", "user_name", "confirmation_code")


@pytest.fixture(scope="module", params=engines.ENGINES)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = tmp_path_factory.mktemp("fuzz")
    with engines.database(request.param, data) as url, fuzzed(url, data) as made:
        yield made


@_PATIENT
@given(request=requests())
def _walk(site: Site, request: Request) -> None:
    if site.sent and site.sent % 150 == 0:
        site.mend()
    assert site.send(request, http_share=site.sent % 13 == 0, compare=site.sent % 11 == 0) == []


def test_every_answer_is_the_services_own(site: Site) -> None:
    _walk(site)
    assert len({outcome for _, outcome in site.seen}) > 11, "the requests no longer reach deep"
    assert len({operation for operation, outcome in site.seen if outcome == "ok"}) > 25


@settings(_PATIENT, max_examples=150)
@given(
    path=st.one_of(st.sampled_from(_PATHS), texts.map("/{}".format)),
    method=st.sampled_from(("GET", "GET", "GET", "HEAD", "POST", "PUT", "OPTIONS", "TRACE")),
    given_names=st.dictionaries(st.sampled_from(_NAMES), st.one_of(texts, st.just(CODE))),
    known=st.booleans(),
)
def _visit(site: Site, path: str, method: str, given_names: dict[str, str], known: bool) -> None:
    if known:
        place = site.places[0]
        given_names = {**given_names, "client_id": place.client, "user_name": "new"}
    query = {name: value.encode("utf-8", "surrogatepass") for name, value in given_names.items()}
    lines = len(site.server.log)
    path = path.encode("utf-8", "surrogatepass").decode("latin-1")
    environ = {"PATH_INFO": path, "REQUEST_METHOD": method}
    answer = Client(site.server.application.wsgi, Response).open(
        environ_overrides=environ, query_string=query
    )
    assert answer.status_code < 500
    assert not [line for line in site.server.log[lines:] if b"unhandled" in line or b"Traceback" in line]


def test_pages_and_other_paths_never_fail(site: Site) -> None:
    _visit(site)


_ALWAYS = [
    pytest.param(Request("GetUser", {}, raw=b"[" * 100_000), id="deep-list"),
    pytest.param(Request("GetUser", {"AccessToken": "x"}, twist="deep"), id="deep-member"),
    pytest.param(Request("GetUser", {"AccessToken": "x"}, twist="deep map"), id="deep-map"),
    pytest.param(Request("GetUser", {}, raw=b'{"AccessToken":' + b"9" * 5_000 + b"}"), id="many-digits"),
    pytest.param(Request("ListUsers", {"UserPoolId": Known("pool"), "Limit": 10**400}), id="huge-integer"),
    pytest.param(Request("ListUsers", {"UserPoolId": Known("pool"), "Limit": float("nan")}), id="nan"),
    pytest.param(
        Request(
            "AdminUpdateUserAttributes",
            {
                "UserPoolId": Known("pool"),
                "Username": Known("username"),
                "UserAttributes": [{"Name": "name", "Value": "x"}] * 10_000,
            },
        ),
        id="ten-thousand-attributes",
    ),
    pytest.param(
        Request("AdminGetUser", {"UserPoolId": Known("pool"), "Username": "x" * 1_000_000}), id="a-megabyte"
    ),
    pytest.param(Request("GetUser", {"AccessToken": Known("access")}, twist="twice"), id="a-member-twice"),
    pytest.param(Request("GetUser", {"AccessToken": Known("access")}, twist="spaces"), id="too-large"),
]


@pytest.mark.parametrize("request_", _ALWAYS)
def test_bodies_that_must_always_be_tried(site: Site, request_: Request) -> None:
    assert site.send(request_, compare=True) == []
    assert site.send(request_, http_share=True) == []


_STRINGS = ("a\0b", "\ud800", "\U0010ffff\ufffe", "\u202e\u200d", "'; DROP TABLE users; --", "%s{0}{{7*7}}")


@pytest.mark.parametrize("text", _STRINGS)
def test_every_text_of_every_operation_takes_odd_characters(site: Site, text: str) -> None:
    """One text at a time, at each place of a request that else reaches deep; NUL is PostgreSQL's poison."""
    for operation, tree in _DEEP.items():
        for spoiled in _each_text_spoiled(tree, text):
            assert site.send(Request(operation, spoiled)) == [], operation


def _each_text_spoiled(tree: object, text: str) -> Iterator[object]:
    match tree:
        case dict():
            for key, item in tree.items():
                for spoiled in _each_text_spoiled(item, text):
                    yield {**tree, key: spoiled}
        case list():
            for index, item in enumerate(tree):
                for spoiled in _each_text_spoiled(item, text):
                    yield [*tree[:index], spoiled, *tree[index + 1 :]]
        case str() | Known():
            yield text


_ATTRIBUTE = [{"Name": "custom:text", "Value": "x"}]
_USER = {"UserPoolId": Known("pool"), "Username": Known("username")}
_DEEP: dict[str, dict[str, object]] = {
    "AddCustomAttributes": {
        "UserPoolId": Known("pool"),
        "CustomAttributes": [{"Name": "more", "AttributeDataType": "String"}],
    },
    "AdminCreateUser": {
        **_USER,
        "Username": Known("fresh"),
        "UserAttributes": _ATTRIBUTE,
        "TemporaryPassword": "Aa1!aaaa",
    },
    "AdminGetUser": _USER,
    "AdminDeleteUserAttributes": {**_USER, "UserAttributeNames": ["custom:text"]},
    "AdminInitiateAuth": {
        "UserPoolId": Known("pool"),
        "ClientId": Known("client"),
        "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": Known("username"), "PASSWORD": "x", "MORE": "x"},
        "ClientMetadata": {"a": "b"},
    },
    "AdminUpdateUserAttributes": {**_USER, "UserAttributes": _ATTRIBUTE, "ClientMetadata": {"a": "b"}},
    "ConfirmForgotPassword": {
        "ClientId": Known("client"),
        "Username": Known("username"),
        "ConfirmationCode": CODE,
        "Password": "Other-Horse-10",
    },
    "ConfirmSignUp": {"ClientId": Known("client"), "Username": Known("fresh"), "ConfirmationCode": CODE},
    "CreateUserPool": {"PoolName": "x", "EmailVerificationMessage": "{####}", "UserPoolTags": {"a": "b"}},
    "CreateUserPoolClient": {"UserPoolId": Known("pool"), "ClientName": "x", "CallbackURLs": ["https://a/b"]},
    "ForgotPassword": {"ClientId": Known("client"), "Username": Known("username")},
    "GetTokensFromRefreshToken": {"ClientId": Known("client"), "RefreshToken": Known("refresh")},
    "InitiateAuth": {
        "ClientId": Known("client"),
        "AuthFlow": "USER_SRP_AUTH",
        "AuthParameters": {"USERNAME": Known("username"), "SRP_A": "5" * 600},
    },
    "ListUsers": {"UserPoolId": Known("pool"), "Filter": 'name = "x"', "PaginationToken": Known("marker")},
    "RespondToAuthChallenge": {
        "ClientId": Known("client"),
        "ChallengeName": "PASSWORD_VERIFIER",
        "ChallengeResponses": {
            "USERNAME": Known("username"),
            "PASSWORD_CLAIM_SIGNATURE": "x",
            "PASSWORD_CLAIM_SECRET_BLOCK": Known("block"),
            "TIMESTAMP": Known("timestamp"),
        },
    },
    "RevokeToken": {"ClientId": Known("client"), "Token": Known("refresh")},
    "SignUp": {
        "ClientId": Known("client"),
        "Username": Known("fresh"),
        "Password": "Other-Horse-10",
        "UserAttributes": _ATTRIBUTE,
        "ValidationData": _ATTRIBUTE,
    },
    "UpdateUserAttributes": {"AccessToken": Known("access"), "UserAttributes": _ATTRIBUTE},
    "VerifyUserAttribute": {"AccessToken": Known("access"), "AttributeName": "email", "Code": CODE},
}


def test_a_filter_finds_text_of_any_kind(site: Site) -> None:
    """The same characters that are stored are found again, quoted as the grammar says."""
    site.mend()  # a generated request of an earlier test may have deleted the pool
    values = ['x"y\\z', "100%_", "Ünï", "日本", "\U0001f600", "'; --"]
    for number, text in enumerate(values):
        name = f"filter{number}"
        pool = {"UserPoolId": site.places[0].pool}
        site._ask("AdminDeleteUser", **pool, Username=name)
        site._must("AdminCreateUser", **pool, Username=name, MessageAction="SUPPRESS")
        site._must(
            "AdminUpdateUserAttributes",
            **pool,
            Username=name,
            UserAttributes=[{"Name": "name", "Value": text}],
        )
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        for operator in ("=", "^="):
            found = site._must("ListUsers", **pool, Filter=f'name {operator} "{quoted}"')["Users"]
            assert [user["Username"] for user in found] == [name]
