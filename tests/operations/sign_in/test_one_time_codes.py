"""EMAIL_OTP and SMS_OTP as the first factor, users without passwords, and sign-in straight after sign-up."""

from typing import Any

import pytest

from support.refusals import refusal
from support.server import RunningServer
from support.sign_in import PASSWORD, Choosing, Place, make_place

EMAIL, PHONE = "jane@example.com", "+15555550100"
WRONG_CODE = "CodeMismatchException", "Invalid code or auth state for the user."
ONCE = "NotAuthorizedException", "Invalid session for the user, session can only be used once."
INVALID = "NotAuthorizedException", "Invalid session for the user."
EXPIRED = "NotAuthorizedException", "Invalid session for the user, session is expired."
EXCEEDED = "NotAuthorizedException", "Password attempts exceeded"
FACTORS = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]}}
HIDES = {"PreventUserExistenceErrors": "ENABLED"}


def otp_place(server: RunningServer, **options: Any) -> Place:
    return make_place(server, **{"Policies": FACTORS, **options})


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 100_000_000:08}"


def status(place: Place, name: str = "jane") -> tuple[str, dict[str, str]]:
    user = place.idp.admin_get_user(UserPoolId=place.pool, Username=name)
    return user["UserStatus"], {a["Name"]: a["Value"] for a in user["UserAttributes"]}


@pytest.fixture
def place(server: RunningServer) -> Place:
    made = otp_place(server)
    made.person(email=EMAIL, phone_number=PHONE)
    return made


@pytest.fixture
def jane(place: Place) -> Choosing:
    return Choosing(place)


@pytest.mark.parametrize(
    ("factor", "to", "masked"),
    [("EMAIL_OTP", EMAIL, "j***@e***"), ("SMS_OTP", PHONE, "+*******0100")],
)
@pytest.mark.parametrize("preferred", [True, False])
def test_a_code_signs_in_and_verifies_its_address(
    jane: Choosing, factor: str, to: str, masked: str, preferred: bool
) -> None:
    asked = jane.prefer(factor) if preferred else jane.choose(jane.begin(), factor)
    assert asked["ChallengeName"] == factor
    medium = factor.removesuffix("_OTP")
    assert asked["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP", "SMS_OTP"]
    assert asked["ChallengeParameters"] == {
        "CODE_DELIVERY_DELIVERY_MEDIUM": medium,
        "CODE_DELIVERY_DESTINATION": masked,
        "USER_ID_FOR_SRP": "jane",
    }
    code = jane.place.server.code(to)
    assert len(code) == 8
    assert jane.answer(asked, **{f"{factor}_CODE": code})["AuthenticationResult"]["IdToken"]
    flag = "email_verified" if medium == "EMAIL" else "phone_number_verified"
    assert status(jane.place)[1][flag] == "true"


def test_a_wrong_code_leaves_the_session_good(jane: Choosing) -> None:
    asked = jane.prefer("EMAIL_OTP")
    code = jane.place.server.code(EMAIL)
    assert refusal(lambda: jane.answer(asked, EMAIL_OTP_CODE=wrong(code))) == WRONG_CODE
    assert jane.answer(asked, EMAIL_OTP_CODE=code)["AuthenticationResult"]


def test_the_trigger_words_the_message(triggered: RunningServer, fired: list[dict[str, Any]]) -> None:
    function = "arn:aws:lambda:us-east-1:123456789012:function:record"
    place = otp_place(triggered, LambdaConfig={"CustomMessage": function, "PostConfirmation": function})
    place.idp.sign_up(
        ClientId=place.client,
        Username="jane",
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": EMAIL}],
    )
    jane = Choosing(place)
    asked = jane.prefer("EMAIL_OTP")
    assert fired[-1]["triggerSource"] == "CustomMessage_Authentication"
    assert jane.answer(asked, EMAIL_OTP_CODE=triggered.code(EMAIL))["AuthenticationResult"]
    assert fired[-1]["triggerSource"] == "PostConfirmation_ConfirmSignUp"


def test_who_must_choose_a_password_gets_no_code(place: Place) -> None:
    place.invite("guest", email="guest@example.com")
    asked = Choosing(place, "guest").prefer("EMAIL_OTP")
    assert (asked["ChallengeName"], asked["AvailableChallenges"]) == (
        "SELECT_CHALLENGE",
        ["PASSWORD_SRP", "PASSWORD"],
    )


def test_a_disabled_user_gets_no_code(jane: Choosing) -> None:
    asked = jane.prefer("EMAIL_OTP")
    code = jane.place.server.code(EMAIL)
    jane.place.idp.admin_disable_user(UserPoolId=jane.place.pool, Username="jane")
    assert jane.prefer("EMAIL_OTP")["ChallengeName"] == "SELECT_CHALLENGE"
    expected = "NotAuthorizedException", "User is disabled."
    assert refusal(lambda: jane.answer(asked, EMAIL_OTP_CODE=code)) == expected


class TestWithoutPassword:
    def test_signing_up_and_in_by_code(self, server: RunningServer) -> None:
        """The code to sign in with confirms the user, though the pool verifies nothing by itself."""
        place = otp_place(server)
        place.idp.sign_up(
            ClientId=place.client, Username="jane", UserAttributes=[{"Name": "email", "Value": EMAIL}]
        )
        jane = Choosing(place)
        asked = jane.prefer("EMAIL_OTP")
        assert asked["AvailableChallenges"] == ["EMAIL_OTP"]
        assert jane.answer(asked, EMAIL_OTP_CODE=server.code(EMAIL))["AuthenticationResult"]
        now, attributes = status(place)
        assert (now, attributes["email_verified"]) == ("CONFIRMED", "true")

    def test_made_by_an_administrator(self, server: RunningServer) -> None:
        place = otp_place(server)
        made = place.idp.admin_create_user(
            UserPoolId=place.pool,
            Username="jane",
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "phone_number", "Value": PHONE}],
        )["User"]
        assert made["UserStatus"] == "CONFIRMED"
        asked = Choosing(place).begin()
        assert asked["AvailableChallenges"] == ["SMS_OTP"]
        chosen = Choosing(place).choose(asked, "SMS_OTP")
        assert Choosing(place).answer(chosen, SMS_OTP_CODE=server.code(PHONE))["AuthenticationResult"]


class TestAfterSignUp:
    def sign_up(self, place: Place) -> dict[str, Any]:
        return place.idp.sign_up(
            ClientId=place.client, Username="jane", UserAttributes=[{"Name": "email", "Value": EMAIL}]
        )

    def confirm(self, place: Place, session: str) -> dict[str, Any]:
        return place.idp.confirm_sign_up(
            ClientId=place.client,
            Username="jane",
            ConfirmationCode=place.server.code(EMAIL),
            Session=session,
        )

    def sign_in(self, place: Place, session: str) -> dict[str, Any]:
        return place.idp.initiate_auth(ClientId=place.client, AuthFlow="USER_AUTH", Session=session)

    @pytest.fixture
    def place(self, server: RunningServer) -> Place:
        return otp_place(server, AutoVerifiedAttributes=["email"])

    def test_tokens_at_once_and_only_once(self, place: Place) -> None:
        session = self.confirm(place, self.sign_up(place)["Session"])["Session"]
        assert self.sign_in(place, session)["AuthenticationResult"]["RefreshToken"]
        assert refusal(lambda: self.sign_in(place, session)) == ONCE

    def test_clients_without_the_flow_get_no_session(self, place: Place) -> None:
        plain = place.another_client(ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"])
        assert "Session" not in self.sign_up(plain)

    def test_the_session_expires(self, place: Place) -> None:
        session = self.confirm(place, self.sign_up(place)["Session"])["Session"]
        place.server.clock.advance(181)
        assert refusal(lambda: self.sign_in(place, session)) == EXPIRED

    def test_attack_sign_up_s_own_session_signs_nobody_in(self, place: Place) -> None:
        session = self.sign_up(place)["Session"]
        assert refusal(lambda: self.sign_in(place, session)) == INVALID

    def test_attack_session_of_another_client(self, place: Place) -> None:
        session = self.confirm(place, self.sign_up(place)["Session"])["Session"]
        assert refusal(lambda: self.sign_in(place.another_client(), session)) == INVALID

    def test_attack_garbled_session(self, place: Place) -> None:
        self.sign_up(place)
        assert refusal(lambda: self.confirm(place, "x" * 40)) == INVALID
        assert refusal(lambda: self.sign_in(place, "x" * 40)) == INVALID
        assert status(place)[0] == "UNCONFIRMED"

    def test_attack_session_of_another_sign_up(self, place: Place) -> None:
        """Eve's session does not sign Eve in by Jane's code, nor Jane by Eve's."""
        eve = place.idp.sign_up(
            ClientId=place.client,
            Username="eve",
            UserAttributes=[{"Name": "email", "Value": "eve@example.com"}],
        )["Session"]
        self.sign_up(place)
        assert "Session" not in self.confirm(place, eve)


class TestAttacks:
    def test_attack_code_used_twice(self, jane: Choosing) -> None:
        asked = jane.prefer("EMAIL_OTP")
        code = jane.place.server.code(EMAIL)
        assert jane.answer(asked, EMAIL_OTP_CODE=code)
        assert refusal(lambda: jane.answer(asked, EMAIL_OTP_CODE=code)) == ONCE

    def test_attack_code_of_another_session(self, jane: Choosing) -> None:
        first = jane.prefer("EMAIL_OTP")
        jane.prefer("EMAIL_OTP")
        code = jane.place.server.code(EMAIL)
        assert refusal(lambda: jane.answer(first, EMAIL_OTP_CODE=code)) == WRONG_CODE

    def test_attack_code_expired(self, jane: Choosing) -> None:
        asked = jane.prefer("EMAIL_OTP")
        jane.place.server.clock.advance(181)
        code = jane.place.server.code(EMAIL)
        assert refusal(lambda: jane.answer(asked, EMAIL_OTP_CODE=code)) == EXPIRED

    def test_attack_guessing_locks_across_sessions(self, jane: Choosing) -> None:
        for _ in range(5):
            asked = jane.prefer("EMAIL_OTP")
            code = jane.place.server.code(EMAIL)
            assert refusal(lambda a=asked, c=code: jane.answer(a, EMAIL_OTP_CODE=wrong(c))) == WRONG_CODE
        assert refusal(lambda: jane.answer(asked, EMAIL_OTP_CODE=code)) == EXCEEDED
        jane.place.server.clock.advance(2)
        assert jane.answer(asked, EMAIL_OTP_CODE=code)["AuthenticationResult"]

    def test_attack_flooding_a_mailbox(self, jane: Choosing) -> None:
        for _ in range(20):
            jane.prefer("EMAIL_OTP")
        expected = "TooManyRequestsException", "Attempt limit exceeded, please try after some time."
        assert refusal(lambda: jane.prefer("EMAIL_OTP")) == expected
        assert len(jane.place.server.mails(EMAIL)) == 20

    def test_attack_code_to_an_address_that_was_taken_away(self, jane: Choosing) -> None:
        asked = jane.prefer("EMAIL_OTP")
        code = jane.place.server.code(EMAIL)
        jane.place.idp.admin_update_user_attributes(
            UserPoolId=jane.place.pool,
            Username="jane",
            UserAttributes=[{"Name": "email", "Value": "new@example.com"}],
        )
        assert refusal(lambda: jane.answer(asked, EMAIL_OTP_CODE=code)) == WRONG_CODE

    def test_attack_session_of_the_other_medium(self, jane: Choosing) -> None:
        asked = jane.prefer("EMAIL_OTP") | {"ChallengeName": "SMS_OTP"}
        code = jane.place.server.code(EMAIL)
        assert refusal(lambda: jane.answer(asked, SMS_OTP_CODE=code)) == INVALID


def test_nobody_is_asked_like_somebody(server: RunningServer) -> None:
    """Where the address is the name: the same challenge, the same mask each time, nothing sent, no way in."""
    place = otp_place(server, client=HIDES, UsernameAttributes=["email"])
    place.person(EMAIL)
    real = Choosing(place, EMAIL).prefer("EMAIL_OTP")
    challenges = [Choosing(place, f"{letter}@example.com") for letter in "abcdefgh"]
    asked = [(one, one.prefer("EMAIL_OTP")) for one in challenges]
    made = [(one, answer) for one, answer in asked if answer["ChallengeName"] == "EMAIL_OTP"]
    assert made
    for nobody, answer in made:
        assert len(answer["Session"]) == len(real["Session"])
        assert set(answer["ChallengeParameters"]) == set(real["ChallengeParameters"])
        again = nobody.prefer("EMAIL_OTP")
        assert again["ChallengeParameters"] == answer["ChallengeParameters"]
        assert again["AvailableChallenges"] == answer["AvailableChallenges"]
        for _ in range(5):
            assert refusal(lambda n=nobody, a=answer: n.answer(a, EMAIL_OTP_CODE="12345678")) == WRONG_CODE
        assert refusal(lambda n=nobody, a=answer: n.answer(a, EMAIL_OTP_CODE="12345678")) == EXCEEDED
        assert server.mails(nobody.name) == []


def test_a_message_that_cannot_be_sent(triggered: RunningServer) -> None:
    function = "arn:aws:lambda:us-east-1:123456789012:function:refuse"
    place = otp_place(triggered, LambdaConfig={"CustomMessage": function})
    place.person(email=EMAIL)
    assert refusal(lambda: Choosing(place).prefer("EMAIL_OTP")) == (
        "UserLambdaValidationException",
        "CustomMessage failed with error Not today.",
    )
