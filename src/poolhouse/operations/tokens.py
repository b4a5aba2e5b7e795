"""Refresh tokens put to use by the clients that hold them: GetTokensFromRefreshToken, RevokeToken.

Without managed login there are no SSO sessions, so that `RevokeAssociatedSessions` has nothing beside the
token's own session to act on.
"""

from poolhouse.errors import (
    NotAuthorizedException,
    UnauthorizedException,
    UnsupportedOperationException,
    UnsupportedTokenTypeException,
)
from poolhouse.flows import tokens
from poolhouse.flows.call import PublicCall
from poolhouse.flows.lookup import client_secret_is_right, require_client
from poolhouse.keys.refresh_tokens import has_the_form
from poolhouse.operations.registry import operation
from poolhouse.wire import shapes


@operation
def get_tokens_from_refresh_token(
    call: PublicCall, request: shapes.GetTokensFromRefreshTokenRequest
) -> shapes.GetTokensFromRefreshTokenResponse:
    """Give new ID and access tokens, and a new refresh token where the client's rotate."""
    pool, client = require_client(call, request.ClientId)
    if client.secrets and not request.ClientSecret:
        raise NotAuthorizedException(
            f"Client {client.id} is configured for secret but secret was not received"
        )
    if not client_secret_is_right(call, client, request.ClientSecret):
        raise NotAuthorizedException(f"Unable to verify secret for client {client.id}")
    grant = tokens.find(call, pool, client, request.RefreshToken, device_key=request.DeviceKey, rotating=True)
    given = tokens.refresh(call, pool, client, grant, client_metadata=request.ClientMetadata)
    return shapes.GetTokensFromRefreshTokenResponse(
        AuthenticationResult=shapes.AuthenticationResultType(
            AccessToken=given.access,
            ExpiresIn=given.expires_in,
            TokenType="Bearer",
            RefreshToken=given.refresh,
            IdToken=given.id,
        )
    )


@operation
def revoke_token(call: PublicCall, request: shapes.RevokeTokenRequest) -> shapes.RevokeTokenResponse:
    """Revoke a refresh token and all tokens of the same sign-in (digest «sign-in» §3.6).

    One that is unknown, or was revoked before, is a success (RFC 7009 §2.2).
    """
    client = call.config.client(request.ClientId)
    if client is None or not client_secret_is_right(call, client, request.ClientSecret):
        raise UnauthorizedException("Unauthorized")
    if not client.revocable:
        raise UnsupportedOperationException(f"Token revocation is not supported for client {client.id}")
    if not has_the_form(request.Token):
        raise UnsupportedTokenTypeException("Unsupported token type")
    token = call.services.refresh_tokens.read(request.Token)
    family = call.store.peek(lambda tx: tx.families.get(token.pool_id, token.family)) if token else None
    if family is not None:
        if family.client_id != client.id:
            raise UnauthorizedException("Unauthorized")
        tokens.revoke_family(call, family)
    return shapes.RevokeTokenResponse()
