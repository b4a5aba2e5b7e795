"""What is recorded of sign-ins and the like, and AdminListUserAuthEvents, which shows it."""

from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError

from operations.sign_in.conftest import arn
from operations.sign_in.test_custom_auth import TRIGGERS as CUSTOM
from poolhouse.store.engine import Link
from support.authenticator import set_mfa, with_app
from support.oauth import claims
from support.refusals import refusal
from support.risk import CHROME, events, on, protected, summary
from support.server import RunningServer
from support.sign_in import PASSWORD, Choosing, Place, make_place
from support.visitor import Visitor, answer_of, forms, hosted_place

RIGHT, WRONG = ("Password", "Success"), ("Password", "Failure")
NO_RISK = {"RiskDecision": "NoRisk", "CompromisedCredentialsDetected": False}


def access_token(answered: dict[str, Any]) -> str:
    return str(answered["AuthenticationResult"]["AccessToken"])


def test_a_sign_in_is_an_event_and_its_tokens_name_it(place: Place) -> None:
    token = access_token(place.plain())
    (event,) = events(place)
    assert summary(event) == ("SignIn", "Pass", [RIGHT])
    assert event["EventId"] == claims(token)["event_id"]
    assert event["CreationDate"].timestamp() == place.server.clock.now()
    assert event["EventRisk"] == NO_RISK
    assert event["EventContextData"]["IpAddress"] == "127.0.0.1"
    assert not {"City", "Country", "Timezone"} & set(event["EventContextData"]), "nothing is made up"
    assert "EventFeedback" not in event


def test_refreshed_tokens_name_it_too_and_are_no_event(place: Place) -> None:
    signed_in = place.plain()
    refreshed = place.idp.initiate_auth(
        AuthFlow="REFRESH_TOKEN_AUTH",
        ClientId=place.client,
        AuthParameters={"REFRESH_TOKEN": signed_in["AuthenticationResult"]["RefreshToken"]},
    )
    (event,) = events(place)
    assert claims(access_token(refreshed))["event_id"] == event["EventId"]


def test_a_wrong_password_fails(place: Place) -> None:
    refusal(place.plain, password="Wrong-Horse-9")
    assert [summary(event) for event in events(place)] == [("SignIn", "Fail", [WRONG])]


def test_an_answer_during_a_lock_says_nothing_of_the_password(place: Place) -> None:
    for _ in range(5):
        refusal(place.plain, password="Wrong-Horse-9")
    place.server.clock.advance(0.5)
    assert refusal(place.plain)[1] == "Password attempts exceeded"
    assert summary(events(place)[0]) == ("SignIn", "Fail", [])


def test_srp_is_one_event_over_both_requests(place: Place) -> None:
    srp = place.srp()
    started = srp.start()
    assert [summary(event) for event in events(place)] == [("SignIn", "InProgress", [])]
    begun = place.server.clock.now()
    place.server.clock.advance(5)
    token = access_token(srp.answer(srp.claim(started)))
    (event,) = events(place)
    assert summary(event) == ("SignIn", "Pass", [RIGHT])
    assert event["CreationDate"].timestamp() == begun
    assert event["EventId"] == claims(token)["event_id"]


def test_a_second_factor_is_told_of_right_and_wrong(server: RunningServer) -> None:
    place = protected(server, "AUDIT")
    place.person()
    set_mfa(place, "OPTIONAL", "SOFTWARE_TOKEN_MFA")
    app = with_app(place)
    asked = place.plain()
    answers = {"USERNAME": "jane"}
    session = asked["Session"]
    with suppress(ClientError):
        place.respond("SOFTWARE_TOKEN_MFA", session, {**answers, "SOFTWARE_TOKEN_MFA_CODE": app.wrong()})
    failure = [RIGHT, ("Mfa", "Failure")]
    assert summary(events(place)[0]) == ("SignIn", "Fail", failure)
    done = place.respond("SOFTWARE_TOKEN_MFA", session, {**answers, "SOFTWARE_TOKEN_MFA_CODE": app.code()})
    event = events(place)[0]
    assert summary(event) == ("SignIn", "Pass", [*failure, ("Mfa", "Success")])
    assert event["EventId"] == claims(access_token(done))["event_id"]


def test_a_choice_is_one_event(place: Place) -> None:
    way = Choosing(place)
    done = way.choose(way.begin(), "PASSWORD", PASSWORD=PASSWORD)
    (event,) = events(place)
    assert summary(event) == ("SignIn", "Pass", [RIGHT])
    assert event["EventId"] == claims(access_token(done))["event_id"]


def test_a_custom_sign_in_is_one_event(triggered: RunningServer) -> None:
    place = protected(triggered, "AUDIT", LambdaConfig=CUSTOM)
    place.person()
    asked = place.idp.initiate_auth(
        AuthFlow="CUSTOM_AUTH", ClientId=place.client, AuthParameters={"USERNAME": "jane"}
    )
    assert asked["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert [summary(event) for event in events(place)] == [("SignIn", "InProgress", [])]


def test_a_trigger_that_refuses_fails_it(triggered: RunningServer) -> None:
    place = protected(triggered, "AUDIT", LambdaConfig={"PreAuthentication": arn("refuse")})
    place.person()
    assert refusal(place.plain)[0] == "UserLambdaValidationException"
    assert [summary(event) for event in events(place)] == [("SignIn", "Fail", [])]


def test_who_is_refused_after_a_right_password_has_failed(place: Place) -> None:
    place.idp.admin_disable_user(UserPoolId=place.pool, Username="jane")
    refusal(place.plain)
    assert [summary(event) for event in events(place)] == [("SignIn", "Fail", [RIGHT])]


def test_a_new_password_that_is_refused_leaves_the_sign_in_where_it_stands(server: RunningServer) -> None:
    place = protected(server, "AUDIT")
    place.invite()
    asked = place.plain()
    weak = {"USERNAME": "jane", "NEW_PASSWORD": "short1"}
    assert (
        refusal(place.respond, asked["ChallengeName"], asked["Session"], weak)[0]
        == "InvalidPasswordException"
    )
    assert [summary(event) for event in events(place)] == [("SignIn", "InProgress", [RIGHT])]
    place.respond(asked["ChallengeName"], asked["Session"], {**weak, "NEW_PASSWORD": "Another-Horse-9"})
    assert [summary(event) for event in events(place)] == [("SignIn", "Pass", [RIGHT])]


def test_pages_record_like_the_api(server: RunningServer) -> None:
    place = hosted_place(server, **on("AUDIT"))
    place.person()
    visitor = Visitor(place)
    visitor.sign_in(password="Wrong-Horse-9")
    server.clock.advance(1)
    form = forms(visitor.get("/login"))[0]
    typed = {**form.fields, "username": "jane", "password": PASSWORD}
    signed_in = visitor.post(form.action, typed, headers={"User-Agent": CHROME})
    code = answer_of(signed_in)["code"]
    right, wrong = events(place)
    assert summary(wrong) == ("SignIn", "Fail", [WRONG])
    assert summary(right) == ("SignIn", "Pass", [RIGHT])
    assert right["EventContextData"]["DeviceName"] == "Chrome 125, Windows 10"
    redeemed = {
        "grant_type": "authorization_code",
        "client_id": place.client,
        "code": code,
        "redirect_uri": visitor.query["redirect_uri"],
    }
    tokens = visitor.client.post("/oauth2/token", data=redeemed).json
    assert claims(tokens["access_token"])["event_id"] == right["EventId"]
    visitor.get("/oauth2/authorize")
    assert len(events(place)) == 2, "who is signed in already signs in no more"


def test_an_administrator_tells_address_and_device(place: Place) -> None:
    context = {
        "IpAddress": "203.0.113.7",
        "ServerName": "app.example.com",
        "ServerPath": "/",
        "HttpHeaders": [{"headerName": "User-Agent", "headerValue": CHROME}],
    }
    place.idp.admin_initiate_auth(
        UserPoolId=place.pool,
        ClientId=place.client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "jane", "PASSWORD": PASSWORD},
        ContextData=context,
    )
    (event,) = events(place)
    assert event["EventContextData"] == {"IpAddress": "203.0.113.7", "DeviceName": "Chrome 125, Windows 10"}


def test_sign_up_resend_forgotten_and_changed_passwords(server: RunningServer) -> None:
    place = protected(server, "AUDIT", AutoVerifiedAttributes=["email"])
    named = {"ClientId": place.client, "Username": "sue"}
    mail = [{"Name": "email", "Value": "sue@example.com"}]
    place.idp.sign_up(**named, Password=PASSWORD, UserAttributes=mail)
    place.idp.resend_confirmation_code(**named)
    place.idp.confirm_sign_up(**named, ConfirmationCode=server.code("sue@example.com"))
    place.idp.forgot_password(**named)
    code = server.code("sue@example.com")
    wrong = "000000" if code != "000000" else "111111"
    refusal(place.idp.confirm_forgot_password, **named, ConfirmationCode=wrong, Password=PASSWORD)
    place.idp.confirm_forgot_password(**named, ConfirmationCode=code, Password="Another-Horse-9")
    token = access_token(place.plain("sue", "Another-Horse-9"))
    change = place.idp.change_password
    refusal(change, AccessToken=token, PreviousPassword="Wrong-Horse-9", ProposedPassword=PASSWORD)
    change(AccessToken=token, PreviousPassword="Another-Horse-9", ProposedPassword=PASSWORD)
    happened = sorted(summary(event)[:2] for event in events(place, "sue"))
    assert happened == [
        ("ForgotPassword", "Fail"),
        ("ForgotPassword", "InProgress"),
        ("ForgotPassword", "Pass"),
        ("PasswordChange", "Fail"),
        ("PasswordChange", "Pass"),
        ("ResendCode", "Pass"),
        ("SignIn", "Pass"),
        ("SignUp", "Pass"),
    ]


def test_pages_of_the_list_stay_true_while_events_come(place: Place) -> None:
    for _ in range(5):
        place.plain()
        place.server.clock.advance(1)
    of_jane = {"UserPoolId": place.pool, "Username": "jane", "MaxResults": 2}
    all_ids = [event["EventId"] for event in events(place)]
    found, token = [], {}
    while True:
        page = place.idp.admin_list_user_auth_events(**of_jane, **token)
        found += [event["EventId"] for event in page["AuthEvents"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
        place.plain()
    assert found == all_ids
    times = [event["CreationDate"] for event in events(place)]
    assert times == sorted(times, reverse=True)


def test_attack_a_page_token_of_another_user(place: Place) -> None:
    place.person("sue")
    for _ in range(2):
        place.plain()
    listed = place.idp.admin_list_user_auth_events
    token = listed(UserPoolId=place.pool, Username="jane", MaxResults=1)["NextToken"]
    assert refusal(listed, UserPoolId=place.pool, Username="sue", NextToken=token)[0] == (
        "InvalidParameterException"
    )


def test_without_threat_protection_nothing_is_recorded_and_nothing_paid(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.application.background.stop()
    place = make_place(server, UserPoolTier="PLUS")
    place.person()
    seen: list[Any] = []
    run = Link.run
    monkeypatch.setattr(
        Link, "run", lambda link, statement, **v: seen.append(statement) or run(link, statement, **v)
    )
    place.plain()
    refusal(place.plain, password="Wrong-Horse-9")
    assert seen
    assert not [statement for statement in seen if "auth_events" in str(statement.core)]
    listed = place.idp.admin_list_user_auth_events
    assert refusal(listed, UserPoolId=place.pool, Username="jane")[0] == "UserPoolAddOnNotEnabledException"
    place.idp.update_user_pool(UserPoolId=place.pool, **on("AUDIT"))
    server.clock.advance(3)
    assert events(place) == []


def test_in_audit_a_sign_in_waits_for_two_transactions(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is counted in the one that begins the family; the event comes after it."""
    place.server.application.background.stop()
    place.plain()  # signing keys are made at first need
    kind = type(place.server.store)
    write, seen = kind.write, []
    monkeypatch.setattr(kind, "write", lambda store, work: seen.append(1) or write(store, work))
    token = access_token(place.plain())
    assert len(seen) == 2
    assert claims(token)["event_id"] in {event["EventId"] for event in events(place)}


def test_unknown_pool_and_user(place: Place) -> None:
    listed = place.idp.admin_list_user_auth_events
    assert refusal(listed, UserPoolId="us-east-1_none", Username="jane")[0] == "ResourceNotFoundException"
    assert refusal(listed, UserPoolId=place.pool, Username="nobody")[0] == "UserNotFoundException"


def test_events_go_with_their_user(place: Place) -> None:
    place.plain()
    place.idp.admin_delete_user(UserPoolId=place.pool, Username="jane")
    place.person()
    assert events(place) == []


def test_an_administrator_says_whether_it_was_the_user(place: Place) -> None:
    place.plain()
    (event,) = events(place)
    named = {"UserPoolId": place.pool, "Username": "jane", "EventId": event["EventId"]}
    say = place.idp.admin_update_auth_event_feedback
    say(**named, FeedbackValue="Invalid")
    place.server.clock.advance(5)
    say(**named, FeedbackValue="Valid")
    feedback = events(place)[0]["EventFeedback"]
    assert (feedback["FeedbackValue"], feedback["Provider"]) == ("Valid", "Admin")
    assert feedback["FeedbackDate"].timestamp() == place.server.clock.now()
    place.person("sue")
    of_another = {**named, "Username": "sue"}
    assert refusal(say, **of_another, FeedbackValue="Valid")[0] == "ResourceNotFoundException"
    assert (
        refusal(say, **{**named, "Username": "nobody"}, FeedbackValue="Valid")[0] == "UserNotFoundException"
    )
