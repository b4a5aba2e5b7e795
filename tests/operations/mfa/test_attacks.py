"""Attacks on second factors; each test names one and expects the service's error."""

from collections import Counter

import pytest

from support.authenticator import (
    EMAIL,
    Authenticator,
    answer,
    code_of,
    mfa_place,
    prefer,
    set_mfa,
    signed_in,
    with_app,
)
from support.people import at_once
from support.refusals import refusal, words_of
from support.server import RunningServer
from support.sign_in import PASSWORD, Place

SESSION = "NotAuthorizedException", "Invalid session for the user."
ONCE = "NotAuthorizedException", "Invalid session for the user, session can only be used once."
EXPIRED = "NotAuthorizedException", "Invalid session for the user, session is expired."
EXCEEDED = "NotAuthorizedException", "Password attempts exceeded"
MISMATCH = "CodeMismatchException", "Invalid code or auth state for the user."
WRONG_CODE = "CodeMismatchException", "Invalid code received for user"
REPLAYED = "ExpiredCodeException", "Your software token has already been used once."
ALL = ("SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP")


@pytest.fixture
def place(server: RunningServer) -> Place:
    return mfa_place(server, "OPTIONAL", *ALL)


@pytest.fixture
def app(place: Place) -> Authenticator:
    return with_app(place)


class TestReplays:
    def test_a_code_of_an_app_counts_once(self, place: Place, app: Authenticator) -> None:
        code = app.code()
        assert signed_in(answer(place, place.plain(), SOFTWARE_TOKEN_MFA_CODE=code))
        asked = place.plain()
        assert refusal(lambda: answer(place, asked, SOFTWARE_TOKEN_MFA_CODE=code)) == REPLAYED
        place.server.clock.advance(30)
        assert refusal(lambda: answer(place, asked, SOFTWARE_TOKEN_MFA_CODE=code)) == REPLAYED
        assert signed_in(answer(place, asked, SOFTWARE_TOKEN_MFA_CODE=app.code())), "the session lived on"

    def test_an_earlier_code_after_a_later_one(self, place: Place, app: Authenticator) -> None:
        early = app.code()
        assert signed_in(answer(place, place.plain(), SOFTWARE_TOKEN_MFA_CODE=app.code(late=30)))
        asked = place.plain()
        assert refusal(lambda: answer(place, asked, SOFTWARE_TOKEN_MFA_CODE=early)) == REPLAYED

    def test_the_code_that_verified_the_app(self, place: Place) -> None:
        token = place.plain()["AuthenticationResult"]["AccessToken"]
        secret = place.idp.associate_software_token(AccessToken=token)["SecretCode"]
        code = Authenticator(secret, place.server.clock).code()
        place.idp.verify_software_token(AccessToken=token, UserCode=code)
        prefer(place, "SOFTWARE_TOKEN_MFA")
        asked = place.plain()
        assert refusal(lambda: answer(place, asked, SOFTWARE_TOKEN_MFA_CODE=code)) == REPLAYED

    def test_at_the_same_moment_one_of_many_counts(self, place: Place, app: Authenticator) -> None:
        asked, code = [place.plain() for _ in range(8)], app.code()
        results = at_once(
            *(lambda one=one: answer(place, one, SOFTWARE_TOKEN_MFA_CODE=code) for one in asked)
        )
        told = Counter("in" if isinstance(r, dict) else words_of(r) for r in results)
        assert told == {"in": 1, REPLAYED: 7}

    def test_one_session_at_the_same_moment(self, place: Place, app: Authenticator) -> None:
        asked = place.plain()
        codes = [app.code(), app.code(late=30)] * 4
        results = at_once(
            *(lambda code=code: answer(place, asked, SOFTWARE_TOKEN_MFA_CODE=code) for code in codes)
        )
        assert sum(isinstance(r, dict) for r in results) == 1
        assert {words_of(r) for r in results if not isinstance(r, dict)} <= {ONCE, REPLAYED}

    @pytest.mark.parametrize("factor", ["SMS_MFA", "EMAIL_OTP"])
    def test_a_code_that_was_sent_counts_once(self, place: Place, factor: str) -> None:
        prefer(place, factor)
        asked = place.plain()
        given = code_of(place, asked)
        results = at_once(*(lambda: answer(place, asked, **given) for _ in range(6)))
        assert Counter("in" if isinstance(r, dict) else words_of(r) for r in results) == {"in": 1, ONCE: 5}
        again = place.plain()
        assert refusal(lambda: answer(place, again, **given)) == MISMATCH


class TestGuesses:
    @pytest.mark.parametrize("factor", ["SOFTWARE_TOKEN_MFA", "SMS_MFA"])
    def test_five_wrong_codes_lock(self, place: Place, app: Authenticator, factor: str) -> None:
        prefer(place, factor, preferred=factor)
        asked = place.plain()
        right = {"SOFTWARE_TOKEN_MFA_CODE": app.code()} if factor != "SMS_MFA" else code_of(place, asked)
        wrong = dict.fromkeys(right, app.wrong())
        told = [refusal(lambda: answer(place, asked, **wrong)) for _ in range(6)]
        assert {code for code, _ in told[:5]} == {"CodeMismatchException"}
        assert told[5] == EXCEEDED
        assert refusal(lambda: answer(place, asked, **right)) == EXCEEDED, "the right one says nothing"
        assert refusal(lambda: answer(place, place.plain(), **right)) == EXCEEDED, "nor in another sign-in"
        place.server.clock.advance(1)
        assert signed_in(answer(place, asked, **right))

    def test_at_the_same_moment(self, place: Place, app: Authenticator) -> None:
        asked = [place.plain() for _ in range(16)]
        wrong = app.wrong()
        results = at_once(*(lambda a=a: answer(place, a, SOFTWARE_TOKEN_MFA_CODE=wrong) for a in asked))
        assert Counter(words_of(r) for r in results) == {WRONG_CODE: 5, EXCEEDED: 11}

    def test_passwords_do_not_free_codes_nor_codes_passwords(self, place: Place, app: Authenticator) -> None:
        asked = place.plain()
        for _ in range(5):
            refusal(lambda: answer(place, asked, SOFTWARE_TOKEN_MFA_CODE=app.wrong()))
        another = place.plain()
        assert another["ChallengeName"] == "SOFTWARE_TOKEN_MFA", "the password's counter is its own"
        assert refusal(lambda: answer(place, another, SOFTWARE_TOKEN_MFA_CODE=app.code())) == EXCEEDED

    @pytest.mark.parametrize("code", ["", " ", "1" * 5000, "٣٤٥٦٧٨", "-12345", "123 456", "🐎🐎🐎"])
    def test_strange_codes(self, place: Place, app: Authenticator, code: str) -> None:
        asked = place.plain()
        assert refusal(lambda: answer(place, asked, SOFTWARE_TOKEN_MFA_CODE=code)) == WRONG_CODE
        prefer(place, "SMS_MFA", preferred="SMS_MFA")
        assert refusal(lambda: answer(place, place.plain(), SMS_MFA_CODE=code)) == MISMATCH
        assert app


class TestSwapped:
    def test_the_session_of_another_user(self, place: Place, app: Authenticator) -> None:
        place.person("eve", "Evil-Horse-9", email="eve@example.com")
        prefer(place, "EMAIL_OTP", name="eve")
        hers = place.plain("eve", "Evil-Horse-9")
        code = place.server.code("eve@example.com")
        assert refusal(lambda: answer(place, hers, "jane", EMAIL_OTP_CODE=code)) == MISMATCH
        assert app

    def test_the_code_of_another_user_s_app(self, place: Place, app: Authenticator) -> None:
        place.person("eve", "Evil-Horse-9")
        token = place.plain("eve", "Evil-Horse-9")["AuthenticationResult"]["AccessToken"]
        secret = place.idp.associate_software_token(AccessToken=token)["SecretCode"]
        theirs = Authenticator(secret, place.server.clock)
        place.idp.verify_software_token(AccessToken=token, UserCode=theirs.code())
        place.server.clock.advance(30)
        asked = place.plain()
        assert refusal(lambda: answer(place, asked, SOFTWARE_TOKEN_MFA_CODE=theirs.code())) == WRONG_CODE
        assert app

    def test_the_code_of_another_session(self, place: Place) -> None:
        prefer(place, "SMS_MFA")
        first = place.plain()
        given = code_of(place, first)
        second = place.plain()
        assert refusal(lambda: answer(place, second, **given)) == MISMATCH

    def test_the_session_of_another_client(self, place: Place, app: Authenticator) -> None:
        asked = place.plain()
        other = place.another_client()
        assert refusal(lambda: answer(other, asked, SOFTWARE_TOKEN_MFA_CODE=app.code())) == SESSION

    def test_the_session_of_another_challenge(self, place: Place, app: Authenticator) -> None:
        asked = place.plain()
        session = asked["Session"]
        for name, given in {
            "SMS_MFA": {"SMS_MFA_CODE": "123456"},
            "EMAIL_OTP": {"EMAIL_OTP_CODE": "123456"},
            "SELECT_MFA_TYPE": {"ANSWER": "SMS_MFA"},
            "MFA_SETUP": {"EMAIL": EMAIL},
            "NEW_PASSWORD_REQUIRED": {"NEW_PASSWORD": "Another-Horse-9"},
            "PASSWORD": {"PASSWORD": PASSWORD},
        }.items():
            given["USERNAME"] = "jane"
            assert refusal(lambda n=name, g=given: place.respond(n, session, g)) == SESSION
        assert signed_in(answer(place, asked, SOFTWARE_TOKEN_MFA_CODE=app.code()))

    def test_an_app_begun_with_a_session_of_another_challenge(self, place: Place, app: Authenticator) -> None:
        """Who has the password alone cannot replace the app."""
        session = place.plain()["Session"]
        assert refusal(lambda: place.idp.associate_software_token(Session=session)) == SESSION
        verify = place.idp.verify_software_token
        assert refusal(lambda: verify(Session=session, UserCode=app.code())) == SESSION


class TestTooLate:
    @pytest.mark.parametrize("factor", ["SOFTWARE_TOKEN_MFA", "SMS_MFA"])
    def test_after_the_session_has_expired(self, place: Place, app: Authenticator, factor: str) -> None:
        prefer(place, factor, preferred=factor)
        asked = place.plain()
        place.server.clock.advance(180)
        given = code_of(place, asked) if factor == "SMS_MFA" else {"SOFTWARE_TOKEN_MFA_CODE": app.code()}
        assert refusal(lambda: answer(place, asked, **given)) == EXPIRED

    def test_a_user_disabled_meanwhile(self, place: Place, app: Authenticator) -> None:
        asked = place.plain()
        place.idp.admin_disable_user(UserPoolId=place.pool, Username="jane")
        expected = "NotAuthorizedException", "User is disabled."
        assert refusal(lambda: answer(place, asked, SOFTWARE_TOKEN_MFA_CODE=app.code())) == expected

    @pytest.mark.parametrize("choosing", [True, False])
    def test_a_password_changed_meanwhile(self, place: Place, app: Authenticator, choosing: bool) -> None:
        """Who knew the old one has a session, and perhaps the phone."""
        if choosing:
            prefer(place, "SMS_MFA")
        asked = place.plain()
        place.server.clock.advance(1)
        place.idp.admin_set_user_password(
            UserPoolId=place.pool, Username="jane", Password="Fresh-Horse-9", Permanent=True
        )
        place.server.clock.advance(1)
        if choosing:
            asked = answer(place, asked, ANSWER="SOFTWARE_TOKEN_MFA")
        assert refusal(lambda: answer(place, asked, SOFTWARE_TOKEN_MFA_CODE=app.code())) == SESSION

    def test_a_factor_turned_off_meanwhile(self, place: Place, app: Authenticator) -> None:
        """Its owner lost the phone: who found it has a session, and a code."""
        asked = place.plain()
        prefer(place, "SMS_MFA", off="SOFTWARE_TOKEN_MFA")
        assert refusal(lambda: answer(place, asked, SOFTWARE_TOKEN_MFA_CODE=app.code())) == SESSION

    def test_an_app_taken_away_meanwhile(self, place: Place, app: Authenticator) -> None:
        asked = place.plain()
        place.idp.admin_delete_software_token(UserPoolId=place.pool, Username="jane")
        assert refusal(lambda: answer(place, asked, SOFTWARE_TOKEN_MFA_CODE=app.code())) == WRONG_CODE

    def test_an_address_changed_meanwhile(self, place: Place) -> None:
        prefer(place, "EMAIL_OTP")
        asked = place.plain()
        given = code_of(place, asked)
        place.idp.admin_update_user_attributes(
            UserPoolId=place.pool,
            Username="jane",
            UserAttributes=[{"Name": "email", "Value": "new@example.com"}],
        )
        assert refusal(lambda: answer(place, asked, **given)) == MISMATCH


class TestSetUp:
    @pytest.fixture
    def place(self, server: RunningServer) -> Place:
        made = mfa_place(server, "OPTIONAL", *ALL)
        made.idp.admin_delete_user_attributes(
            UserPoolId=made.pool, Username="jane", UserAttributeNames=["email", "phone_number"]
        )
        set_mfa(made, "ON", *ALL)
        return made

    def begin(self, place: Place, session: str) -> tuple[Authenticator, str]:
        begun = place.idp.associate_software_token(Session=session)
        return Authenticator(begun["SecretCode"], place.server.clock), begun["Session"]

    def test_of_two_sign_ins_that_set_up_one_ends(self, place: Place) -> None:
        """Who knows the password, and waits until its owner has set an app up."""
        thief, owner = place.plain(), place.plain()
        app, session = self.begin(place, owner["Session"])
        verified = place.idp.verify_software_token(Session=session, UserCode=app.code())["Session"]
        assert signed_in(place.respond("MFA_SETUP", verified, {"USERNAME": "jane"}))
        theirs, session = self.begin(place, thief["Session"])
        verify = place.idp.verify_software_token
        assert refusal(lambda: verify(Session=session, UserCode=theirs.code())) == SESSION
        assert refusal(lambda: answer(place, thief, EMAIL="thief@example.com")) == SESSION

    def test_an_address_proven_after_an_app_was_set_up(self, place: Place) -> None:
        thief, owner = place.plain(), place.plain()
        asked = answer(place, thief, EMAIL=EMAIL)
        app, session = self.begin(place, owner["Session"])
        place.idp.verify_software_token(Session=session, UserCode=app.code())
        assert refusal(lambda: answer(place, asked, **code_of(place, asked))) == SESSION

    def test_of_two_apps_begun_with_one_session_one_is_registered(self, place: Place) -> None:
        session = place.plain()["Session"]
        apps = [self.begin(place, session) for _ in range(4)]
        verify = place.idp.verify_software_token
        results = at_once(*(lambda a=app, s=s: verify(Session=s, UserCode=a.code()) for app, s in apps))
        assert sum(isinstance(r, dict) for r in results) == 1
        assert {words_of(r) for r in results if not isinstance(r, dict)} == {ONCE}

    def test_the_answer_counts_once(self, place: Place) -> None:
        app, session = self.begin(place, place.plain()["Session"])
        verified = place.idp.verify_software_token(Session=session, UserCode=app.code())["Session"]
        results = at_once(
            *(lambda: place.respond("MFA_SETUP", verified, {"USERNAME": "jane"}) for _ in range(4))
        )
        assert Counter("in" if isinstance(r, dict) else words_of(r) for r in results) == {"in": 1, ONCE: 3}

    def test_the_answer_of_another_user(self, place: Place) -> None:
        place.person("eve", "Evil-Horse-9")
        app, session = self.begin(place, place.plain("eve", "Evil-Horse-9")["Session"])
        verified = place.idp.verify_software_token(Session=session, UserCode=app.code())["Session"]
        respond = place.respond
        assert refusal(lambda: respond("MFA_SETUP", verified, {"USERNAME": "jane"})) == MISMATCH

    def test_the_app_is_taken_away_before_the_answer(self, place: Place) -> None:
        app, session = self.begin(place, place.plain()["Session"])
        verified = place.idp.verify_software_token(Session=session, UserCode=app.code())["Session"]
        place.idp.admin_delete_software_token(UserPoolId=place.pool, Username="jane")
        respond = place.respond
        assert refusal(lambda: respond("MFA_SETUP", verified, {"USERNAME": "jane"})) == SESSION

    def test_too_late(self, place: Place) -> None:
        asked = place.plain()
        app, session = self.begin(place, asked["Session"])
        place.server.clock.advance(179)
        _, later = self.begin(place, session)
        place.server.clock.advance(1)
        assert refusal(lambda: place.idp.associate_software_token(Session=asked["Session"])) == EXPIRED
        verify = place.idp.verify_software_token
        assert refusal(lambda: verify(Session=later, UserCode=app.code())) == EXPIRED, "no time was gained"


def test_a_token_and_a_session_together(place: Place) -> None:
    token = place.plain()["AuthenticationResult"]["AccessToken"]
    set_mfa(place, "OPTIONAL", "SMS_MFA", "SOFTWARE_TOKEN_MFA")
    for given in ({"AccessToken": token, "Session": "x" * 30}, {}):
        for operation, more in (
            (place.idp.associate_software_token, {}),
            (place.idp.verify_software_token, {"UserCode": "123456"}),
        ):
            code, _ = refusal(lambda o=operation, m=more, g=given: o(**g, **m))
            assert code == "InvalidParameterException"
