"""`/oauth2/userInfo`: what an access token's scopes let see of its user (digest «sign-in» §5.4, §5.6)."""

from collections.abc import Callable

from poolhouse.access.caller import UserCaller
from poolhouse.domain import scopes
from poolhouse.domain.oauth_error import OAuthError
from poolhouse.errors import ServiceError, TooManyRequestsException
from poolhouse.flows import hosts
from poolhouse.flows.call import PublicCall
from poolhouse.oauth import endpoint
from poolhouse.oauth.endpoint import Answer, Request

PATH = "/oauth2/userInfo"

AccessTokenCheck = Callable[[str, str], UserCaller]
"""Verifies an access token and that it has a scope, or raises ServiceError."""

_DESCRIPTIONS = {
    "invalid_token": "Access token is expired, disabled, or deleted, or the user has globally signed out.",
    "invalid_request": "Bad OAuth2 request at UserInfo Endpoint",
}
_DEVELOPER = "dev:"


class UserInfo:
    """Answers with a user's attributes."""

    def __init__(self, authorise: AccessTokenCheck) -> None:
        """Take what verifies access tokens."""
        self._authorise = authorise

    def __call__(self, call: PublicCall, request: Request) -> Answer:
        """Return the attributes that the token's scopes show, all of them as strings.

        Raises:
            OAuthError: there is no token, or it is good for nothing here.
        """
        token = _bearer(request)
        try:
            caller = self._authorise(token, scopes.OPENID)
        except TooManyRequestsException:
            raise
        except ServiceError as error:
            raise OAuthError("invalid_token") from error
        if not hosts.serves(call, request.host, caller.pool):
            raise OAuthError("invalid_token")
        granted = str(caller.claims.get("scope", "")).split()
        shown = scopes.readable(caller.client, granted)
        user = caller.user
        attributes = {
            name: value
            for name, value in user.attributes.items()
            if shown(name) and not name.startswith(_DEVELOPER)
        }
        return Answer({"sub": user.sub, **attributes, "username": user.username})


def refused(error: OAuthError) -> Answer:
    """Return the answer to what is refused (RFC 6750 §3)."""
    description = _DESCRIPTIONS[error.code]
    answer = endpoint.refused(
        OAuthError(error.code, description), 401 if error.code == "invalid_token" else 400
    )
    answer.headers.append(
        ("WWW-Authenticate", f'Bearer error="{error.code}", error_description="{description}"')
    )
    return answer


def _bearer(request: Request) -> str:
    """Return the token from the header, or from a form (RFC 6750 §2.1, §2.2); not from both."""
    in_header, in_form = endpoint.bearer(request), request.form.get("access_token", "")
    if (request.authorization and in_form) or not (in_header or in_form):
        raise OAuthError("invalid_request")
    return in_header or in_form
