"""A pool with an app client on a running server, and short ways to fill it with people."""

from dataclasses import dataclass
from typing import Any

from support.server import RunningServer

PASSWORD = "Correct-Horse-9"
EMAIL = "jane@example.com"
PHONE = "+15551234567"
AUTO_EMAIL = {"AutoVerifiedAttributes": ["email"]}
AUTO_BOTH = {
    "AutoVerifiedAttributes": ["email", "phone_number"],
    "SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"},
}


def attributes(**values: str) -> list[dict[str, str]]:
    """Return attributes as requests carry them; `custom__x` stands for `custom:x`."""
    return [{"Name": name.replace("__", ":"), "Value": value} for name, value in values.items()]


@dataclass
class People:
    """A pool, a client of it, and a boto3 client of the server."""

    server: RunningServer
    idp: Any
    pool: str
    client: str

    def sign_up(self, username: str, password: str | None = PASSWORD, **values: str) -> dict[str, Any]:
        given = {"Password": password} if password is not None else {}
        return self.idp.sign_up(
            ClientId=self.client, Username=username, UserAttributes=attributes(**values), **given
        )

    def confirm(self, username: str, code: str, **options: Any) -> dict[str, Any]:
        return self.idp.confirm_sign_up(
            ClientId=self.client, Username=username, ConfirmationCode=code, **options
        )

    def create(self, username: str, values: dict[str, str] | None = None, **options: Any) -> dict[str, Any]:
        """Create a user without a message."""
        options = {"MessageAction": "SUPPRESS", "UserAttributes": attributes(**(values or {})), **options}
        return self.idp.admin_create_user(UserPoolId=self.pool, Username=username, **options)["User"]

    def confirmed(self, username: str, **values: str) -> dict[str, Any]:
        """Create a user with a password of their own."""
        user = self.create(username, values)
        self.set_password(username)
        return user

    def set_password(self, username: str, password: str = PASSWORD, *, permanent: bool = True) -> None:
        self.idp.admin_set_user_password(
            UserPoolId=self.pool, Username=username, Password=password, Permanent=permanent
        )

    def get(self, username: str) -> dict[str, Any]:
        """Return a user with `attributes` by their names."""
        user = self.idp.admin_get_user(UserPoolId=self.pool, Username=username)
        return user | {"attributes": {a["Name"]: a["Value"] for a in user["UserAttributes"]}}

    def status(self, username: str) -> str:
        return str(self.get(username)["UserStatus"])

    def sign_in(self, username: str, password: str = PASSWORD) -> dict[str, Any]:
        return self.idp.initiate_auth(
            ClientId=self.client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username, "PASSWORD": password},
        )

    def token(self, username: str, password: str = PASSWORD) -> str:
        return str(self.sign_in(username, password)["AuthenticationResult"]["AccessToken"])

    def another_client(self, **options: Any) -> "People":
        return People(self.server, self.idp, self.pool, _client(self.idp, self.pool, options))


def people(server: RunningServer, client: dict[str, Any] | None = None, **pool: Any) -> People:
    """Create a pool and a client of it.

    Args:
        server: where.
        client: members of CreateUserPoolClient.
        pool: members of CreateUserPool.
    """
    idp = server.client(parameter_validation=False)
    pool_id = idp.create_user_pool(PoolName="people", **pool)["UserPool"]["Id"]
    return People(server, idp, pool_id, _client(idp, pool_id, client or {}))


def _client(idp: Any, pool_id: str, options: dict[str, Any]) -> str:
    options = {"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"], **options}
    made = idp.create_user_pool_client(UserPoolId=pool_id, ClientName="web", **options)
    return str(made["UserPoolClient"]["ClientId"])
