"""What no operation lets pass: a token that is good no more, a pool, a client or a user that is not there."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from poolhouse.domain.user import Status
from poolhouse.operations.registry import HANDLERS, snake
from poolhouse.wire.operations import OPERATIONS, Auth
from support import smallest
from support.risk import on
from support.server import RunningServer
from support.sign_in import Place, make_place

WITH_TOKEN = sorted(
    name for name in HANDLERS if OPERATIONS[name].auth in (Auth.ACCESS_TOKEN, Auth.TOKEN_OR_SESSION)
)
SIGNED = sorted(name for name in HANDLERS if OPERATIONS[name].auth is Auth.SIGV4)
PUBLIC = sorted(name for name in HANDLERS if OPERATIONS[name].auth is Auth.NONE)


def refusal(idp: Any, name: str, **given: Any) -> tuple[str, str]:
    """Return the error that the smallest request meets; an answer is none."""
    try:
        getattr(idp, snake(name))(**smallest.request(name, **given))
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    return "", ""


def signed_out(place: Place) -> None:
    place.idp.admin_user_global_sign_out(UserPoolId=place.pool, Username="jane")


def disabled(place: Place) -> None:
    place.idp.admin_disable_user(UserPoolId=place.pool, Username="jane")


def reset(place: Place) -> None:
    place.idp.admin_reset_user_password(UserPoolId=place.pool, Username="jane")


def unconfirmed(place: Place) -> None:
    """No operation leads back to it; a token of such a user counts for nothing all the same."""
    from dataclasses import replace

    def work(tx: Any) -> None:
        tx.users.save(
            replace(tx.users.by_alias(place.pool, ("username",), "jane"), status=Status.UNCONFIRMED)
        )

    place.server.store.write(work)


def deleted(place: Place) -> None:
    place.idp.admin_delete_user(UserPoolId=place.pool, Username="jane")


def without_client(place: Place) -> None:
    place.idp.delete_user_pool_client(UserPoolId=place.pool, ClientId=place.client)


def without_pool(place: Place) -> None:
    place.idp.delete_user_pool(UserPoolId=place.pool)


def expired(place: Place) -> None:
    place.server.clock.advance(3600)


@pytest.mark.parametrize(
    ("end", "error", "message"),
    [
        (signed_out, "NotAuthorizedException", "Access Token has been revoked"),
        (disabled, "NotAuthorizedException", "Access Token has been revoked"),
        (expired, "NotAuthorizedException", "Access Token has expired"),
        (without_pool, "NotAuthorizedException", "Invalid Access Token"),
        (reset, "PasswordResetRequiredException", "Password reset required for the user"),
        (unconfirmed, "UserNotConfirmedException", "User is not confirmed."),
        (deleted, "UserNotFoundException", "User does not exist."),
        (without_client, "ResourceNotFoundException", "User pool client {client} does not exist."),
    ],
)
def test_attack_a_token_that_is_good_no_more_in_every_operation(
    server: RunningServer, end: Callable[[Place], None], error: str, message: str
) -> None:
    """An operation that does not declare the error says the same as NotAuthorizedException."""
    place = make_place(server, AutoVerifiedAttributes=["email"])
    place.person("jane", email="jane@example.com", email_verified="true")
    token = place.plain()["AuthenticationResult"]["AccessToken"]
    end(place)
    assert len(WITH_TOKEN) > 20
    for name in WITH_TOKEN:
        told = error if error in OPERATIONS[name].errors else "NotAuthorizedException"
        found = refusal(place.idp, name, AccessToken=token)
        assert found == (told, message.format(client=place.client)), name


def test_a_pool_that_is_not_there(idp: Any) -> None:
    told = ("ResourceNotFoundException", "User pool us-east-1_None does not exist.")
    about_a_pool = [name for name in SIGNED if "UserPoolId" in smallest.required(name)]
    assert len(about_a_pool) > 60
    assert {name: refusal(idp, name) for name in about_a_pool} == dict.fromkeys(about_a_pool, told)


def test_a_client_that_is_not_there(server: RunningServer, idp: Any) -> None:
    pool = idp.create_user_pool(PoolName="people")["UserPool"]["Id"]
    about_a_client = [
        name for name in (*PUBLIC, *SIGNED) if "ClientId" in smallest.required(name) and name != "RevokeToken"
    ]
    assert len(about_a_client) > 10
    for name in about_a_client:
        error, message = refusal(idp, name, UserPoolId=pool)
        assert (error, message) == (
            "ResourceNotFoundException",
            "User pool client client0 does not exist.",
        ), name
    assert refusal(idp, "RevokeToken")[0] == "UnauthorizedException"


def test_a_user_who_is_not_there(idp: Any) -> None:
    made = idp.create_user_pool(PoolName="people", AutoVerifiedAttributes=["email"], **on("AUDIT"))
    pool = made["UserPool"]["Id"]
    idp.create_group(UserPoolId=pool, GroupName="x")
    about_a_user = [
        name
        for name in SIGNED
        if "Username" in smallest.required(name) and not name.startswith(("AdminCreate", "AdminInitiate"))
    ]
    assert len(about_a_user) > 20
    for name in about_a_user:
        told = next(
            error
            for error in ("UserNotFoundException", "ResourceNotFoundException")
            if error in OPERATIONS[name].errors
        )
        assert refusal(idp, name, UserPoolId=pool) == (told, "User does not exist."), name
