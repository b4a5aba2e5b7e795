"""Authorizations: given by a user at the pages, turned into tokens by the client (digest «sign-in» §5.5)."""

from dataclasses import replace

from poolhouse.domain import authorization as rules
from poolhouse.domain import scopes, standing
from poolhouse.domain.authorization import Authorization, AuthorizationCode
from poolhouse.domain.client import Client
from poolhouse.domain.oauth_error import OAuthError
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import User
from poolhouse.errors import NotAuthorizedException
from poolhouse.flows import tokens
from poolhouse.flows.call import AnyCall
from poolhouse.store import Tx

_SOURCE = "TokenGeneration_HostedAuth"


class _Used(Exception):  # noqa: N818 (it reads as what happened)
    """A code is redeemed again."""

    def __init__(self, code: AuthorizationCode) -> None:
        super().__init__(code.family)
        self.code = code


def issue_code(call: AnyCall, authorization: Authorization) -> str:
    """Return a code that stands for an authorization: once, for five minutes."""
    code = call.entropy.uuid()
    stored = AuthorizationCode(rules.digest(code), authorization, call.clock.now() + rules.CODE_SECONDS)
    call.store.write(lambda tx: tx.authorization_codes.add(stored))
    return code


def redeem_code(
    call: AnyCall, pool: Pool, client: Client, code: str, *, redirect_uri: str | None, verifier: str | None
) -> tokens.Tokens:
    """Return the tokens that a code stands for, and use it up.

    A code that is redeemed again has been stolen, or its first use was the theft: all tokens that came of it
    are revoked (RFC 6749 §4.1.2).

    Args:
        call: the request.
        pool: the client's.
        client: which presents the code, authenticated.
        code: as sent.
        redirect_uri: as sent.
        verifier: PKCE's, as sent.

    Raises:
        OAuthError: the code is none, used, too old, another client's; or what must come with it is wrong; or
            its user is gone or disabled.
        ServiceError: the PreTokenGeneration trigger failed or refused.
    """
    try:
        return _redeem(call, pool, client, code, redirect_uri=redirect_uri, verifier=verifier)
    except _Used as used:
        sub, family, now = used.code.authorization.sub, used.code.family, call.clock.now()
        call.store.write(lambda tx: tx.families.revoke(pool.id, sub, family, now))
        raise OAuthError("invalid_grant") from None


def issue_implicit(
    call: AnyCall, pool: Pool, client: Client, user: User, authorization: Authorization
) -> tokens.Tokens:
    """Return the tokens of the implicit flow, which has no refresh token (RFC 6749 §4.2.2).

    Raises:
        OAuthError: the client may not read what the scopes are for.
        ServiceError: the PreTokenGeneration trigger failed or refused.
    """
    scopes.refuse_unreadable(client, authorization.scopes)
    return tokens.issue(
        call,
        pool,
        client,
        user,
        source=_SOURCE,
        event_id=authorization.event_id,
        authorization=authorization,
        refreshable=False,
    )


def _redeem(
    call: AnyCall, pool: Pool, client: Client, code: str, *, redirect_uri: str | None, verifier: str | None
) -> tokens.Tokens:
    stored, user = call.store.read(lambda tx: _find(tx, pool, code))
    if stored is None or stored.authorization.client_id != client.id:
        raise OAuthError("invalid_grant")
    if stored.family:
        raise _Used(stored)
    rules.check(stored, redirect_uri, verifier, call.clock.now())
    scopes.refuse_unreadable(client, stored.authorization.scopes)

    def use(tx: Tx, family: str) -> None:
        current = tx.authorization_codes.get(pool.id, stored.digest)
        if current is None:  # the user was signed out everywhere meanwhile
            raise OAuthError("invalid_grant")
        if not current.family:
            tx.authorization_codes.save(replace(current, family=family))
        elif current.family != family:  # else an earlier run of this unit of work has used it
            raise _Used(current)

    return tokens.issue(
        call,
        pool,
        client,
        _able(user),
        source=_SOURCE,
        event_id=stored.authorization.event_id,
        authorization=stored.authorization,
        use=use,
    )


def _find(tx: Tx, pool: Pool, code: str) -> tuple[AuthorizationCode | None, User | None]:
    stored = tx.authorization_codes.get(pool.id, rules.digest(code))
    return stored, tx.users.get(pool.id, stored.authorization.sub) if stored else None


def _able(user: User | None) -> User:
    if user is None:
        raise OAuthError("invalid_grant")
    try:
        standing.refuse_disabled(user)
    except NotAuthorizedException as error:
        raise OAuthError("invalid_grant", error.message) from error
    return user
