"""Signing in with second factors: which is asked for, and what answers it (digest «sign-in» §2.7, §4.1)."""

import json
from typing import Any

import pytest

from support.authenticator import (
    EMAIL,
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
    with_app,
)
from support.refusals import refusal
from support.server import RunningServer
from support.sign_in import PASSWORD, Choosing, Place, make_place

ALL = ("SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP")
NEW = "Another-Horse-9"


@pytest.fixture
def place(server: RunningServer) -> Place:
    """An OPTIONAL pool with all factors."""
    return mfa_place(server, "OPTIONAL", *ALL)


class TestEachFactor:
    def test_app(self, place: Place) -> None:
        app = register(place, token_of(place), "Jane's phone")
        prefer(place, "SOFTWARE_TOKEN_MFA", preferred="SOFTWARE_TOKEN_MFA")
        asked = place.plain()
        assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
        assert asked["ChallengeParameters"] == {
            "USER_ID_FOR_SRP": "jane",
            "FRIENDLY_DEVICE_NAME": "Jane's phone",
        }
        assert "AuthenticationResult" not in asked
        assert signed_in(answer(place, asked, SOFTWARE_TOKEN_MFA_CODE=app.code()))

    @pytest.mark.parametrize(
        ("factor", "to", "masked", "flag"),
        [
            ("SMS_MFA", PHONE, "+*******0100", "phone_number_verified"),
            ("EMAIL_OTP", EMAIL, "j***@e***", "email_verified"),
        ],
    )
    def test_messages(self, place: Place, factor: str, to: str, masked: str, flag: str) -> None:
        prefer(place, factor)
        asked = place.plain()
        assert asked["ChallengeName"] == factor
        assert "AvailableChallenges" not in asked
        assert asked["ChallengeParameters"] == {
            "CODE_DELIVERY_DELIVERY_MEDIUM": "SMS" if factor == "SMS_MFA" else "EMAIL",
            "CODE_DELIVERY_DESTINATION": masked,
            "USER_ID_FOR_SRP": "jane",
        }
        assert len(place.server.code(to)) == 6
        assert signed_in(answer(place, asked, **code_of(place, asked)))
        user = place.idp.admin_get_user(UserPoolId=place.pool, Username="jane")
        assert {"Name": flag, "Value": "true"} in user["UserAttributes"]

    def test_srp_comes_before_it_too(self, place: Place) -> None:
        app = with_app(place)
        srp = place.srp()
        asked = srp.answer(srp.claim(srp.start()))
        assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
        assert signed_in(answer(place, asked, SOFTWARE_TOKEN_MFA_CODE=app.code()))

    def test_an_administrator_s_server_answers(self, place: Place) -> None:
        app = with_app(place)
        asked = place.idp.admin_initiate_auth(
            UserPoolId=place.pool,
            ClientId=place.client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "jane", "PASSWORD": PASSWORD},
        )
        done = place.idp.admin_respond_to_auth_challenge(
            UserPoolId=place.pool,
            ClientId=place.client,
            ChallengeName="SOFTWARE_TOKEN_MFA",
            Session=asked["Session"],
            ChallengeResponses={"USERNAME": "jane", "SOFTWARE_TOKEN_MFA_CODE": app.code()},
        )
        assert signed_in(done)

    def test_a_client_with_a_secret(self, place: Place) -> None:
        app = with_app(place)
        guarded = place.another_client(GenerateSecret=True)
        asked = guarded.plain()
        given = {"USERNAME": "jane", "SOFTWARE_TOKEN_MFA_CODE": app.code()}
        refused = refusal(lambda: guarded.respond(asked["ChallengeName"], asked["Session"], given))
        assert refused[0] == "NotAuthorizedException"
        hashed = {**given, "SECRET_HASH": guarded.hash("jane")}
        assert signed_in(guarded.respond(asked["ChallengeName"], asked["Session"], hashed))


class TestChoosing:
    def test_of_several_without_preference(self, place: Place) -> None:
        app = with_app(place)
        prefer(place, "SMS_MFA", "EMAIL_OTP")
        asked = place.plain()
        assert asked["ChallengeName"] == "SELECT_MFA_TYPE"
        listed = '["SMS_MFA","SOFTWARE_TOKEN_MFA","EMAIL_OTP"]'
        assert asked["ChallengeParameters"] == {
            "MFAS_CAN_CHOOSE": listed,
            "MFAS_CAN_SELECT": listed,
            "USER_ID_FOR_SRP": "jane",
        }
        chosen = answer(place, asked, ANSWER="SOFTWARE_TOKEN_MFA")
        assert chosen["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
        assert signed_in(answer(place, chosen, SOFTWARE_TOKEN_MFA_CODE=app.code()))

    @pytest.mark.parametrize("name", ["EMAIL_OTP", "EMAIL_MFA"])
    def test_e_mail_has_two_names(self, place: Place, name: str) -> None:
        prefer(place, "SMS_MFA", "EMAIL_OTP")
        chosen = answer(place, place.plain(), ANSWER=name)
        assert chosen["ChallengeName"] == "EMAIL_OTP"
        assert signed_in(answer(place, chosen, **code_of(place, chosen)))

    def test_what_was_not_offered(self, place: Place) -> None:
        prefer(place, "SMS_MFA", "EMAIL_OTP")
        asked = place.plain()
        for name in ("SOFTWARE_TOKEN_MFA", "SMS_OTP", "PASSWORD", ""):
            assert refusal(lambda n=name: answer(place, asked, ANSWER=n))[0] == "InvalidParameterException"

    def test_the_preferred_one_is_asked_for(self, place: Place) -> None:
        prefer(place, "SMS_MFA", "EMAIL_OTP", preferred="EMAIL_OTP")
        assert place.plain()["ChallengeName"] == "EMAIL_OTP"


class TestRequired:
    """A pool with MFA ON."""

    def test_an_address_alone_serves(self, server: RunningServer) -> None:
        place = mfa_place(server, "ON", "SMS_MFA")
        asked = place.plain()
        assert asked["ChallengeName"] == "SMS_MFA"
        assert signed_in(answer(place, asked, **code_of(place, asked)))

    def test_two_addresses_are_a_choice(self, server: RunningServer) -> None:
        place = mfa_place(server, "ON", "SMS_MFA", "EMAIL_OTP")
        assert place.plain()["ChallengeParameters"]["MFAS_CAN_CHOOSE"] == '["SMS_MFA","EMAIL_OTP"]'

    def test_the_address_that_recovers_passwords_does_not(self, server: RunningServer) -> None:
        recovery = {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]}
        place = mfa_place(server, "ON", "SMS_MFA", "SOFTWARE_TOKEN_MFA", AccountRecoverySetting=recovery)
        assert place.plain()["ChallengeName"] == "SMS_MFA"
        place.person("guest", email="guest@example.com")
        asked = place.plain("guest")
        assert asked["ChallengeName"] == "MFA_SETUP"
        assert asked["ChallengeParameters"] == {
            "MFAS_CAN_SETUP": '["SMS_MFA","SOFTWARE_TOKEN_MFA"]',
            "USER_ID_FOR_SRP": "guest",
        }

    def test_nothing_can_be_set_up(self, server: RunningServer) -> None:
        recovery = {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_phone_number"}]}
        place = mfa_place(server, "OPTIONAL", "SMS_MFA", AccountRecoverySetting=recovery)
        set_mfa_on = refusal(lambda: set_mfa(place, "ON", "SMS_MFA"))
        assert set_mfa_on[0] == "InvalidParameterException"

    def test_an_app_that_was_verified_is_asked_for(self, server: RunningServer) -> None:
        place = mfa_place(server, "OPTIONAL", "SOFTWARE_TOKEN_MFA")
        app = register(place, token_of(place))
        assert signed_in(place.plain()), "registered is not yet turned on"
        set_mfa(place, "ON", "SOFTWARE_TOKEN_MFA")
        asked = place.plain()
        assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
        assert signed_in(answer(place, asked, SOFTWARE_TOKEN_MFA_CODE=app.code()))

    def test_a_new_password_comes_first(self, server: RunningServer) -> None:
        place = mfa_place(server, "ON", "SMS_MFA")
        place.invite("guest", phone_number=PHONE)
        asked = place.plain("guest")
        assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
        asked = answer(place, asked, "guest", NEW_PASSWORD=NEW)
        assert asked["ChallengeName"] == "SMS_MFA"
        assert "AuthenticationResult" not in asked
        assert signed_in(answer(place, asked, "guest", **code_of(place, asked)))

    def test_after_a_sign_up_too(self, server: RunningServer) -> None:
        """The session of ConfirmSignUp stands for the first factor, and for that alone."""
        place = make_place(server, AutoVerifiedAttributes=["email"])
        set_mfa(place, "ON", "SOFTWARE_TOKEN_MFA")
        begun = place.idp.sign_up(
            ClientId=place.client,
            Username="jane",
            Password=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": EMAIL}],
        )
        confirmed = place.idp.confirm_sign_up(
            ClientId=place.client,
            Username="jane",
            ConfirmationCode=server.code(EMAIL),
            Session=begun["Session"],
        )
        asked = place.idp.initiate_auth(
            ClientId=place.client, AuthFlow="USER_AUTH", Session=confirmed["Session"]
        )
        assert asked["ChallengeName"] == "MFA_SETUP"


class TestSetUp:
    """MFA_SETUP."""

    @pytest.fixture
    def place(self, server: RunningServer) -> Place:
        """A pool with MFA ON, whose jane has no address."""
        place = make_place(
            server,
            EmailConfiguration={
                "EmailSendingAccount": "DEVELOPER",
                "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/mail@example.com",
            },
            AccountRecoverySetting={"RecoveryMechanisms": [{"Priority": 1, "Name": "admin_only"}]},
        )
        place.person()
        set_mfa(place, "ON", *ALL)
        return place

    def test_app(self, place: Place) -> None:
        asked = place.plain()
        assert json.loads(asked["ChallengeParameters"]["MFAS_CAN_SETUP"]) == [*ALL]
        begun = place.idp.associate_software_token(Session=asked["Session"])
        app = Authenticator(begun["SecretCode"], place.server.clock)
        mismatch = "EnableSoftwareTokenMFAException", "Code mismatch"
        session = begun["Session"]

        def verify(code: str) -> dict[str, Any]:
            return place.idp.verify_software_token(Session=session, UserCode=code, FriendlyDeviceName="phone")

        assert refusal(lambda: verify(app.wrong())) == mismatch
        verified = verify(app.code())
        assert verified["Status"] == "SUCCESS"
        done = place.respond("MFA_SETUP", verified["Session"], {"USERNAME": "jane"})
        assert signed_in(done)
        shown = place.idp.get_user(AccessToken=done["AuthenticationResult"]["AccessToken"])
        assert shown["UserMFASettingList"] == ["SOFTWARE_TOKEN_MFA"]
        assert place.plain()["ChallengeName"] == "SOFTWARE_TOKEN_MFA"

    @pytest.mark.parametrize(
        ("name", "value", "factor", "flag"),
        [
            ("EMAIL", EMAIL, "EMAIL_OTP", "email"),
            ("email", EMAIL, "EMAIL_OTP", "email"),
            ("PHONE_NUMBER", PHONE, "SMS_MFA", "phone_number"),
            ("phone_number", PHONE, "SMS_MFA", "phone_number"),
        ],
    )
    def test_address(self, place: Place, name: str, value: str, factor: str, flag: str) -> None:
        asked = answer(place, place.plain(), **{name: value})
        assert asked["ChallengeName"] == factor
        user = place.idp.admin_get_user(UserPoolId=place.pool, Username="jane")
        assert [a["Name"] for a in user["UserAttributes"]] == ["sub"], "it is nobody's yet"
        assert signed_in(answer(place, asked, **code_of(place, asked)))
        user = place.idp.admin_get_user(UserPoolId=place.pool, Username="jane")
        stored = {a["Name"]: a["Value"] for a in user["UserAttributes"]}
        assert (stored[flag], stored[f"{flag}_verified"]) == (value, "true")
        assert user["UserMFASettingList"] == [factor]
        assert place.plain()["ChallengeName"] == factor

    def test_what_is_no_address(self, place: Place) -> None:
        asked = place.plain()
        assert refusal(lambda: answer(place, asked, EMAIL="nonsense"))[0] == "InvalidParameterException"
        assert refusal(lambda: answer(place, asked, PHONE_NUMBER="12"))[0] == "InvalidParameterException"
        assert answer(place, asked, EMAIL=EMAIL)["ChallengeName"] == "EMAIL_OTP"

    def test_nothing_was_verified(self, place: Place) -> None:
        asked = place.plain()
        expected = "NotAuthorizedException", "Invalid session for the user."
        assert refusal(lambda: answer(place, asked)) == expected
        begun = place.idp.associate_software_token(Session=asked["Session"])
        assert refusal(lambda: place.respond("MFA_SETUP", begun["Session"], {"USERNAME": "jane"})) == expected
        verify = place.idp.verify_software_token
        assert refusal(lambda: verify(Session=asked["Session"], UserCode="123456")) == expected


class TestOtherWaysIn:
    def test_choice_with_a_factor_turned_on_is_a_password(self, server: RunningServer) -> None:
        place = mfa_place(
            server,
            "OPTIONAL",
            "SMS_MFA",
            Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}},
        )
        assert "EMAIL_OTP" in Choosing(place).begin()["AvailableChallenges"]
        prefer(place, "SMS_MFA")
        asked = Choosing(place).prefer("EMAIL_OTP")
        assert asked["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD"]
        asked = Choosing(place).choose(asked, "PASSWORD", PASSWORD=PASSWORD)
        assert asked["ChallengeName"] == "SMS_MFA"
        assert signed_in(answer(place, asked, **code_of(place, asked)))

    def test_attack_a_code_by_e_mail_does_not_stand_for_both(self, server: RunningServer) -> None:
        """A session of a code as first factor, begun before the user turned a second one on."""
        place = mfa_place(
            server,
            "OPTIONAL",
            "SMS_MFA",
            Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}},
        )
        asked = Choosing(place).prefer("EMAIL_OTP")
        prefer(place, "SMS_MFA")
        expected = "NotAuthorizedException", "Invalid session for the user."
        assert refusal(lambda: answer(place, asked, EMAIL_OTP_CODE=server.code(EMAIL))) == expected


class TestSwitches:
    """What a pool's switch does to users who have a factor."""

    def test_off_asks_for_none(self, place: Place) -> None:
        with_app(place)
        set_mfa(place, "OFF")
        assert signed_in(place.plain())
        set_mfa(place, "OPTIONAL", *ALL)
        assert place.plain()["ChallengeName"] == "SOFTWARE_TOKEN_MFA"

    def test_apps_turned_off_leave_those_there_are(self, place: Place) -> None:
        app = with_app(place)
        set_mfa(place, "OPTIONAL", "SMS_MFA")
        asked = place.plain()
        assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
        assert signed_in(answer(place, asked, SOFTWARE_TOKEN_MFA_CODE=app.code()))
        prefer(place, "SMS_MFA")
        assert place.plain()["ChallengeName"] == "SMS_MFA"

    def test_an_app_taken_away(self, place: Place) -> None:
        with_app(place)
        place.idp.admin_delete_software_token(UserPoolId=place.pool, Username="jane")
        assert signed_in(place.plain())
        set_mfa(place, "ON", "SOFTWARE_TOKEN_MFA")
        assert place.plain()["ChallengeName"] == "MFA_SETUP"

    def test_a_new_app_replaces_the_old_one(self, place: Place) -> None:
        old = with_app(place)
        asked = place.plain()
        token = answer(place, asked, SOFTWARE_TOKEN_MFA_CODE=old.code())["AuthenticationResult"][
            "AccessToken"
        ]
        secret = place.idp.associate_software_token(AccessToken=token)["SecretCode"]
        place.server.clock.advance(30)
        assert signed_in(answer(place, place.plain(), SOFTWARE_TOKEN_MFA_CODE=old.code())), "not verified yet"
        new = Authenticator(secret, place.server.clock)
        place.idp.verify_software_token(AccessToken=token, UserCode=new.code())
        place.server.clock.advance(30)
        asked = place.plain()
        wrong = "CodeMismatchException", "Invalid code received for user"
        assert refusal(lambda: answer(place, asked, SOFTWARE_TOKEN_MFA_CODE=old.code())) == wrong
        assert signed_in(answer(place, asked, SOFTWARE_TOKEN_MFA_CODE=new.code()))

    def test_a_changed_address_gets_the_codes(self, place: Place) -> None:
        prefer(place, "EMAIL_OTP")
        place.idp.admin_update_user_attributes(
            UserPoolId=place.pool,
            Username="jane",
            UserAttributes=[{"Name": "email", "Value": "new@example.com"}],
        )
        asked = place.plain()
        assert asked["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"] == "n***@e***"
        code = place.server.code("new@example.com")
        assert signed_in(answer(place, asked, EMAIL_OTP_CODE=code))

    def test_a_deleted_address_takes_its_factor(self, place: Place) -> None:
        prefer(place, "EMAIL_OTP", "SMS_MFA", preferred="EMAIL_OTP")
        place.idp.admin_delete_user_attributes(
            UserPoolId=place.pool, Username="jane", UserAttributeNames=["email"]
        )
        user = place.idp.admin_get_user(UserPoolId=place.pool, Username="jane")
        assert user["UserMFASettingList"] == ["SMS_MFA"]
        assert "PreferredMfaSetting" not in user
        assert place.plain()["ChallengeName"] == "SMS_MFA"

    def test_an_address_that_is_required_stays(self, server: RunningServer) -> None:
        place = mfa_place(server, "ON", "SMS_MFA")
        asked = place.plain()
        token = answer(place, asked, **code_of(place, asked))["AuthenticationResult"]["AccessToken"]
        refused = refusal(
            lambda: place.idp.delete_user_attributes(AccessToken=token, UserAttributeNames=["phone_number"])
        )
        assert refused[0] == "InvalidParameterException"

    def test_a_second_factor_recovers_no_password(self, server: RunningServer) -> None:
        place = make_place(server, SmsConfiguration={"SnsCallerArn": "arn:aws:iam::000000000000:role/texts"})
        place.person(email=EMAIL, phone_number=PHONE, email_verified="true", phone_number_verified="true")
        set_mfa(place, "OPTIONAL", "SMS_MFA")
        forgot = place.idp.forgot_password
        assert (
            forgot(ClientId=place.client, Username="jane")["CodeDeliveryDetails"]["DeliveryMedium"] == "SMS"
        )
        prefer(place, "SMS_MFA")
        sent = forgot(ClientId=place.client, Username="jane")["CodeDeliveryDetails"]
        assert sent["DeliveryMedium"] == "EMAIL"
