"""Amplify's JavaScript library in Node: sign-up, SRP sign-in, attributes with a pending e-mail, refresh, sign-out."""

from pathlib import Path
from typing import Any

from support.node import run_script, settings_of
from support.server import RunningServer

_OLD, _NEW = "sue@example.com", "sue.new@example.com"


def test_the_whole_journey(server: RunningServer, idp: Any, tmp_path: Path) -> None:
    pool = idp.create_user_pool(
        PoolName="amplify",
        AutoVerifiedAttributes=["email"],
        UserAttributeUpdateSettings={"AttributesRequireVerificationBeforeUpdate": ["email"]},
    )["UserPool"]["Id"]
    client = idp.create_user_pool_client(UserPoolId=pool, ClientName="web")["UserPoolClient"]["ClientId"]
    steps = run_script(
        "amplify.mjs",
        settings_of(
            server,
            pool,
            client,
            username="sue",
            password="Correct-Horse-7-Battery",
            email=_OLD,
            newEmail=_NEW,
        ),
        tmp_path,
        lambda asked: server.code(asked["mailTo"]),
    )
    delivery = {"attributeName": "email", "deliveryMedium": "EMAIL", "destination": "s***@e***"}
    assert steps["signUp"]["nextStep"] == {"signUpStep": "CONFIRM_SIGN_UP", "codeDeliveryDetails": delivery}
    assert steps["confirmSignUp"]["nextStep"] == {"signUpStep": "DONE"}
    assert steps["signIn, wrong password"] == {
        "name": "NotAuthorizedException",
        "message": "Incorrect username or password.",
    }
    assert steps["signIn"] == {"isSignedIn": True, "nextStep": {"signInStep": "DONE"}}
    assert steps["getCurrentUser"] == "sue"
    updated = steps["updateUserAttributes"]
    assert updated["name"] == {"isUpdated": True, "nextStep": {"updateAttributeStep": "DONE"}}
    assert updated["email"] == {
        "isUpdated": False,
        "nextStep": {
            "updateAttributeStep": "CONFIRM_ATTRIBUTE_WITH_CODE",
            "codeDeliveryDetails": delivery,
        },
    }
    assert steps["fetchUserAttributes, pending"]["email"] == _OLD
    fetched = steps["fetchUserAttributes"]
    assert fetched.pop("sub")
    assert fetched == {"email": _NEW, "email_verified": "true", "name": "Sue Miller"}
    assert steps["refresh"] == {"differs": True}
    assert steps["signOut"] == {"signedIn": False}
