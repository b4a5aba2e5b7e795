"""What must come with a code, and what a resource may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain import authorization as rules
from poolhouse.domain.authorization import Authorization, AuthorizationCode
from poolhouse.domain.oauth_error import OAuthError

# RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
URL = "https://app.example.com/callback"


def code(challenge: str = CHALLENGE) -> AuthorizationCode:
    authorization = Authorization("p", "c", "s", ("openid",), URL, 1.0, code_challenge=challenge)
    return AuthorizationCode("d", authorization, 300.0)


def refusal(stored: AuthorizationCode, uri: str | None, verifier: str | None, now: float = 299.9):
    try:
        rules.check(stored, uri, verifier, now)
    except OAuthError as refused:
        return refused.code, refused.description
    return None


def test_the_verifier_of_the_rfc_proves_its_challenge():
    assert rules.is_challenge(CHALLENGE)
    assert refusal(code(), URL, VERIFIER) is None
    assert refusal(code(""), URL, None) is None


def test_a_code_lives_until_its_time():
    assert refusal(code(), URL, VERIFIER, 300.0) == ("invalid_grant", "")


@pytest.mark.parametrize("uri", [None, "", URL + "/", URL.upper()])
def test_another_redirect_uri(uri):
    assert refusal(code(), uri, VERIFIER) == ("unauthorized_client", "invalid_redirect")


@pytest.mark.parametrize(
    "verifier", [None, "", CHALLENGE, VERIFIER[:-1], VERIFIER + "a", VERIFIER.lower(), "é" * 43, "a" * 129]
)
def test_attack_a_verifier_that_proves_nothing(verifier):
    assert refusal(code(), URL, verifier) == ("invalid_grant", "invalid_code_verifier")


def test_attack_a_verifier_where_there_was_no_challenge():
    assert refusal(code(""), URL, VERIFIER) == ("invalid_grant", "invalid_code_verifier")


@given(st.text())
def test_no_other_text_is_a_verifier(text):
    assert (refusal(code(), URL, text) is None) == (text == VERIFIER)
    assert rules.is_challenge(text) in (True, False)


@pytest.mark.parametrize(
    "text", ["", CHALLENGE + "=", CHALLENGE[:-1], CHALLENGE + "\n", "é" * 43, CHALLENGE.replace("-", "+")]
)
def test_what_is_no_challenge(text):
    assert not rules.is_challenge(text)


@pytest.mark.parametrize(
    ("resource", "good"),
    [
        ("https://api.example.com", True),
        ("https://api.example.com/v1?x=1", True),
        ("http://localhost", True),
        ("http://localhost:8080/x", True),
        ("myapp://things", True),
        ("http://api.example.com", False),
        ("http://localhost.evil.example", False),
        ("http://127.0.0.1/", False),
        ("https://", False),
        ("https:///path", False),
        ("https://[", False),
        ("https://api.example.com#part", False),
        ("https://api.example.com/ä", False),
        ("https://api.example.com/a b", False),
        ("https://api.example.com/\n", False),
        ("api.example.com", False),
        ("urn:things", False),
        ("", False),
        ("https://a.example/" + "x" * 2048, False),
    ],
)
def test_what_a_resource_may_be(resource, good):
    assert rules.is_resource(resource) is good


@given(st.text() | st.text().map("https://{}".format))
def test_any_text_is_a_resource_or_is_none(text):
    assert rules.is_resource(text) in (True, False)
