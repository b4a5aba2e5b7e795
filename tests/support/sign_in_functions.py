"""Python callables that stand for the Lambda functions of a sign-in. They remember the events they get."""

from typing import Any

EVENTS: list[dict[str, Any]] = []
OLD_PASSWORD = "Old-Horse-9"


def record(event: dict[str, Any]) -> dict[str, Any]:
    EVENTS.append(event)
    return event


def refuse(event: dict[str, Any]) -> dict[str, Any]:
    EVENTS.append(event)
    raise PermissionError("Not today")


def blurt(event: dict[str, Any]) -> dict[str, Any]:
    """Fail, and tell the whole event."""
    raise ValueError(str(event))


def migrate(event: dict[str, Any]) -> dict[str, Any]:
    """Know anybody whose password is the old one; "reset" comes without a password, "broken" breaks."""
    EVENTS.append(event)
    name = event["userName"].partition("@")[0]
    if name == "broken":
        raise ConnectionError("The old directory is down")
    if name == "texted":
        event["response"]["enableSMSMFA"] = True
    if event["request"]["password"] == OLD_PASSWORD:
        event["response"]["userAttributes"] = {
            "email": f"{name}@example.com",
            "email_verified": "true",
            "given_name": "Jane",
        } | ({"phone_number": "+15555550100"} if name == "texted" else {})
        event["response"]["finalUserStatus"] = None if name == "reset" else "CONFIRMED"
        event["response"]["messageAction"] = "SUPPRESS"
    return event


def define(event: dict[str, Any]) -> dict[str, Any]:
    """A riddle, three times at most; after SRP_A the password first. "lenient" needs no riddle."""
    EVENTS.append(event)
    past, response = event["request"]["session"], event["response"]
    name = event["userName"]
    if name == "lenient":
        response["issueTokens"] = True
    elif name == "lost":
        response["challengeName"] = "SMS_MFA"
    elif past and past[-1]["challengeName"] == "SRP_A":
        response["challengeName"] = "PASSWORD_VERIFIER"
    elif past and past[-1] == {
        "challengeName": "CUSTOM_CHALLENGE",
        "challengeResult": True,
        "challengeMetadata": "RIDDLE",
    }:
        response["issueTokens"] = True
    elif sum(one["challengeName"] == "CUSTOM_CHALLENGE" for one in past) == 3:
        response["failAuthentication"] = True
    else:
        response["challengeName"] = "CUSTOM_CHALLENGE"
    return event


def create(event: dict[str, Any]) -> dict[str, Any]:
    EVENTS.append(event)
    event["response"] = {
        "publicChallengeParameters": {"riddle": "What has roots as nobody sees?"},
        "privateChallengeParameters": {"answer": "mountain"},
        "challengeMetadata": "RIDDLE",
    }
    return event


def verify(event: dict[str, Any]) -> dict[str, Any]:
    EVENTS.append(event)
    request = event["request"]
    if request["challengeAnswer"] == "crash":
        raise RuntimeError("Crashed")
    right = request["challengeAnswer"] == request["privateChallengeParameters"]["answer"]
    event["response"]["answerCorrect"] = right
    return event
