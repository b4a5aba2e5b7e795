"""Who calls an endpoint: app clients, and how they prove who they are (RFC 6749 §2.3)."""

import base64
import binascii
import re
from urllib.parse import unquote_plus

from poolhouse.domain.client import Client
from poolhouse.domain.oauth_error import OAuthError
from poolhouse.domain.pool import Pool
from poolhouse.flows import hosts
from poolhouse.flows.call import PublicCall
from poolhouse.flows.lookup import client_secret_is_right
from poolhouse.oauth.endpoint import Request

_ID = re.compile(r"[\w+]{1,128}", re.ASCII)
_NO_DOMAIN = "The user pool has no domain. Create one with CreateUserPoolDomain."


def authenticated(call: PublicCall, request: Request) -> tuple[Pool, Client]:
    """Return the client that calls, and its pool.

    Raises:
        OAuthError: `invalid_request`: it does not say who it is, says so twice, or its pool has no endpoints;
            `invalid_client`: there is no such client at this host, or it does not prove that it is the one.
    """
    client_id, secrets = _presented(request)
    pool, client = _known(call, client_id)
    _refuse_elsewhere(call, request.host, pool)
    _check_secret(call, client, secrets)
    return pool, client


def _presented(request: Request) -> tuple[str, tuple[str, ...]]:
    """Return the id, and what the secret may be; nothing of it without one."""
    in_body, secret = request.form.get("client_id"), request.form.get("client_secret")
    if not request.authorization:
        return request.required("client_id"), (secret,) if secret else ()
    client_id, secrets = _basic(request.authorization)
    if secret or in_body not in (None, client_id):
        raise OAuthError("invalid_request")
    return client_id, secrets


def _basic(header: str) -> tuple[str, tuple[str, ...]]:
    """Return what a Basic header says: its parts are form-encoded, though not every client does so."""
    scheme, _, credentials = header.partition(" ")
    try:
        decoded = base64.b64decode(credentials.strip(), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise OAuthError("invalid_client") from error
    client_id, colon, secret = decoded.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise OAuthError("invalid_client")
    return client_id, tuple(dict.fromkeys((secret, unquote_plus(secret)))) if secret else ()


def _known(call: PublicCall, client_id: str) -> tuple[Pool, Client]:
    client = call.config.client(client_id) if _ID.fullmatch(client_id) else None
    pool = call.config.pool(client.pool_id) if client else None
    if client is None or pool is None:
        raise OAuthError("invalid_client")
    return pool, client


def _refuse_elsewhere(call: PublicCall, host: str, pool: Pool) -> None:
    if not pool.domains:
        raise OAuthError("invalid_request", _NO_DOMAIN)
    if not hosts.serves(call, host, pool):
        raise OAuthError("invalid_client")


def _check_secret(call: PublicCall, client: Client, secrets: tuple[str, ...]) -> None:
    proved = bool(client.secrets) == bool(secrets) and (
        not secrets or any(client_secret_is_right(call, client, secret) for secret in secrets)
    )
    if not proved:
        raise OAuthError("invalid_client", "invalid_client_secret")
