"""Pools, clients, users and tokens to measure with, made through the API as an application would."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boto3
from botocore.config import Config
from botocore.credentials import Credentials

from bench.servers import Running, poolhouse

PASSWORD = "Correct-Horse-7-Battery"
_PRODUCTION = '[messages]\nemail = "folder"\nsms = "folder"\n'
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:bench"
CUSTOM = f'[[triggers.map]]\narn = "{FUNCTION}"\nkind = "python"\ncallable = "bench.functions:custom"\n'
"""Settings that map `FUNCTION` to the trigger of a custom sign-in."""
_FLOWS = (
    "USER_PASSWORD_AUTH",
    "ADMIN_USER_PASSWORD_AUTH",
    "USER_SRP_AUTH",
    "CUSTOM_AUTH",
    "REFRESH_TOKEN_AUTH",
)


@dataclass(frozen=True)
class Populated:
    """A server with one pool, one client and some confirmed users."""

    server: Running
    idp: Any
    pool_id: str
    client_id: str
    usernames: list[str]
    key: Credentials

    def access_token(self, username: str) -> str:
        """Sign in with the password; return the access token."""
        return self.tokens(username)["AccessToken"]

    def tokens(self, username: str) -> dict[str, str]:
        """Sign in with the password; return the tokens by their names."""
        answer = self.server.call("InitiateAuth", **self.password_auth(username))
        return dict(answer["AuthenticationResult"])

    def password_auth(self, username: str) -> dict[str, Any]:
        """Return the body of a password sign-in."""
        parameters = {"USERNAME": username, "PASSWORD": PASSWORD}
        return {"ClientId": self.client_id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters}


@contextmanager
def production(users: int, config: str = "") -> Iterator[Populated]:
    """Run a production server (signatures enforced, Argon2id) with a pool of confirmed users."""
    with TemporaryDirectory(prefix="poolhouse-bench-") as scratch:
        data = Path(scratch)
        made = subprocess.run(
            [sys.executable, "-m", "poolhouse", "init", "--data", scratch],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        key, secret = (re.search(rf"{name}=(\S+)", made) for name in ("KEY_ID", "ACCESS_KEY"))
        with poolhouse(_PRODUCTION + config, data=data, dev=False) as server:
            admin = Credentials(key[1] if key else "", secret[1] if secret else "")
            yield _populate(server, admin, users, custom=FUNCTION in config)


@contextmanager
def development(users: int) -> Iterator[Populated]:
    """Run a server with `--dev`, with a pool of confirmed users."""
    with poolhouse() as server:
        yield _populate(server, Credentials("local", "local"), users)


def _populate(server: Running, key: Credentials, users: int, *, custom: bool = False) -> Populated:
    idp = boto3.client(
        "cognito-idp",
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id=key.access_key,
        aws_secret_access_key=key.secret_key,
        config=Config(retries={"max_attempts": 0}),
    )
    triggers = ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")
    pool_id = idp.create_user_pool(
        PoolName="bench", LambdaConfig=dict.fromkeys(triggers, FUNCTION) if custom else {}
    )["UserPool"]["Id"]
    client_id = idp.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="bench",
        ExplicitAuthFlows=[f"ALLOW_{flow}" for flow in _FLOWS],
    )["UserPoolClient"]["ClientId"]
    names = [f"user{number:04d}" for number in range(users)]
    for name in names:
        attributes = {
            "email": f"{name}@example.com",
            "name": f"User {name}",
            "given_name": "User",
            "family_name": name,
            "locale": "en-GB",
            "zoneinfo": "Europe/Zurich",
        }
        idp.admin_create_user(
            UserPoolId=pool_id,
            Username=name,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": k, "Value": v} for k, v in attributes.items()],
        )
        idp.admin_set_user_password(UserPoolId=pool_id, Username=name, Password=PASSWORD, Permanent=True)
    return Populated(server, idp, pool_id, client_id, names, key)
