"""Sign-up beside what the real service answered, step by step in the order of the recording."""

import pytest
from botocore.exceptions import ClientError

from support.folk import AUTO_EMAIL, people
from support.parity import recorded

OPERATIONS = {
    "sign-up": "sign_up",
    "confirm-sign-up": "confirm_sign_up",
    "resend-confirmation": "resend_confirmation_code",
    "forgot-password": "forgot_password",
}


@pytest.fixture
def answers():
    return {step["name"]: step for step in recorded("sign_up", "answers")}


def replay(pool, step):
    """Return what this server answers to a recorded request, in the recording's form."""
    call = getattr(pool.idp, OPERATIONS[step["name"].partition(".")[0]])
    try:
        answer = call(**step["request"] | {"ClientId": pool.client})
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return None, (error.response["Error"]["Code"], error.response["Error"]["Message"], status)
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}, None


def told(step):
    error = step["error"]
    response = step["response"] and {n: v for n, v in step["response"].items() if n != "$metadata"}
    return response, error and (error["name"], error["message"], error["$metadata"]["httpStatusCode"])


def test_the_recorded_sequence(server, answers):
    pool = people(server, **AUTO_EMAIL)
    signed_up, _ = replay(pool, answers["sign-up.happy"])
    expected, _ = told(answers["sign-up.happy"])
    assert signed_up == expected | {"UserSub": signed_up["UserSub"]}
    for name in (
        "sign-up.error.username-exists",
        "confirm-sign-up.error.code-mismatch",
        "resend-confirmation.happy",
        "resend-confirmation.error.rate-limit",
    ):
        assert replay(pool, answers[name]) == told(answers[name]), name
    # The recording goes on after the user was deleted.
    username = answers["forgot-password.unknown-user"]["request"]["Username"]
    pool.idp.admin_delete_user(UserPoolId=pool.pool, Username=username)
    assert replay(pool, answers["forgot-password.unknown-user"]) == told(
        answers["forgot-password.unknown-user"]
    )
