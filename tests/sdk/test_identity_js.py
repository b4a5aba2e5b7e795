"""amazon-cognito-identity-js in Node: sign-up, SRP sign-in, attributes, password, refresh, sign-out, deletion."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from support.server import RunningServer

_FOLDER = Path(__file__).parent / "js"
_NODE = Path(sys.executable).with_name("node")  # from PyPI, like everything else that the tests need
_OLD, _NEW = "nick@example.com", "nick.new@example.com"


def run_journey(server: RunningServer, settings: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Run the script; answer what it asks for; return each step's answer."""
    file = folder / "settings.json"
    file.write_text(json.dumps(settings))
    steps: dict[str, Any] = {}
    with subprocess.Popen(
        [_NODE, "journey.mjs", str(file)],
        cwd=_FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as node:
        assert node.stdin is not None
        assert node.stdout is not None
        for line in node.stdout:
            said = json.loads(line)
            if "ask" in said:
                node.stdin.write(json.dumps(server.code(said["ask"]["mailTo"])) + "\n")
                node.stdin.flush()
            elif "failed" in said:
                raise AssertionError(f"after {list(steps)}: {said['failed']}")
            else:
                steps[said["step"]] = said["answer"]
    assert node.returncode == 0
    return steps


def test_the_whole_journey(server: RunningServer, idp: Any, tmp_path: Path) -> None:
    pool = idp.create_user_pool(
        PoolName="js",
        AutoVerifiedAttributes=["email"],
        AliasAttributes=["email"],
        UserAttributeUpdateSettings={"AttributesRequireVerificationBeforeUpdate": ["email"]},
    )["UserPool"]["Id"]
    client = idp.create_user_pool_client(UserPoolId=pool, ClientName="js")["UserPoolClient"]["ClientId"]
    steps = run_journey(
        server,
        {
            "endpoint": server.url,
            "poolId": pool,
            "clientId": client,
            "username": "nick",
            "password": "Correct-Horse-7-Battery",
            "newPassword": "Newer-Horse-8-Battery",
            "email": _OLD,
            "newEmail": _NEW,
        },
        tmp_path,
    )
    delivery = {"AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "n***@e***"}
    assert steps["signUp"]["confirmed"] is False
    assert steps["signUp"]["delivery"] == delivery
    assert steps["confirmRegistration, wrong code"] == {
        "code": "CodeMismatchException",
        "message": "Invalid verification code provided, please try again.",
    }
    assert steps["authenticateUser, wrong password"] == {
        "code": "NotAuthorizedException",
        "message": "Incorrect username or password.",
    }
    assert steps["authenticateUser"] == {"scope": "aws.cognito.signin.user.admin", "username": "nick"}
    assert steps["updateAttributes"] == {"result": "SUCCESS", "details": [delivery]}
    attributes = steps["getUserAttributes"]
    assert attributes.pop("sub")
    assert attributes == {"email": _NEW, "email_verified": "true", "name": "Nick Miller"}
    assert steps["refreshSession"] == {"differs": True}
    assert list(steps)[-1] == "deleteUser"
