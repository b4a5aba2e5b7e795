"""What users and administrators set of second factors, and what is shown of it (digest «sign-in» §4.4)."""

from typing import Any

import pytest

from support.authenticator import (
    PHONE,
    Authenticator,
    answer,
    code_of,
    mfa_place,
    prefer,
    register,
    set_mfa,
    signed_in,
    token_of,
)
from support.refusals import refusal
from support.server import RunningServer
from support.sign_in import Place, make_place

ALL = ("SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP")
NO_APP = "InvalidParameterException", "User has not verified software token mfa"
NO_PHONE = "InvalidParameterException", "User does not have a phone_number set to turn on SMS MFA"
NOT_HERE = "SoftwareTokenMFANotFoundException", "Software Token MFA has not been enabled by the userPool"
OPTIONS = [{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]


def mfa_of(shown: dict[str, Any]) -> dict[str, Any]:
    names = ("UserMFASettingList", "PreferredMfaSetting", "MFAOptions")
    return {name: shown[name] for name in names if name in shown}


@pytest.fixture
def place(server: RunningServer) -> Place:
    return mfa_place(server, "OPTIONAL", *ALL)


@pytest.fixture
def token(place: Place) -> str:
    return token_of(place)


class TestPreference:
    def test_what_is_set_is_shown(self, place: Place, token: str) -> None:
        assert mfa_of(place.idp.get_user(AccessToken=token)) == {}
        place.idp.set_user_mfa_preference(
            AccessToken=token,
            SMSMfaSettings={"Enabled": True},
            EmailMfaSettings={"Enabled": True, "PreferredMfa": True},
        )
        expected = {
            "UserMFASettingList": ["SMS_MFA", "EMAIL_OTP"],
            "PreferredMfaSetting": "EMAIL_OTP",
            "MFAOptions": OPTIONS,
        }
        assert mfa_of(place.idp.get_user(AccessToken=token)) == expected
        assert mfa_of(place.idp.admin_get_user(UserPoolId=place.pool, Username="jane")) == expected
        assert mfa_of(place.idp.list_users(UserPoolId=place.pool)["Users"][0]) == {"MFAOptions": OPTIONS}

    def test_only_what_is_named_changes(self, place: Place, token: str) -> None:
        prefer(place, "SMS_MFA", "EMAIL_OTP", preferred="SMS_MFA")
        set_preference = place.idp.set_user_mfa_preference
        set_preference(AccessToken=token, EmailMfaSettings={"Enabled": False})
        shown = mfa_of(place.idp.get_user(AccessToken=token))
        assert (shown["UserMFASettingList"], shown["PreferredMfaSetting"]) == (["SMS_MFA"], "SMS_MFA")
        set_preference(AccessToken=token, SMSMfaSettings={"PreferredMfa": False})
        shown = mfa_of(place.idp.get_user(AccessToken=token))
        assert shown["UserMFASettingList"] == ["SMS_MFA"]
        assert "PreferredMfaSetting" not in shown
        set_preference(AccessToken=token, SMSMfaSettings={"Enabled": False, "PreferredMfa": False})
        assert mfa_of(place.idp.get_user(AccessToken=token)) == {}
        assert signed_in(place.plain())

    def test_a_factor_turned_off_is_no_longer_preferred(self, place: Place, token: str) -> None:
        prefer(place, "SMS_MFA", preferred="SMS_MFA")
        place.idp.set_user_mfa_preference(AccessToken=token, SMSMfaSettings={"Enabled": False})
        prefer(place, "SMS_MFA")
        shown = place.idp.get_user(AccessToken=token)
        assert "PreferredMfaSetting" not in shown

    def test_another_preference_replaces_the_first(self, place: Place) -> None:
        prefer(place, "SMS_MFA", preferred="SMS_MFA")
        prefer(place, "EMAIL_OTP", preferred="EMAIL_OTP")
        shown = place.idp.admin_get_user(UserPoolId=place.pool, Username="jane")
        assert shown["PreferredMfaSetting"] == "EMAIL_OTP"

    def test_what_the_user_lacks(self, place: Place) -> None:
        place.person("guest")
        token = token_of(place, "guest")
        for settings, expected in (
            ({"SoftwareTokenMfaSettings": {"Enabled": True}}, NO_APP),
            ({"SMSMfaSettings": {"Enabled": True}}, NO_PHONE),
        ):
            by_user = place.idp.set_user_mfa_preference
            assert refusal(lambda s=settings, f=by_user: f(AccessToken=token, **s)) == expected
            by_admin = place.idp.admin_set_user_mfa_preference
            whom = {"UserPoolId": place.pool, "Username": "guest"}
            assert refusal(lambda s=settings, f=by_admin, w=whom: f(**w, **s)) == expected
        email = {"EmailMfaSettings": {"Enabled": True}}
        code, _ = refusal(lambda: place.idp.set_user_mfa_preference(AccessToken=token, **email))
        assert code == "InvalidParameterException"

    def test_turning_off_what_is_off_is_no_error(self, place: Place) -> None:
        """pycognito and Amplify name every factor, with or without a phone number."""
        place.person("guest")
        place.idp.set_user_mfa_preference(
            AccessToken=token_of(place, "guest"),
            SMSMfaSettings={"Enabled": False, "PreferredMfa": False},
            SoftwareTokenMfaSettings={"Enabled": False, "PreferredMfa": False},
        )

    @pytest.mark.parametrize(
        "settings",
        [
            {
                "SMSMfaSettings": {"Enabled": True, "PreferredMfa": True},
                "EmailMfaSettings": {"Enabled": True, "PreferredMfa": True},
            },
            {"SMSMfaSettings": {"Enabled": False, "PreferredMfa": True}},
            {"SMSMfaSettings": {"PreferredMfa": True}},
            {"WebAuthnMfaSettings": {"Enabled": True}},
        ],
    )
    def test_settings_that_contradict(self, place: Place, token: str, settings: dict[str, Any]) -> None:
        set_preference = place.idp.set_user_mfa_preference
        assert refusal(lambda: set_preference(AccessToken=token, **settings))[0] == (
            "InvalidParameterException"
        )
        assert mfa_of(place.idp.get_user(AccessToken=token)) == {}

    def test_a_factor_that_the_pool_has_not(self, server: RunningServer) -> None:
        place = mfa_place(server, "OPTIONAL", "SOFTWARE_TOKEN_MFA")
        set_preference = place.idp.set_user_mfa_preference
        code, _ = refusal(
            lambda: set_preference(AccessToken=token_of(place), SMSMfaSettings={"Enabled": True})
        )
        assert code == "InvalidParameterException"

    def test_where_the_pool_requires_one_it_cannot_be_turned_off(self, place: Place, token: str) -> None:
        prefer(place, "SMS_MFA", "EMAIL_OTP")
        set_mfa(place, "ON", *ALL)
        set_preference = place.idp.set_user_mfa_preference
        off = {"SMSMfaSettings": {"Enabled": False}}
        assert refusal(lambda: set_preference(AccessToken=token, **off))[0] == "InvalidParameterException"
        set_preference(AccessToken=token, SMSMfaSettings={"Enabled": True, "PreferredMfa": True})
        prefer(place, off="SMS_MFA")
        shown = place.idp.get_user(AccessToken=token)
        assert shown["UserMFASettingList"] == ["EMAIL_OTP"], "an administrator may"

    def test_unknown_users_and_pools(self, place: Place) -> None:
        for operation, more in (
            (place.idp.admin_set_user_mfa_preference, {}),
            (place.idp.admin_set_user_settings, {"MFAOptions": []}),
            (place.idp.admin_delete_software_token, {}),
            (place.idp.admin_get_user_auth_factors, {}),
        ):
            unknown = {"UserPoolId": place.pool, "Username": "nobody"}
            elsewhere = {"UserPoolId": "us-east-1_Nowhere00", "Username": "jane"}
            call = lambda o=operation, m=more, **w: o(**w, **m)  # noqa: E731
            assert refusal(lambda c=call, w=unknown: c(**w)) == (
                "UserNotFoundException",
                "User does not exist.",
            )
            assert refusal(lambda c=call, w=elsewhere: c(**w))[0] == "ResourceNotFoundException"


class TestPasskeys:
    """`WebAuthnMfaSettings`: another factor must be there, and the pool must count passkeys as two."""

    def test_settings(self, place: Place, token: str) -> None:
        place.idp.set_user_pool_mfa_config(
            UserPoolId=place.pool,
            WebAuthnConfiguration={
                "RelyingPartyId": "example.com",
                "UserVerification": "required",
                "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION",
            },
        )
        on = {"WebAuthnMfaSettings": {"Enabled": True}}
        set_preference = place.idp.set_user_mfa_preference
        assert refusal(lambda: set_preference(AccessToken=token, **on))[0] == "InvalidParameterException"
        set_preference(AccessToken=token, SMSMfaSettings={"Enabled": True}, **on)
        assert _passkeys(place)
        set_preference(AccessToken=token, SMSMfaSettings={"Enabled": False})
        assert not _passkeys(place), "it goes with the last other factor"


def _passkeys(place: Place) -> bool:
    user = place.idp.admin_get_user(UserPoolId=place.pool, Username="jane")
    sub = next(a["Value"] for a in user["UserAttributes"] if a["Name"] == "sub")
    return bool(place.server.store.read(lambda tx: tx.users.get(place.pool, sub)).mfa.passkeys)


class TestSettings:
    """SetUserSettings and AdminSetUserSettings, the older form."""

    @pytest.mark.parametrize("admin", [True, False])
    def test_sms_on_and_off(self, place: Place, token: str, admin: bool) -> None:
        def set_options(options: list[dict[str, str]]) -> None:
            if admin:
                whom = {"UserPoolId": place.pool, "Username": "jane"}
                place.idp.admin_set_user_settings(**whom, MFAOptions=options)
            else:
                place.idp.set_user_settings(AccessToken=token, MFAOptions=options)

        set_options(OPTIONS)
        assert place.idp.get_user(AccessToken=token)["MFAOptions"] == OPTIONS
        asked = place.plain()
        assert asked["ChallengeName"] == "SMS_MFA"
        assert signed_in(answer(place, asked, **code_of(place, asked)))
        set_options([])
        assert signed_in(place.plain())

    @pytest.mark.parametrize(
        "option",
        [
            {"DeliveryMedium": "EMAIL", "AttributeName": "email"},
            {"DeliveryMedium": "SMS", "AttributeName": "email"},
            {"DeliveryMedium": "SMS"},
        ],
    )
    def test_other_options(self, place: Place, token: str, option: dict[str, str]) -> None:
        set_settings = place.idp.set_user_settings
        code, _ = refusal(lambda: set_settings(AccessToken=token, MFAOptions=[option]))
        assert code == "InvalidParameterException"


class TestApps:
    def test_registered_is_not_turned_on(self, place: Place, token: str) -> None:
        register(place, token)
        assert mfa_of(place.idp.get_user(AccessToken=token)) == {}
        place.idp.set_user_mfa_preference(
            AccessToken=token, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True}
        )
        assert place.idp.get_user(AccessToken=token)["PreferredMfaSetting"] == "SOFTWARE_TOKEN_MFA"

    def test_a_wrong_code_registers_nothing(self, place: Place, token: str) -> None:
        secret = place.idp.associate_software_token(AccessToken=token)["SecretCode"]
        app = Authenticator(secret, place.server.clock)
        verify = place.idp.verify_software_token
        mismatch = "EnableSoftwareTokenMFAException", "Code mismatch"
        for late in (-60, 60):
            code = app.code(late)
            assert refusal(lambda c=code: verify(AccessToken=token, UserCode=c)) == mismatch
        assert refusal(lambda: verify(AccessToken=token, UserCode=app.wrong())) == mismatch
        assert refusal(lambda: prefer(place, "SOFTWARE_TOKEN_MFA")) == NO_APP
        assert verify(AccessToken=token, UserCode=app.code(late=-30))["Status"] == "SUCCESS"

    def test_nothing_was_begun(self, place: Place, token: str) -> None:
        verify = place.idp.verify_software_token
        code, _ = refusal(lambda: verify(AccessToken=token, UserCode="123456"))
        assert code == "SoftwareTokenMFANotFoundException"

    def test_a_pool_without_apps(self, server: RunningServer) -> None:
        place = make_place(server)
        place.person()
        token = token_of(place)
        assert refusal(lambda: place.idp.associate_software_token(AccessToken=token)) == NOT_HERE
        verify = place.idp.verify_software_token
        assert refusal(lambda: verify(AccessToken=token, UserCode="123456")) == NOT_HERE

    def test_deleting_it(self, place: Place, token: str) -> None:
        register(place, token)
        prefer(place, "SOFTWARE_TOKEN_MFA", "SMS_MFA", preferred="SOFTWARE_TOKEN_MFA")
        for _ in range(2):
            place.idp.admin_delete_software_token(UserPoolId=place.pool, Username="jane")
            shown = mfa_of(place.idp.get_user(AccessToken=token))
            assert shown == {"UserMFASettingList": ["SMS_MFA"], "MFAOptions": OPTIONS}


class TestAuthFactors:
    def test_what_a_user_has(self, place: Place, token: str) -> None:
        register(place, token)
        prefer(place, "SMS_MFA", preferred="SMS_MFA")
        expected = {
            "Username": "jane",
            "PreferredMfaSetting": "SMS_MFA",
            "UserMFASettingList": ["SMS_MFA"],
            "ConfiguredUserAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "SOFTWARE_TOKEN"],
        }
        shown = place.idp.get_user_auth_factors(AccessToken=token)
        del shown["ResponseMetadata"]
        assert shown == expected
        shown = place.idp.admin_get_user_auth_factors(UserPoolId=place.pool, Username="jane")
        del shown["ResponseMetadata"]
        assert shown == expected

    def test_what_the_pool_has_not(self, server: RunningServer) -> None:
        place = make_place(server)
        place.person(email="jane@example.com", phone_number=PHONE)
        shown = place.idp.get_user_auth_factors(AccessToken=token_of(place))
        assert shown["ConfiguredUserAuthFactors"] == ["PASSWORD"]
        assert "UserMFASettingList" not in shown


def test_a_user_who_is_deleted_takes_the_app(place: Place, token: str) -> None:
    register(place, token)
    place.idp.admin_delete_user(UserPoolId=place.pool, Username="jane")
    place.person()
    again = token_of(place)
    assert place.idp.get_user_auth_factors(AccessToken=again)["ConfiguredUserAuthFactors"] == ["PASSWORD"]
