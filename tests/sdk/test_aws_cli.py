"""The AWS CLI, as a developer types it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.server import RunningServer

_PASSWORD = "Correct-Horse-7-Battery"


class Cli:
    """`aws cognito-idp` against a running server."""

    def __init__(self, url: str, folder: Path) -> None:
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": url,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def __call__(self, *arguments: str) -> dict[str, Any]:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout)) if done.stdout.strip() else {}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        code = "import sys; from awscli.clidriver import main; sys.exit(main())"
        command = [sys.executable, "-W", "ignore", "-c", code, "--output", "json", "cognito-idp", *arguments]
        return subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False)


@pytest.fixture
def cli(server: RunningServer, tmp_path: Path) -> Cli:
    return Cli(server.url, tmp_path)


def test_a_user_changes_their_attributes(cli: Cli) -> None:
    pool = cli("create-user-pool", "--pool-name", "cli", "--auto-verified-attributes", "email")["UserPool"][
        "Id"
    ]
    client = cli(
        "create-user-pool-client", "--user-pool-id", pool, "--client-name", "cli",
        "--explicit-auth-flows", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH",
    )["UserPoolClient"]["ClientId"]  # fmt: skip
    cli(
        "admin-create-user", "--user-pool-id", pool, "--username", "cleo", "--message-action", "SUPPRESS",
        "--user-attributes", "Name=email,Value=cleo@example.com", "Name=nickname,Value=C",
    )  # fmt: skip
    cli(
        "admin-set-user-password",
        "--user-pool-id",
        pool,
        "--username",
        "cleo",
        "--password",
        _PASSWORD,
        "--permanent",
    )
    tokens = cli(
        "initiate-auth", "--client-id", client, "--auth-flow", "USER_PASSWORD_AUTH",
        "--auth-parameters", f"USERNAME=cleo,PASSWORD={_PASSWORD}",
    )["AuthenticationResult"]  # fmt: skip
    cli(
        "update-user-attributes", "--access-token", tokens["AccessToken"],
        "--user-attributes", "Name=name,Value=Cleo Miller", "Name=nickname,Value=",
    )  # fmt: skip
    user = cli("get-user", "--access-token", tokens["AccessToken"])
    attributes = {a["Name"]: a["Value"] for a in user["UserAttributes"]}
    assert attributes["name"] == "Cleo Miller"
    assert "nickname" not in attributes
    listed = cli("list-users", "--user-pool-id", pool, "--filter", 'email ^= "cleo"')
    assert [u["Username"] for u in listed["Users"]] == ["cleo"]


def test_an_error_reads_as_the_services(cli: Cli) -> None:
    done = cli.run("describe-user-pool", "--user-pool-id", "us-east-1_nothere12")
    assert done.returncode != 0
    assert "ResourceNotFoundException" in done.stderr
    assert "User pool us-east-1_nothere12 does not exist." in done.stderr
