"""GetTokensFromRefreshToken and RevokeToken through boto3, and tokens as a relying party checks them."""

import json

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import KeySet

from poolhouse.keys.signing import parse
from support.refusals import refusal
from support.sign_in import make_place

ROTATION = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10}
NO_REFRESH_FLOW = ["ALLOW_USER_PASSWORD_AUTH"]


@pytest.fixture
def place(server):
    made = make_place(server)
    made.person()
    return made


def signed_in(place):
    return place.plain()["AuthenticationResult"]


def claims(token):
    return parse(token).claims


def refresh(place, refresh_token, **options):
    return place.idp.get_tokens_from_refresh_token(
        RefreshToken=refresh_token, ClientId=place.client, **options
    )["AuthenticationResult"]


def revoke(place, token, **options):
    return place.idp.revoke_token(Token=token, ClientId=place.client, **options)


def test_a_relying_party_verifies_both_tokens_with_the_issuers_documents(place):
    tokens = signed_in(place)
    issuer = claims(tokens["IdToken"])["iss"]
    assert issuer == f"{place.server.url.replace('127.0.0.1', 'localhost')}/{place.pool}"
    documents = f"{place.server.url}/{place.pool}/.well-known"
    configuration = requests.get(f"{documents}/openid-configuration", timeout=5).json()
    assert configuration["issuer"] == issuer
    answer = requests.get(f"{documents}/jwks.json", timeout=5)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    keys = KeySet.import_key_set(answer.json())
    for token in (tokens["IdToken"], tokens["AccessToken"]):
        assert jwt.decode(token, keys, algorithms=["RS256"]).claims["iss"] == issuer
    unknown = f"{place.server.url}/us-east-1_Nobody000/.well-known/jwks.json"
    assert requests.get(unknown, timeout=5).status_code == 404


def test_refreshing_without_rotation_keeps_the_refresh_token(place):
    first = signed_in(place)
    place.server.clock.advance(600)
    again = refresh(place, first["RefreshToken"])
    assert set(again) == {"AccessToken", "ExpiresIn", "TokenType", "IdToken"}
    before, after = claims(first["AccessToken"]), claims(again["AccessToken"])
    for kept in ("auth_time", "origin_jti", "event_id"):
        assert after[kept] == before[kept]
    assert after["iat"] == before["iat"] + 600
    assert place.idp.get_user(AccessToken=again["AccessToken"])["Username"] == "jane"


def test_rotation(place):
    rotating = place.another_client(RefreshTokenRotation=ROTATION, ExplicitAuthFlows=NO_REFRESH_FLOW)
    first = signed_in(rotating)["RefreshToken"]
    second = refresh(rotating, first)["RefreshToken"]
    assert second != first
    retried = refresh(rotating, first)["RefreshToken"]
    place.server.clock.advance(10)
    third = refresh(rotating, retried)["RefreshToken"]
    reused = refusal(refresh, rotating, first)
    assert reused == ("RefreshTokenReuseException", "Refresh token has been reused")
    revoked = ("NotAuthorizedException", "Refresh Token has been revoked")
    assert refusal(refresh, rotating, third) == revoked, "whoever reused it may be a thief"


def test_a_client_with_a_secret_sends_it_plainly(place):
    secretive = place.another_client(GenerateSecret=True)
    token = signed_in(secretive)["RefreshToken"]
    assert refusal(refresh, secretive, token)[0] == "NotAuthorizedException"
    wrong = refusal(refresh, secretive, token, ClientSecret="x" * 51)
    assert wrong == ("NotAuthorizedException", f"Unable to verify secret for client {secretive.client}")
    assert refresh(secretive, token, ClientSecret=secretive.secret)["AccessToken"]
    assert refusal(revoke, secretive, token) == ("UnauthorizedException", "Unauthorized")
    assert refusal(revoke, secretive, token, ClientSecret="x" * 51) == (
        "UnauthorizedException",
        "Unauthorized",
    )
    revoke(secretive, token, ClientSecret=secretive.secret)
    message = ("NotAuthorizedException", "Refresh Token has been revoked")
    assert refusal(refresh, secretive, token, ClientSecret=secretive.secret) == message


def test_refusals(place):
    tokens = signed_in(place)
    other = place.another_client()
    invalid = ("NotAuthorizedException", "Invalid Refresh Token")
    assert refusal(refresh, other, tokens["RefreshToken"]) == invalid
    for text in ("garbage", "a.b.c.d.e", tokens["AccessToken"], tokens["IdToken"]):
        assert refusal(refresh, place, text) == invalid
    place.client = "nobody"
    unknown = ("ResourceNotFoundException", "User pool client nobody does not exist.")
    assert refusal(refresh, place, tokens["RefreshToken"]) == unknown


def test_an_expired_refresh_token(place):
    token = signed_in(place)["RefreshToken"]
    place.server.clock.advance(30 * 86400)
    assert refusal(refresh, place, token) == ("NotAuthorizedException", "Refresh Token has expired")


def test_revoking_kills_the_sign_in_and_no_other(place):
    one, other = signed_in(place), signed_in(place)
    refreshed = refresh(place, one["RefreshToken"])
    for _ in range(2):
        revoke(place, one["RefreshToken"])
    for token in (one["AccessToken"], refreshed["AccessToken"]):
        revoked = ("NotAuthorizedException", "Access Token has been revoked")
        assert refusal(place.idp.get_user, AccessToken=token) == revoked
    assert refusal(refresh, place, one["RefreshToken"])[1] == "Refresh Token has been revoked"
    assert place.idp.get_user(AccessToken=other["AccessToken"])["Username"] == "jane"


def test_what_cannot_be_revoked(place):
    tokens = signed_in(place)
    for text in (tokens["AccessToken"], tokens["IdToken"], "garbage"):
        assert refusal(revoke, place, text)[0] == "UnsupportedTokenTypeException"
    revoke(place, "eyJjdHkiOiJKV1QifQ.b.c.d.e")  # unknown, of the right form
    stranger = place.another_client()
    assert refusal(revoke, stranger, tokens["RefreshToken"]) == ("UnauthorizedException", "Unauthorized")
    assert refresh(place, tokens["RefreshToken"])["AccessToken"]
    irrevocable = place.another_client(EnableTokenRevocation=False)
    assert refusal(revoke, irrevocable, signed_in(irrevocable)["RefreshToken"])[0] == (
        "UnsupportedOperationException"
    )
    place.client = "nobody"
    assert refusal(revoke, place, tokens["RefreshToken"]) == ("UnauthorizedException", "Unauthorized")


def test_no_token_is_written_to_the_log(place):
    tokens = signed_in(place)
    refresh(place, tokens["RefreshToken"])
    refusal(refresh, place, tokens["RefreshToken"][:-4])
    revoke(place, tokens["RefreshToken"])
    place.server.application.requests.close()  # what waits to be written is written now
    log = b"".join(place.server.log).decode()
    assert "GetTokensFromRefreshToken" in log
    for token in (tokens["RefreshToken"], tokens["AccessToken"], tokens["IdToken"]):
        assert token[40:80] not in log
    assert all(json.loads(line) for line in log.splitlines())
