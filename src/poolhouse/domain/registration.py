"""Dynamic client registration: which app clients applications may make for themselves (RFC 7591).

A pool says so in `DcrConfiguration` [model]. What the service takes of the metadata beyond the model's words
is not published: where the RFC leaves a choice, the stricter one is taken (docs/explanation/choices.md).
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from poolhouse.domain.claims import SELF_SERVICE_SCOPE
from poolhouse.domain.client import Client
from poolhouse.domain.oauth_error import OAuthError
from poolhouse.domain.pool import Pool
from poolhouse.domain.resource_servers import REGISTRATION_SCOPE

MOST_REDIRECT_URIS = 10

_OIDC = ("openid", "email", "phone", "profile")
_CODE, _MACHINE = "code", "client_credentials"
_GRANTS = {"authorization_code": _CODE, "client_credentials": _MACHINE}
_REFRESH = "refresh_token"
_METHODS = frozenset({"client_secret_basic", "client_secret_post", "none"})
_LONGEST_URI = 1024
_LONGEST_NAME = 128
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_host = re.compile(r"[a-z0-9.:-]+").fullmatch
_not_in_names = re.compile(r"[^\w\s+=,.@-]+")
_NAMELESS = "Registered client"


@dataclass(frozen=True, slots=True)
class Metadata:
    """What an application says of itself (RFC 7591 §2); other members are ignored, as §2 has it."""

    redirect_uris: Sequence[str] | None = None
    grant_types: Sequence[str] | None = None
    response_types: Sequence[str] | None = None
    token_endpoint_auth_method: str | None = None
    client_name: str | None = None
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    """Metadata that was found good, defaults filled in.

    Attributes:
        flow: `code` or `client_credentials`.
        method: how the client proves who it is; `none` for a client without a secret.
    """

    name: str
    flow: str
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]
    method: str

    @property
    def has_secret(self) -> bool:
        """Whether the client gets a secret."""
        return self.method != "none"

    def members(self) -> dict[str, Any]:
        """Return CreateUserPoolClientRequest in the wire's form.

        Such a client has the pages and endpoints, and none of the API's ways to sign in.
        """
        return {
            "GenerateSecret": self.has_secret,
            "AllowedOAuthFlowsUserPoolClient": True,
            "AllowedOAuthFlows": [self.flow],
            "AllowedOAuthScopes": list(self.scopes),
            "CallbackURLs": list(self.redirect_uris),
            "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
            "PreventUserExistenceErrors": "ENABLED",
            "SupportedIdentityProviders": ["COGNITO"],
        }


def permitted(pool: Pool, *, authenticated: bool) -> frozenset[str]:
    """Return the OAuth flows that clients may register for; none where the pool takes no registration.

    Args:
        pool: the pool.
        authenticated: whether an initial access token came; without one it is open registration.
    """
    dcr = pool.config.get("DcrConfiguration") or {}
    if not pool.registers_clients or not (authenticated or dcr.get("OpenDcrEnabled")):
        return frozenset()
    listed = dcr["AuthenticatedGrantTypes"] if authenticated else dcr["OpenDcrGrantTypes"]
    return frozenset(listed) & {_CODE, _MACHINE}


def check(
    pool: Pool, custom_scopes: Collection[str], metadata: Metadata, flows: Collection[str]
) -> Registration:
    """Check what an application says of itself.

    Args:
        pool: where it registers.
        custom_scopes: those of the pool's resource servers.
        metadata: as sent.
        flows: which it may register for.

    Raises:
        OAuthError: `invalid_redirect_uri` or `invalid_client_metadata` (RFC 7591 §3.2.2).
    """
    flow = _flow(metadata, flows)
    method = metadata.token_endpoint_auth_method or "client_secret_basic"
    if method not in _METHODS or (method == "none" and flow == _MACHINE):
        raise _refused(f"token_endpoint_auth_method {method} is not supported for these grant_types")
    return Registration(
        name=_name(metadata.client_name or ""),
        flow=flow,
        redirect_uris=_redirect_uris(metadata, flow),
        scopes=_scopes(pool, custom_scopes, metadata, flow),
        method=method,
    )


def describe(client: Client, registration: Registration, secret: str | None) -> dict[str, Any]:
    """Return the client's information (RFC 7591 §3.2.1).

    Args:
        client: as stored.
        registration: what it was made of.
        secret: its secret in the clear, which does not expire; None where it has none.
    """
    code = registration.flow == _CODE
    described = {
        "client_id": client.id,
        "client_id_issued_at": int(client.created),
        "client_name": client.name,
        "grant_types": ["authorization_code", _REFRESH] if code else [_MACHINE],
        "response_types": ["code"] if code else [],
        "token_endpoint_auth_method": registration.method,
        "scope": " ".join(registration.scopes),
        "redirect_uris": list(registration.redirect_uris),
    }
    return (
        described if secret is None else described | {"client_secret": secret, "client_secret_expires_at": 0}
    )


def is_redirect_uri(uri: str) -> bool:
    """Tell whether browsers may be sent to `uri`: https, or http on the machine they run on (RFC 8252 §7.3).

    No fragment, no credentials, nothing that two readers of URLs could read differently.
    """
    if len(uri) > _LONGEST_URI or not uri.isascii() or not uri.isprintable() or set(uri) & set(" \\#<>\"'`"):
        return False
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname or "", parts.port
    except ValueError:  # brackets that hold no address, a port that is none
        return False
    if "@" in parts.netloc or not _host(host):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)


def _flow(metadata: Metadata, flows: Collection[str]) -> str:
    """Return the flow that the grant types stand for; an app client cannot have both."""
    asked = dict.fromkeys(metadata.grant_types or ("authorization_code",))
    named = [grant for grant in asked if grant != _REFRESH]
    flow = _GRANTS.get(named[0]) if len(named) == 1 else None
    if flow is None or (flow == _MACHINE and _REFRESH in asked):
        raise _refused(
            "grant_types must be authorization_code, with or without refresh_token, or client_credentials"
        )
    if flow not in flows:
        raise _refused(f"grant_types {named[0]} is not permitted")
    expected = ["code"] if flow == _CODE else []
    if metadata.response_types is not None and list(metadata.response_types) != expected:
        raise _refused("response_types do not go with grant_types")
    return flow


def _redirect_uris(metadata: Metadata, flow: str) -> tuple[str, ...]:
    uris = tuple(dict.fromkeys(metadata.redirect_uris or ()))
    if flow == _CODE and not uris:
        raise OAuthError("invalid_redirect_uri", "redirect_uris are required")
    if len(uris) > MOST_REDIRECT_URIS:
        raise OAuthError("invalid_redirect_uri", f"At most {MOST_REDIRECT_URIS} redirect_uris are allowed")
    if not all(map(is_redirect_uri, uris)):
        raise OAuthError(
            "invalid_redirect_uri", "redirect_uris must be https, or http on localhost, without a fragment"
        )
    return uris


def _scopes(pool: Pool, custom: Collection[str], metadata: Metadata, flow: str) -> tuple[str, ...]:
    """Return the scopes; where none are asked for, all that may be."""
    listed = (pool.config.get("DcrConfiguration") or {}).get("AllowedScopes") or ()
    of_users = (*_OIDC, *(scope for scope in listed if scope == SELF_SERVICE_SCOPE)) if flow == _CODE else ()
    of_servers = (scope for scope in listed if scope in custom and scope != REGISTRATION_SCOPE)
    allowed = dict.fromkeys((*of_users, *of_servers))
    asked = tuple(dict.fromkeys((metadata.scope or "").split())) or tuple(allowed)
    if not asked or not allowed.keys() >= set(asked):
        raise _refused("scope is not allowed")
    return asked


def _name(given: str) -> str:
    """Return a name of the characters that `ClientName` may have."""
    return " ".join(_not_in_names.sub(" ", given).split())[:_LONGEST_NAME].rstrip() or _NAMELESS


def _refused(description: str) -> OAuthError:
    return OAuthError("invalid_client_metadata", description)
