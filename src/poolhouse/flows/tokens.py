"""Tokens: issued at the end of a sign-in, refreshed, revoked (digest «sign-in» §2.12, §3).

All tokens of one sign-in are a family, one row. Their `event_id` names it, so revoking the row kills each of
them at once.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from poolhouse.domain import claims, scopes, standing
from poolhouse.domain.authorization import Authorization
from poolhouse.domain.claims import Groups, Issue
from poolhouse.domain.client import Client
from poolhouse.domain.devices import Bound
from poolhouse.domain.groups import of_tokens as groups_of_tokens
from poolhouse.domain.pool import Pool
from poolhouse.domain.sessions import TokenSession
from poolhouse.domain.tokens import TokenFamily
from poolhouse.domain.user import User
from poolhouse.errors import (
    NotAuthorizedException,
    RefreshTokenReuseException,
    UnauthorizedException,
    UnsupportedOperationException,
    UnsupportedTokenTypeException,
)
from poolhouse.flows import devices, sessions, token_trigger
from poolhouse.flows.call import AnyCall
from poolhouse.keys.refresh_tokens import RefreshToken, has_the_form
from poolhouse.store import Tx
from poolhouse.triggers import answers

REFRESHED = "TokenGeneration_RefreshTokens"
_NO_GROUPS = Groups()
_NO_DEVICE = Bound()


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in or a refresh gives.

    Attributes:
        id: None where `openid` was not granted.
        refresh: None where the client keeps the one it has.
        expires_in: life of the access token, in seconds.
    """

    id: str | None
    access: str
    refresh: str | None
    expires_in: int


@dataclass(frozen=True, slots=True)
class Grant:
    """The proof that a refresh token is good.

    Attributes:
        token: what the refresh token names.
    """

    user: User
    family: TokenFamily
    token: RefreshToken


@dataclass(frozen=True, slots=True)
class Begun:
    """What is stored of a sign-in that ends.

    Attributes:
        session: None where the pool tracks none.
    """

    family: TokenFamily
    session: TokenSession | None


@dataclass(frozen=True, slots=True)
class _Occasion:
    """For whom and why tokens are signed."""

    call: AnyCall
    pool: Pool
    client: Client
    user: User
    groups: Groups
    source: str
    client_metadata: Mapping[str, str] | None


def issue(
    call: AnyCall,
    pool: Pool,
    client: Client,
    user: User,
    *,
    source: str,
    client_metadata: Mapping[str, str] | None = None,
    device: Bound = _NO_DEVICE,
    begun: Begun | None = None,
    event_id: str = "",
    authorization: Authorization | None = None,
    use: Callable[[Tx, str], None] | None = None,
    refreshable: bool = True,
) -> Tokens:
    """Issue the tokens of a new sign-in and remember its family.

    Args:
        call: the request.
        pool: the user's.
        client: which they sign in to.
        user: who has proved who they are.
        source: `triggerSource` of PreTokenGeneration: `TokenGeneration_Authentication` and so on.
        client_metadata: for that trigger, from operations that hand it over.
        device: what they sign in with.
        begun: what `begin` returned, where it is stored already; no trigger may refuse it then.
        event_id: of the sign-in's event, where it has one.
        authorization: what the user lets the client have, at the OAuth endpoints.
        use: uses up what stood for it, in the same unit of work; takes the family's id.
        refreshable: whether there is a refresh token.

    Raises:
        ResourceNotFoundException: the device was forgotten meanwhile.
        ServiceError: the PreTokenGeneration trigger failed or refused.
    """
    new = begun or begin(
        call,
        pool,
        client,
        user.sub,
        device,
        event_id=event_id,
        authorization=authorization,
        refreshable=refreshable,
    )
    family, groups = new.family, groups_of(call, user)
    occasion = _Occasion(call, pool, client, user, groups, source, client_metadata)
    signed = _sign(occasion, family, nonce=authorization.nonce if authorization else "")

    def work(tx: Tx) -> None:
        if use:
            use(tx, family.id)
        if device.confirmed:
            devices.note_sign_in(tx, user, device.key, ip=call.client_ip, now=family.auth_time)
        store(tx, pool, new)

    if begun is None:
        call.store.write(work)
    return replace(signed, refresh=_write_refresh_token(call, family)) if refreshable else signed


def begin(
    call: AnyCall,
    pool: Pool,
    client: Client,
    sub: str,
    device: Bound = _NO_DEVICE,
    *,
    event_id: str = "",
    authorization: Authorization | None = None,
    refreshable: bool = True,
) -> Begun:
    """Return what will be stored of a sign-in that is about to end; arguments as for `issue`."""
    now = call.clock.now()
    short = max(client.access_token_seconds, client.id_token_seconds)
    family = TokenFamily(
        pool_id=pool.id,
        id=event_id or call.entropy.uuid(),
        sub=sub,
        client_id=client.id,
        origin_jti=call.entropy.uuid(),
        scope=" ".join(authorization.scopes) if authorization else claims.SELF_SERVICE_SCOPE,
        auth_time=authorization.auth_time if authorization else now,
        expires=now + (client.refresh_token_seconds if refreshable else short),
        refresh_id=call.entropy.uuid(),
        device_key=device.key,
        device_confirmed=device.confirmed,
        hosted=authorization is not None,
        resource=authorization.resource if authorization else "",
        browser_session=authorization.browser_session if authorization else "",
    )
    return Begun(family, sessions.seen(call, pool, family))


def store(tx: Tx, pool: Pool, begun: Begun) -> None:
    """Remember a sign-in that ends."""
    tx.families.add(begun.family)
    if begun.session:
        sessions.begin(tx, pool, begun.session)


def find(
    call: AnyCall,
    pool: Pool,
    client: Client,
    refresh_token: str,
    *,
    device_key: str | None = None,
    rotating: bool = False,
) -> Grant:
    """Return whom a refresh token stands for.

    Args:
        call: the request.
        pool: the client's.
        client: which presents the token.
        refresh_token: as sent.
        device_key: that of the device which holds it, as sent.
        rotating: whether the operation can hand out a new one; a client whose tokens rotate is refused by
            one that cannot.

    Raises:
        NotAuthorizedException: it is not this client's, revoked, expired, or its user is gone or disabled; or
            its device was confirmed, and is not the one that was named, or was forgotten.
        RefreshTokenReuseException: another took its place, longer ago than the grace period. Somebody has a
            copy, and nobody can tell who is the thief: all tokens of the sign-in are revoked (RFC 9700
            §4.14.2).
    """
    token = call.services.refresh_tokens.read(refresh_token)
    if token is None or token.pool_id != pool.id or (client.rotation_grace is not None and not rotating):
        raise _invalid()

    found = call.store.peek(lambda tx: tx.families.with_user(pool.id, token.family))
    if found is None or not devices.holds(call, found[0], device_key):
        raise _invalid()
    family, user = found
    with _reuse_ends(call, family):
        _good(family, client, token, call.clock.now())
    standing.refuse_disabled(user)
    return Grant(user, family, token)


def refresh(
    call: AnyCall,
    pool: Pool,
    client: Client,
    grant: Grant,
    *,
    client_metadata: Mapping[str, str] | None = None,
) -> Tokens:
    """Issue new ID and access tokens of the same family; and a new refresh token where the client's rotate.

    Args:
        call: the request.
        pool: the user's.
        client: which presented the token.
        grant: what `find` returned for it.
        client_metadata: for the PreTokenGeneration trigger, from operations that hand it over.

    Raises:
        ServiceError: the trigger failed or refused; or, where tokens rotate, as `find`.
    """
    groups = groups_of(call, grant.user)
    occasion = _Occasion(call, pool, client, grant.user, groups, REFRESHED, client_metadata)
    signed = _sign(occasion, grant.family)
    session = sessions.seen(call, pool, grant.family)
    if client.rotation_grace is not None:
        family = _rotate(call, client, grant, session)
        return replace(signed, refresh=_write_refresh_token(call, family))
    if session:
        call.store.write(lambda tx: tx.sessions.put(session))
    return signed


def revoke(call: AnyCall, client: Client, refresh_token: str, *, linked: bool = False) -> None:
    """Revoke a refresh token and all tokens of the same sign-in (digest «sign-in» §3.6).

    One that is unknown, or was revoked before, is a success (RFC 7009 §2.2).

    Args:
        call: the request.
        client: which presents the token, authenticated.
        refresh_token: as sent.
        linked: whether the browser's session that it came of ends as well, in a pool that tracks sessions.

    Raises:
        UnsupportedOperationException: the client's tokens cannot be revoked.
        UnsupportedTokenTypeException: it is another kind of token.
        UnauthorizedException: it is another client's.
    """
    if not client.revocable:
        raise UnsupportedOperationException(f"Token revocation is not supported for client {client.id}")
    if not has_the_form(refresh_token):
        raise UnsupportedTokenTypeException("Unsupported token type")
    token = call.services.refresh_tokens.read(refresh_token)
    family = call.store.peek(lambda tx: tx.families.get(token.pool_id, token.family)) if token else None
    if family is not None:
        if family.client_id != client.id:
            raise UnauthorizedException("Unauthorized")
        pool = call.config.pool(family.pool_id) if linked else None
        revoke_family(call, family, browser_too=bool(pool and pool.session_limit is not None))


def revoke_family(call: AnyCall, family: TokenFamily, *, browser_too: bool = False) -> None:
    """Revoke all tokens of one sign-in, and its session; done already is done.

    Args:
        call: the request.
        family: the sign-in's.
        browser_too: whether the browser's session that it came of ends as well.
    """
    now = call.clock.now()

    def work(tx: Tx) -> None:
        tx.families.revoke(family.pool_id, family.sub, family.id, now)
        if browser_too and family.browser_session:
            tx.browser_sessions.delete(family.pool_id, family.browser_session)

    call.store.write(work)


def sign_out_everywhere(call: AnyCall, user: User) -> None:
    """Revoke all tokens of all sign-ins of a user."""
    now = call.clock.now()
    call.store.write(lambda tx: tx.families.revoke_user(user.pool_id, user.sub, now))


def _rotate(call: AnyCall, client: Client, grant: Grant, session: TokenSession | None) -> TokenFamily:
    """Put a new refresh token in the place of a good one; within its grace, leave what took its place."""
    token = grant.token
    new_id, now = call.entropy.uuid(), call.clock.now()

    def work(tx: Tx) -> TokenFamily:
        family = _good(tx.families.get(token.pool_id, token.family), client, token, now)
        if session:
            tx.sessions.put(session)
        if token.id != family.refresh_id:
            return family
        return tx.families.save(replace(family, refresh_id=new_id, rotated_id=token.id, rotated=now))

    with _reuse_ends(call, grant.family):
        return call.store.write(work)


@contextmanager
def _reuse_ends(call: AnyCall, family: TokenFamily | None) -> Iterator[None]:
    """Revoke a sign-in when a refresh token of it is used again after its time."""
    try:
        yield
    except RefreshTokenReuseException:
        if family:
            revoke_family(call, family)
        raise


def _good(family: TokenFamily | None, client: Client, token: RefreshToken, now: float) -> TokenFamily:
    if family is None or family.client_id != client.id:
        raise _invalid()
    if family.revoked:
        raise NotAuthorizedException("Refresh Token has been revoked")
    if now >= family.expires:
        raise NotAuthorizedException("Refresh Token has expired")
    if token.id != family.refresh_id:
        if client.rotation_grace is None:
            raise _invalid()
        if token.id != family.rotated_id or now >= family.rotated + client.rotation_grace:
            raise RefreshTokenReuseException("Refresh token has been reused")
    return family


def _invalid() -> NotAuthorizedException:
    return NotAuthorizedException("Invalid Refresh Token")


def _write_refresh_token(call: AnyCall, family: TokenFamily) -> str:
    return call.services.refresh_tokens.write(RefreshToken(family.pool_id, family.id, family.refresh_id))


def groups_of(call: AnyCall, user: User) -> Groups:
    """Return the user's groups as they are now; whoever is in none costs no statement."""
    if not user.grouped:
        return _NO_GROUPS
    return groups_of_tokens(call.store.peek(lambda tx: tx.groups.of(user.pool_id, user.sub)))


def _sign(occasion: _Occasion, family: TokenFamily, *, nonce: str = "") -> Tokens:
    """Return signed ID and access tokens as the PreTokenGeneration trigger wants them."""
    call, client, user = occasion.call, occasion.client, occasion.user
    granted = family.scope.split()
    answer = token_trigger.ask(
        call,
        occasion.pool,
        client,
        occasion.source,
        user=user,
        scopes=granted,
        groups=occasion.groups,
        client_metadata=occasion.client_metadata,
    )
    for_id, for_access = answer.id_token, answer.access_token
    groups = _groups(answer) or occasion.groups
    issued = Issue(
        issuer=call.settings.issuer(family.pool_id),
        event_id=family.id,
        origin_jti=family.origin_jti,
        auth_time=family.auth_time,
        now=call.clock.now(),
        device_key=family.device_key,
        hosted=family.hosted,
        resource=family.resource,
        nonce=nonce,
    )
    access_scopes = claims.change_scopes(
        granted, for_access.scopes_to_add or (), for_access.scopes_to_suppress or ()
    )
    access_claims = claims.change_access_claims(
        claims.access_claims(user, client, issued, groups, call.entropy.uuid(), scopes=access_scopes),
        for_access.claims_to_add_or_override or {},
        for_access.claims_to_suppress or (),
    )
    signing = call.services.signing
    signed = Tokens(
        id=None,
        access=signing.sign(family.pool_id, "access", access_claims),
        refresh=None,
        expires_in=client.access_token_seconds,
    )
    if family.hosted and scopes.OPENID not in granted:
        return signed
    id_claims = claims.change_id_claims(
        claims.id_claims(
            user,
            client,
            issued,
            groups,
            call.entropy.uuid(),
            readable=scopes.readable(client, granted) if family.hosted else None,
            access_token=signed.access if family.hosted else "",
        ),
        for_id.claims_to_add_or_override or {},
        for_id.claims_to_suppress or (),
    )
    return replace(signed, id=signing.sign(family.pool_id, "id", id_claims))


def _groups(answer: answers.TokenGeneration) -> Groups | None:
    """Return the groups that the trigger puts in the place of the user's; None where it leaves them."""
    if answer.groups is None:
        return None
    return Groups(
        names=answer.groups.groups_to_override or (),
        roles=answer.groups.iam_roles_to_override or (),
        preferred_role=answer.groups.preferred_role or None,
    )
