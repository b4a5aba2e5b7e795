"""USER_AUTH: the choice of a first factor, and passwords in it."""

import pytest
from botocore.exceptions import ClientError

from support.refusals import refusal
from support.server import RunningServer
from support.sign_in import PASSWORD, WRONG, Choosing, Place, make_place

BOTH = ["PASSWORD_SRP", "PASSWORD"]
HIDES = {"PreventUserExistenceErrors": "ENABLED"}
INVALID = "NotAuthorizedException", "Invalid session for the user."
ONCE = "NotAuthorizedException", "Invalid session for the user, session can only be used once."


@pytest.fixture
def place(server: RunningServer) -> Place:
    made = make_place(server)
    made.person()
    return made


@pytest.fixture
def jane(place: Place) -> Choosing:
    return Choosing(place)


def test_without_a_preference_there_is_a_choice(jane: Choosing) -> None:
    asked = jane.begin()
    assert asked["ChallengeName"] == "SELECT_CHALLENGE"
    assert asked["AvailableChallenges"] == BOTH
    assert asked["ChallengeParameters"] == {}
    assert len(asked["Session"]) >= 20


def test_a_preferred_password_signs_in_at_once(jane: Choosing) -> None:
    done = jane.prefer("PASSWORD", PASSWORD=PASSWORD)
    assert done["AuthenticationResult"]["AccessToken"]
    assert "AvailableChallenges" not in done


def test_a_choice_with_the_password(jane: Choosing) -> None:
    assert jane.choose(jane.begin(), "PASSWORD", PASSWORD=PASSWORD)["AuthenticationResult"]


@pytest.mark.parametrize("preferred", [True, False])
def test_a_choice_without_it_asks_for_it(jane: Choosing, preferred: bool) -> None:
    asked = jane.prefer("PASSWORD") if preferred else jane.choose(jane.begin(), "PASSWORD")
    assert asked["ChallengeName"] == "PASSWORD"
    assert jane.answer(asked, PASSWORD=PASSWORD)["AuthenticationResult"]


@pytest.mark.parametrize("way", ["preferred", "chosen", "asked"])
def test_srp(jane: Choosing, way: str) -> None:
    """With SRP_A at once or when asked; PASSWORD_VERIFIER comes with a session."""
    srp = jane.place.srp()
    public = srp.get_auth_params()["SRP_A"]
    if way == "preferred":
        asked = jane.prefer("PASSWORD_SRP", SRP_A=public)
    elif way == "chosen":
        asked = jane.choose(jane.begin(), "PASSWORD_SRP", SRP_A=public)
    else:
        waiting = jane.prefer("PASSWORD_SRP")
        assert waiting["ChallengeName"] == "PASSWORD_SRP"
        asked = jane.answer(waiting, SRP_A=public)
    assert asked["ChallengeName"] == "PASSWORD_VERIFIER"
    assert srp.answer(srp.claim(asked), Session=asked["Session"])["AuthenticationResult"]


def test_a_preference_that_the_user_lacks_leaves_the_choice(jane: Choosing) -> None:
    for preferred in ("EMAIL_OTP", "SMS_OTP", "WEB_AUTHN", "NONSENSE"):
        asked = jane.prefer(preferred)
        assert (asked["ChallengeName"], asked["AvailableChallenges"]) == ("SELECT_CHALLENGE", BOTH)


def test_administrators_begin_and_answer(jane: Choosing) -> None:
    place = jane.place
    asked = place.idp.admin_initiate_auth(
        UserPoolId=place.pool,
        ClientId=place.client,
        AuthFlow="USER_AUTH",
        AuthParameters={"USERNAME": "jane"},
    )
    assert asked["AvailableChallenges"] == BOTH
    done = place.idp.admin_respond_to_auth_challenge(
        UserPoolId=place.pool,
        ClientId=place.client,
        ChallengeName="SELECT_CHALLENGE",
        Session=asked["Session"],
        ChallengeResponses={"USERNAME": "jane", "ANSWER": "PASSWORD", "PASSWORD": PASSWORD},
    )
    assert done["AuthenticationResult"]["IdToken"]


def test_a_client_with_a_secret(place: Place) -> None:
    jane = Choosing(place.another_client(GenerateSecret=True))
    assert jane.choose(jane.begin(), "PASSWORD", PASSWORD=PASSWORD)["AuthenticationResult"]
    other = Choosing(Place(place.server, place.idp, place.pool, jane.place.client))
    assert refusal(other.begin)[1].endswith("is configured with secret but SECRET_HASH was not received")


def test_a_temporary_password_leads_to_a_new_one(place: Place) -> None:
    place.invite("guest")
    guest = Choosing(place, "guest")
    asked = guest.prefer("PASSWORD", PASSWORD=PASSWORD)
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert guest.answer(asked, NEW_PASSWORD="Brand-New-Horse-9")["AuthenticationResult"]


def test_a_wrong_password_leaves_the_session_good(jane: Choosing) -> None:
    asked = jane.begin()
    assert refusal(lambda: jane.choose(asked, "PASSWORD", PASSWORD="Wrong-Horse-9")) == WRONG
    assert jane.choose(asked, "PASSWORD", PASSWORD=PASSWORD)["AuthenticationResult"]


def test_wrong_passwords_lock_out(jane: Choosing) -> None:
    asked = jane.begin()
    for _ in range(5):
        assert refusal(lambda: jane.choose(asked, "PASSWORD", PASSWORD="Wrong-Horse-9")) == WRONG
    exceeded = "NotAuthorizedException", "Password attempts exceeded"
    assert refusal(lambda: jane.choose(asked, "PASSWORD", PASSWORD=PASSWORD)) == exceeded
    assert refusal(lambda: jane.prefer("PASSWORD_SRP", SRP_A="1f")) == exceeded


def test_a_user_is_required(jane: Choosing) -> None:
    with pytest.raises(ClientError, match="Missing required parameter USERNAME"):
        jane.place.idp.initiate_auth(AuthFlow="USER_AUTH", ClientId=jane.place.client, AuthParameters={})


def test_a_lite_pool_has_no_choice(jane: Choosing) -> None:
    jane.place.idp.update_user_pool(UserPoolId=jane.place.pool, UserPoolTier="LITE")
    assert refusal(jane.begin)[0] == "FeatureUnavailableInTierException"


class TestAttacks:
    def test_attack_session_used_twice(self, jane: Choosing) -> None:
        asked = jane.begin()
        assert jane.choose(asked, "PASSWORD", PASSWORD=PASSWORD)
        assert refusal(lambda: jane.choose(asked, "PASSWORD", PASSWORD=PASSWORD)) == ONCE

    def test_attack_chosen_twice(self, jane: Choosing) -> None:
        asked = jane.begin()
        waiting = jane.choose(asked, "PASSWORD_SRP")
        assert refusal(lambda: jane.choose(asked, "PASSWORD_SRP")) == ONCE
        assert jane.answer(waiting, SRP_A="1f")
        assert refusal(lambda: jane.answer(waiting, SRP_A="1f")) == ONCE

    @pytest.mark.parametrize("chosen", ["EMAIL_OTP", "WEB_AUTHN", "SIGNED_IN", "NEW_PASSWORD_REQUIRED", ""])
    def test_attack_choosing_what_was_not_offered(self, jane: Choosing, chosen: str) -> None:
        asked = jane.begin()
        expected = "InvalidParameterException", f"{chosen} is not an available challenge."
        assert refusal(lambda: jane.choose(asked, chosen)) == expected

    def test_attack_session_of_another_challenge(self, jane: Choosing) -> None:
        asked = jane.begin() | {"ChallengeName": "PASSWORD"}
        assert refusal(lambda: jane.answer(asked, PASSWORD=PASSWORD)) == INVALID

    def test_attack_session_of_another_user(self, jane: Choosing) -> None:
        jane.place.person("eve")
        eve = Choosing(jane.place, "eve")
        mismatch = "CodeMismatchException", "Invalid code or auth state for the user."
        assert refusal(lambda: eve.choose(jane.begin(), "PASSWORD", PASSWORD=PASSWORD)) == mismatch

    def test_attack_session_of_another_client(self, jane: Choosing) -> None:
        elsewhere = Choosing(jane.place.another_client())
        assert refusal(lambda: elsewhere.choose(jane.begin(), "PASSWORD", PASSWORD=PASSWORD)) == INVALID

    def test_attack_session_expired(self, jane: Choosing) -> None:
        asked = jane.begin()
        jane.place.server.clock.advance(181)
        expired = "NotAuthorizedException", "Invalid session for the user, session is expired."
        assert refusal(lambda: jane.choose(asked, "PASSWORD", PASSWORD=PASSWORD)) == expired

    def test_attack_a_is_zero(self, jane: Choosing) -> None:
        zero = "InvalidParameterException", "Invalid SRP_A."
        assert refusal(lambda: jane.prefer("PASSWORD_SRP", SRP_A="0")) == zero
        asked = jane.prefer("PASSWORD_SRP")
        assert refusal(lambda: jane.answer(asked, SRP_A="0")) == zero
        assert jane.answer(asked, SRP_A="1f")["ChallengeName"] == "PASSWORD_VERIFIER"


class TestHiding:
    def test_legacy_clients_are_told(self, place: Place) -> None:
        assert refusal(Choosing(place, "nobody").begin) == ("UserNotFoundException", "User does not exist.")

    def test_nobody_is_answered_like_somebody(self, place: Place) -> None:
        hiding = place.another_client(**HIDES)
        nobody, jane = Choosing(hiding, "nobody"), Choosing(hiding)
        real, made = jane.begin(), nobody.begin()
        assert {**made, "Session": 0, "ResponseMetadata": 0} == {**real, "Session": 0, "ResponseMetadata": 0}
        assert len(made["Session"]) == len(real["Session"])
        assert refusal(lambda: nobody.choose(made, "PASSWORD", PASSWORD=PASSWORD)) == WRONG
        assert refusal(lambda: nobody.prefer("PASSWORD", PASSWORD=PASSWORD)) == WRONG
        srp = hiding.srp("nobody")
        asked = nobody.prefer("PASSWORD_SRP", SRP_A=srp.get_auth_params()["SRP_A"])
        again = nobody.prefer("PASSWORD_SRP", SRP_A=srp.get_auth_params()["SRP_A"])
        assert asked["ChallengeParameters"]["SALT"] == again["ChallengeParameters"]["SALT"]
        assert refusal(lambda: srp.answer(srp.claim(asked))) == WRONG


class TestMigration:
    @pytest.mark.parametrize("way", ["preferred", "chosen", "asked"])
    def test_an_unknown_user_is_taken_over_by_a_plain_password(
        self, triggered: RunningServer, way: str
    ) -> None:
        place = make_place(
            triggered,
            client=HIDES,
            LambdaConfig={"UserMigration": "arn:aws:lambda:us-east-1:123456789012:function:migrate"},
        )
        old = Choosing(place, "old-hand")
        if way == "preferred":
            done = old.prefer("PASSWORD", PASSWORD="Old-Horse-9")
        elif way == "chosen":
            done = old.choose(old.begin(), "PASSWORD", PASSWORD="Old-Horse-9")
        else:
            done = old.answer(old.prefer("PASSWORD"), PASSWORD="Old-Horse-9")
        assert done["AuthenticationResult"]
