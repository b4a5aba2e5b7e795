"""The custom challenge of one of the fuzzed pools."""

from typing import Any

from fuzz.values import CODE


def challenge(event: dict[str, Any]) -> dict[str, Any]:
    """Ask once, and take the code for an answer."""
    request = event["request"]
    source = event["triggerSource"].partition("_")[0]
    if source == "DefineAuthChallenge":
        answered = any(each["challengeResult"] for each in request["session"])
        event["response"] = {
            "challengeName": None if answered else "CUSTOM_CHALLENGE",
            "issueTokens": answered,
            "failAuthentication": len(request["session"]) > 2,
        }
    elif source == "CreateAuthChallenge":
        event["response"] = {
            "publicChallengeParameters": {"ask": request["challengeName"]},
            "privateChallengeParameters": {"answer": CODE},
            "challengeMetadata": "ONE",
        }
    else:
        right = request["privateChallengeParameters"]["answer"] == request["challengeAnswer"]
        event["response"] = {"answerCorrect": right}
    return event
