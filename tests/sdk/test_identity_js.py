"""amazon-cognito-identity-js in Node: sign-up, SRP sign-in, attributes, password, refresh, sign-out, deletion."""

from pathlib import Path
from typing import Any

from operations.sign_in.test_custom_auth import TRIGGERS as RIDDLES
from support.authenticator import PHONE, prefer, set_mfa
from support.devices import TRACKED
from support.node import run_script, settings_of
from support.people import named
from support.server import RunningServer
from support.sign_in import PASSWORD, make_place

_OLD, _NEW = "nick@example.com", "nick.new@example.com"


def test_the_whole_journey(server: RunningServer, idp: Any, tmp_path: Path) -> None:
    pool = idp.create_user_pool(
        PoolName="js",
        AutoVerifiedAttributes=["email"],
        AliasAttributes=["email"],
        UserAttributeUpdateSettings={"AttributesRequireVerificationBeforeUpdate": ["email"]},
    )["UserPool"]["Id"]
    client = idp.create_user_pool_client(UserPoolId=pool, ClientName="js")["UserPoolClient"]["ClientId"]
    steps = run_script(
        "journey.mjs",
        settings_of(
            server,
            pool,
            client,
            username="nick",
            password="Correct-Horse-7-Battery",
            newPassword="Newer-Horse-8-Battery",
            email=_OLD,
            newEmail=_NEW,
        ),
        tmp_path,
        lambda asked: server.code(asked["mailTo"]),
    )
    delivery = {"AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "n***@e***"}
    assert steps["signUp"]["confirmed"] is False
    assert steps["signUp"]["delivery"] == delivery
    assert steps["confirmRegistration, wrong code"] == {
        "code": "CodeMismatchException",
        "message": "Invalid verification code provided, please try again.",
    }
    assert steps["authenticateUser, wrong password"] == {
        "code": "NotAuthorizedException",
        "message": "Incorrect username or password.",
    }
    assert steps["authenticateUser"] == {"scope": "aws.cognito.signin.user.admin", "username": "nick"}
    assert steps["updateAttributes"] == {"result": "SUCCESS", "details": [delivery]}
    attributes = steps["getUserAttributes"]
    assert attributes.pop("sub")
    assert attributes == {"email": _NEW, "email_verified": "true", "name": "Nick Miller"}
    assert steps["refreshSession"] == {"differs": True}
    assert list(steps)[-1] == "deleteUser"


def test_signing_out_of_one_device_and_of_all(server: RunningServer, idp: Any, tmp_path: Path) -> None:
    place = make_place(server)
    place.person("nick")
    idp.set_user_pool_session_configuration(
        UserPoolId=place.pool, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 20}
    )
    settings = settings_of(server, place.pool, place.client, username="nick", password=PASSWORD)
    steps = run_script("sign_out.mjs", settings, tmp_path, lambda _: None)
    assert steps["refresh"] == ["object", "object"]
    revoked = "Refresh Token has been revoked"
    assert steps["signOut"] == {"left": 0, "refresh": revoked, "other": "SUCCESS"}
    assert steps["globalSignOut"] == {"attributes": "Access Token has been revoked", "refresh": revoked}
    assert idp.admin_list_user_sessions(UserPoolId=place.pool, Username="nick")["Sessions"] == []


def test_devices(server: RunningServer, tmp_path: Path) -> None:
    """The library confirms devices, proves them, refreshes with their key and drops a stale one by itself."""
    place = make_place(server, **TRACKED)
    set_mfa(place, "OPTIONAL", "SMS_MFA")
    place.person("jane", phone_number=PHONE, phone_number_verified="true")
    prefer(place, "SMS_MFA")

    def answer(asked: dict[str, str]) -> object:
        if "mailTo" in asked:
            return server.code(asked["mailTo"])
        admin = {"UserPoolId": place.pool, "Username": "jane"}
        return bool(place.idp.admin_forget_device(DeviceKey=asked["forget"], **admin))

    steps = run_script(
        "devices.mjs",
        settings_of(server, place.pool, place.client, username="jane", password=PASSWORD, phone=PHONE),
        tmp_path,
        answer,
    )
    by_code, by_device = ["SMS_MFA"], []
    first = steps["on a new device"]
    key = first["key"]
    assert first["asked"] == by_code
    for step in ("on a known device", "remembered again"):
        assert steps[step] == {"asked": by_device, "key": key}
    assert steps["not remembered"] == {"asked": by_code, "key": key}
    assert steps["refreshSession"] == {"key": key}
    assert steps["getDevice"]["DeviceKey"] == key
    assert "device_name" in named(steps["getDevice"]["DeviceAttributes"])
    assert steps["listDevices"] == 1
    replaced = steps["on a device that was forgotten"]
    assert replaced["asked"] == by_code
    assert replaced["key"] != key
    assert steps["on the device that took its place"] == {
        "asked": by_device,
        "key": replaced["key"],
    }
    assert steps["forgetDevice"]["asked"] == by_code
    assert steps["forgetDevice"]["key"] not in (key, replaced["key"])


def test_the_other_ways_to_sign_in(triggered: RunningServer, tmp_path: Path) -> None:
    """A first password, a plain one, challenges of triggers with SRP and without, a forgotten password."""
    place = make_place(triggered, AutoVerifiedAttributes=["email"], LambdaConfig=RIDDLES)
    place.invite("jane", email=_OLD, email_verified="true")
    place.idp.create_group(UserPoolId=place.pool, GroupName="staff")
    place.idp.admin_add_user_to_group(UserPoolId=place.pool, Username="jane", GroupName="staff")
    steps = run_script(
        "flows.mjs",
        settings_of(
            triggered,
            place.pool,
            place.client,
            username="jane",
            temporary=PASSWORD,
            password="Newer-Horse-8",
            newPassword="Newest-Horse-7",
            email=_OLD,
        ),
        tmp_path,
        lambda asked: triggered.code(asked["mailTo"]),
    )
    riddle = "What has roots as nobody sees?"
    assert steps == {
        "completeNewPasswordChallenge": {"wanted": [_OLD, []], "name": "Jane"},
        "USER_PASSWORD_AUTH": ["staff"],
        "getSession": {"valid": True, "groups": ["staff"]},
        "CUSTOM_AUTH, right at once": {"asked": [riddle], "name": "jane"},
        "CUSTOM_AUTH, right at last": {"asked": [riddle] * 3, "name": "jane"},
        "CUSTOM_AUTH with SRP": [riddle],
        "CUSTOM_AUTH, wrong": {
            "code": "NotAuthorizedException",
            "message": "Incorrect username or password.",
        },
        "forgotPassword": {"AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "n***@e***"},
        "confirmPassword": "jane",
    }
