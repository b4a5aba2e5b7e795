"""The confirmation link: from the mail to the page, and what useless links say."""

import re
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from poolhouse.domain.client import Client
from poolhouse.domain.codes import CodePurpose, Delivery
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import Status, User
from poolhouse.flows import verification
from poolhouse.flows.delivery import deliver
from poolhouse.messages.channels import folder
from poolhouse.settings import Trigger, Triggers
from support.browser import browser
from support.pools import ARN
from support.services import call, services

LINKED = {"VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_LINK"}}
EMAIL = Delivery("EMAIL", "email", "mary@example.com")


@pytest.fixture
def made(store, clock, tmp_path):
    refuse = Trigger(arn="*", kind="python", callable="support.functions:refuse")
    with services(store, clock, tmp_path, triggers=Triggers(map=(refuse,))) as running:
        yield running


def mailed_link(made, username="mary & co", **config) -> str:
    """Store a user who signs up, mail the link, and return its path and query."""
    pool = Pool("us-east-1_A", "p", 1.0, 1.0, {}, {**LINKED, **config})
    user = User(pool.id, "sub-1", username, Status.UNCONFIRMED, True, 1.0, 1.0, {"email": EMAIL.destination})
    request = call(made)
    entry = verification.owe(request, user, source="SignUp", delivery=EMAIL, secret="123456", client_id="c1")

    def work(tx):
        tx.pools.add(pool)
        tx.clients.add(Client(pool.id, "c1", "app", 1.0, 1.0, {}))
        tx.users.add(user)
        tx.aliases.hold(pool.id, "username", username, user.sub)
        verification.put(tx, request, user, CodePurpose.SIGN_UP, delivery=EMAIL, code="123456")
        tx.outbox.add(entry)

    made.store.write(work)
    deliver(request, pool, user, entry, None)
    (mail,) = folder.read(made.settings.outbox_folder, 10)
    parts = urlsplit(unescape(re.search(r'href="([^"]+)"', mail.body)[1]))
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "id.example.com", "/confirmUser")
    return f"{parts.path}?{parts.query}"


def user(made) -> User:
    return made.store.read(lambda tx: tx.users.get("us-east-1_A", "sub-1"))


def test_the_link_confirms(made):
    page = browser(made).get(mailed_link(made))
    assert page.status_code == 200
    assert "Account confirmed" in page.text
    assert user(made).status is Status.CONFIRMED
    assert user(made).attributes["email_verified"] == "true"


def test_a_slash_at_the_end_of_the_path(made):
    page = browser(made).get(mailed_link(made).replace("?", "/?"))
    assert page.status_code == 200


def test_a_used_link_is_useless(made):
    link = mailed_link(made)
    browser(made).get(link)
    page = browser(made).get(link)
    assert page.status_code == 400
    assert "has been used already" in page.text
    assert user(made).status is Status.CONFIRMED


def test_an_expired_link_is_useless(made):
    link = mailed_link(made)
    made.clock.advance(24 * 3600)
    page = browser(made).get(link)
    assert page.status_code == 400
    assert user(made).status is Status.UNCONFIRMED


def test_head_changes_nothing(made):
    assert browser(made).head(mailed_link(made)).data == b""
    assert user(made).status is Status.UNCONFIRMED


def test_useless_links_tell_nothing_about_who_exists(made):
    link = mailed_link(made)
    query = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    pages = [
        browser(made).get("/confirmUser?" + urlencode(query | change))
        for change in (
            {"confirmation_code": "000000"},
            {"user_name": "nobody"},
            {"client_id": "none"},
            {"confirmation_code": ""},
            {"user_name": ""},
            {"user_name": "\x00"},
            {"client_id": "\x00"},
            {"confirmation_code": "12345\x00"},
            {"user_name": "x" * 10_000},
        )
    ]
    pages.append(browser(made).get("/confirmUser"))
    assert {page.status_code for page in pages} == {400}
    without_nonce = {re.sub(r'nonce="\w+"', "", page.text) for page in pages}
    assert len(without_nonce) == 1


def test_guessing_is_limited(made):
    link = mailed_link(made)
    wrong = link.replace("123456", "000000")
    texts = [browser(made).get(wrong).text for _ in range(20)]
    assert "too many attempts" in texts[-1]
    assert "too many attempts" in browser(made).get(link).text
    assert user(made).status is Status.UNCONFIRMED


def test_a_failing_trigger_is_told_after_the_confirmation(made):
    page = browser(made).get(mailed_link(made, LambdaConfig={"PostConfirmation": ARN}))
    assert page.status_code == 400
    assert "PostConfirmation failed with error Only for members." in page.text
    assert user(made).status is Status.CONFIRMED


def test_the_page_runs_nothing_and_passes_nothing_on(made):
    page = browser(made).get("/confirmUser?user_name=<script>alert(1)</script>")
    assert "<script" not in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"


def test_only_get(made):
    assert browser(made).post("/confirmUser").status_code == 405
