"""`/oauth2/revoke`: ends a sign-in by its refresh token (RFC 7009, digest «sign-in» §5.7)."""

from poolhouse.domain.oauth_error import OAuthError
from poolhouse.errors import (
    UnauthorizedException,
    UnsupportedOperationException,
    UnsupportedTokenTypeException,
)
from poolhouse.flows import tokens
from poolhouse.flows.call import PublicCall
from poolhouse.oauth import clients, endpoint
from poolhouse.oauth.endpoint import Answer, Request

PATH = "/oauth2/revoke"


def answer(call: PublicCall, request: Request) -> Answer:
    """Revoke a refresh token and all tokens of the same sign-in; what is revoked, or never was, is a success.

    Raises:
        OAuthError: something is refused.
    """
    token = request.required("token")
    _, client = clients.authenticated(call, request)
    try:
        tokens.revoke(call, client, token)
    except UnsupportedOperationException as error:
        raise OAuthError("invalid_request", error.message) from error
    except UnsupportedTokenTypeException as error:
        raise OAuthError("unsupported_token_type") from error
    except UnauthorizedException as error:
        raise OAuthError("invalid_client") from error
    return Answer()


def refused(error: OAuthError) -> Answer:
    """Return the answer to what is refused; here a client that does not prove itself is answered by 401."""
    return endpoint.refused(error, 401 if error.code == "invalid_client" else 400)
