"""A pool with people in it, and pycognito's SRP as its client."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pycognito.aws_srp import AWSSRP

from poolhouse.domain import secret_hash
from support.server import RunningServer

PASSWORD = "Correct-Horse-9"
ALL_FLOWS = [
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_CUSTOM_AUTH",
    "ALLOW_USER_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
]
WRONG = ("NotAuthorizedException", "Incorrect username or password.")


class Srp(AWSSRP):
    """pycognito's client, by the server's clock, a step at a time."""

    def __init__(self, server: RunningServer, username: str, password: str, **options: Any) -> None:
        super().__init__(username, password, client=options.pop("idp", None) or server.client(), **options)
        self.clock = server.clock

    def get_cognito_formatted_timestamp(self, _now: datetime) -> str:
        return AWSSRP.get_cognito_formatted_timestamp(datetime.fromtimestamp(self.clock.now(), UTC))

    def start(self, **parameters: str) -> dict[str, Any]:
        """Begin USER_SRP_AUTH and return the whole answer."""
        return self.client.initiate_auth(
            AuthFlow="USER_SRP_AUTH",
            ClientId=self.client_id,
            AuthParameters={**self.get_auth_params(), **parameters},
        )

    def claim(self, started: Mapping[str, Any], **changes: str) -> dict[str, str]:
        """Return the answer to PASSWORD_VERIFIER, with changes."""
        parameters = started["ChallengeParameters"]
        return {**self.process_challenge(parameters, self.get_auth_params()), **changes}

    def answer(self, answers: Mapping[str, str], **options: Any) -> dict[str, Any]:
        """Answer PASSWORD_VERIFIER."""
        return self.client.respond_to_auth_challenge(
            **{
                "ClientId": self.client_id,
                "ChallengeName": "PASSWORD_VERIFIER",
                "ChallengeResponses": answers,
                **options,
            }
        )


@dataclass
class Place:
    """A pool and a client of it."""

    server: RunningServer
    idp: Any
    pool: str
    client: str
    secret: str | None = None

    def person(self, name: str = "jane", password: str = PASSWORD, **attributes: str) -> str:
        """Create a confirmed user; return the stored username."""
        created = self.invite(name, password, **attributes)
        self.idp.admin_set_user_password(
            UserPoolId=self.pool, Username=name, Password=password, Permanent=True
        )
        return created

    def invite(self, name: str = "jane", password: str = PASSWORD, **attributes: str) -> str:
        """Create a user with a temporary password; return the stored username."""
        user = self.idp.admin_create_user(
            UserPoolId=self.pool,
            Username=name,
            TemporaryPassword=password,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": key, "Value": value} for key, value in attributes.items()],
        )["User"]
        return str(user["Username"])

    def srp(self, name: str = "jane", password: str = PASSWORD, **options: Any) -> Srp:
        """Return an SRP client."""
        return Srp(
            self.server,
            name,
            password,
            **{
                "idp": self.idp,
                "pool_id": self.pool,
                "client_id": self.client,
                "client_secret": self.secret,
                **options,
            },
        )

    def plain(self, name: str = "jane", password: str = PASSWORD, **parameters: str) -> dict[str, Any]:
        """Sign in with USER_PASSWORD_AUTH."""
        hashed = {"SECRET_HASH": self.hash(name)} if self.secret else {}
        return self.idp.initiate_auth(
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=self.client,
            AuthParameters={"USERNAME": name, "PASSWORD": password, **hashed, **parameters},
        )

    def respond(self, name: str, session: str | None, answers: Mapping[str, str]) -> dict[str, Any]:
        """Answer a challenge."""
        given = {"Session": session} if session else {}
        return self.idp.respond_to_auth_challenge(
            ClientId=self.client, ChallengeName=name, ChallengeResponses=dict(answers), **given
        )

    def hash(self, name: str) -> str:
        """Return SECRET_HASH over a name."""
        return secret_hash.compute(self.secret or "", name, self.client)

    def another_client(self, **options: Any) -> "Place":
        """Return the same pool with a client of its own."""
        made = self.idp.create_user_pool_client(
            UserPoolId=self.pool,
            **{"ClientName": "app", "ExplicitAuthFlows": ALL_FLOWS, **options},
        )["UserPoolClient"]
        return Place(self.server, self.idp, self.pool, made["ClientId"], made.get("ClientSecret"))


def make_place(server: RunningServer, *, client: Mapping[str, Any] | None = None, **pool: Any) -> Place:
    """Create a pool and a client that allows every flow."""
    idp = server.client()
    made = idp.create_user_pool(**{"PoolName": "people", **pool})["UserPool"]
    return Place(server, idp, made["Id"], "").another_client(**(client or {}))


@dataclass
class Choosing:
    """USER_AUTH, a step at a time."""

    place: Place
    name: str = "jane"

    def begin(self, **parameters: str) -> dict[str, Any]:
        """Begin; return the answer."""
        return self.place.idp.initiate_auth(
            AuthFlow="USER_AUTH",
            ClientId=self.place.client,
            AuthParameters={"USERNAME": self.name, **self._hash(), **parameters},
        )

    def prefer(self, challenge: str, **parameters: str) -> dict[str, Any]:
        """Begin with a factor; return the answer."""
        return self.begin(PREFERRED_CHALLENGE=challenge, **parameters)

    def answer(self, asked: Mapping[str, Any], **answers: str) -> dict[str, Any]:
        """Answer a challenge."""
        given = {"USERNAME": self.name, **self._hash(), **answers}
        return self.place.respond(asked["ChallengeName"], asked["Session"], given)

    def choose(self, asked: Mapping[str, Any], challenge: str, **answers: str) -> dict[str, Any]:
        """Answer SELECT_CHALLENGE."""
        return self.answer(asked, ANSWER=challenge, **answers)

    def _hash(self) -> dict[str, str]:
        return {"SECRET_HASH": self.place.hash(self.name)} if self.place.secret else {}
