"""What tokens say (digest «sign-in» §3.1 to §3.3), and what a trigger may change of it (§3.7)."""

import base64
import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from poolhouse.domain.client import VERIFIED_FLAGS, Client
from poolhouse.domain.user import User

SELF_SERVICE_SCOPE = "aws.cognito.signin.user.admin"
"""The scope of every token that the API issues, and what the API asks of a token."""

_RESERVED = frozenset(
    {
        "acr",
        "amr",
        "at_hash",
        "aud",
        "auth_time",
        "azp",
        "client_id",
        "device_key",
        "event_id",
        "exp",
        "iat",
        "identities",
        "iss",
        "jti",
        "nbf",
        "nonce",
        "origin_jti",
        "sub",
        "token_use",
        "username",
        "version",
    }
)
_GROUPS = "cognito:groups"
_GROUP_CLAIMS = (_GROUPS, "cognito:roles", "cognito:preferred_role")
_STRINGS_ONLY = VERIFIED_FLAGS | {"updated_at", "address"}
_SERVICE_SCOPES = "aws.cognito"
_DEVELOPER = "dev:"


@dataclass(frozen=True, slots=True)
class Groups:
    """A user's groups, as tokens carry them.

    Attributes:
        names: in the order of precedence.
        roles: the groups' IAM roles.
        preferred_role: that of the group that precedes; None where groups of the same precedence differ.
    """

    names: Sequence[str] = ()
    roles: Sequence[str] = ()
    preferred_role: str | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """What both tokens of one answer share.

    Attributes:
        issuer: the pool's issuer URL.
        event_id: the family's id.
        origin_jti: of the original authentication; used where the client's tokens can be revoked, or rotate.
        auth_time: of the original authentication, in seconds since the epoch; kept over refreshes.
        now: seconds since the epoch.
        device_key: of the device that signed in, or "".
        hosted: whether the tokens come of the OAuth endpoints.
        resource: `aud` of the access token, or "".
        nonce: for the ID token, or "".
    """

    issuer: str
    event_id: str
    origin_jti: str
    auth_time: float
    now: float
    device_key: str = ""
    hosted: bool = False
    resource: str = ""
    nonce: str = ""


def id_claims(
    user: User,
    client: Client,
    issue: Issue,
    groups: Groups,
    jti: str,
    *,
    readable: Callable[[str], bool] | None = None,
    access_token: str = "",
) -> dict[str, Any]:
    """Return the claims of an ID token.

    Args:
        user: whose.
        client: whose.
        issue: what both tokens share.
        groups: the user's.
        jti: names the token.
        readable: tells which attributes it shows; None for all that the client may read.
        access_token: what `at_hash` is of (OpenID Connect Core §3.1.3.6). Tokens of the API carry none:
            pycognito fails on one (`clients.md`).
    """
    claims: dict[str, Any] = {"sub": user.sub}
    if access_token:
        half = hashlib.sha256(access_token.encode()).digest()[:16]
        claims["at_hash"] = base64.urlsafe_b64encode(half).rstrip(b"=").decode()
    claims |= _group_claims(groups)
    claims |= {"iss": issue.issuer, "cognito:username": user.username}
    if issue.nonce:
        claims["nonce"] = issue.nonce
    if _has_origin(client):
        claims["origin_jti"] = issue.origin_jti
    claims |= {"aud": client.id, "event_id": issue.event_id, "token_use": "id"}
    claims |= _times(issue, client.id_token_seconds)
    if _has_origin(client):
        claims["jti"] = jti
    shown = readable or client.may_read
    return claims | {
        name: _value(name, value)
        for name, value in user.attributes.items()
        if shown(name) and not name.startswith(_DEVELOPER)
    }


def access_claims(
    user: User, client: Client, issue: Issue, groups: Groups, jti: str, *, scopes: Sequence[str]
) -> dict[str, Any]:
    """Return the claims of an access token, in the order of the service's (digest «users» §2.1)."""
    claims: dict[str, Any] = {"sub": user.sub}
    if issue.device_key:
        claims["device_key"] = issue.device_key
    if groups.names:
        claims[_GROUPS] = list(groups.names)
    claims |= {"iss": issue.issuer, "client_id": client.id}
    if _has_origin(client):
        claims["origin_jti"] = issue.origin_jti
    if issue.hosted:
        claims["version"] = 2
    if issue.resource:
        claims["aud"] = issue.resource
    claims |= {"event_id": issue.event_id, "token_use": "access"}
    if scopes:
        claims["scope"] = " ".join(scopes)
    return claims | _times(issue, client.access_token_seconds) | {"jti": jti, "username": user.username}


def machine_claims(client: Client, issue: Issue, jti: str, *, scopes: Sequence[str]) -> dict[str, Any]:
    """Return the claims of an access token of a client that asked for itself: it is its own subject."""
    claims: dict[str, Any] = {"sub": client.id, "token_use": "access"}
    if scopes:
        claims["scope"] = " ".join(scopes)
    claims |= _times(issue, client.access_token_seconds)
    if issue.resource:
        claims["aud"] = issue.resource
    return claims | {"iss": issue.issuer, "version": 2, "jti": jti, "client_id": client.id}


def change_id_claims(
    claims: Mapping[str, Any], add: Mapping[str, Any], suppress: Collection[str]
) -> dict[str, Any]:
    """Return an ID token's claims after a trigger's changes.

    What it may not touch is ignored without an error; suppressing wins over adding (digest «users» §5.9).
    """
    allowed = {
        name: value
        for name, value in add.items()
        if not _reserved(name) and (isinstance(value, str) or name not in _STRINGS_ONLY)
    }
    return _change(claims, allowed, suppress)


def change_access_claims(
    claims: Mapping[str, Any], add: Mapping[str, Any], suppress: Collection[str]
) -> dict[str, Any]:
    """Return an access token's claims after a trigger's changes.

    As for the ID token; beside it `aud` may be added, with the client's id for a value, and `scope` has its
    own members in the answer.
    """
    allowed = {
        name: value
        for name, value in add.items()
        if (not _reserved(name) and name != "scope") or (name == "aud" and value == claims["client_id"])
    }
    return _change(claims, allowed, [name for name in suppress if name != "scope"])


def change_scopes(scopes: Sequence[str], add: Collection[str], suppress: Collection[str]) -> list[str]:
    """Return an access token's scopes after a trigger's changes.

    It may add scopes that the client has not, but none of the service's own beyond those granted.
    """
    added = [scope for scope in dict.fromkeys(add) if scope and not scope.startswith(_SERVICE_SCOPES)]
    return [scope for scope in dict.fromkeys([*scopes, *added]) if scope not in suppress]


def _change(claims: Mapping[str, Any], add: Mapping[str, Any], suppress: Collection[str]) -> dict[str, Any]:
    removed = {name for name in suppress if not _reserved(name)}
    if _GROUPS in suppress:
        removed.update(_GROUP_CLAIMS)
    changed = dict(claims) | {name: value for name, value in add.items() if _addable(name, value)}
    return {name: value for name, value in changed.items() if name not in removed}


def _addable(name: str, value: Any) -> bool:
    return value is not None and not name.startswith(_DEVELOPER)


def _reserved(name: str) -> bool:
    return name in _RESERVED or name.startswith("cognito:")


def _has_origin(client: Client) -> bool:
    """Tell whether the client's tokens name what they came of: where they can be revoked, or rotate."""
    return client.revocable or client.rotation_grace is not None


def _group_claims(groups: Groups) -> dict[str, Any]:
    if not groups.names:
        return {}
    values = (list(groups.names), list(groups.roles), groups.preferred_role)
    return {name: value for name, value in zip(_GROUP_CLAIMS, values, strict=True) if value}


def _times(issue: Issue, seconds: int) -> dict[str, int]:
    return {"auth_time": int(issue.auth_time), "exp": int(issue.now) + seconds, "iat": int(issue.now)}


def _value(name: str, value: str) -> Any:
    """Return a stored value as the ID token carries it; custom values stay strings whatever their type."""
    if name in VERIFIED_FLAGS:
        return value == "true"
    if name == "address":
        return {"formatted": value}
    if name == "updated_at" and value.isascii() and value.isdigit():
        return int(value)
    return value
