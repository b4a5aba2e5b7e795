"""Refresh tokens put to use by the clients that hold them: GetTokensFromRefreshToken, RevokeToken."""

from poolhouse.domain.sessions import LINKED
from poolhouse.errors import NotAuthorizedException, UnauthorizedException
from poolhouse.flows import tokens
from poolhouse.flows.call import PublicCall
from poolhouse.flows.lookup import client_secret_is_right, require_client
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
    """Revoke a refresh token and all tokens of the same sign-in (digest «sign-in» §3.6)."""
    client = call.config.client(request.ClientId)
    if client is None or not client_secret_is_right(call, client, request.ClientSecret):
        raise UnauthorizedException("Unauthorized")
    tokens.revoke(call, client, request.Token, linked=request.RevokeAssociatedSessions == LINKED)
    return shapes.RevokeTokenResponse()
