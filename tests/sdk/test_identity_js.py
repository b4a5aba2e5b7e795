"""amazon-cognito-identity-js in Node: sign-up, SRP sign-in, attributes, password, refresh, sign-out, deletion."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from support.server import RunningServer
from support.sign_in import PASSWORD, make_place

_FOLDER = Path(__file__).parent / "js"
_NODE = Path(sys.executable).with_name("node")  # from PyPI, like everything else that the tests need
_OLD, _NEW = "nick@example.com", "nick.new@example.com"


def run_journey(
    server: RunningServer, settings: dict[str, Any], folder: Path, script: str = "journey.mjs"
) -> dict[str, Any]:
    """Run a script; answer what it asks for; return each step's answer."""
    file = folder / "settings.json"
    file.write_text(json.dumps(settings))
    steps: dict[str, Any] = {}
    with subprocess.Popen(
        [_NODE, script, str(file)],
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


def test_signing_out_of_one_device_and_of_all(server: RunningServer, idp: Any, tmp_path: Path) -> None:
    place = make_place(server)
    place.person("nick")
    idp.set_user_pool_session_configuration(
        UserPoolId=place.pool, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 20}
    )
    settings = {
        "endpoint": server.url,
        "poolId": place.pool,
        "clientId": place.client,
        "username": "nick",
        "password": PASSWORD,
    }
    steps = run_journey(server, settings, tmp_path, "sign_out.mjs")
    assert steps["refresh"] == ["object", "object"]
    revoked = "Refresh Token has been revoked"
    assert steps["signOut"] == {"left": 0, "refresh": revoked, "other": "SUCCESS"}
    assert steps["globalSignOut"] == {"attributes": "Access Token has been revoked", "refresh": revoked}
    assert idp.admin_list_user_sessions(UserPoolId=place.pool, Username="nick")["Sessions"] == []
