"""GlobalSignOut and AdminUserGlobalSignOut through boto3."""

import pytest

from support.refusals import refusal
from support.sign_in import make_place

REVOKED = ("NotAuthorizedException", "Access Token has been revoked")


@pytest.fixture
def place(server):
    made = make_place(server)
    made.person("jane", email="jane@example.com")
    made.person("john")
    return made


def by_the_user(place, tokens):
    place.idp.global_sign_out(AccessToken=tokens["AccessToken"])


def by_an_administrator(place, _tokens):
    place.idp.admin_user_global_sign_out(UserPoolId=place.pool, Username="jane")


@pytest.mark.parametrize("sign_out", [by_the_user, by_an_administrator])
def test_all_sign_ins_of_the_user_end_and_a_new_one_of_the_same_second_lives(place, sign_out):
    tokens = [place.plain("jane")["AuthenticationResult"] for _ in range(2)]
    johns = place.plain("john")["AuthenticationResult"]
    sign_out(place, tokens[0])
    fresh = place.plain("jane")["AuthenticationResult"]
    for old in tokens:
        assert refusal(place.idp.get_user, AccessToken=old["AccessToken"]) == REVOKED
        assert refusal(
            place.idp.get_tokens_from_refresh_token,
            RefreshToken=old["RefreshToken"],
            ClientId=place.client,
        ) == ("NotAuthorizedException", "Refresh Token has been revoked")
    assert place.idp.get_user(AccessToken=fresh["AccessToken"])["Username"] == "jane"
    assert place.idp.get_user(AccessToken=johns["AccessToken"])["Username"] == "john"


def test_signing_out_twice_needs_a_good_token(place):
    tokens = place.plain("jane")["AuthenticationResult"]
    place.idp.global_sign_out(AccessToken=tokens["AccessToken"])
    assert refusal(place.idp.global_sign_out, AccessToken=tokens["AccessToken"]) == REVOKED


def test_administrators_name_a_pool_and_a_user_that_exist(place):
    sign_out = place.idp.admin_user_global_sign_out
    nobody = ("UserNotFoundException", "User does not exist.")
    assert refusal(sign_out, UserPoolId=place.pool, Username="nobody") == nobody
    nowhere = ("ResourceNotFoundException", "User pool us-east-1_Nowhere00 does not exist.")
    assert refusal(sign_out, UserPoolId="us-east-1_Nowhere00", Username="jane") == nowhere


def test_a_deleted_user_signs_out_of_nothing(place):
    """GlobalSignOut declares no UserNotFoundException, which GetUser answers with."""
    token = place.plain("jane")["AuthenticationResult"]["AccessToken"]
    place.idp.admin_delete_user(UserPoolId=place.pool, Username="jane")
    gone = "User does not exist."
    assert refusal(place.idp.get_user, AccessToken=token) == ("UserNotFoundException", gone)
    assert refusal(place.idp.global_sign_out, AccessToken=token) == ("NotAuthorizedException", gone)
