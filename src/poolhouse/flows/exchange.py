"""Tokens derived from tokens: RFC 8693's exchange, by impersonation or delegation (digest «sign-in» §3.9).

A derived token belongs to the sign-in that its subject's token came of, dies with it, and never outlives that
token. Its `act` claim, where an actor's token came too, names who acts for the subject.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from poolhouse.domain import claims, scopes, standing
from poolhouse.domain.claims import Issue
from poolhouse.domain.client import Client
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import User
from poolhouse.errors import NotAuthorizedException, ServiceError, UserNotFoundException
from poolhouse.flows import token_trigger
from poolhouse.flows.call import AnyCall
from poolhouse.flows.tokens import groups_of
from poolhouse.keys.signing import parse

ACCESS, ID = "ACCESS_TOKEN", "ID_TOKEN"
_USES = {ACCESS: "access", ID: "id"}
_SOURCE = "TokenGeneration_Authentication"


@dataclass(frozen=True, slots=True)
class Presented:
    """A token that was presented, and is good.

    Attributes:
        user: whose it is; None where a client asked for itself.
    """

    kind: str
    claims: Mapping[str, Any]
    user: User | None

    @property
    def scopes(self) -> tuple[str, ...]:
        """What it is good for; an ID token is good for nothing."""
        return tuple(str(self.claims.get("scope", "")).split())


@dataclass(frozen=True, slots=True)
class Derived:
    """A new token; `expires_in` in seconds."""

    token: str
    kind: str
    expires_in: int
    scopes: tuple[str, ...]


def presented(call: AnyCall, pool: Pool, token: str, kind: str, role: str) -> Presented:
    """Return what a token of the pool says, if it is good.

    Args:
        call: the request.
        pool: the client's.
        token: as sent.
        kind: ACCESS or ID.
        role: `Subject` or `Actor`, for the texts (which are guesses).

    Raises:
        NotAuthorizedException: it is none of the pool's, has expired, was revoked, or its user may not act.
        UserNotFoundException: its user is gone.
    """
    unverified = parse(token)
    if unverified is None or not call.services.signing.verified(unverified, pool.id, _USES[kind]):
        raise NotAuthorizedException(f"Invalid {role} Token")
    said = unverified.claims
    if call.clock.now() >= said["exp"]:
        raise NotAuthorizedException(f"{role} Token has expired")
    if "event_id" not in said:  # a client's own
        return Presented(kind, said, None)
    found = call.store.with_family(pool.id, said["sub"], said["event_id"])
    if found is None:
        raise UserNotFoundException("User does not exist.")
    user, revoked = found
    if revoked:
        raise NotAuthorizedException(f"{role} Token has been revoked")
    try:
        standing.check(user)
    except ServiceError as error:
        raise NotAuthorizedException(error.message) from error
    return Presented(kind, said, user)


def derive(
    call: AnyCall,
    pool: Pool,
    client: Client,
    subject: Presented,
    actor: Presented | None,
    *,
    requested: Sequence[str],
    audience: str,
    kind: str,
) -> Derived:
    """Return a new token for the subject.

    Args:
        call: the request.
        pool: the client's.
        client: which asks, and may.
        subject: for whom.
        actor: who acts for them; None where that is not to be seen.
        requested: scopes; the new token has those of them that both the subject's token and the client have.
            Empty for all of the subject's.
        audience: `aud`, or "".
        kind: ACCESS or ID.

    Raises:
        NotAuthorizedException: the subject is no user, or its token shows nothing of one.
        ServiceError: the PreTokenGeneration trigger failed or refused.
    """
    user, said, now = subject.user, subject.claims, call.clock.now()
    readable = _readable(client, subject)
    if user is None or (kind == ID and readable is None):
        raise NotAuthorizedException("Invalid Subject Token")
    granted = tuple(s for s in requested if s in subject.scopes and s in client.scopes)
    granted = granted if requested else subject.scopes
    groups = groups_of(call, user)
    answer = token_trigger.ask(call, pool, client, _SOURCE, user=user, scopes=granted, groups=groups)
    issue = Issue(
        issuer=call.settings.issuer(pool.id),
        event_id=said["event_id"],
        origin_jti=said.get("origin_jti") or call.entropy.uuid(),
        auth_time=said["auth_time"],
        now=now,
        device_key=said.get("device_key", ""),
    )
    jti = call.entropy.uuid()
    if kind == ID:
        made = claims.change_id_claims(
            claims.id_claims(user, client, issue, groups, jti, readable=readable),
            answer.id_token.claims_to_add_or_override or {},
            answer.id_token.claims_to_suppress or (),
        )
    else:
        changes = answer.access_token
        granted = tuple(
            claims.change_scopes(granted, changes.scopes_to_add or (), changes.scopes_to_suppress or ())
        )
        made = claims.change_access_claims(
            claims.access_claims(user, client, issue, groups, jti, scopes=granted),
            changes.claims_to_add_or_override or {},
            changes.claims_to_suppress or (),
        )
    made["exp"] = min(made["exp"], said["exp"])
    if audience:
        made["aud"] = audience
    if actor:
        made["act"] = _act(actor, said)
    token = call.services.signing.sign(pool.id, _USES[kind], made)
    return Derived(token, kind, made["exp"] - int(now), granted if kind == ACCESS else ())


def _readable(client: Client, subject: Presented) -> Callable[[str], bool] | None:
    """Return what tells which attributes an ID token shows: none that the subject's own token does not open.

    None where it opens none.
    """
    if subject.kind == ID:
        return lambda name: client.may_read(name) and name in subject.claims
    if scopes.OPENID in subject.scopes:
        return scopes.readable(client, subject.scopes)
    return client.may_read if claims.SELF_SERVICE_SCOPE in subject.scopes else None


def _act(actor: Presented, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the claim that names the actor, around those who acted before (RFC 8693 §4.1)."""
    act = {"sub": actor.claims["sub"]}
    return act | ({"act": said["act"]} if isinstance(said.get("act"), dict) else {})
