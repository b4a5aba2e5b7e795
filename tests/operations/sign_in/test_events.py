"""The whole events of PreAuthentication, PostAuthentication and UserMigration, in every flow."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

from operations.sign_in.conftest import arn
from operations.sign_in.test_custom_auth import TRIGGERS as CUSTOM
from support.authenticator import EMAIL, MAILS, PHONE, code_of, prefer, set_mfa, with_app
from support.devices import TRACKED, a_gadget
from support.passkeys import Holder, options, passkey_place
from support.server import RunningServer
from support.sign_in import PASSWORD, Place, make_place
from support.sign_in_functions import EVENTS

HIDES = {"PreventUserExistenceErrors": "ENABLED"}
CHOICE = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]}}
BOTH = {family: arn("record") for family in ("PreAuthentication", "PostAuthentication")}
BEGUN, ANSWERED = {"of": "the beginning"}, {"of": "the answer"}
UNANSWERED = dict.fromkeys(
    (
        *("userAttributes", "forceAliasCreation", "enableSMSMFA"),
        *("finalUserStatus", "messageAction", "desiredDeliveryMediums"),
    )
)
"""UserMigration's response on its way to the function."""


class Way(NamedTuple):
    """A sign-in, and what its events depend on.

    Attributes:
        go: signs jane in, step by step; BEGUN goes with the first request, ANSWERED with each answer.
        answered: whether it ends with an answer.
        new: whether its device is a new one.
    """

    go: Callable[[Place], object]
    answered: bool = True
    new: bool = False


def start(place: Place, flow: str, **parameters: str) -> dict[str, Any]:
    return place.idp.initiate_auth(
        AuthFlow=flow,
        ClientId=place.client,
        AuthParameters={"USERNAME": "jane", **parameters},
        ClientMetadata=BEGUN,
    )


def plainly(place: Place, **parameters: str) -> dict[str, Any]:
    return start(place, "USER_PASSWORD_AUTH", PASSWORD=PASSWORD, **parameters)


def start_forgotten(place: Place) -> object:
    return place.idp.forgot_password(ClientId=place.client, Username="jane", ClientMetadata=BEGUN)


def administered(place: Place) -> dict[str, Any]:
    return place.idp.admin_initiate_auth(
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        UserPoolId=place.pool,
        ClientId=place.client,
        AuthParameters={"USERNAME": "jane", "PASSWORD": PASSWORD},
        ClientMetadata=BEGUN,
    )


def reply(place: Place, asked: Mapping[str, Any], **answers: str) -> dict[str, Any]:
    return place.idp.respond_to_auth_challenge(
        ClientId=place.client,
        ChallengeName=asked["ChallengeName"],
        ChallengeResponses={"USERNAME": "jane", **answers},
        ClientMetadata=ANSWERED,
        **{name: asked[name] for name in ("Session",) if name in asked},
    )


def by_srp(place: Place) -> object:
    srp = place.srp()
    asked = start(place, "USER_SRP_AUTH", **srp.get_auth_params())
    return reply(place, asked, **srp.claim(asked))


def preferring(factor: str) -> Callable[[Place], object]:
    """Return USER_AUTH with a factor that is named at the beginning."""

    def go(place: Place) -> object:
        srp = place.srp()
        given = {
            "PASSWORD": {"PASSWORD": PASSWORD},
            "PASSWORD_SRP": {"SRP_A": str(srp.get_auth_params()["SRP_A"])},
        }.get(factor, {})
        asked = start(place, "USER_AUTH", PREFERRED_CHALLENGE=factor, **given)
        if factor == "PASSWORD":
            return asked
        if factor == "PASSWORD_SRP":
            return reply(place, asked, **srp.claim(asked))
        to = PHONE if factor == "SMS_OTP" else EMAIL
        return reply(place, asked, **{f"{factor}_CODE": place.server.code(to)})

    return go


def with_a_passkey(place: Place) -> object:
    holder = Holder(place)
    holder.register()
    EVENTS.clear()
    asked = start(place, "USER_AUTH", PREFERRED_CHALLENGE="WEB_AUTHN")
    return reply(place, asked, CREDENTIAL=json.dumps(holder.device.get(options(asked))))


def with_a_second_factor(factor: str) -> Callable[[Place], object]:
    def go(place: Place) -> object:
        set_mfa(place, "OPTIONAL", factor)
        if factor == "SOFTWARE_TOKEN_MFA":
            app = with_app(place)
            EVENTS.clear()
            return reply(place, plainly(place), SOFTWARE_TOKEN_MFA_CODE=app.code())
        prefer(place, factor)
        asked = plainly(place)
        return reply(place, asked, **code_of(place, asked))

    return go


def by_a_riddle(place: Place) -> object:
    return reply(place, start(place, "CUSTOM_AUTH"), ANSWER="mountain")


def remembering(place: Place) -> None:
    """Have the pool remember devices."""
    place.idp.update_user_pool(UserPoolId=place.pool, LambdaConfig=BOTH, EmailConfiguration=MAILS, **TRACKED)


def with_a_new_device(place: Place) -> object:
    remembering(place)
    return plainly(place)


def with_a_known_device(place: Place) -> object:
    remembering(place)
    gadget = a_gadget(place)
    EVENTS.clear()
    return plainly(place, DEVICE_KEY=gadget.key)


def with_a_device_for_a_code(place: Place) -> object:
    remembering(place)
    gadget = a_gadget(place)
    set_mfa(place, "OPTIONAL", "SMS_MFA")
    prefer(place, "SMS_MFA")
    EVENTS.clear()
    srp = gadget.srp()
    asked = reply(
        place,
        plainly(place, DEVICE_KEY=gadget.key),
        DEVICE_KEY=gadget.key,
        SRP_A=f"{srp.large_a_value:x}",
    )
    return reply(place, asked, **gadget.claim(srp, asked))


WAYS = {
    "USER_PASSWORD_AUTH": Way(plainly, answered=False),
    "ADMIN_USER_PASSWORD_AUTH": Way(administered, answered=False),
    "USER_SRP_AUTH": Way(by_srp),
    "USER_AUTH, choosing": Way(
        lambda place: reply(place, start(place, "USER_AUTH"), ANSWER="PASSWORD", PASSWORD=PASSWORD)
    ),
    **{
        f"USER_AUTH, {factor}": Way(preferring(factor), answered=factor != "PASSWORD")
        for factor in ("PASSWORD", "PASSWORD_SRP", "EMAIL_OTP", "SMS_OTP")
    },
    "USER_AUTH, WEB_AUTHN": Way(with_a_passkey),
    **{
        f"after {factor}": Way(with_a_second_factor(factor))
        for factor in ("SMS_MFA", "EMAIL_OTP", "SOFTWARE_TOKEN_MFA")
    },
    "CUSTOM_AUTH": Way(by_a_riddle),
    "a new device": Way(with_a_new_device, answered=False, new=True),
    "a known device": Way(with_a_known_device, answered=False),
    "a device in the place of a code": Way(with_a_device_for_a_code),
}


def whole(place: Place, source: str, request: dict[str, Any], response: Any = None) -> Any:
    """Return an event as the service sends it (digest «users» §5.1)."""
    return {
        "version": "1",
        "region": "us-east-1",
        "userPoolId": place.pool,
        "userName": "jane",
        "callerContext": {"awsSdkVersion": "aws-sdk-js-2.6.4", "clientId": place.client},
        "triggerSource": source,
        "request": request,
        "response": response or {},
    }


class TestWholeEvents:
    """Each member, null or left out as it is, whichever way a sign-in goes (digest «users» §5.7, §5.8)."""

    @pytest.mark.parametrize("hides", [False, True])
    @pytest.mark.parametrize("way", WAYS)
    def test_around_a_sign_in(
        self, triggered: RunningServer, fired: list[dict[str, Any]], way: str, hides: bool
    ) -> None:
        functions = {**BOTH, **CUSTOM} if way == "CUSTOM_AUTH" else BOTH
        place = passkey_place(
            triggered,
            Policies=CHOICE,
            LambdaConfig=functions,
            EmailConfiguration=MAILS,
            AccountRecoverySetting={"RecoveryMechanisms": [{"Priority": 1, "Name": "admin_only"}]},
            client=HIDES if hides else {},
        )
        place = replace(place, idp=triggered.client(user_agent="aws-sdk-js/2.6.4 callback"))
        place.person(email=EMAIL, phone_number=PHONE)
        WAYS[way].go(place)
        user = place.idp.admin_get_user(UserPoolId=place.pool, Username="jane")
        after = {each["Name"]: each["Value"] for each in user["UserAttributes"]}
        after["cognito:user_status"] = "CONFIRMED"
        # A code that signs in verifies its address: not before, but when the sign-in ends.
        before = {name: text for name, text in after.items() if not name.endswith("_verified")}
        begun = {"userAttributes": before, "validationData": BEGUN}
        ended = {
            "userAttributes": after,
            "newDeviceUsed": WAYS[way].new,
            "clientMetadata": ANSWERED if WAYS[way].answered else None,
        }
        assert [event for event in fired if "Challenge" not in event["triggerSource"]] == [
            whole(
                place, "PreAuthentication_Authentication", begun | ({"userNotFound": False} if hides else {})
            ),
            whole(place, "PostAuthentication_Authentication", ended),
        ]

    @pytest.mark.parametrize("way", ["USER_PASSWORD_AUTH", "USER_SRP_AUTH", "USER_AUTH", "CUSTOM_AUTH"])
    def test_of_nobody(self, triggered: RunningServer, fired: list[dict[str, Any]], way: str) -> None:
        """Where users are hidden the function is told so, and nobody comes to the end."""
        place = make_place(triggered, client=HIDES, LambdaConfig={**BOTH, **CUSTOM})
        place = replace(place, idp=triggered.client(user_agent="aws-sdk-js/2.6.4 callback"))
        with suppress(ClientError):
            start(place, way, PASSWORD=PASSWORD, SRP_A="ab" * 128) if way != "CUSTOM_AUTH" else start(
                place, way
            )
        request = {"userAttributes": {}, "validationData": BEGUN, "userNotFound": True}
        assert [event for event in fired if "Challenge" not in event["triggerSource"]] == [
            whole(place, "PreAuthentication_Authentication", request)
        ]

    @pytest.mark.parametrize("hides", [False, True])
    @pytest.mark.parametrize(
        "go", [plainly, administered, preferring("PASSWORD"), start_forgotten], ids=lambda go: go.__name__
    )
    def test_of_a_migration(
        self, triggered: RunningServer, fired: list[dict[str, Any]], go: Any, hides: bool
    ) -> None:
        """The password goes along with a sign-in alone; ClientMetadata of its beginning is `validationData`."""
        place = make_place(
            triggered, client=HIDES if hides else {}, LambdaConfig={"UserMigration": arn("migrate")}
        )
        place = replace(place, idp=triggered.client(user_agent="aws-sdk-js/2.6.4 callback"))
        with suppress(ClientError):
            go(place)
        given: dict[str, Any] = {"password": PASSWORD, "validationData": BEGUN, "clientMetadata": None}
        source = "UserMigration_Authentication"
        if go is start_forgotten:
            given, source = {"validationData": None, "clientMetadata": BEGUN}, "UserMigration_ForgotPassword"
        assert fired == [whole(place, source, given, UNANSWERED)]
