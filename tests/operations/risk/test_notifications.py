"""Mails about unusual sign-ins, and the feedback that their links and tokens give."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import Client, TestResponse

from operations.risk.test_adaptive import BLOCKED, EMAIL, at_home, elsewhere
from poolhouse.messages.notification import NOTED, compose
from poolhouse.work.outbox import deliver_due
from support.people import at_once
from support.refusals import refusal
from support.risk import ABROAD, ARN, actions, by_admin, configure, events, protected
from support.server import RunningServer
from support.sign_in import Place
from support.visitor import forms

ALL = (
    "{username}|{ip-address}|{city}|{country}|{login-time}|{device-name}|{event-id}|{feedback-token}"
    "|{one-click-link-valid}|{one-click-link-invalid}|{other}"
)
REFUSED = ("NotAuthorizedException", "Invalid feedback token.")


@pytest.fixture
def place(server: RunningServer) -> Place:
    """A pool that tells of every risk, and blocks high ones; jane has signed in at home."""
    made = protected(server)
    made.person("jane", email=EMAIL)
    at_home(made)
    configure(made, **told())
    return made


def told(**templates: Any) -> dict[str, Any]:
    return actions(notify=True, templates=templates, low="NO_ACTION", medium="NO_ACTION", high="BLOCK")


def mail(place: Place) -> dict[str, str]:
    """Sign in from elsewhere; return the mail that tells of it."""
    elsewhere(place)
    return place.server.mails(EMAIL)[-1]


def links(text: str) -> list[str]:
    return re.findall(r"http\S+feedback_value=\w+", unescape(text))


def token(text: str) -> str:
    return parse_qs(urlsplit(links(text)[0]).query)["feedback_token"][0]


def test_the_default_mail(place: Place) -> None:
    sent = mail(place)
    assert sent["subject"] == "New sign-in attempt"
    assert "We observed an unrecognized sign-in to your account" in sent["body"]
    assert "Device: Firefox 126, Linux" in sent["body"]
    assert "Location: unknown, unknown" in sent["body"]
    assert "{" not in sent["body"]
    assert [link.rpartition("=")[2] for link in links(sent["body"])] == ["Invalid", "Valid"]


def test_every_placeholder(place: Place) -> None:
    configure(place, **told(NoActionEmail={"Subject": "Hello {username}", "TextBody": ALL}))
    sent = mail(place)
    event = events(place)[0]
    assert sent["subject"] == "Hello jane"
    parts = sent["body"].strip().split("|")
    assert parts[:4] == ["jane", ABROAD, "unknown", "unknown"]
    assert parts[4] == f"{event['CreationDate']:%Y-%m-%d %H:%M:%S} UTC"
    assert parts[5:7] == ["Firefox 126, Linux", event["EventId"]]
    assert parts[7] == token(parts[8]) == token(parts[9])
    assert parts[10] == "{other}"


def test_attack_markup_in_what_a_mail_tells(place: Place) -> None:
    place.person("<b>{ip-address}</b>", email="odd@example.com")
    place.server.clock.advance(1)
    by_admin(place, "203.0.113.7", "<b>{ip-address}</b>")
    configure(place, **told(NoActionEmail={"Subject": "Hello", "HtmlBody": "<p>{username}</p>"}))
    place.server.clock.advance(1)
    by_admin(place, ABROAD, "<b>{ip-address}</b>")
    body = place.server.mails("odd@example.com")[-1]["body"]
    assert body.strip() == "<p>&lt;b&gt;{ip-address}&lt;/b&gt;</p>"


def test_attack_markup_beside_plain_text() -> None:
    """Values are escaped in HTML, and as they are in plain text; neither is looked at again."""
    own = {"Subject": "Hello", "HtmlBody": "<p>{username}</p>", "TextBody": "{username}"}
    values = {"username": "<b>{city}</b>"}
    made = compose({"NoActionEmail": own}, NOTED, EMAIL, values, "pool@example.com")
    assert (made.html, made.body, made.plain) == (True, "<p>&lt;b&gt;{city}&lt;/b&gt;</p>", "<b>{city}</b>")


def test_a_block_and_a_second_factor_have_mails_of_their_own(place: Place) -> None:
    for _ in range(3):
        refusal(elsewhere, place, password="Wrong-Horse-9")
    assert refusal(elsewhere, place) == BLOCKED
    sent = place.server.mails(EMAIL)[-1]
    assert sent["subject"] == "Blocked sign-in attempt"
    assert "We blocked an unrecognized sign-in" in sent["body"]


def test_whoever_knows_the_password_sends_five_mails_in_an_hour(place: Place) -> None:
    for number in range(8):
        place.server.clock.advance(1)
        by_admin(place, f"198.51.{number}.9")
    assert len(place.server.mails(EMAIL)) == 5
    assert place.server.store.read(lambda tx: tx.outbox.count()) == 0


def test_without_an_address_nobody_is_told(place: Place) -> None:
    place.person("bare")
    at_home(place, "bare")
    elsewhere(place, "bare")
    assert place.server.mails() == []


def test_a_mail_that_was_not_sent_goes_from_the_outbox(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    couriers = place.server.services.couriers
    monkeypatch.setattr(couriers, "_most", 0)  # they are all busy
    elsewhere(place)
    assert place.server.mails(EMAIL) == []
    place.server.clock.advance(61)
    deliver_due(place.server.services)
    assert len(place.server.mails(EMAIL)) == 1


# --- feedback by token --------------------------------------------------------------------------------------


def give(place: Place, text: str, value: str = "Valid", **changes: str) -> Any:
    named = {"UserPoolId": place.pool, "Username": "jane", "EventId": events(place)[0]["EventId"]}
    return place.idp.update_auth_event_feedback(
        **{**named, "FeedbackToken": text, "FeedbackValue": value, **changes}
    )


def test_the_token_gives_feedback_without_credentials(place: Place) -> None:
    text = token(mail(place)["body"])
    give(place, text, "Invalid")
    said = events(place)[0]["EventFeedback"]
    assert (said["FeedbackValue"], said["Provider"]) == ("Invalid", "User")
    assert refusal(elsewhere, place) == BLOCKED


def test_what_the_user_knows_is_known(place: Place) -> None:
    for _ in range(3):
        refusal(elsewhere, place, password="Wrong-Horse-9")
    assert refusal(elsewhere, place) == BLOCKED
    give(place, token(place.server.mails(EMAIL)[-1]["body"]))
    assert elsewhere(place)["AuthenticationResult"]


def test_attack_replay(place: Place) -> None:
    text = token(mail(place)["body"])
    give(place, text, "Invalid")
    assert refusal(give, place, text) == REFUSED
    assert events(place)[0]["EventFeedback"]["FeedbackValue"] == "Invalid"


def test_attack_the_same_token_at_the_same_moment(place: Place) -> None:
    text = token(mail(place)["body"])
    results = at_once(*[lambda value=value: give(place, text, value) for value in ("Valid", "Invalid") * 3])
    assert sum(isinstance(result, Exception) for result in results) == 5


def test_attack_an_old_token(place: Place) -> None:
    text = token(mail(place)["body"])
    place.server.clock.advance(7 * 86400)
    assert refusal(give, place, text) == REFUSED


def test_attack_a_forged_token(place: Place) -> None:
    text = token(mail(place)["body"])
    for forged in ("x", text[:-6] + "AAAAAA", text[4:], "=", "-_.="):
        assert refusal(give, place, forged) == REFUSED


def test_attack_a_token_of_another_event_user_or_pool(place: Place) -> None:
    text = token(mail(place)["body"])
    place.person("sue", email="sue@example.com")
    at_home(place, "sue")
    others = events(place, "sue")[0]["EventId"]
    assert refusal(give, place, text, EventId=others) == REFUSED
    assert refusal(give, place, text, Username="sue") == REFUSED
    assert refusal(give, place, text, Username="sue", EventId=others) == REFUSED
    assert refusal(give, place, text, Username="nobody") == REFUSED
    neighbour = protected(place.server)
    neighbour.person("jane")
    assert refusal(give, place, text, UserPoolId=neighbour.pool) == REFUSED
    give(place, text)


def test_attack_without_a_token_nobody_learns_who_exists(place: Place) -> None:
    mail(place)
    assert refusal(give, place, "x") == refusal(give, place, "x", Username="nobody") == REFUSED


def test_a_page_token_is_no_feedback_token(place: Place) -> None:
    mail(place)
    named = {"UserPoolId": place.pool, "Username": "jane", "MaxResults": 1}
    foreign = place.idp.admin_list_user_auth_events(**named)["NextToken"]
    assert refusal(give, place, foreign.replace("+", "-").replace("/", "_")) == REFUSED


# --- the page -----------------------------------------------------------------------------------------------


def opened(place: Place, link: str) -> tuple[Client, TestResponse]:
    browser = Client(place.server.application.wsgi)
    parts = urlsplit(link)
    return browser, browser.get(f"{parts.path}?{parts.query}")


def test_opening_a_link_changes_nothing_and_the_button_answers(place: Place) -> None:
    link = links(mail(place)["body"])[0]
    browser, page = opened(place, link)
    assert page.status_code == 200
    assert "Was it you?" in page.text
    assert "EventFeedback" not in events(place)[0]
    form = forms(page)[0]
    assert form.buttons == [("feedback_value", "Valid"), ("feedback_value", "Invalid")]
    done = browser.post(form.action, data={**form.fields, "feedback_value": "Invalid"})
    assert done.status_code == 200
    assert "Change your password now" in done.text
    said = events(place)[0]["EventFeedback"]
    assert (said["FeedbackValue"], said["Provider"]) == ("Invalid", "User")
    again = browser.post(form.action, data={**form.fields, "feedback_value": "Valid"})
    assert again.status_code == 400
    assert events(place)[0]["EventFeedback"]["FeedbackValue"] == "Invalid"


@pytest.mark.parametrize("value", ["", "Maybe", "<script>"])
def test_a_page_takes_no_other_answer(place: Place, value: str) -> None:
    browser, page = opened(place, links(mail(place)["body"])[0])
    form = forms(page)[0]
    assert browser.post(form.action, data={**form.fields, "feedback_value": value}).status_code == 400
    assert "EventFeedback" not in events(place)[0]


@pytest.mark.parametrize("query", ["", "feedback_token=x", "feedback_token=%00", "feedback_token=%C3%A9"])
def test_a_useless_link(place: Place, query: str) -> None:
    _, page = opened(place, f"http://localhost/authEventFeedback?{query}")
    assert page.status_code == 400
    assert "This link is not valid" in page.text


def test_the_sender_is_the_identity_s_address(place: Place) -> None:
    assert ARN.endswith("security@example.com")
    mail(place)
    written = b"".join(path.read_bytes() for path in (place.server.data / "outbox").glob("*.eml"))
    assert b"From: security@example.com" in written
