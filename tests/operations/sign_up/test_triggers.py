"""The Lambda triggers of sign-up (digest «users» §5.3 to §5.6)."""

import pytest

from poolhouse.store import open_store
from support import hooks
from support.folk import AUTO_BOTH, AUTO_EMAIL, EMAIL, PHONE, people
from support.refusals import refusal
from support.server import running_server

ALL = dict.fromkeys(("PreSignUp", "PostConfirmation", "CustomMessage", "UserMigration"), hooks.ARN)


@pytest.fixture
def server(store_url, clock, tmp_path):
    hooks.events.clear()
    hooks.answers.clear()
    with running_server(open_store(store_url, clock), tmp_path, clock, hooks.mapped) as running:
        yield running


@pytest.fixture
def pool(server):
    return people(server, LambdaConfig=ALL, **AUTO_EMAIL)


def fails(_event):
    raise ValueError("no such luck")


def test_sign_up_tells_pre_sign_up_and_custom_message(pool):
    pool.idp.sign_up(
        ClientId=pool.client,
        Username="jane",
        Password="Correct-Horse-9",
        UserAttributes=[{"Name": "email", "Value": EMAIL}],
        ValidationData=[{"Name": "invite", "Value": "42"}],
        ClientMetadata={"lang": "en"},
    )
    assert hooks.sources() == ["PreSignUp_SignUp", "CustomMessage_SignUp"]
    before, message = hooks.events
    assert before["userName"] == "jane"
    assert before["callerContext"]["clientId"] == pool.client
    assert before["request"] == {
        "userAttributes": {"email": EMAIL},
        "validationData": {"invite": "42"},
        "clientMetadata": {"lang": "en"},
    }
    assert before["response"] == {
        "autoConfirmUser": False,
        "autoVerifyEmail": False,
        "autoVerifyPhone": False,
    }
    assert message["request"]["clientMetadata"] == {"lang": "en"}
    assert message["request"]["userAttributes"]["cognito:user_status"] == "UNCONFIRMED"


def test_pre_sign_up_sees_the_sub_where_it_is_the_username(server):
    pool = people(server, LambdaConfig=ALL, UsernameAttributes=["email"])
    sub = pool.sign_up(EMAIL)["UserSub"]
    assert hooks.events[0]["userName"] == sub
    assert hooks.events[0]["request"]["userAttributes"] == {"email": EMAIL}


def test_pre_sign_up_refuses_and_nothing_is_left(pool):
    hooks.answers["PreSignUp_SignUp"] = fails
    assert refusal(pool.sign_up, "jane", email=EMAIL) == (
        "UserLambdaValidationException",
        "PreSignUp failed with error no such luck.",
    )
    assert refusal(pool.get, "jane") == ("UserNotFoundException", "User does not exist.")
    del hooks.answers["PreSignUp_SignUp"]
    pool.sign_up("jane", email=EMAIL)


def test_a_taken_name_does_not_reach_the_trigger(pool):
    pool.sign_up("jane")
    hooks.events.clear()
    refusal(pool.sign_up, "jane")
    assert hooks.events == []


def test_pre_sign_up_confirms_and_verifies(server, pool):
    hooks.answers["PreSignUp_SignUp"] = lambda _: {"autoConfirmUser": True, "autoVerifyEmail": True}
    answer = pool.sign_up("jane", email=EMAIL)
    assert answer["UserConfirmed"] is True
    assert "CodeDeliveryDetails" not in answer
    assert server.mails() == []
    assert pool.status("jane") == "CONFIRMED"
    assert pool.get("jane")["attributes"]["email_verified"] == "true"
    assert hooks.sources() == ["PreSignUp_SignUp", "PostConfirmation_ConfirmSignUp"]
    assert hooks.events[1]["request"]["userAttributes"]["cognito:user_status"] == "CONFIRMED"


def test_a_user_confirmed_by_the_trigger_can_still_verify_the_address(server, pool):
    hooks.answers["PreSignUp_SignUp"] = lambda _: {"autoConfirmUser": True}
    assert pool.sign_up("jane", email=EMAIL)["CodeDeliveryDetails"]["AttributeName"] == "email"
    assert refusal(pool.confirm, "jane", server.code(EMAIL)) == (
        "NotAuthorizedException",
        "User cannot be confirmed. Current status is CONFIRMED",
    )
    pool.idp.verify_user_attribute(
        AccessToken=pool.token("jane"), AttributeName="email", Code=server.code(EMAIL)
    )
    assert pool.get("jane")["attributes"]["email_verified"] == "true"


def test_pre_sign_up_verifies_an_address_that_is_not_there(pool):
    hooks.answers["PreSignUp_SignUp"] = lambda _: {"autoVerifyPhone": True}
    code, _ = refusal(pool.sign_up, "jane", email=EMAIL)
    assert code == "InvalidLambdaResponseException"
    assert refusal(pool.get, "jane")[0] == "UserNotFoundException"


def test_pre_sign_up_answers_nonsense(pool):
    hooks.answers["PreSignUp_SignUp"] = lambda _: {"autoConfirmUser": "yes"}
    assert refusal(pool.sign_up, "jane") == ("InvalidLambdaResponseException", "Unrecognizable lambda output")


def test_a_verified_phone_leaves_the_email_to_the_code(server):
    pool = people(server, LambdaConfig=ALL, **AUTO_BOTH)
    hooks.answers["PreSignUp_SignUp"] = lambda _: {"autoVerifyPhone": True}
    answer = pool.sign_up("jane", email=EMAIL, phone_number=PHONE)
    assert answer["CodeDeliveryDetails"]["AttributeName"] == "email"


def test_pre_sign_up_moves_an_alias(server):
    pool = people(server, LambdaConfig=ALL, AliasAttributes=["email"], **AUTO_EMAIL)
    hooks.answers["PreSignUp_SignUp"] = lambda _: {"autoConfirmUser": True, "autoVerifyEmail": True}
    pool.sign_up("jane", email=EMAIL)
    pool.sign_up("joan", email=EMAIL)
    assert pool.get(EMAIL)["Username"] == "joan"
    assert pool.get("jane")["attributes"]["email_verified"] == "false"


@pytest.mark.parametrize("admin", [False, True])
def test_post_confirmation_fails_and_the_user_stays_confirmed(server, pool, admin):
    pool.sign_up("jane", email=EMAIL)
    hooks.answers["PostConfirmation_ConfirmSignUp"] = fails
    if admin:
        refused = refusal(pool.idp.admin_confirm_sign_up, UserPoolId=pool.pool, Username="jane")
    else:
        refused = refusal(pool.confirm, "jane", server.code(EMAIL))
    assert refused == ("UserLambdaValidationException", "PostConfirmation failed with error no such luck.")
    assert pool.status("jane") == "CONFIRMED"


def test_post_confirmation_hears_of_confirmations(server, pool):
    pool.sign_up("jane", email=EMAIL)
    pool.sign_up("joan", email=EMAIL)
    hooks.events.clear()
    pool.idp.admin_confirm_sign_up(UserPoolId=pool.pool, Username="joan", ClientMetadata={"by": "admin"})
    pool.idp.resend_confirmation_code(ClientId=pool.client, Username="jane", ClientMetadata={"again": "1"})
    server.clock.advance(1)
    [*_, resent] = hooks.events
    assert resent["triggerSource"] == "CustomMessage_ResendCode"
    assert resent["request"]["clientMetadata"] == {"again": "1"}
    event = hooks.events[0]
    assert event["triggerSource"] == "PostConfirmation_ConfirmSignUp"
    assert event["callerContext"]["clientId"] == "CLIENT_ID_NOT_APPLICABLE"
    assert event["request"]["clientMetadata"] == {"by": "admin"}
    assert event["request"]["userAttributes"]["email_verified"] == "false"


def test_custom_message_fails_and_the_user_exists(pool):
    hooks.answers["CustomMessage_SignUp"] = fails
    assert refusal(pool.sign_up, "jane", email=EMAIL) == (
        "UserLambdaValidationException",
        "CustomMessage failed with error no such luck.",
    )
    assert pool.status("jane") == "UNCONFIRMED"


def test_an_administrators_user_tells_pre_sign_up_whose_answer_counts_for_nothing(server, pool):
    hooks.answers["PreSignUp_AdminCreateUser"] = lambda _: {"autoConfirmUser": True, "autoVerifyEmail": True}
    pool.idp.admin_create_user(
        UserPoolId=pool.pool,
        Username="jane",
        UserAttributes=[{"Name": "email", "Value": EMAIL}],
        ValidationData=[{"Name": "a", "Value": "b"}],
        ClientMetadata={"lang": "en"},
    )
    assert hooks.sources() == ["PreSignUp_AdminCreateUser", "CustomMessage_AdminCreateUser"]
    before, message = hooks.events
    assert before["callerContext"]["clientId"] == "CLIENT_ID_NOT_APPLICABLE"
    assert before["request"]["validationData"] == {"a": "b"}
    assert message["request"]["usernameParameter"] == "{username}"
    assert pool.status("jane") == "FORCE_CHANGE_PASSWORD"
    assert "email_verified" not in pool.get("jane")["attributes"]


def test_pre_sign_up_refuses_an_administrators_user(pool):
    hooks.answers["PreSignUp_AdminCreateUser"] = fails
    assert refusal(pool.create, "jane")[0] == "UserLambdaValidationException"
    assert refusal(pool.get, "jane")[0] == "UserNotFoundException"


class TestForgottenPasswords:
    def forgot(self, pool, username="jane", **options):
        return pool.idp.forgot_password(ClientId=pool.client, Username=username, **options)

    def test_the_code_and_the_confirmation(self, server, pool):
        pool.confirmed("jane", email=EMAIL, email_verified="true")
        hooks.events.clear()
        self.forgot(pool, ClientMetadata={"lang": "en"})
        pool.idp.confirm_forgot_password(
            ClientId=pool.client,
            Username="jane",
            ConfirmationCode=server.code(EMAIL),
            Password="Another-Horse-9",
            ClientMetadata={"done": "1"},
        )
        assert hooks.sources() == ["CustomMessage_ForgotPassword", "PostConfirmation_ConfirmForgotPassword"]
        assert hooks.events[0]["request"]["clientMetadata"] == {"lang": "en"}
        assert hooks.events[1]["request"]["clientMetadata"] == {"done": "1"}

    def test_post_confirmation_fails_and_the_password_is_set(self, server, pool):
        pool.confirmed("jane", email=EMAIL, email_verified="true")
        self.forgot(pool)
        hooks.answers["PostConfirmation_ConfirmForgotPassword"] = fails
        assert refusal(
            pool.idp.confirm_forgot_password,
            ClientId=pool.client,
            Username="jane",
            ConfirmationCode=server.code(EMAIL),
            Password="Another-Horse-9",
        ) == ("UserLambdaValidationException", "PostConfirmation failed with error no such luck.")
        assert pool.token("jane", "Another-Horse-9")

    def test_an_administrators_reset(self, pool):
        pool.confirmed("jane", email=EMAIL, email_verified="true")
        hooks.events.clear()
        pool.idp.admin_reset_user_password(
            UserPoolId=pool.pool, Username="jane", ClientMetadata={"lang": "en"}
        )
        assert hooks.sources() == ["CustomMessage_ForgotPassword"]
        assert hooks.events[0]["callerContext"]["clientId"] == "CLIENT_ID_NOT_APPLICABLE"
        assert hooks.events[0]["request"]["userAttributes"]["cognito:user_status"] == "RESET_REQUIRED"
        assert hooks.events[0]["request"]["clientMetadata"] == {"lang": "en"}

    def test_an_unknown_user_is_migrated_and_gets_the_code(self, server, pool):
        hooks.answers["UserMigration_ForgotPassword"] = lambda _: {
            "userAttributes": {"email": EMAIL, "email_verified": "true"},
            "finalUserStatus": "RESET_REQUIRED",
            "messageAction": "SUPPRESS",
        }
        assert (
            self.forgot(pool, ClientMetadata={"m": "1"})["CodeDeliveryDetails"]["Destination"] == "j***@e***"
        )
        migration = hooks.events[0]
        assert migration["triggerSource"] == "UserMigration_ForgotPassword"
        assert migration["userName"] == "jane"
        assert "password" not in migration["request"]
        assert migration["request"]["clientMetadata"] == {"m": "1"}
        assert pool.status("jane") == "RESET_REQUIRED"
        pool.idp.confirm_forgot_password(
            ClientId=pool.client,
            Username="jane",
            ConfirmationCode=server.code(EMAIL),
            Password="Another-Horse-9",
        )
        assert pool.token("jane", "Another-Horse-9")

    def test_who_is_taken_over_is_greeted_without_a_password(self, server, pool):
        """Unless the trigger suppresses it (digest «users» §5.10)."""
        hooks.answers["UserMigration_Authentication"] = lambda _: {
            "userAttributes": {"email": EMAIL, "email_verified": "true"},
            "finalUserStatus": "CONFIRMED",
            "desiredDeliveryMediums": ["EMAIL"],
        }
        assert pool.token("jane")
        (mail,) = server.mails(EMAIL)
        assert mail["body"].strip() == "Your username is jane."
        assert "CustomMessage_AdminCreateUser" in hooks.sources()
        hooks.answers["UserMigration_Authentication"] = lambda _: {
            "userAttributes": {"email": "joan@example.com"},
            "finalUserStatus": "CONFIRMED",
            "messageAction": "SUPPRESS",
        }
        assert pool.token("joan")
        assert server.mails("joan@example.com") == []

    def test_a_greeting_that_fails_turns_nobody_away(self, server, pool):
        hooks.answers["UserMigration_Authentication"] = lambda _: {
            "userAttributes": {"email": EMAIL},
            "finalUserStatus": "CONFIRMED",
        }
        hooks.answers["CustomMessage_AdminCreateUser"] = fails
        assert pool.token("jane")
        assert server.mails() == []

    def test_a_name_that_the_pool_does_not_take_is_not_migrated(self, server):
        hooks.answers["UserMigration_ForgotPassword"] = lambda _: {"userAttributes": {"email": EMAIL}}
        pool = people(server, LambdaConfig=ALL, UsernameAttributes=["email"])
        assert refusal(self.forgot, pool) == ("InvalidParameterException", "Username should be an email.")
        assert pool.idp.list_users(UserPoolId=pool.pool)["Users"] == []

    @pytest.mark.parametrize("attributes", [{"custom:x": "1"}, {"email": "nonsense"}, {"sub": "1"}])
    def test_attributes_that_the_pool_does_not_take_are_not_migrated(self, pool, attributes):
        hooks.answers["UserMigration_ForgotPassword"] = lambda _: {"userAttributes": attributes}
        assert refusal(self.forgot, pool)[0] == "InvalidParameterException"
        assert pool.idp.list_users(UserPoolId=pool.pool)["Users"] == []

    def test_migration_finds_nobody(self, pool):
        assert refusal(self.forgot, pool) == (
            "UserNotFoundException",
            "Username/client id combination not found.",
        )

    def test_migration_fails(self, pool):
        hooks.answers["UserMigration_ForgotPassword"] = fails
        assert refusal(self.forgot, pool) == (
            "UserLambdaValidationException",
            "UserMigration failed with error no such luck.",
        )
        hiding = pool.another_client(PreventUserExistenceErrors="ENABLED")
        assert self.forgot(hiding)["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
