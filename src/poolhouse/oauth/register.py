"""`/oauth2/register`: applications make app clients for themselves (RFC 7591).

At a host of its own the pool is the host's. At the public URL, which pools may share, the discovery document
names an address below: `/oauth2/register/<pool id>`; an initial access token tells the pool as well.
"""

from collections.abc import Callable

import msgspec

from poolhouse.access.access_token import NO_SCOPE
from poolhouse.domain.oauth_error import OAuthError
from poolhouse.domain.pool import Pool
from poolhouse.domain.registration import Metadata
from poolhouse.domain.resource_servers import REGISTRATION_SCOPE
from poolhouse.errors import ServiceError, TooManyRequestsException
from poolhouse.flows import hosts, registration
from poolhouse.flows.call import PublicCall
from poolhouse.oauth import endpoint
from poolhouse.oauth.endpoint import Answer, Request, bearer

PATH = hosts.REGISTRATION

TokenCheck = Callable[[str, str], Pool]
"""Verifies an access token of anybody's that has a scope, and returns its pool; or raises ServiceError."""

_STATUS = {
    "invalid_token": 401,
    "insufficient_scope": 403,
    "access_denied": 403,
    "not_found": 404,
    "temporarily_unavailable": 429,
}


class Register:
    """Answers with a new app client."""

    def __init__(self, authorise: TokenCheck) -> None:
        """Take what verifies initial access tokens."""
        self._authorise = authorise

    def __call__(self, call: PublicCall, request: Request) -> Answer:
        """Register what the request describes.

        Raises:
            OAuthError: something is refused.
        """
        token = bearer(request) if request.authorization else ""
        of_token = self._pool_of(token) if token else None
        pool = _pool(call, request, of_token)
        if of_token and of_token.id != pool.id:
            raise OAuthError("invalid_token")
        told = registration.register(call, pool.id, _metadata(request.content), authenticated=bool(token))
        return Answer(told, 201)

    def _pool_of(self, token: str) -> Pool:
        try:
            return self._authorise(token, REGISTRATION_SCOPE)
        except TooManyRequestsException:
            raise
        except ServiceError as error:
            scope = error.message == NO_SCOPE
            raise OAuthError("insufficient_scope" if scope else "invalid_token") from error


def refused(error: OAuthError) -> Answer:
    """Return the answer to what is refused (RFC 7591 §3.2.2, RFC 6750 §3)."""
    status = _STATUS.get(error.code, 400)
    answer = endpoint.refused(error, status)
    if status == 401:
        answer.headers.append(("WWW-Authenticate", f'Bearer error="{error.code}"'))
    return answer


def _pool(call: PublicCall, request: Request, of_token: Pool | None) -> Pool:
    """Return the pool that is meant: the host's, that of the path, or the token's.

    Raises:
        OAuthError: `not_found`: none is, or it takes no registrations here.
    """
    named = hosts.pool_of_host(call, request.host)
    if request.below:
        named = call.config.pool(request.below)
    pool = named or of_token
    if pool is None or not pool.registers_clients or not hosts.serves(call, request.host, pool):
        raise OAuthError("not_found")
    return pool


def _metadata(content: bytes) -> Metadata:
    try:
        return msgspec.json.decode(content, type=Metadata)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise OAuthError("invalid_client_metadata", "The request body is not a client's metadata") from error
