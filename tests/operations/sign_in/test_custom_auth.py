"""CUSTOM_AUTH: challenges that triggers define, create and verify."""

from typing import Any

from support.authenticator import mfa_place, prefer, set_mfa
from support.refusals import refusal
from support.server import RunningServer
from support.sign_in import WRONG, Place, make_place

HIDES = {"PreventUserExistenceErrors": "ENABLED"}


def arn(function: str) -> str:
    return f"arn:aws:lambda:us-east-1:123456789012:function:{function}"


TRIGGERS = {
    "DefineAuthChallenge": arn("define"),
    "CreateAuthChallenge": arn("create"),
    "VerifyAuthChallengeResponse": arn("verify"),
}


def place_of(triggered: RunningServer, **options: Any) -> Place:
    return make_place(triggered, **{"LambdaConfig": TRIGGERS, **options})


def begin(place: Place, name: str = "jane", **parameters: str) -> dict[str, Any]:
    return place.idp.initiate_auth(
        AuthFlow="CUSTOM_AUTH",
        ClientId=place.client,
        AuthParameters={"USERNAME": name, **parameters},
        ClientMetadata={"from": "InitiateAuth"},
    )


def solve(place: Place, session: str, answer: str = "mountain", name: str = "jane") -> dict[str, Any]:
    return place.idp.respond_to_auth_challenge(
        ClientId=place.client,
        ChallengeName="CUSTOM_CHALLENGE",
        Session=session,
        ChallengeResponses={"USERNAME": name, "ANSWER": answer},
        ClientMetadata={"from": "RespondToAuthChallenge"},
    )


def test_no_second_factor_is_put_on_top(triggered: RunningServer, fired: list[dict[str, Any]]) -> None:
    place = mfa_place(triggered, "OPTIONAL", "SMS_MFA", LambdaConfig=TRIGGERS)
    prefer(place, "SMS_MFA")
    set_mfa(place, "ON", "SMS_MFA")
    assert solve(place, begin(place)["Session"])["AuthenticationResult"]["IdToken"]
    assert fired


def test_a_riddle_solved(triggered: RunningServer, fired: list[dict[str, Any]]) -> None:
    place = place_of(triggered)
    place.person(email="jane@example.com")
    asked = begin(place)
    assert asked["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert asked["ChallengeParameters"] == {"riddle": "What has roots as nobody sees?", "USERNAME": "jane"}
    assert solve(place, asked["Session"])["AuthenticationResult"]["IdToken"]
    define, create, verify, define_again = fired
    assert (define["triggerSource"], define["request"]["session"]) == (
        "DefineAuthChallenge_Authentication",
        [],
    )
    assert create["request"]["challengeName"] == "CUSTOM_CHALLENGE"
    assert verify["request"]["challengeAnswer"] == "mountain"
    assert verify["request"]["privateChallengeParameters"] == {"answer": "mountain"}
    assert define_again["request"]["session"] == [
        {"challengeName": "CUSTOM_CHALLENGE", "challengeResult": True, "challengeMetadata": "RIDDLE"}
    ]
    assert {event["request"]["userNotFound"] for event in fired} == {False}
    assert [event["request"]["clientMetadata"] for event in fired] == [
        None,
        None,
        {"from": "RespondToAuthChallenge"},
        {"from": "RespondToAuthChallenge"},
    ]


def test_wrong_answers_are_the_trigger_s_business(triggered: RunningServer) -> None:
    place = place_of(triggered)
    place.person()
    asked = begin(place)
    for _ in range(2):
        asked = solve(place, asked["Session"], "sea")
        assert asked["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert refusal(lambda: solve(place, asked["Session"], "sea")) == WRONG


def test_the_password_first(triggered: RunningServer, fired: list[dict[str, Any]]) -> None:
    place = place_of(triggered)
    place.person()
    srp = place.srp()
    parameters = srp.get_auth_params()
    started = begin(place, CHALLENGE_NAME="SRP_A", SRP_A=parameters["SRP_A"])
    assert started["ChallengeName"] == "PASSWORD_VERIFIER"
    assert started["Session"]
    asked = srp.answer(srp.claim(started), Session=started["Session"])
    assert asked["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert solve(place, asked["Session"])["AuthenticationResult"]
    last = [event for event in fired if event["triggerSource"].startswith("Define")][-1]
    assert [one["challengeName"] for one in last["request"]["session"]] == [
        "SRP_A",
        "PASSWORD_VERIFIER",
        "CUSTOM_CHALLENGE",
    ]


def test_a_wrong_password_is_counted(triggered: RunningServer) -> None:
    place = place_of(triggered)
    place.person()
    srp = place.srp(password="Wrong-Horse-9")
    public = srp.get_auth_params()["SRP_A"]
    for _ in range(5):
        started = begin(place, CHALLENGE_NAME="SRP_A", SRP_A=public)
        assert refusal(lambda s=started: srp.answer(srp.claim(s))) == WRONG
    exceeded = "NotAuthorizedException", "Password attempts exceeded"
    assert refusal(lambda: begin(place, CHALLENGE_NAME="SRP_A", SRP_A=public)) == exceeded


def test_tokens_at_once(triggered: RunningServer) -> None:
    place = place_of(triggered)
    place.person("lenient")
    assert begin(place, "lenient")["AuthenticationResult"]


def test_a_temporary_password_is_still_owed(triggered: RunningServer) -> None:
    place = place_of(triggered)
    place.invite()
    asked = solve(place, begin(place)["Session"])
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    done = place.respond(
        "NEW_PASSWORD_REQUIRED", asked["Session"], {"USERNAME": "jane", "NEW_PASSWORD": "Another-Horse-9"}
    )
    assert done["AuthenticationResult"]


def test_who_is_not_there(triggered: RunningServer, fired: list[dict[str, Any]]) -> None:
    """The triggers run, and know; even tokens that they grant are not given."""
    place = place_of(triggered, client=HIDES)
    asked = begin(place, "nobody")
    assert asked["ChallengeParameters"]["USERNAME"] == "nobody"
    assert {event["request"]["userNotFound"] for event in fired} == {True}
    assert refusal(lambda: solve(place, asked["Session"], name="nobody")) == WRONG
    assert refusal(lambda: begin(place, "lenient")) == WRONG
    legacy = place.another_client()
    assert refusal(lambda: begin(legacy, "nobody")) == ("UserNotFoundException", "User does not exist.")


def test_a_pool_without_triggers(triggered: RunningServer) -> None:
    place = make_place(triggered)
    place.person()
    text = "Custom auth lambda trigger is not configured for the user pool."
    assert refusal(lambda: begin(place)) == ("InvalidParameterException", text)
    only_define = make_place(triggered, LambdaConfig={"DefineAuthChallenge": arn("define")})
    only_define.person()
    assert refusal(lambda: begin(only_define)) == ("InvalidParameterException", text)


def test_a_trigger_that_asks_for_what_cannot_be(triggered: RunningServer) -> None:
    place = place_of(triggered)
    place.person("lost")
    expected = "InvalidLambdaResponseException", "Unrecognizable lambda output"
    assert refusal(lambda: begin(place, "lost")) == expected


def test_attack_a_session_twice(triggered: RunningServer) -> None:
    place = place_of(triggered)
    place.person()
    session = begin(place)["Session"]
    once = "NotAuthorizedException", "Invalid session for the user, session can only be used once."
    solve(place, session, "sea")
    assert refusal(lambda: solve(place, session)) == once


def test_attack_a_session_after_a_failed_trigger(triggered: RunningServer) -> None:
    place = place_of(triggered)
    place.person()
    session = begin(place)["Session"]
    assert refusal(lambda: solve(place, session, "crash"))[0] == "UserLambdaValidationException"
    assert refusal(lambda: solve(place, session))[0] == "NotAuthorizedException"


def test_attack_the_riddle_of_another(triggered: RunningServer) -> None:
    place = place_of(triggered)
    place.person()
    place.person("eve")
    session = begin(place, "eve")["Session"]
    mismatch = "CodeMismatchException", "Invalid code or auth state for the user."
    assert refusal(lambda: solve(place, session)) == mismatch


def test_attack_an_srp_session_for_the_riddle(triggered: RunningServer) -> None:
    """The session beside a PASSWORD_VERIFIER does not answer a riddle that was never asked."""
    place = place_of(triggered)
    place.person()
    public = place.srp().get_auth_params()["SRP_A"]
    started = begin(place, CHALLENGE_NAME="SRP_A", SRP_A=public)
    invalid = "NotAuthorizedException", "Invalid session for the user."
    assert refusal(lambda: solve(place, started["Session"])) == invalid


def test_a_disabled_user_solves_in_vain(triggered: RunningServer) -> None:
    place = place_of(triggered)
    place.person()
    session = begin(place)["Session"]
    place.idp.admin_disable_user(UserPoolId=place.pool, Username="jane")
    disabled = "NotAuthorizedException", "User is disabled."
    assert refusal(lambda: solve(place, session)) == disabled
