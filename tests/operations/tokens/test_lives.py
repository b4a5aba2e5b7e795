"""How long tokens live, in each unit, to the second; and refreshing for administrators."""

import pytest

from poolhouse.keys.signing import parse
from support.refusals import refusal
from support.sign_in import make_place

SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


@pytest.fixture
def place(server):
    made = make_place(server)
    made.person()
    return made


def lasting(place, access, identity, refresh):
    """A client whose tokens live as long as said: pairs of a number and a unit."""
    lives = {"AccessToken": access, "IdToken": identity, "RefreshToken": refresh}
    return place.another_client(
        **{f"{name}Validity": number for name, (number, _) in lives.items()},
        TokenValidityUnits={name: unit for name, (_, unit) in lives.items()},
    )


def refresh(place, tokens):
    return place.idp.get_tokens_from_refresh_token(
        RefreshToken=tokens["RefreshToken"], ClientId=place.client
    )["AuthenticationResult"]


@pytest.mark.parametrize(
    ("access", "identity", "refreshing"),
    [
        ((300, "seconds"), (86400, "seconds"), (86400, "seconds")),
        ((5, "minutes"), (61, "minutes"), (90, "minutes")),
        ((1, "hours"), (2, "hours"), (3, "hours")),
        ((1, "days"), (1, "days"), (2, "days")),
    ],
)
def test_each_token_lives_to_the_second(place, access, identity, refreshing):
    place = lasting(place, access, identity, refreshing)
    tokens = place.plain()["AuthenticationResult"]
    begun = place.server.clock.now()
    ends = {n: v * SECONDS[unit] for n, (v, unit) in (("a", access), ("i", identity), ("r", refreshing))}
    said = parse(tokens["AccessToken"]).claims
    assert tokens["ExpiresIn"] == said["exp"] - said["iat"] == ends["a"]
    said = parse(tokens["IdToken"]).claims
    assert said["exp"] - said["iat"] == ends["i"]

    place.server.clock.advance(ends["a"] - 1)
    assert place.idp.get_user(AccessToken=tokens["AccessToken"])["Username"] == "jane"
    place.server.clock.advance(1)
    expired = ("NotAuthorizedException", "Access Token has expired")
    assert refusal(place.idp.get_user, AccessToken=tokens["AccessToken"]) == expired

    place.server.clock.advance(begun + ends["r"] - 1 - place.server.clock.now())
    again = refresh(place, tokens)
    assert parse(again["AccessToken"]).claims["auth_time"] == said["auth_time"]
    place.server.clock.advance(1)
    assert refusal(refresh, place, tokens) == ("NotAuthorizedException", "Refresh Token has expired")
    assert place.idp.get_user(AccessToken=again["AccessToken"]), "it outlives the refresh token"


@pytest.mark.parametrize(
    ("access", "identity", "refreshing"),
    [
        ((299, "seconds"), (1, "hours"), (1, "days")),
        ((1, "hours"), (4, "minutes"), (1, "days")),
        ((25, "hours"), (1, "hours"), (3, "days")),
        ((1, "hours"), (2, "days"), (3, "days")),
        ((5, "minutes"), (5, "minutes"), (3599, "seconds")),
        ((5, "minutes"), (5, "minutes"), (3651, "days")),
        ((2, "hours"), (1, "hours"), (90, "minutes")),
    ],
)
def test_lives_out_of_range(place, access, identity, refreshing):
    assert refusal(lasting, place, access, identity, refreshing)[0] == "InvalidParameterException"


@pytest.mark.parametrize("flow", ["REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"])
def test_administrators_refresh(place, flow):
    begun = place.idp.admin_initiate_auth(
        UserPoolId=place.pool,
        ClientId=place.client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "jane", "PASSWORD": "Correct-Horse-9"},
    )["AuthenticationResult"]
    place.server.clock.advance(60)

    def again(client):
        return place.idp.admin_initiate_auth(
            UserPoolId=place.pool,
            ClientId=client,
            AuthFlow=flow,
            AuthParameters={"REFRESH_TOKEN": begun["RefreshToken"]},
        )["AuthenticationResult"]

    given = again(place.client)
    assert "RefreshToken" not in given
    before, after = parse(begun["AccessToken"]).claims, parse(given["AccessToken"]).claims
    assert {name: after[name] for name in ("auth_time", "event_id", "origin_jti")} == {
        name: before[name] for name in ("auth_time", "event_id", "origin_jti")
    }
    other = place.another_client().client
    assert refusal(again, other) == ("NotAuthorizedException", "Invalid Refresh Token")
    place.idp.revoke_token(Token=begun["RefreshToken"], ClientId=place.client)
    revoked = ("NotAuthorizedException", "Refresh Token has been revoked")
    assert refusal(again, place.client) == revoked
