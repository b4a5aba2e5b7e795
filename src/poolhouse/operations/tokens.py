"""What clients do with tokens: refresh, revoke, exchange them; and get their own."""

from poolhouse.domain.client import CLIENT_TOKENS
from poolhouse.domain.oauth_error import OAuthError
from poolhouse.domain.pool import Pool
from poolhouse.domain.sessions import LINKED
from poolhouse.errors import (
    InvalidLambdaResponseException,
    InvalidParameterException,
    NotAuthorizedException,
    ResourceNotFoundException,
    UnauthorizedException,
    UnexpectedLambdaException,
    UserLambdaValidationException,
)
from poolhouse.flows import client_tokens, exchange, tokens
from poolhouse.flows.call import PublicCall
from poolhouse.flows.lookup import check_client_secret, client_secret_is_right, require_client
from poolhouse.operations.registry import operation
from poolhouse.wire import shapes


@operation
def get_tokens_from_refresh_token(
    call: PublicCall, request: shapes.GetTokensFromRefreshTokenRequest
) -> shapes.GetTokensFromRefreshTokenResponse:
    """Give new ID and access tokens, and a new refresh token where the client's rotate."""
    pool, client = require_client(call, request.ClientId)
    check_client_secret(call, client, request.ClientSecret)
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


@operation
def get_client_token(
    call: PublicCall, request: shapes.GetClientTokenRequest
) -> shapes.GetClientTokenResponse:
    """Give a client an access token of its own, as `/oauth2/token` does by `client_credentials`.

    Raises:
        ResourceNotFoundException: there is no such client.
        InvalidParameterException: the client has not `ALLOW_CLIENT_TOKEN_AUTH`, or may not have a scope.
        NotAuthorizedException: the secret is wrong, or the PreTokenGeneration trigger failed or refused.
    """
    pool, client = require_client(call, request.ClientId)
    if CLIENT_TOKENS not in client.auth_flows:  # the texts are guesses
        raise InvalidParameterException("CLIENT_TOKEN_AUTH flow not enabled for this client")
    check_client_secret(call, client, request.Secret)
    try:
        token = client_tokens.issue(
            call,
            pool,
            client,
            requested=" ".join(request.Scopes or ()),
            client_metadata=request.ClientMetadata,
        )
    except OAuthError as error:
        raise InvalidParameterException("Invalid scopes requested") from error
    except (
        UserLambdaValidationException,
        UnexpectedLambdaException,
        InvalidLambdaResponseException,
    ) as error:  # the operation declares none of them
        raise NotAuthorizedException(error.message) from error
    return shapes.GetClientTokenResponse(
        ClientAuthenticationResult=shapes.ClientAuthenticationResultType(
            AccessToken=token, ExpiresIn=client.access_token_seconds, TokenType="Bearer"
        )
    )


@operation
def get_derived_token(
    call: PublicCall, request: shapes.GetDerivedTokenRequest
) -> shapes.GetDerivedTokenResponse:
    """Exchange a user's token for one that a client may show elsewhere (RFC 8693).

    Raises:
        ResourceNotFoundException: there is no such client, identity provider or resource server.
        InvalidParameterException: members contradict one another, or the client may not exchange like this.
        NotAuthorizedException: the secret is wrong, or a token is not good.
        UserNotFoundException: a token's user is gone.
    """
    pool, client = require_client(call, request.ClientId)
    check_client_secret(call, client, request.ClientSecret)
    flow = "TOKEN_EXCHANGE_DELEGATION" if request.ActorToken else "TOKEN_EXCHANGE_IMPERSONATION"
    if f"ALLOW_{flow}" not in client.auth_flows:  # the texts here are guesses
        raise InvalidParameterException(f"{flow} flow not enabled for this client")
    if request.Audiences and request.Resources:
        raise InvalidParameterException("Audiences and Resources cannot be used together.")
    subject = _presented(
        call,
        pool,
        request.SubjectToken,
        kind=request.SubjectTokenType,
        provider=request.SubjectTokenProviderName,
        role="Subject",
    )
    actor = None
    if request.ActorToken:
        kind, provider = request.ActorTokenType, request.ActorTokenProviderName
        actor = _presented(call, pool, request.ActorToken, kind=kind, provider=provider, role="Actor")
    derived = exchange.derive(
        call,
        pool,
        client,
        subject,
        actor,
        requested=request.Scopes or (),
        audience=_audience(call, pool, request),
        kind=request.RequestedTokenType or exchange.ACCESS,
    )
    return shapes.GetDerivedTokenResponse(
        IssuedToken=derived.token,
        IssuedTokenType=derived.kind,
        TokenType="Bearer" if derived.kind == exchange.ACCESS else "N_A",
        ExpiresIn=derived.expires_in,
        Scopes=list(derived.scopes) or None,
    )


def _presented(
    call: PublicCall, pool: Pool, token: str, *, kind: str | None, provider: str | None, role: str
) -> exchange.Presented:
    if kind is None:
        raise InvalidParameterException(f"{role}TokenType is required.")
    if provider is not None:
        raise ResourceNotFoundException(f"Identity provider {provider} does not exist.")
    if kind not in (exchange.ACCESS, exchange.ID):
        raise InvalidParameterException(f"A {role}Token of the type {kind} needs a provider's name.")
    return exchange.presented(call, pool, token, kind, role)


def _audience(call: PublicCall, pool: Pool, request: shapes.GetDerivedTokenRequest) -> str:
    resource = next(iter(request.Resources or ()), None)
    if resource is None:
        return next(iter(request.Audiences or ()), "")
    if call.store.peek(lambda tx: tx.resource_servers.get(pool.id, resource)) is None:
        raise ResourceNotFoundException(f"Resource server {resource} does not exist.")
    return resource
