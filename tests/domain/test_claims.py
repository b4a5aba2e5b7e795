"""What tokens say, and what a trigger may change of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain import claims
from poolhouse.domain.claims import Groups, Issue
from poolhouse.domain.client import Client
from poolhouse.domain.user import Status, User

ATTRIBUTES = {
    "email": "ann@example.com",
    "email_verified": "true",
    "phone_number_verified": "false",
    "address": "1 High Street",
    "updated_at": "1700000000",
    "custom:level": "5",
    "dev:custom:secret": "x",
    "name": "Ann",
}
USER = User("us-east-1_A", "sub-1", "ann", Status.CONFIRMED, True, 0, 0, ATTRIBUTES)
ISSUE = Issue("http://localhost/us-east-1_A", "event-1", "origin-1", 1000.7, 2000.9)
GROUPS = Groups(["admins", "staff"], ["arn:role"], "arn:role")


def client(**config):
    return Client("us-east-1_A", "client-1", "c", 0, 0, config)


def test_the_access_token_of_the_api_in_the_services_order():
    made = claims.access_claims(USER, client(), ISSUE, Groups(), "jti-1", scopes=[claims.SELF_SERVICE_SCOPE])
    assert list(made.items()) == [
        ("sub", "sub-1"),
        ("iss", "http://localhost/us-east-1_A"),
        ("client_id", "client-1"),
        ("origin_jti", "origin-1"),
        ("event_id", "event-1"),
        ("token_use", "access"),
        ("scope", "aws.cognito.signin.user.admin"),
        ("auth_time", 1000),
        ("exp", 5600),
        ("iat", 2000),
        ("jti", "jti-1"),
        ("username", "ann"),
    ]


def test_the_id_token_of_the_api():
    assert claims.id_claims(USER, client(), ISSUE, Groups(), "jti-2") == {
        "sub": "sub-1",
        "iss": "http://localhost/us-east-1_A",
        "cognito:username": "ann",
        "origin_jti": "origin-1",
        "aud": "client-1",
        "event_id": "event-1",
        "token_use": "id",
        "auth_time": 1000,
        "exp": 5600,
        "iat": 2000,
        "jti": "jti-2",
        "email": "ann@example.com",
        "email_verified": True,
        "phone_number_verified": False,
        "address": {"formatted": "1 High Street"},
        "updated_at": 1700000000,
        "custom:level": "5",
        "name": "Ann",
    }


def test_lives_are_the_clients():
    lives = client(
        AccessTokenValidity=5,
        IdTokenValidity=2,
        TokenValidityUnits={"AccessToken": "minutes", "IdToken": "hours"},
    )
    assert claims.access_claims(USER, lives, ISSUE, Groups(), "j", scopes=[])["exp"] == 2000 + 300
    assert claims.id_claims(USER, lives, ISSUE, Groups(), "j")["exp"] == 2000 + 7200


def test_no_origin_where_the_client_forbids_revocation():
    off = client(EnableTokenRevocation=False)
    access = claims.access_claims(USER, off, ISSUE, Groups(), "j", scopes=[])
    assert "origin_jti" not in access
    assert access["jti"] == "j"
    assert not {"origin_jti", "jti"} & claims.id_claims(USER, off, ISSUE, Groups(), "j").keys()


def test_tokens_that_rotate_name_their_origin_even_where_they_cannot_be_revoked():
    rotating = client(EnableTokenRevocation=False, RefreshTokenRotation={"Feature": "ENABLED"})
    assert claims.access_claims(USER, rotating, ISSUE, Groups(), "j", scopes=[])["origin_jti"] == "origin-1"
    identity = claims.id_claims(USER, rotating, ISSUE, Groups(), "j")
    assert (identity["origin_jti"], identity["jti"]) == ("origin-1", "j")


def test_only_attributes_that_the_client_may_read():
    made = claims.id_claims(USER, client(ReadAttributes=["email"]), ISSUE, Groups(), "j")
    assert made["email"] == "ann@example.com"
    assert not {"email_verified", "name", "custom:level", "address"} & made.keys()


def test_an_updated_at_that_is_no_number_stays_text():
    user = User("p", "s", "u", Status.CONFIRMED, True, 0, 0, {"updated_at": "²", "custom:b": "true"})
    made = claims.id_claims(user, client(), ISSUE, Groups(), "j")
    assert (made["updated_at"], made["custom:b"]) == ("²", "true")


def test_groups_and_roles():
    made = claims.id_claims(USER, client(), ISSUE, GROUPS, "j")
    assert made["cognito:groups"] == ["admins", "staff"]
    assert made["cognito:roles"] == ["arn:role"]
    assert made["cognito:preferred_role"] == "arn:role"
    access = claims.access_claims(USER, client(), ISSUE, GROUPS, "j", scopes=[])
    assert access["cognito:groups"] == ["admins", "staff"]
    assert not {"cognito:roles", "cognito:preferred_role"} & access.keys()
    bare = claims.id_claims(USER, client(), ISSUE, Groups(["g"]), "j")
    assert not {"cognito:roles", "cognito:preferred_role"} & bare.keys()


ID = claims.id_claims(USER, client(), ISSUE, GROUPS, "j")
ACCESS = claims.access_claims(USER, client(), ISSUE, GROUPS, "j", scopes=["a"])
NAMES = st.sampled_from([*ID, *ACCESS, *claims._RESERVED, "cognito:x", "dev:x", "plan", "scope"]) | st.text()
VALUES = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text(), max_size=2)


def untouchable(name):
    return name in claims._RESERVED or name.startswith("cognito:")


@given(st.dictionaries(NAMES, VALUES), st.lists(NAMES))
def test_reserved_claims_never_change_whatever_the_answer(add, suppress):
    for made, change in ((ID, claims.change_id_claims), (ACCESS, claims.change_access_claims)):
        after = change(made, add, suppress)
        suppressed = claims._GROUP_CLAIMS if "cognito:groups" in suppress else ()
        before = {k: v for k, v in made.items() if k not in suppressed}
        reserved_after = {k: v for k, v in after.items() if untouchable(k)}
        if before.get("token_use") == "access":
            reserved_after.pop("aud", None)
            assert after.get("aud", "client-1") == "client-1"
            assert after["scope"] == "a"
        assert reserved_after == {k: v for k, v in before.items() if untouchable(k)}
        assert not any(name in after for name in suppress if not untouchable(name) and name != "scope")
        assert not any(name.startswith("dev:") for name in after)


def test_adding_overriding_and_suppressing():
    add = {"plan": {"tier": ["gold", 1, True]}, "name": "Bea", "email": "x"}
    after = claims.change_id_claims(ID, add, ["email", "custom:level"])
    assert after["plan"] == {"tier": ["gold", 1, True]}
    assert after["name"] == "Bea"
    assert not {"email", "custom:level"} & after.keys()


def test_suppressing_groups_suppresses_roles():
    after = claims.change_id_claims(ID, {}, ["cognito:groups"])
    assert not any(name in after for name in claims._GROUP_CLAIMS)
    assert claims.change_id_claims(ID, {}, ["cognito:roles"]) == ID


@pytest.mark.parametrize("name", ["email_verified", "phone_number_verified", "updated_at", "address"])
def test_these_take_strings_only(name):
    assert claims.change_id_claims(ID, {name: {"formatted": "x"}}, [])[name] == ID[name]
    assert claims.change_id_claims(ID, {name: "x"}, [])[name] == "x"


def test_aud_of_the_access_token_is_the_client_or_nothing():
    assert claims.change_access_claims(ACCESS, {"aud": "client-1"}, [])["aud"] == "client-1"
    assert "aud" not in claims.change_access_claims(ACCESS, {"aud": "other"}, [])


def test_scopes():
    granted = [claims.SELF_SERVICE_SCOPE, "openid"]
    assert claims.change_scopes(granted, ["api/read", "openid"], []) == [*granted, "api/read"]
    assert claims.change_scopes(granted, ["api/read"], ["api/read", "openid"]) == [claims.SELF_SERVICE_SCOPE]
    assert claims.change_scopes(["openid"], [claims.SELF_SERVICE_SCOPE, "aws.cognito.x", ""], []) == [
        "openid"
    ]
    assert claims.change_scopes(granted, [], granted) == []
    assert "scope" not in claims.access_claims(USER, client(), ISSUE, Groups(), "j", scopes=[])
