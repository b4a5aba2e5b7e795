"""Groups in tokens: at every sign-in and refresh, and in PreTokenGeneration's event (digest «users» §6.1)."""

import base64
import json
import time

import pytest

from operations.sign_in.conftest import arn
from support.sign_in import PASSWORD, Choosing, make_place

ADMINS, READERS = (f"arn:aws:iam::123456789012:role/{name}" for name in ("admins", "readers"))


def claims(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def said(result):
    """Return what both tokens of an answer say of groups: the ID token's three claims, the access token's."""
    identity, access = claims(result["IdToken"]), claims(result["AccessToken"])
    assert not {"cognito:roles", "cognito:preferred_role"} & access.keys()
    assert identity.get("cognito:groups") == access.get("cognito:groups")
    return tuple(identity.get(f"cognito:{name}") for name in ("groups", "roles", "preferred_role"))


NOTHING = (None, None, None)


@pytest.fixture
def place(server):
    made = make_place(
        server,
        AutoVerifiedAttributes=["email"],
        Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}},
    )
    made.person("jane", email="jane@example.com", email_verified="true")
    return made


def make(place, name, **members):
    place.idp.create_group(UserPoolId=place.pool, GroupName=name, **members)


def add(place, group, username="jane"):
    place.idp.admin_add_user_to_group(UserPoolId=place.pool, Username=username, GroupName=group)


def remove(place, group):
    place.idp.admin_remove_user_from_group(UserPoolId=place.pool, Username="jane", GroupName=group)


def signed_in(place):
    return place.plain()["AuthenticationResult"]


def refreshed(place, result):
    return place.idp.initiate_auth(
        AuthFlow="REFRESH_TOKEN_AUTH",
        ClientId=place.client,
        AuthParameters={"REFRESH_TOKEN": result["RefreshToken"]},
    )["AuthenticationResult"]


def test_each_change_is_in_the_next_tokens(place):
    first = signed_in(place)
    assert said(first) == NOTHING
    make(place, "readers", RoleArn=READERS, Precedence=5)
    make(place, "admins", RoleArn=ADMINS, Precedence=1)
    add(place, "readers")
    assert said(signed_in(place)) == said(refreshed(place, first)) == (["readers"], [READERS], READERS)
    add(place, "admins")
    both = (["admins", "readers"], [ADMINS, READERS], ADMINS)
    assert said(signed_in(place)) == said(refreshed(place, first)) == both
    place.idp.update_group(UserPoolId=place.pool, GroupName="admins", Precedence=9)
    other = (["readers", "admins"], [READERS, ADMINS], READERS)
    assert said(signed_in(place)) == said(refreshed(place, first)) == other
    place.idp.delete_group(UserPoolId=place.pool, GroupName="readers")
    assert said(signed_in(place)) == said(refreshed(place, first)) == (["admins"], [ADMINS], ADMINS)
    remove(place, "admins")
    assert said(signed_in(place)) == said(refreshed(place, first)) == NOTHING


def test_every_way_to_sign_in(place):
    make(place, "readers", RoleArn=READERS)
    add(place, "readers")
    wanted = (["readers"], [READERS], READERS)
    srp = place.srp()
    admin = place.idp.admin_initiate_auth(
        UserPoolId=place.pool,
        ClientId=place.client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "jane", "PASSWORD": PASSWORD},
    )
    choosing = Choosing(place)
    asked = choosing.prefer("EMAIL_OTP")
    code = choosing.answer(asked, EMAIL_OTP_CODE=place.server.code("jane@example.com"))
    rotating = place.another_client(
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
    )
    rotated = place.idp.get_tokens_from_refresh_token(
        ClientId=rotating.client, RefreshToken=signed_in(rotating)["RefreshToken"]
    )
    for answer in (
        place.plain(),
        srp.answer(srp.claim(srp.start())),
        admin,
        code,
        choosing.prefer("PASSWORD", PASSWORD=PASSWORD),
        rotated,
    ):
        assert said(answer["AuthenticationResult"]) == wanted


def test_a_new_password_and_a_second_factor_end_with_groups_too(server):
    place = make_place(server, AutoVerifiedAttributes=["email"])
    place.invite("jane")
    make(place, "readers")
    add(place, "readers")
    asked = place.plain()
    answer = place.respond(
        "NEW_PASSWORD_REQUIRED", asked["Session"], {"USERNAME": "jane", "NEW_PASSWORD": "Other-Horse-10"}
    )
    assert said(answer["AuthenticationResult"]) == (["readers"], None, None)


def test_a_deleted_group_leaves_a_thousand_members_tokens_at_once(place):
    """Its members' rows go later: none of them is read."""
    make(place, "readers")
    add(place, "readers")
    store, pool = place.server.store, place.pool

    def crowd(tx):
        group = tx.groups.get(pool, "readers")
        for number in range(1000):
            tx.groups.join(group, f"nobody-{number}")

    store.write(crowd)
    began = time.monotonic()
    place.idp.delete_group(UserPoolId=pool, GroupName="readers")
    assert time.monotonic() - began < 1
    assert said(signed_in(place)) == NOTHING
    make(place, "readers")
    assert said(signed_in(place)) == NOTHING


def test_the_trigger_sees_the_groups_and_keeps_or_changes_them(triggered, fired):
    place = make_place(
        triggered,
        LambdaConfig={
            "PreTokenGenerationConfig": {"LambdaArn": arn("record"), "LambdaVersion": "V2_0"},
        },
    )
    place.person()
    make(place, "readers", RoleArn=READERS, Precedence=2)
    make(place, "admins", RoleArn=ADMINS, Precedence=1)
    for group in ("readers", "admins"):
        add(place, group)
    result = signed_in(place)
    shown = {
        "groupsToOverride": ["admins", "readers"],
        "iamRolesToOverride": [ADMINS, READERS],
        "preferredRole": ADMINS,
    }
    assert fired[-1]["request"]["groupConfiguration"] == shown
    assert said(result) == (["admins", "readers"], [ADMINS, READERS], ADMINS)
    remove(place, "admins")
    refreshed(place, result)
    assert fired[-1]["triggerSource"] == "TokenGeneration_RefreshTokens"
    assert fired[-1]["request"]["groupConfiguration"] == {
        "groupsToOverride": ["readers"],
        "iamRolesToOverride": [READERS],
        "preferredRole": READERS,
    }
