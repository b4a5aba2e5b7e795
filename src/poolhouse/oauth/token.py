"""`/oauth2/token`: codes, refresh tokens and clients' secrets become tokens (digest «sign-in» §5.5)."""

from collections.abc import Callable

import msgspec

from poolhouse.domain.authorization import is_resource
from poolhouse.domain.client import CLIENT_TOKENS, Client
from poolhouse.domain.oauth_error import OAuthError
from poolhouse.domain.pool import Pool
from poolhouse.errors import NotAuthorizedException, RefreshTokenReuseException
from poolhouse.flows import authorization, client_tokens, tokens
from poolhouse.flows.call import PublicCall
from poolhouse.oauth import clients
from poolhouse.oauth.endpoint import Answer, Request

PATH = "/oauth2/token"

_Grant = Callable[[PublicCall, Request, Pool, Client], Answer]


def answer(call: PublicCall, request: Request) -> Answer:
    """Give tokens for what is presented.

    Raises:
        OAuthError: something is refused.
        ServiceError: a trigger failed or refused.
    """
    grant = _GRANTS.get(request.required("grant_type"))
    pool, client = clients.authenticated(call, request)
    if grant is None:
        raise OAuthError("unsupported_grant_type")
    return grant(call, request, pool, client)


def _code(call: PublicCall, request: Request, pool: Pool, client: Client) -> Answer:
    if not client.may_use("code"):
        raise OAuthError("unauthorized_client")
    given = authorization.redeem_code(
        call,
        pool,
        client,
        request.required("code"),
        redirect_uri=request.required("redirect_uri"),
        verifier=request.form.get("code_verifier"),
    )
    return _tokens(given)


def _refresh(call: PublicCall, request: Request, pool: Pool, client: Client) -> Answer:
    if not (client.may_use("code") or client.may_use("implicit")):
        raise OAuthError("unauthorized_client")
    token = request.required("refresh_token")
    try:
        grant = tokens.find(call, pool, client, token, rotating=True)
        given = tokens.refresh(call, pool, client, grant)
    except (NotAuthorizedException, RefreshTokenReuseException) as error:
        raise OAuthError("invalid_grant", error.message) from error
    return _tokens(given)


def _client_credentials(call: PublicCall, request: Request, pool: Pool, client: Client) -> Answer:
    allowed = client.may_use("client_credentials") or CLIENT_TOKENS in client.auth_flows
    if not (allowed and client.secrets):
        raise OAuthError("unauthorized_client")
    given = client_tokens.issue(
        call,
        pool,
        client,
        requested=request.form.get("scope"),
        resource=_resource(request),
        client_metadata=_metadata(request),
    )
    content = {"access_token": given, "expires_in": client.access_token_seconds, "token_type": "Bearer"}
    return Answer(content)


_GRANTS: dict[str, _Grant] = {
    "authorization_code": _code,
    "refresh_token": _refresh,
    "client_credentials": _client_credentials,
}


def counts_as(request: Request) -> str:
    """Return the operation whose rate a request counts for."""
    if request.form.get("grant_type") == "client_credentials":
        return "GetClientToken"
    return "GetTokensFromRefreshToken"


def _resource(request: Request) -> str:
    resource = request.form.get("resource", "")
    if resource and not is_resource(resource):
        raise OAuthError("invalid_request", "invalid_resource")
    return resource


def _metadata(request: Request) -> dict[str, str] | None:
    """Return `aws_client_metadata`: a JSON object of strings."""
    text = request.form.get("aws_client_metadata")
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=dict[str, str])
    except (msgspec.MsgspecError, RecursionError) as error:
        raise OAuthError("invalid_request", "invalid_aws_client_metadata") from error


def _tokens(given: tokens.Tokens) -> Answer:
    content = {
        "id_token": given.id,
        "access_token": given.access,
        "refresh_token": given.refresh,
        "expires_in": given.expires_in,
        "token_type": "Bearer",
    }
    return Answer({name: value for name, value in content.items() if value is not None})
