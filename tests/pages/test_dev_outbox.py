"""The development server's outbox: a page, a frame that contains what mails hold, and JSON."""

import re

import pytest

from poolhouse.messages.outgoing import Mail, Sms
from poolhouse.pages.mounts import mounts
from support.browser import browser
from support.services import services

EVIL = '<script>alert(1)</script><img src=x onerror=alert(2)><a href="https://id.example.com/">go</a>'


@pytest.fixture
def made(store, clock, tmp_path):
    with services(store, clock, tmp_path) as running:
        yield running


def send(made, *messages):
    for message in messages:
        made.channels.send(message)
        made.clock.advance(1)


def test_empty(made):
    page = browser(made).get("/_poolhouse/outbox")
    assert page.status_code == 200
    assert "Nothing yet" in page.text


def test_the_newest_comes_first(made):
    send(made, Sms("+1", "earlier"), Mail("p@x", "m@example.com", "later", "b", html=False))
    page = browser(made).get("/_poolhouse/outbox").text
    assert page.index("later") < page.index("earlier")


def test_json(made):
    send(
        made,
        Sms("+1", "Your code is 111111"),
        Mail("p@example.com", "m@example.com", "S", "222222", html=False),
    )
    client = browser(made)
    messages = client.get("/_poolhouse/outbox.json").json["messages"]
    assert [message["to"] for message in messages] == ["m@example.com", "+1"]
    assert (messages[0]["subject"], messages[0]["body"], messages[0]["medium"]) == ("S", "222222", "EMAIL")
    only = client.get("/_poolhouse/outbox.json", query_string={"to": "+1"}).json["messages"]
    assert [message["body"] for message in only] == ["Your code is 111111"]


@pytest.mark.parametrize("to", ["+15551234567", "%2B15551234567", "mary+test@example.com"])
def test_a_recipient_with_a_plus_sign_is_found_as_it_is_written(made, to):
    send(
        made,
        Sms("+15551234567", "text"),
        Mail("p@example.com", "mary+test@example.com", "S", "b", html=False),
    )
    (message,) = browser(made).get(f"/_poolhouse/outbox.json?to={to}").json["messages"]
    assert message["to"] == to.replace("%2B", "+")


def test_what_a_message_holds_is_escaped(made):
    send(made, Sms("+1", EVIL), Mail("p@example.com", "m@example.com", EVIL, EVIL, html=False))
    client = browser(made)
    index = client.get("/_poolhouse/outbox")
    pages = [index] + [
        client.get(path) for path in re.findall(r'href="(/_poolhouse/outbox/[^"]+)"', index.text)
    ]
    assert len(pages) == 3
    for page in pages:
        assert page.status_code == 200
        assert "<script" not in page.text
        assert "<img" not in page.text
        policy = page.headers["Content-Security-Policy"]
        assert "script-src" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy


def test_the_html_of_a_mail_is_framed_without_scripts_and_origin(made):
    send(made, Mail("p@example.com", "m@example.com", "S", EVIL, html=True))
    client = browser(made)
    (message,) = client.get("/_poolhouse/outbox.json").json["messages"]
    page = client.get(f"/_poolhouse/outbox/{message['id']}")
    assert f'src="/_poolhouse/outbox/{message["id"]}/html"' in page.text
    assert '<iframe sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    assert "<script" not in page.text
    frame = client.get(f"/_poolhouse/outbox/{message['id']}/html")
    assert EVIL in frame.text
    policy = frame.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox;")
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy
    assert frame.headers["X-Content-Type-Options"] == "nosniff"


def test_the_style_sheet_is_allowed_by_a_nonce_of_its_own(made):
    client = browser(made)
    pages = [client.get("/_poolhouse/outbox") for _ in range(2)]
    nonces = [re.search(r'<style nonce="(\w+)">', page.text)[1] for page in pages]
    assert nonces[0] != nonces[1]
    for page, nonce in zip(pages, nonces, strict=True):
        assert f"style-src 'nonce-{nonce}'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    ["/x", "/../keyring", "/..%2f..%2fkeyring", "/000000000000001-000000-000000000000", "/x/html", "/x/y/z"],
)
def test_what_is_not_there(made, path):
    assert browser(made).get("/_poolhouse/outbox" + path).status_code == 404


def test_a_plain_mail_has_no_html(made):
    send(made, Mail("p@example.com", "m@example.com", "S", "text", html=False))
    client = browser(made)
    (message,) = client.get("/_poolhouse/outbox.json").json["messages"]
    assert client.get(f"/_poolhouse/outbox/{message['id']}/html").status_code == 404


def test_only_reading(made):
    assert browser(made).post("/_poolhouse/outbox").status_code == 405


def test_there_is_no_outbox_in_production(store, clock, tmp_path):
    with services(store, clock, tmp_path, dev=False) as made:
        assert "/_poolhouse" not in mounts(made)
