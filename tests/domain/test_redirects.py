"""Redirect URIs: matched exactly, answered without loss."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain import redirects
from poolhouse.domain.client import Client

URL = "https://app.example.com/callback"
CLIENT = Client(
    "us-east-1_A",
    "c",
    "web",
    1.0,
    1.0,
    {
        "CallbackURLs": [URL, "myapp://in", "http://localhost:3000/"],
        "LogoutURLs": ["https://app.example.com/bye"],
    },
)


@pytest.mark.parametrize(
    "near_miss",
    [
        "",
        f"{URL}/",
        f"{URL}?",
        f"{URL}?x=1",
        f"{URL}#",
        f"{URL}#f",
        f" {URL}",
        f"{URL} ",
        f"{URL}\n",
        f"{URL}\x00",
        f"{URL}/../callback",
        f"{URL}%2F",
        f"{URL[:-1]}%6B",
        "https://app.example.com/Callback",
        "https://APP.example.com/callback",
        "HTTPS://app.example.com/callback",
        "https://app.example.com:443/callback",
        "https://app.example.com./callback",
        "https://app.example.com//callback",
        "https://app.example.com\\@evil.example/callback",
        "https://app.example.com@evil.example/callback",
        "https://user@app.example.com/callback",
        "https://evil.example/callback",
        "https://app.example.com.evil.example/callback",
        "http://app.example.com/callback",
        "https://app.example.com/callback;x",
        "https://app。example.com/callback",
        "https://\u0430pp.example.com/callback",
        "https://app.example.com/callba\u212a",
        "//app.example.com/callback",
        "/callback",
        "myapp://in/",
        "MYAPP://in",
        "http://localhost:3001/",
        "http://127.0.0.1:3000/",
        "http://localhost:3000",
        "https://app.example.com/bye",
        "javascript:alert(1)",
    ],
)
def test_attack_a_redirect_uri_that_nearly_matches(near_miss):
    assert not redirects.is_callback(CLIENT, near_miss)


def test_what_is_registered_is_matched_each_for_its_use():
    for url in (URL, "myapp://in", "http://localhost:3000/"):
        assert redirects.is_callback(CLIENT, url)
        assert not redirects.is_sign_out(CLIENT, url)
    assert redirects.is_sign_out(CLIENT, "https://app.example.com/bye")
    assert not redirects.is_sign_out(CLIENT, "https://app.example.com/bye/")
    assert not redirects.is_callback(Client("p", "c", "web", 1.0, 1.0, {}), "")


@pytest.mark.parametrize(
    ("uri", "answer"),
    [
        (URL, f"{URL}?code=1%202&state=a%26b%3D"),
        (f"{URL}?x=1", f"{URL}?x=1&code=1%202&state=a%26b%3D"),
        (f"{URL}?", f"{URL}?code=1%202&state=a%26b%3D"),
        ("myapp://in", "myapp://in?code=1%202&state=a%26b%3D"),
    ],
)
def test_the_answer_goes_behind_what_the_query_has(uri, answer):
    assert redirects.with_query(uri, {"code": "1 2", "state": "a&b="}) == answer


@given(
    st.dictionaries(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")), min_size=1)
)
def test_whatever_is_answered_arrives_and_changes_nothing_else(answer):
    for place, made in (
        ("query", redirects.with_query(URL, answer)),
        ("fragment", redirects.with_fragment(URL, answer)),
    ):
        assert made.isascii()
        assert made.isprintable()
        parts = urlsplit(made)
        assert (parts.scheme, parts.netloc, parts.path) == ("https", "app.example.com", "/callback")
        assert dict(parse_qsl(getattr(parts, place), keep_blank_values=True, strict_parsing=True)) == answer
