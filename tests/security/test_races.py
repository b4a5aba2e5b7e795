"""Many at once: limits hold, what works once works once, and what was revoked stays so."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.people import at_once
from support.server import RunningServer
from support.sign_in import ALL_FLOWS, PASSWORD, Place, make_place

MANY = 30


def outcomes(results: list[Any]) -> Counter[str]:
    return Counter(
        each.response["Error"]["Code"] if isinstance(each, ClientError) else "done" for each in results
    )


@pytest.fixture
def place(server: RunningServer) -> Place:
    made = make_place(server, AutoVerifiedAttributes=["email"])
    made.person("jane", email="jane@example.com", email_verified="true")
    return made


def confirm_forgot(place: Place, code: str) -> Any:
    return place.idp.confirm_forgot_password(
        ClientId=place.client, Username="jane", ConfirmationCode=code, Password="Other-Horse-10"
    )


def wrong_codes(right: str) -> list[str]:
    return [f"{(int(right) + step) % 1_000_000:06}" for step in range(1, MANY + 1)]


def test_attack_guessing_a_password_code_in_parallel(place: Place) -> None:
    """Of twenty tries an hour one went to asking; the right code among too many guesses is no use."""
    place.idp.forgot_password(ClientId=place.client, Username="jane")
    right = place.server.code("jane@example.com")
    guesses = [partial(confirm_forgot, place, code) for code in wrong_codes(right)]
    assert outcomes(at_once(*guesses)) == {"CodeMismatchException": 19, "LimitExceededException": MANY - 19}
    with pytest.raises(ClientError, match="LimitExceededException"):
        confirm_forgot(place, right)
    assert place.plain("jane")["AuthenticationResult"]


def test_attack_guessing_an_attribute_code_in_parallel(place: Place) -> None:
    token = place.plain("jane")["AuthenticationResult"]["AccessToken"]
    place.idp.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
    verify = partial(place.idp.verify_user_attribute, AccessToken=token, AttributeName="email")
    right = place.server.code("jane@example.com")
    results = at_once(*(partial(verify, Code=code) for code in wrong_codes(right)))
    assert outcomes(results) == {"CodeMismatchException": 15, "LimitExceededException": MANY - 15}
    with pytest.raises(ClientError, match="LimitExceededException"):
        verify(Code=right)


def rotating(place: Place) -> Place:
    flows = [flow for flow in ALL_FLOWS if "REFRESH" not in flow]
    return place.another_client(
        ExplicitAuthFlows=flows,
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
    )


def refresh(place: Place, token: str) -> Any:
    return place.idp.get_tokens_from_refresh_token(RefreshToken=token, ClientId=place.client)


def test_a_rotating_refresh_token_is_good_for_one_of_many(place: Place) -> None:
    place = rotating(place)
    token = place.plain("jane")["AuthenticationResult"]["RefreshToken"]
    results = at_once(*[partial(refresh, place, token)] * 8)
    counted = outcomes(results)
    assert counted["done"] == 1
    assert set(counted) <= {"done", "RefreshTokenReuseException", "NotAuthorizedException"}


def get_user(place: Place, token: str) -> Any:
    return place.idp.get_user(AccessToken=token)


def revoke(place: Place, token: str) -> Any:
    return place.idp.revoke_token(ClientId=place.client, Token=token)


@pytest.mark.parametrize("of", [lambda place: place, rotating], ids=["plain", "rotating"])
def test_whatever_a_refresh_beside_a_revocation_gives_is_revoked(
    place: Place, of: Callable[[Place], Place]
) -> None:
    place = of(place)
    for _ in range(3):
        tokens = place.plain("jane")["AuthenticationResult"]
        results = at_once(
            *[partial(refresh, place, tokens["RefreshToken"])] * 4,
            partial(revoke, place, tokens["RefreshToken"]),
        )
        made = [each["AuthenticationResult"] for each in results[:4] if not isinstance(each, ClientError)]
        for each in (tokens, *made):
            with pytest.raises(ClientError, match="NotAuthorizedException"):
                get_user(place, each["AccessToken"])
            with pytest.raises(ClientError, match=r"NotAuthorizedException|RefreshTokenReuse"):
                refresh(place, each.get("RefreshToken", tokens["RefreshToken"]))


def test_signing_out_everywhere_beside_sign_ins_and_refreshes(place: Place) -> None:
    """Nothing that was there before the sign-out is good after it."""
    before = [place.plain("jane")["AuthenticationResult"] for _ in range(3)]
    results = at_once(
        partial(place.idp.admin_user_global_sign_out, UserPoolId=place.pool, Username="jane"),
        *(partial(refresh, place, each["RefreshToken"]) for each in before),
    )
    made = [each["AuthenticationResult"] for each in results[1:] if not isinstance(each, ClientError)]
    for each in (*before, *made):
        with pytest.raises(ClientError, match="NotAuthorizedException"):
            get_user(place, each["AccessToken"])


def test_a_deleted_user_beside_their_own_update(place: Place) -> None:
    """Either the update came first, or there was nobody; in no case does the user come back."""
    for number in range(3):
        name = f"gone{number}"
        place.person(name)
        token = place.plain(name)["AuthenticationResult"]["AccessToken"]
        update = partial(
            place.idp.update_user_attributes,
            AccessToken=token,
            UserAttributes=[{"Name": "email", "Value": f"{name}@example.com"}],
        )
        results = at_once(
            partial(place.idp.admin_delete_user, UserPoolId=place.pool, Username=name), update, update
        )
        assert not isinstance(results[0], ClientError)
        assert set(outcomes(results)) <= {"done", "UserNotFoundException", "NotAuthorizedException"}
        with pytest.raises(ClientError, match="UserNotFoundException"):
            place.idp.admin_get_user(UserPoolId=place.pool, Username=name)
        place.person(name, PASSWORD, email=f"{name}@example.com", email_verified="true")
