"""AdminGetUser, AdminEnableUser, AdminDisableUser, AdminDeleteUser and DeleteUser (digest «users» §3.10, §6.3)."""

import pytest

from support.folk import AUTO_EMAIL, EMAIL, people
from support.refusals import refusal

GONE = ("UserNotFoundException", "User does not exist.")
WRONG = ("NotAuthorizedException", "Incorrect username or password.")
BY_NAME = ["admin_get_user", "admin_enable_user", "admin_disable_user", "admin_delete_user"]


@pytest.fixture
def pool(server):
    made = people(server, AliasAttributes=["email"], **AUTO_EMAIL)
    made.confirmed("jane", email=EMAIL, email_verified="true")
    return made


def call(pool, operation, username="jane"):
    return getattr(pool.idp, operation)(UserPoolId=pool.pool, Username=username)


@pytest.mark.parametrize("operation", BY_NAME)
def test_a_user_or_pool_that_is_not_there(pool, operation):
    assert refusal(call, pool, operation, "nobody") == GONE
    pool.pool = "us-east-1_None"
    assert refusal(call, pool, operation) == (
        "ResourceNotFoundException",
        "User pool us-east-1_None does not exist.",
    )


@pytest.mark.parametrize("operation", BY_NAME)
@pytest.mark.parametrize("by", ["jane", EMAIL, "sub"])
def test_users_are_named_by_username_alias_or_sub(pool, operation, by):
    call(pool, operation, pool.get("jane")["attributes"]["sub"] if by == "sub" else by)


def test_a_user_of_another_pool(server, pool):
    assert refusal(call, people(server), "admin_get_user") == GONE


def test_what_a_user_looks_like(pool):
    user = pool.idp.admin_get_user(UserPoolId=pool.pool, Username=EMAIL)
    del user["ResponseMetadata"]
    assert set(user) == {
        "Username",
        "UserAttributes",
        "UserCreateDate",
        "UserLastModifiedDate",
        "Enabled",
        "UserStatus",
    }
    assert user["Username"] == "jane"
    assert user["UserAttributes"][0]["Name"] == "sub"


def test_a_disabled_user_signs_in_no_more_and_loses_all_tokens(server, pool):
    tokens = pool.sign_in("jane")["AuthenticationResult"]
    server.clock.advance(1)
    call(pool, "admin_disable_user")
    user = pool.get("jane")
    assert (user["Enabled"], user["UserStatus"]) == (False, "CONFIRMED")
    assert user["UserLastModifiedDate"] > user["UserCreateDate"]
    assert refusal(pool.sign_in, "jane") == ("NotAuthorizedException", "User is disabled.")
    assert refusal(pool.idp.get_user, AccessToken=tokens["AccessToken"])[0] == "NotAuthorizedException"
    call(pool, "admin_disable_user")
    call(pool, "admin_enable_user")
    assert pool.token("jane")
    # What was revoked stays so.
    assert refusal(pool.idp.get_user, AccessToken=tokens["AccessToken"]) == (
        "NotAuthorizedException",
        "Access Token has been revoked",
    )
    refresh = {"REFRESH_TOKEN": tokens["RefreshToken"]}
    code, _ = refusal(
        pool.idp.initiate_auth, ClientId=pool.client, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=refresh
    )
    assert code == "NotAuthorizedException"


def test_a_user_who_is_enabled_already(pool):
    call(pool, "admin_enable_user")
    assert pool.get("jane")["Enabled"] is True


def test_a_deleted_users_names_are_free_for_another(server, pool):
    token = pool.token("jane")
    old = pool.get("jane")["attributes"]["sub"]
    call(pool, "admin_delete_user")
    for name in ("jane", EMAIL, old):
        assert refusal(pool.get, name) == GONE
    assert refusal(pool.idp.get_user, AccessToken=token)[0] in {
        "UserNotFoundException",
        "NotAuthorizedException",
    }
    pool.sign_up("jane", email=EMAIL)
    pool.confirm("jane", server.code(EMAIL))
    assert pool.get(EMAIL)["attributes"]["sub"] != old
    # Nothing of the first jane is left to the second.
    assert refusal(pool.idp.get_user, AccessToken=token)[0] in {
        "UserNotFoundException",
        "NotAuthorizedException",
    }
    assert len(pool.idp.list_users(UserPoolId=pool.pool)["Users"]) == 1


def test_one_deletes_oneself(pool):
    token = pool.token("jane")
    answer = pool.idp.delete_user(AccessToken=token)
    assert set(answer) == {"ResponseMetadata"}
    assert refusal(pool.get, "jane") == GONE
    assert refusal(pool.idp.delete_user, AccessToken=token)[0] in {
        "UserNotFoundException",
        "NotAuthorizedException",
    }
    assert refusal(pool.sign_in, "jane") == ("UserNotFoundException", "User does not exist.")
