"""Sessions of browsers among a user's sessions: listed, linked with the tokens that came of them, ended."""

import pytest

from support.refusals import refusal
from support.sign_in import Place
from support.visitor import CALLBACK, Visitor, answer_of, hosted_place


@pytest.fixture
def place(server) -> Place:
    made = hosted_place(server)
    made.person("jane")
    made.idp.set_user_pool_session_configuration(
        UserPoolId=made.pool, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 20}
    )
    server.clock.advance(3)  # others' settings are remembered for two seconds
    return made


def tokens_of(visitor: Visitor, response) -> dict[str, str]:
    """Redeem the code of an answer."""
    form = {
        "grant_type": "authorization_code",
        "client_id": visitor.query["client_id"],
        "code": answer_of(response)["code"],
        "redirect_uri": CALLBACK,
    }
    return visitor.client.post("/oauth2/token", data=form).json


def signed_in(place: Place, **query: str) -> tuple[Visitor, dict[str, str]]:
    visitor = Visitor(place, scope="openid aws.cognito.signin.user.admin", **query)
    return visitor, tokens_of(visitor, visitor.sign_in())


def listed(place: Place, kind: str) -> list[dict]:
    found = place.idp.admin_list_user_sessions(UserPoolId=place.pool, Username="jane")["Sessions"]
    return [each for each in found if each["SessionType"] == kind]


def is_signed_in(visitor: Visitor) -> bool:
    return "code" in answer_of(visitor.get("/oauth2/authorize", prompt="none"))


def is_good(place: Place, tokens: dict[str, str]) -> bool:
    try:
        place.idp.get_user(AccessToken=tokens["access_token"])
    except place.idp.exceptions.NotAuthorizedException:
        return False
    return True


def test_a_sign_in_at_the_pages_is_two_sessions(place):
    visitor, tokens = signed_in(place)
    again = tokens_of(visitor, visitor.get("/oauth2/authorize"))
    (browser,), both = listed(place, "SSO"), listed(place, "TOKEN")
    assert browser["SessionId"].startswith("sso")
    assert len(browser["SessionId"]) == 28
    assert browser["ClientId"] == place.client
    assert "OriginSessionId" not in browser
    assert browser["IsCurrentSession"] is False
    assert {each["OriginSessionId"] for each in both} == {browser["SessionId"]}
    assert len(both) == 2
    mine = place.idp.list_user_sessions(AccessToken=again["access_token"])["Sessions"]
    assert [each["IsCurrentSession"] for each in mine if each["SessionType"] == "TOKEN"].count(True) == 1
    assert len(mine) == 3
    place.plain("jane")
    assert [each for each in listed(place, "TOKEN") if "OriginSessionId" not in each]
    assert is_good(place, tokens)


def test_without_tracking_none_is_listed(server):
    place = hosted_place(server)
    place.person("jane")
    signed_in(place)
    assert place.idp.admin_list_user_sessions(UserPoolId=place.pool, Username="jane")["Sessions"] == []


def revoke(place: Place, session: dict, **options: str) -> None:
    place.idp.admin_revoke_user_session(
        UserPoolId=place.pool, Username="jane", SessionId=session["SessionId"], **options
    )


def test_ending_a_browser_s_session_leaves_the_tokens(place):
    visitor, tokens = signed_in(place)
    revoke(place, listed(place, "SSO")[0])
    assert not is_signed_in(visitor)
    assert is_good(place, tokens)
    assert listed(place, "SSO") == []


def test_ending_it_linked_ends_all_that_came_of_it(place):
    visitor, tokens = signed_in(place)
    again = tokens_of(visitor, visitor.get("/oauth2/authorize"))
    other, kept = signed_in(place)
    first = next(
        each["OriginSessionId"]
        for each in place.idp.list_user_sessions(AccessToken=tokens["access_token"])["Sessions"]
        if each["IsCurrentSession"]
    )
    revoke(place, {"SessionId": first}, RevokeAssociatedSessions="LINKED")
    assert not is_signed_in(visitor)
    assert not is_good(place, tokens)
    assert not is_good(place, again)
    assert is_signed_in(other)
    assert is_good(place, kept)


def test_ending_a_token_session_with_its_browser_s(place):
    visitor, tokens = signed_in(place)
    again = tokens_of(visitor, visitor.get("/oauth2/authorize"))
    (session,) = [
        each
        for each in place.idp.list_user_sessions(AccessToken=tokens["access_token"])["Sessions"]
        if each["IsCurrentSession"]
    ]
    place.idp.revoke_user_session(AccessToken=again["access_token"], SessionId=session["SessionId"])
    assert not is_good(place, tokens)
    assert is_signed_in(visitor)
    third = tokens_of(visitor, visitor.get("/oauth2/authorize"))
    (session,) = [
        each
        for each in place.idp.list_user_sessions(AccessToken=third["access_token"])["Sessions"]
        if each["IsCurrentSession"]
    ]
    revoke(place, session, RevokeAssociatedSessions="LINKED")
    assert not is_good(place, third)
    assert not is_signed_in(visitor)
    assert is_good(place, again), "other token sessions of it stay"


@pytest.mark.parametrize(
    ("options", "stays"),
    [
        ({}, True),
        ({"RevokeAssociatedSessions": "NONE"}, True),
        ({"RevokeAssociatedSessions": "LINKED"}, False),
    ],
)
def test_revoking_a_refresh_token(place, options, stays):
    visitor, tokens = signed_in(place)
    place.idp.revoke_token(Token=tokens["refresh_token"], ClientId=place.client, **options)
    assert not is_good(place, tokens)
    assert is_signed_in(visitor) is stays


def test_linked_means_nothing_where_sessions_are_not_tracked(server):
    place = hosted_place(server)
    place.person("jane")
    visitor, tokens = signed_in(place)
    place.idp.revoke_token(
        Token=tokens["refresh_token"], ClientId=place.client, RevokeAssociatedSessions="LINKED"
    )
    assert is_signed_in(visitor)


def test_a_browser_s_session_of_somebody_else(place):
    place.person("john")
    signed_in(place)
    (browser,) = listed(place, "SSO")
    assert refusal(
        place.idp.admin_revoke_user_session,
        UserPoolId=place.pool,
        Username="john",
        SessionId=browser["SessionId"],
    ) == ("ResourceNotFoundException", "Session does not exist.")
