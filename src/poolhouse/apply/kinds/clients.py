"""App clients."""

import hmac
from collections.abc import Mapping
from typing import Any

import msgspec

from poolhouse.apply.hand import Hand, Want
from poolhouse.apply.kinds.base import Kind, Refused, shape, without
from poolhouse.domain.client import Client
from poolhouse.flows import app_clients
from poolhouse.flows.lookup import client_secrets
from poolhouse.operations.clients import make_client
from poolhouse.store import Conflict
from poolhouse.wire import constraints as c
from poolhouse.wire import shapes

_ELSEWHERE = frozenset({"ClientName", "GenerateSecret"})
_NOT_SHOWN = frozenset({"ClientId", "ClientSecret", "CreationDate", "LastModifiedDate", "UserPoolId"})
_SECRETS = "Secrets"


class Extras(shapes.Shape, frozen=True, kw_only=True):
    """What a file may choose beyond CloudFormation."""

    ClientId: c.ClientIdType | None = None
    ClientSecret: c.ClientSecretType | None = None


class UserPoolClient(Kind):
    """An app client."""

    name = "UserPoolClient"
    properties = shape(
        "UserPoolClient",
        shapes.CreateUserPoolClientRequest,
        leave_out={"ClientSecret"},
        optional={"ClientName"},
    )
    extras = Extras

    def draw(self, hand: Hand) -> str:
        """Draw a client's id."""
        return app_clients.new_id(hand.call)

    def identifier(self, want: Want) -> str:
        """Return the id: chosen, or known from before, or drawn."""
        recorded = want.recorded.identifier if want.recorded else None
        return str(want.extras.get("ClientId") or recorded or want.drawn)

    def attributes(self, hand: Hand, want: Want) -> Mapping[str, Any]:
        """Return its id, its name and its secret."""
        client_id = self.identifier(want)
        client = hand.call.store.peek(lambda tx: tx.clients.get(client_id))
        secrets = client_secrets(hand.call, client) if client else ()
        name = {"Name": _named(hand, want)}
        return {
            "": client_id,
            "ClientId": client_id,
            **name,
            **({"ClientSecret": secrets[0]} if secrets else {}),
        }

    def read(self, hand: Hand, want: Want) -> dict[str, Any] | None:
        """Describe the client; its secrets as nothing but their ids."""
        about = {"UserPoolId": want.pool_id, "ClientId": self.identifier(want)}
        found = hand.find("DescribeUserPoolClient", "UserPoolClient", **about)
        if found is None:
            return None
        secrets = [
            secret["ClientSecretId"]
            for secret in hand.ask("ListUserPoolClientSecrets", **about)["ClientSecrets"]
        ]
        return {**without(found, _NOT_SHOWN), **({_SECRETS: secrets} if secrets else {})}

    def make(self, hand: Hand, want: Want) -> None:
        """Create it, under the id that the file chooses or one drawn at random."""
        client_id = self.identifier(want)
        secret = want.extras.get("ClientSecret")
        members = {**want.properties, "ClientName": _named(hand, want)}
        if secret:
            members |= {"ClientSecret": secret, "GenerateSecret": False}
        try:
            make_client(hand.call, msgspec.convert(members, shapes.CreateUserPoolClientRequest), client_id)
        except Conflict:
            raise Refused(f"the id {client_id} is that of another pool's client") from None

    def change(self, hand: Hand, want: Want, before: dict[str, Any]) -> None:
        """Bring all that can be changed into the file's form; what it does not say is at its default."""
        chosen = want.extras.get("ClientSecret")
        if bool(want.properties.get("GenerateSecret") or chosen) != bool(before.get(_SECRETS)):
            raise Refused(
                "a client has a secret from the start or never: delete it, and apply the file again to have "
                "another in its place"
            )
        client_id = self.identifier(want)
        members = without(want.properties, _ELSEWHERE)
        name = _named(hand, want)
        hand.ask("UpdateUserPoolClient", **members, ClientId=client_id, ClientName=name)
        if chosen:
            _choose_secret(hand, want.pool_id, client_id, chosen)


def _named(hand: Hand, want: Want) -> str:
    return str(want.properties.get("ClientName") or f"{hand.place.stack}-{want.name}")


def _choose_secret(hand: Hand, pool_id: str, client_id: str, chosen: str) -> None:
    """Make a secret the client's only one, where it is not."""
    client = hand.call.store.peek(lambda tx: tx.clients.get(client_id))
    assert isinstance(client, Client)  # noqa: S101 (it was read in this very transaction)
    known = client_secrets(hand.call, client)
    others = [
        stored.id
        for stored, secret in zip(client.secrets, known, strict=True)
        if not hmac.compare_digest(secret.encode(), chosen.encode())
    ]
    about = {"UserPoolId": pool_id, "ClientId": client_id}
    if len(others) == len(known):
        if len(known) > 1:
            hand.ask("DeleteUserPoolClientSecret", **about, ClientSecretId=others.pop())
        hand.ask("AddUserPoolClientSecret", **about, ClientSecret=chosen)
    for other in others:
        hand.ask("DeleteUserPoolClientSecret", **about, ClientSecretId=other)
