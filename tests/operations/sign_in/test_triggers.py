"""PreAuthentication, PostAuthentication, PreTokenGeneration and UserMigration around a sign-in."""

from typing import Any

import pytest

from support.authenticator import answer as answered
from support.authenticator import code_of, mfa_place, prefer, set_mfa
from support.refusals import refusal
from support.server import RunningServer
from support.sign_in import PASSWORD, WRONG, Place, make_place
from support.sign_in_functions import OLD_PASSWORD

HIDES = {"PreventUserExistenceErrors": "ENABLED"}
TOLD = {"k": "v"}


def arn(function: str) -> str:
    return f"arn:aws:lambda:us-east-1:123456789012:function:{function}"


def sources(fired: list[dict[str, Any]]) -> list[str]:
    return [event["triggerSource"] for event in fired]


ALL = dict.fromkeys(("PreAuthentication", "PostAuthentication", "PreTokenGeneration"), arn("record"))


class TestAround:
    def test_order_and_who_sees_the_metadata(
        self, triggered: RunningServer, fired: list[dict[str, Any]]
    ) -> None:
        """InitiateAuth's reaches PreAuthentication alone, the answer's the two at the end."""
        place = make_place(triggered, LambdaConfig=ALL)
        place.person(email="jane@example.com")
        srp = place.srp()
        started = place.idp.initiate_auth(
            AuthFlow="USER_SRP_AUTH",
            ClientId=place.client,
            AuthParameters=srp.get_auth_params(),
            ClientMetadata=TOLD,
        )
        assert sources(fired) == ["PreAuthentication_Authentication"]
        assert fired[0]["request"]["validationData"] == TOLD
        assert "clientMetadata" not in fired[0]["request"]
        assert "userNotFound" not in fired[0]["request"]
        assert fired[0]["userName"] == "jane"
        assert fired[0]["callerContext"]["clientId"] == place.client
        attributes = fired[0]["request"]["userAttributes"]
        assert (attributes["email"], attributes["cognito:user_status"]) == ("jane@example.com", "CONFIRMED")

        srp.answer(srp.claim(started), ClientMetadata={"k": "w"})
        assert sources(fired)[1:] == ["PostAuthentication_Authentication", "TokenGeneration_Authentication"]
        assert [event["request"]["clientMetadata"] for event in fired[1:]] == [{"k": "w"}] * 2

    def test_a_plain_sign_in_hands_no_metadata_to_the_end(
        self, triggered: RunningServer, fired: list[dict[str, Any]]
    ) -> None:
        place = make_place(triggered, LambdaConfig=ALL)
        place.person()
        place.idp.initiate_auth(
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=place.client,
            AuthParameters={"USERNAME": "jane", "PASSWORD": PASSWORD},
            ClientMetadata=TOLD,
        )
        assert len(fired) == 3
        assert [event["request"]["clientMetadata"] for event in fired[1:]] == [None, None]

    def test_a_second_factor_comes_before_the_end(
        self, triggered: RunningServer, fired: list[dict[str, Any]]
    ) -> None:
        """The trigger words the code's message; PostAuthentication and the tokens wait for the code."""
        place = mfa_place(
            triggered, "OPTIONAL", "SMS_MFA", LambdaConfig={**ALL, "CustomMessage": arn("record")}
        )
        prefer(place, "SMS_MFA")
        fired.clear()
        srp = place.srp()
        asked = srp.answer(srp.claim(srp.start()), ClientMetadata=TOLD)
        assert sources(fired) == ["PreAuthentication_Authentication", "CustomMessage_Authentication"]
        assert fired[1]["request"]["clientMetadata"] == TOLD
        assert fired[1]["request"]["codeParameter"] == "{####}"
        answered(place, asked, **code_of(place, asked))
        assert sources(fired)[2:] == ["PostAuthentication_Authentication", "TokenGeneration_Authentication"]

    def test_the_new_password_has_a_source_of_its_own(
        self, triggered: RunningServer, fired: list[dict[str, Any]]
    ) -> None:
        place = make_place(triggered, LambdaConfig=ALL)
        place.invite()
        session = place.plain()["Session"]
        place.respond(
            "NEW_PASSWORD_REQUIRED", session, {"USERNAME": "jane", "NEW_PASSWORD": "Another-Horse-9"}
        )
        assert sources(fired)[1:] == [
            "PostAuthentication_Authentication",
            "TokenGeneration_NewPasswordChallenge",
        ]

    def test_a_refresh_fires_neither(self, triggered: RunningServer, fired: list[dict[str, Any]]) -> None:
        place = make_place(triggered, LambdaConfig=ALL)
        place.person()
        token = place.plain()["AuthenticationResult"]["RefreshToken"]
        fired.clear()
        place.idp.initiate_auth(
            AuthFlow="REFRESH_TOKEN_AUTH", ClientId=place.client, AuthParameters={"REFRESH_TOKEN": token}
        )
        assert sources(fired) == ["TokenGeneration_RefreshTokens"]

    def test_pre_authentication_refuses_whatever_the_password(self, triggered: RunningServer) -> None:
        place = make_place(triggered, LambdaConfig={"PreAuthentication": arn("refuse")})
        place.person()
        expected = "UserLambdaValidationException", "PreAuthentication failed with error Not today."
        assert refusal(place.plain) == expected
        assert refusal(place.srp().start) == expected

    def test_post_authentication_refuses_before_there_are_tokens(
        self, triggered: RunningServer, fired: list[dict[str, Any]]
    ) -> None:
        place = make_place(triggered, LambdaConfig={**ALL, "PostAuthentication": arn("refuse")})
        place.person()
        expected = "UserLambdaValidationException", "PostAuthentication failed with error Not today."
        assert refusal(place.plain) == expected
        assert "TokenGeneration_Authentication" not in sources(fired)

    def test_user_not_found_is_told_where_users_are_hidden(
        self, triggered: RunningServer, fired: list[dict[str, Any]]
    ) -> None:
        place = make_place(triggered, client=HIDES, LambdaConfig=ALL)
        place.person()
        assert refusal(lambda: place.plain("nobody")) == WRONG
        place.plain()
        found = [event for event in fired if event["triggerSource"].startswith("PreAuth")]
        assert [event["request"]["userNotFound"] for event in found] == [True, False]
        assert (found[0]["userName"], found[0]["request"]["userAttributes"]) == ("nobody", {})


class TestMigration:
    def place(self, triggered: RunningServer, **options: Any) -> Place:
        return make_place(triggered, **{"LambdaConfig": {"UserMigration": arn("migrate")}, **options})

    def test_a_user_is_taken_over_with_the_password(
        self, triggered: RunningServer, fired: list[dict[str, Any]]
    ) -> None:
        place = self.place(triggered)
        done = place.idp.initiate_auth(
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=place.client,
            AuthParameters={"USERNAME": "jane", "PASSWORD": OLD_PASSWORD},
            ClientMetadata=TOLD,
        )
        assert done["AuthenticationResult"]
        (event,) = fired
        assert event["request"] == {"password": OLD_PASSWORD, "validationData": TOLD, "clientMetadata": None}
        user = place.idp.admin_get_user(UserPoolId=place.pool, Username="jane")
        assert user["UserStatus"] == "CONFIRMED"
        assert place.srp(password=OLD_PASSWORD).authenticate_user()["AuthenticationResult"]
        assert len(fired) == 1

    def test_in_a_pool_of_addresses_and_by_an_administrator(self, triggered: RunningServer) -> None:
        place = self.place(triggered, UsernameAttributes=["email"])
        done = place.idp.admin_initiate_auth(
            UserPoolId=place.pool,
            ClientId=place.client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "jane@example.com", "PASSWORD": OLD_PASSWORD},
        )
        assert done["AuthenticationResult"]
        assert place.plain("jane@example.com", OLD_PASSWORD)["AuthenticationResult"]

    def test_any_other_status_asks_for_a_new_password(self, triggered: RunningServer) -> None:
        place = self.place(triggered, client=HIDES)
        expected = "PasswordResetRequiredException", "Password reset required for the user"
        assert refusal(lambda: place.plain("reset", OLD_PASSWORD)) == expected
        user = place.idp.admin_get_user(UserPoolId=place.pool, Username="reset")
        assert user["UserStatus"] == "RESET_REQUIRED"

    def test_who_is_not_there_either(self, triggered: RunningServer) -> None:
        place = self.place(triggered)
        assert refusal(lambda: place.plain("jane", "Wrong-Horse-9")) == (
            "UserNotFoundException",
            "User does not exist.",
        )
        hiding = place.another_client(**HIDES)
        assert refusal(lambda: hiding.plain("bob", "Wrong-Horse-9")) == WRONG

    def test_a_directory_that_is_down(self, triggered: RunningServer) -> None:
        place = self.place(triggered)
        text = f"Exception migrating user in app client {place.client}"
        assert refusal(lambda: place.plain("broken")) == ("UserNotFoundException", text)
        hiding = place.another_client(**HIDES)
        assert refusal(lambda: hiding.plain("broken")) == WRONG

    def test_texts_may_come_along(self, triggered: RunningServer, fired: list[dict[str, Any]]) -> None:
        """`enableSMSMFA` counts where the pool has SMS as second factor."""
        place = mfa_place(triggered, "OPTIONAL", "SMS_MFA", LambdaConfig={"UserMigration": arn("migrate")})
        asked = place.plain("texted", OLD_PASSWORD)
        assert asked["ChallengeName"] == "SMS_MFA"
        assert answered(place, asked, "texted", **code_of(place, asked))["AuthenticationResult"]
        set_mfa(place, "OPTIONAL", "SOFTWARE_TOKEN_MFA")
        place.idp.admin_delete_user(UserPoolId=place.pool, Username="texted")
        assert place.plain("texted", OLD_PASSWORD)["AuthenticationResult"]
        assert fired

    def test_srp_migrates_nobody(self, triggered: RunningServer, fired: list[dict[str, Any]]) -> None:
        place = self.place(triggered)
        assert refusal(place.srp("jane", OLD_PASSWORD).start)[0] == "UserNotFoundException"
        assert not fired

    @pytest.mark.parametrize("client", [{}, HIDES])
    def test_attack_guessing_through_the_trigger(
        self, triggered: RunningServer, fired: list[dict[str, Any]], client: dict[str, str]
    ) -> None:
        place = self.place(triggered, client=client)
        for _ in range(5):
            refusal(lambda: place.plain("jane", "Wrong-Horse-9"))
        exceeded = "NotAuthorizedException", "Password attempts exceeded"
        assert refusal(lambda: place.plain("jane", OLD_PASSWORD)) == exceeded
        assert len(fired) == 5
