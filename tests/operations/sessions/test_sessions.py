"""Session tracking through boto3: what is listed, what is ended, how many there are at most."""

import re
from functools import partial

import pytest
from botocore.exceptions import ClientError

from poolhouse.flows import sessions
from support.people import at_once
from support.refusals import refusal
from support.sign_in import ALL_FLOWS, PASSWORD, make_place

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/120.0.0.0 Safari/537.36"
)
REVOKED = ("NotAuthorizedException", "Access Token has been revoked")
NONE_SUCH = ("ResourceNotFoundException", "Session does not exist.")
ROTATING = {
    "ExplicitAuthFlows": [flow for flow in ALL_FLOWS if "REFRESH" not in flow],
    "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10},
}


def track(place, limit=20, tracking="ENABLED"):
    return place.idp.set_user_pool_session_configuration(
        UserPoolId=place.pool, UserSessionTracking=tracking, TokenSession={"MaxPerUser": limit}
    )


@pytest.fixture
def place(server):
    made = make_place(server)
    made.person("jane")
    made.person("john")
    track(made)
    return made


def signed_in(place, name="jane"):
    return place.plain(name)["AuthenticationResult"]


def listed(place, tokens):
    return place.idp.list_user_sessions(AccessToken=tokens["AccessToken"])["Sessions"]


def listed_for(place, name="jane"):
    return place.idp.admin_list_user_sessions(UserPoolId=place.pool, Username=name)["Sessions"]


def current(place, tokens):
    (found,) = [each for each in listed(place, tokens) if each["IsCurrentSession"]]
    return found


def refresh(place, tokens):
    return place.idp.get_tokens_from_refresh_token(
        RefreshToken=tokens["RefreshToken"], ClientId=place.client
    )["AuthenticationResult"]


def alive(place, tokens):
    try:
        return bool(place.idp.get_user(AccessToken=tokens["AccessToken"]))
    except ClientError as error:
        if error.response["Error"]["Message"] != REVOKED[1]:
            raise
        return False


# --- what is listed --------------------------------------------------------------------------------------------


def test_a_sign_in_is_a_session(place):
    browser = place.another_client()
    browser.idp = place.server.client(user_agent=CHROME)
    first = signed_in(place)
    place.server.clock.advance(5)
    second = browser.plain("jane")["AuthenticationResult"]
    newest, oldest = listed(place, second)
    now = place.server.clock.now()
    assert re.fullmatch(r"tkn[a-z0-9]{25}", newest["SessionId"])
    assert newest["SessionId"] != oldest["SessionId"]
    assert {**newest, "SessionId": "", "CreateDate": 0, "LastActiveDate": 0} == {
        "SessionId": "",
        "SessionType": "TOKEN",
        "ClientId": browser.client,
        "CreateDate": 0,
        "LastActiveDate": 0,
        "DeviceType": "Windows 10, Chrome 120",
        "LastIPAddress": "127.0.0.1",
        "IsCurrentSession": True,
    }
    assert newest["CreateDate"].timestamp() == newest["LastActiveDate"].timestamp() == pytest.approx(now)
    assert oldest["CreateDate"].timestamp() == pytest.approx(now - 5)
    assert not oldest["IsCurrentSession"]
    assert oldest["DeviceType"].startswith("Linux")
    assert current(place, first)["SessionId"] == oldest["SessionId"]
    assert [each["SessionId"] for each in listed_for(place)] == [newest["SessionId"], oldest["SessionId"]]
    assert not any(each["IsCurrentSession"] for each in listed_for(place))
    assert listed_for(place, "john") == []


@pytest.mark.parametrize("rotating", [{}, ROTATING], ids=["kept", "rotated"])
def test_a_refresh_is_an_activity_of_the_same_session(place, rotating):
    place = place.another_client(**rotating)
    tokens = signed_in(place)
    before = current(place, tokens)
    place.server.clock.advance(60)
    place.idp = place.server.client(user_agent=CHROME)
    again = refresh(place, tokens)
    (after,) = listed(place, again)
    assert after["SessionId"] == before["SessionId"]
    assert after["CreateDate"] == before["CreateDate"]
    assert (after["LastActiveDate"] - before["LastActiveDate"]).total_seconds() == pytest.approx(60)
    assert (before["DeviceType"] == after["DeviceType"], after["DeviceType"]) == (
        False,
        "Windows 10, Chrome 120",
    )
    assert after["IsCurrentSession"]


def test_revoked_and_expired_sessions_are_not_listed(place):
    tokens, other = signed_in(place), signed_in(place)
    place.idp.revoke_token(Token=other["RefreshToken"], ClientId=place.client)
    (left,) = listed(place, tokens)
    assert left["IsCurrentSession"]
    place.server.clock.advance(30 * 86400)
    assert listed_for(place) == []


@pytest.mark.parametrize("how", ["sign-out", "disabled", "deleted"])
def test_signing_out_ends_all_sessions(place, how):
    for _ in range(2):
        signed_in(place)
    johns = signed_in(place, "john")
    names = {"UserPoolId": place.pool, "Username": "jane"}
    if how == "sign-out":
        place.idp.admin_user_global_sign_out(**names)
    elif how == "disabled":
        place.idp.admin_disable_user(**names)
    else:
        place.idp.admin_delete_user(**names)
        place.person("jane")
    assert listed_for(place) == []
    assert len(listed(place, johns)) == 1


def test_there_is_one_page(place):
    for function, who in (
        (place.idp.list_user_sessions, {"AccessToken": signed_in(place)["AccessToken"]}),
        (place.idp.admin_list_user_sessions, {"UserPoolId": place.pool, "Username": "jane"}),
    ):
        assert "NextToken" not in function(**who)
        assert refusal(function, NextToken="more", **who)[0] == "InvalidParameterException"


def test_without_tracking_nothing_is_listed(place):
    track(place, tracking="DISABLED")
    tokens = signed_in(place)
    assert listed(place, tokens) == listed_for(place) == []


def test_a_sign_in_from_before_is_tracked_from_its_next_refresh_on(place):
    track(place, tracking="DISABLED")
    tokens = signed_in(place)
    track(place)
    assert listed(place, tokens) == []
    refresh(place, tokens)
    assert current(place, tokens)["LastIPAddress"] == "127.0.0.1"


def test_what_a_user_agent_stands_for():
    assert sessions.device(CHROME) == "Windows 10, Chrome 120"
    assert sessions.device("okhttp/4.9.0") == "okhttp 4"
    for nothing in ("", "node", "x" * 500, "\x00\xff"):
        assert sessions.device(nothing) == "unknown"


# --- ending one ------------------------------------------------------------------------------------------------


def by_the_user(place, tokens, session, **options):
    return place.idp.revoke_user_session(AccessToken=tokens["AccessToken"], SessionId=session, **options)


def by_an_administrator(place, tokens, session, **options):
    return place.idp.admin_revoke_user_session(
        UserPoolId=place.pool, Username="jane", SessionId=session, **options
    )


@pytest.mark.parametrize("end", [by_the_user, by_an_administrator])
@pytest.mark.parametrize(
    "cascade", [{}, {"RevokeAssociatedSessions": "NONE"}, {"RevokeAssociatedSessions": "LINKED"}]
)
def test_ending_a_session_kills_its_tokens_and_no_others(place, end, cascade):
    kept, gone = signed_in(place), signed_in(place)
    refreshed = refresh(place, gone)
    session = current(place, gone)["SessionId"]
    end(place, kept, session, **cascade)
    assert not alive(place, gone)
    assert not alive(place, refreshed)
    assert refusal(partial(refresh, place), tokens=gone)[1] == "Refresh Token has been revoked"
    assert alive(place, kept)
    assert refresh(place, kept)
    assert [each["SessionId"] for each in listed_for(place)] == [current(place, kept)["SessionId"]]
    assert refusal(end, place=place, tokens=kept, session=session) == NONE_SUCH


def test_the_own_current_session_stays(place):
    tokens = signed_in(place)
    session = current(place, tokens)["SessionId"]
    code, message = refusal(by_the_user, place=place, tokens=tokens, session=session)
    assert (code, message) == ("InvalidParameterException", "The current session cannot be revoked.")
    assert alive(place, tokens)
    by_an_administrator(place, tokens, session)
    assert not alive(place, tokens)


@pytest.mark.parametrize("end", [by_the_user, by_an_administrator])
def test_attack_another_users_session(place, end):
    tokens, victim = signed_in(place), signed_in(place, "john")
    session = current(place, victim)["SessionId"]
    assert refusal(end, place=place, tokens=tokens, session=session) == NONE_SUCH
    assert alive(place, victim)


def test_attack_another_pools_session(place, server):
    other = make_place(server)
    other.person("jane")
    track(other)
    session = current(other, signed_in(other))["SessionId"]
    assert refusal(by_an_administrator, place=place, tokens=None, session=session) == NONE_SUCH
    assert len(listed_for(other)) == 1


def test_a_revoked_token_lists_and_ends_nothing(place):
    tokens, other = signed_in(place), signed_in(place)
    session = current(place, other)["SessionId"]
    place.idp.revoke_token(Token=tokens["RefreshToken"], ClientId=place.client)
    assert refusal(listed, place=place, tokens=tokens) == REVOKED
    assert refusal(by_the_user, place=place, tokens=tokens, session=session) == REVOKED


@pytest.mark.parametrize("session", ["tkn" + "z" * 25, "tkn" + "0" * 25, "sso" + "a" * 25])
def test_sessions_that_never_were(place, session):
    tokens = signed_in(place)
    for end in (by_the_user, by_an_administrator):
        assert refusal(end, place=place, tokens=tokens, session=session) == NONE_SUCH


@pytest.mark.parametrize("session", ["tkn" + "A" * 25, "tkn" + "a" * 24, "tkx" + "a" * 25])
def test_session_ids_have_a_form(place, session):
    tokens = signed_in(place)
    place.idp = place.server.client(parameter_validation=False)
    for end in (by_the_user, by_an_administrator):
        assert refusal(end, place=place, tokens=tokens, session=session)[0] == "InvalidParameterException"


def test_administrators_name_a_pool_and_a_user_that_exist(place):
    session = {"SessionId": "tkn" + "a" * 25}
    for function, more in (
        (place.idp.admin_list_user_sessions, {}),
        (place.idp.admin_revoke_user_session, session),
    ):
        nobody = refusal(function, UserPoolId=place.pool, Username="nobody", **more)
        assert nobody == ("UserNotFoundException", "User does not exist.")
        nowhere = refusal(function, UserPoolId="us-east-1_Nowhere00", Username="jane", **more)
        assert nowhere[0] == "ResourceNotFoundException"


def test_revoke_token_takes_its_option(place):
    for option in ("NONE", "LINKED"):
        tokens = signed_in(place)
        place.idp.revoke_token(
            Token=tokens["RefreshToken"], ClientId=place.client, RevokeAssociatedSessions=option
        )
        assert not alive(place, tokens)
    code, message = refusal(
        place.idp.revoke_token,
        Token=signed_in(place)["RefreshToken"],
        ClientId=place.client,
        RevokeAssociatedSessions="ALL",
    )
    assert code == "InvalidParameterException"
    assert "revokeAssociatedSessions" in message


# --- how many --------------------------------------------------------------------------------------------------


def test_the_least_recently_used_session_makes_room(place):
    track(place, 2)
    first = signed_in(place)
    place.server.clock.advance(1)
    second = signed_in(place)
    place.server.clock.advance(1)
    refresh(place, first)
    place.server.clock.advance(1)
    third = signed_in(place)
    assert [alive(place, each) for each in (first, second, third)] == [True, False, True]
    assert len(listed_for(place)) == 2


def test_one_at_a_time_over_all_clients_and_for_each_user(place):
    track(place, 1)
    johns = signed_in(place, "john")
    first = signed_in(place)
    second = signed_in(place.another_client())
    assert not alive(place, first)
    assert alive(place, second)
    assert alive(place, johns)


def test_a_wrong_password_ends_nothing(place):
    track(place, 1)
    tokens = signed_in(place)
    code, _ = refusal(place.plain, name="jane", password="Wrong-Horse-1")
    assert code == "NotAuthorizedException"
    assert alive(place, tokens)


def test_a_lower_limit_counts_at_the_next_sign_in(place):
    several = []
    for _ in range(4):
        several.append(signed_in(place))
        place.server.clock.advance(1)
    track(place, 2)
    assert all(alive(place, each) for each in several)
    last = signed_in(place)
    assert [alive(place, each) for each in (*several, last)] == [False, False, False, True, True]


def test_many_sign_ins_at_once_never_pass_the_limit(place):
    track(place, 3)
    results = at_once(*[partial(place.plain, "jane", PASSWORD)] * 12)
    tokens = [each["AuthenticationResult"] for each in results]
    assert len(listed_for(place)) == 3
    assert sum(alive(place, each) for each in tokens) == 3


def test_refreshes_beside_sign_ins_bring_no_session_back(place):
    track(place, 2)
    old = [signed_in(place) for _ in range(2)]
    at_once(
        *[partial(place.plain, "jane", PASSWORD)] * 3,
        *(partial(refresh, place, each) for each in old),
    )
    assert len(listed_for(place)) == 2


# --- the configuration -----------------------------------------------------------------------------------------


def test_a_pools_configuration(server):
    place = make_place(server)
    get = partial(place.idp.get_user_pool_session_configuration, UserPoolId=place.pool)

    def shown(answer):
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}

    assert shown(get()) == {
        "UserPoolId": place.pool,
        "UserSessionTracking": "DISABLED",
        "TokenSession": {"MaxPerUser": 20},
    }
    wanted = {"UserPoolId": place.pool, "UserSessionTracking": "ENABLED", "TokenSession": {"MaxPerUser": 100}}
    assert shown(track(place, 100)) == shown(get()) == wanted
    place.idp.update_user_pool(UserPoolId=place.pool, MfaConfiguration="OFF")
    assert shown(get()) == wanted
    described = place.idp.describe_user_pool(UserPoolId=place.pool)["UserPool"]
    assert not {"UserSessionTracking", "TokenSession"} & described.keys()
    place.idp = server.client(parameter_validation=False)
    for limit in (0, 101):
        assert refusal(track, place=place, limit=limit)[0] == "InvalidParameterException"


def test_a_clients_configuration(place):
    names = {"UserPoolId": place.pool, "ClientId": place.client}
    place.idp = place.server.client(parameter_validation=False)
    put = partial(place.idp.set_user_pool_client_session_configuration, **names)
    get = partial(place.idp.get_user_pool_client_session_configuration, **names)
    assert get()["SSOSession"] == {"MaxValidityMinutes": 60}
    for minutes in (0, 129600):
        assert put(SSOSession={"MaxValidityMinutes": minutes})["SSOSession"]["MaxValidityMinutes"] == minutes
        assert get()["SSOSession"]["MaxValidityMinutes"] == minutes
    assert get()["ClientId"] == place.client
    for minutes in (-1, 129601):
        too_far = refusal(put, SSOSession={"MaxValidityMinutes": minutes})
        assert too_far[0] == "InvalidParameterException"
    place.idp.update_user_pool_client(**names, ClientName="other")
    track(place, tracking="DISABLED")
    off = refusal(put, SSOSession={"MaxValidityMinutes": 5})
    assert off == ("OperationNotEnabledException", "User session tracking is not enabled for the user pool.")
    assert get()["SSOSession"]["MaxValidityMinutes"] == 129600, "dormant, not gone"
    described = place.idp.describe_user_pool_client(**names)["UserPoolClient"]
    assert not {"SSOSession", "sso_minutes"} & described.keys()


def test_below_essentials_there_is_no_tracking(place):
    flows = ["ALLOW_USER_PASSWORD_AUTH"]
    lite = make_place(place.server, client={"ExplicitAuthFlows": flows}, UserPoolTier="LITE")
    unavailable = "FeatureUnavailableInTierException"
    for tracking in ("ENABLED", "DISABLED"):
        assert refusal(track, place=lite, tracking=tracking)[0] == unavailable
    client = lite.idp.set_user_pool_client_session_configuration
    names = {"UserPoolId": lite.pool, "ClientId": lite.client}
    assert refusal(client, SSOSession={"MaxValidityMinutes": 1}, **names)[0] == unavailable
    assert lite.idp.get_user_pool_session_configuration(UserPoolId=lite.pool)["TokenSession"]
    down = refusal(place.idp.update_user_pool, UserPoolId=place.pool, UserPoolTier="LITE")
    assert down == (
        unavailable,
        "The following features need to be disabled for the LITE pricing tier configured: User Session Tracking",
    )
    track(place, tracking="DISABLED")
    place.idp.update_user_pool(UserPoolId=place.pool, UserPoolTier="LITE")


def test_pools_and_clients_that_are_not_there(place):
    nowhere = "us-east-1_Nowhere00"
    pool = place.idp.get_user_pool_session_configuration
    assert refusal(pool, UserPoolId=nowhere)[0] == "ResourceNotFoundException"
    client = place.idp.get_user_pool_client_session_configuration
    for names in ((nowhere, place.client), (place.pool, "nobody")):
        missing = refusal(client, UserPoolId=names[0], ClientId=names[1])
        assert missing[0] == "ResourceNotFoundException"
