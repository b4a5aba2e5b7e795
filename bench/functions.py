"""The trigger of the custom sign-in that is measured: one question, with one right answer."""

from typing import Any

ANSWER = "42"


def custom(event: dict[str, Any]) -> dict[str, Any]:
    """Stand for DefineAuthChallenge, CreateAuthChallenge and VerifyAuthChallengeResponse."""
    request, response = event["request"], event["response"]
    match event["triggerSource"].partition("_")[0]:
        case "DefineAuthChallenge":
            met = bool(request["session"]) and request["session"][-1]["challengeResult"]
            response |= {"issueTokens": True} if met else {"challengeName": "CUSTOM_CHALLENGE"}
        case "CreateAuthChallenge":
            response["privateChallengeParameters"] = {"answer": ANSWER}
        case "VerifyAuthChallengeResponse":
            right = request["privateChallengeParameters"]["answer"]
            response["answerCorrect"] = request["challengeAnswer"] == right
    return event
