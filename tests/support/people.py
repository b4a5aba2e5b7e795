"""Pools and signed-in users made through the API, with botocore, on a running server."""

import base64
import itertools
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.dump import connected, dump
from support.scripted import ScriptedClock
from support.server import RunningServer

PASSWORD = "Correct-horse-7"
ARN = "arn:aws:lambda:us-east-1:000000000000:function:"
AUTO_BOTH = {
    "AutoVerifiedAttributes": ["email", "phone_number"],
    "SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/texts"},
}
HOLD_BOTH = AUTO_BOTH | {
    "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email", "phone_number"]}
}
SETTINGS = {"before": HOLD_BOTH, "auto": AUTO_BOTH, "neither": {}}
ALIASES = {"AliasAttributes": ["email", "phone_number", "preferred_username"]}
ADDRESSES = {"UsernameAttributes": ["email", "phone_number"]}
RECORDING = {"LambdaConfig": {"CustomMessage": f"{ARN}record"}}
FAILING = {"LambdaConfig": {"CustomMessage": f"{ARN}fail"}}
"""Pool configurations, to be put together."""

_numbers = itertools.count(1)


def fresh(name: str = "sue") -> str:
    """Return an e-mail address that no other test uses."""
    return f"{name}{next(_numbers)}@example.com"


def fresh_phone() -> str:
    """Return a phone number that no other test uses."""
    return f"+1555{next(_numbers):07}"


@contextmanager
def refused(error: str, message: str | None = None):
    """Expect an error of the service, by its name and (where given) its message."""
    with pytest.raises(ClientError) as refusal:
        yield refusal
    found = refusal.value.response["Error"]
    assert (found["Code"], found["Message"]) == (error, found["Message"] if message is None else message)


def named(attributes: list[dict[str, str]]) -> dict[str, str]:
    """Return name → value of a list of attributes."""
    return {attribute["Name"]: attribute["Value"] for attribute in attributes}


def listed(attributes: dict[str, str]) -> list[dict[str, str]]:
    """Return a list of attributes; a value of None is left out."""
    return [{"Name": n} if v is None else {"Name": n, "Value": v} for n, v in attributes.items()]


@dataclass
class TestPool:
    """A pool with an app client that signs in with passwords."""

    __test__ = False
    idp: Any
    clock: ScriptedClock
    id: str
    client_id: str

    def client(self, **config: Any) -> "TestPool":
        """Return the same pool seen through another app client."""
        return TestPool(self.idp, self.clock, self.id, _client(self.idp, self.id, config))

    def user(self, name: str | None = None, /, **attributes: str) -> "Person":
        """Return a new user, confirmed and signed in.

        Args:
            name: the username; where that is an address, the address. Made up by default.
            attributes: as AdminCreateUser takes them; `__` in a name stands for `:`.
        """
        username = name or f"user{next(_numbers)}"
        given = {name.replace("__", ":"): value for name, value in attributes.items()}
        made = self.idp.admin_create_user(
            UserPoolId=self.id,
            Username=username,
            UserAttributes=listed(given),
            MessageAction="SUPPRESS",
        )["User"]
        self.idp.admin_set_user_password(
            UserPoolId=self.id, Username=made["Username"], Password=PASSWORD, Permanent=True
        )
        sub = named(made["Attributes"])["sub"]
        return Person(self, made["Username"], sub, self.token(username))

    def token(self, name: str) -> str:
        """Sign in; return the access token."""
        return str(self._sign_in(name)["AccessToken"])

    def claims(self, name: str) -> dict[str, Any]:
        """Sign in; return the claims of the ID token."""
        payload = self._sign_in(name)["IdToken"].split(".")[1]
        return dict(json.loads(base64.urlsafe_b64decode(payload + "==")))

    def _sign_in(self, name: str) -> Any:
        answer = self.idp.initiate_auth(
            ClientId=self.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
        )
        return answer["AuthenticationResult"]


@dataclass
class Person:
    """A signed-in user."""

    pool: TestPool
    username: str
    sub: str
    token: str

    @property
    def idp(self) -> Any:
        return self.pool.idp

    def _a_moment_later(self) -> None:
        """Let a millisecond pass: messages of one millisecond have no order."""
        self.pool.clock.advance(0.001)

    def get(self) -> dict[str, str]:
        """Return GetUser's attributes, without `sub`."""
        attributes = named(self.idp.get_user(AccessToken=self.token)["UserAttributes"])
        assert attributes.pop("sub") == self.sub
        return attributes

    def update(self, attributes: dict[str, str | None], **rest: Any) -> list[dict[str, str]]:
        """UpdateUserAttributes; return the delivery details."""
        self._a_moment_later()
        answer = self.idp.update_user_attributes(
            AccessToken=self.token, UserAttributes=listed(attributes), **rest
        )
        return answer["CodeDeliveryDetailsList"]

    def admin_update(self, attributes: dict[str, str | None], **rest: Any) -> None:
        """AdminUpdateUserAttributes."""
        self._a_moment_later()
        answer = self.idp.admin_update_user_attributes(
            UserPoolId=self.pool.id, Username=self.username, UserAttributes=listed(attributes), **rest
        )
        assert answer.keys() == {"ResponseMetadata"}

    def delete(self, *names: str) -> None:
        """DeleteUserAttributes."""
        answer = self.idp.delete_user_attributes(AccessToken=self.token, UserAttributeNames=list(names))
        assert answer.keys() == {"ResponseMetadata"}

    def admin_delete(self, *names: str) -> None:
        """AdminDeleteUserAttributes."""
        answer = self.idp.admin_delete_user_attributes(
            UserPoolId=self.pool.id, Username=self.username, UserAttributeNames=list(names)
        )
        assert answer.keys() == {"ResponseMetadata"}

    def request_code(self, attribute: str, **rest: Any) -> dict[str, str]:
        """GetUserAttributeVerificationCode; return the delivery details."""
        self._a_moment_later()
        answer = self.idp.get_user_attribute_verification_code(
            AccessToken=self.token, AttributeName=attribute, **rest
        )
        return answer["CodeDeliveryDetails"]

    def verify(self, attribute: str, code: str) -> None:
        """VerifyUserAttribute."""
        answer = self.idp.verify_user_attribute(AccessToken=self.token, AttributeName=attribute, Code=code)
        assert answer.keys() == {"ResponseMetadata"}


@dataclass
class People:
    """Makes pools on one server; pools of the same configuration are shared."""

    server: RunningServer
    idp: Any
    url: str
    _pools: dict[str, TestPool] = field(default_factory=dict)

    def pool(self, **config: Any) -> TestPool:
        """Return a pool of this configuration."""
        key = json.dumps(config, sort_keys=True)
        if key not in self._pools:
            made = self.idp.create_user_pool(PoolName="people", **config)["UserPool"]
            self._pools[key] = TestPool(
                self.idp, self.server.clock, made["Id"], _client(self.idp, made["Id"], {})
            )
        return self._pools[key]

    def dump(self) -> str:
        """Return all that the database holds, as text."""
        with connected(self.url) as connection:
            return "\n".join(str(row) for rows in dump(connection).values() for row in rows)


def _client(idp: Any, pool_id: str, config: dict[str, Any]) -> str:
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    config = {"UserPoolId": pool_id, "ClientName": "app", "ExplicitAuthFlows": flows} | config
    return str(idp.create_user_pool_client(**config)["UserPoolClient"]["ClientId"])


def at_once(*actions: Any) -> list[Any]:
    """Do things in as many threads at the same moment; return their results or ClientErrors."""
    barrier = threading.Barrier(len(actions))
    results: list[Any] = [None] * len(actions)

    def run(index: int) -> None:
        barrier.wait()
        try:
            results[index] = actions[index]()
        except ClientError as error:
            results[index] = error

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
