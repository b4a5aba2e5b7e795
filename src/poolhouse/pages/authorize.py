"""`GET /oauth2/authorize`: where applications send browsers; and what a sign-in at the pages ends with."""

from werkzeug.wrappers import Response

from poolhouse.domain import redirects
from poolhouse.domain.authorization import Authorization
from poolhouse.domain.oauth_error import OAuthError
from poolhouse.domain.user import User
from poolhouse.errors import ServiceError
from poolhouse.flows import authorization as authorizations
from poolhouse.flows import browser_session
from poolhouse.flows.browser_session import Reused
from poolhouse.pages.asking import CODE, Asked, answer, ask, sent_back
from poolhouse.pages.render import redirection
from poolhouse.pages.visit import Visit

_SHOWS_A_PAGE = frozenset({"login", "select_account"})


def authorize(visit: Visit) -> Response:
    """Send the browser back where it is signed in, else to the page where it can be."""
    asked = ask(visit)
    reused = reusable(visit, asked)
    if reused and not asked.prompt & _SHOWS_A_PAGE:
        return grant(visit, asked, reused.user, reused.session.auth_time, reused.session.id)
    if "none" in asked.prompt:
        raise sent_back(visit, OAuthError("login_required"))
    return redirection(visit.to("/login"))


def reusable(visit: Visit, asked: Asked) -> Reused | None:
    """Return who is signed in in this browser, if the application takes that."""
    reused = browser_session.reuse(visit.call, visit.pool, visit.registered, visit.session_cookie)
    if reused is None or asked.max_age is None:
        return reused
    age = visit.call.clock.now() - reused.session.auth_time
    return reused if age <= asked.max_age else None


def sign_in(visit: Visit, asked: Asked, user: User, event_id: str = "") -> Response:
    """Begin the browser's session of a user who has just proved who they are, and send them back."""
    session, cookie = browser_session.begin(
        visit.call, visit.pool, visit.registered, user, visit.session_cookie
    )
    if asked.adds_passkey:
        query = {"client_id": visit.registered.id, "redirect_uri": asked.redirect_uri}
        response = redirection(redirects.with_query("/passkeys/add", query))
    else:
        response = grant(visit, asked, user, session.auth_time, session.id, event_id=event_id)
    return visit.signed_in(response, cookie, session.expires)


def grant(
    visit: Visit, asked: Asked, user: User, auth_time: float, session_id: str, *, event_id: str = ""
) -> Response:
    """Send the browser back to the application with what it asked for."""
    authorization = Authorization(
        pool_id=visit.pool.id,
        client_id=visit.registered.id,
        sub=user.sub,
        scopes=asked.scopes,
        redirect_uri=asked.redirect_uri,
        auth_time=auth_time,
        code_challenge=asked.code_challenge,
        nonce=asked.nonce,
        resource=asked.resource,
        browser_session=session_id,
        event_id=event_id,
    )
    if asked.response_type == CODE:
        return redirection(answer(visit, {"code": authorizations.issue_code(visit.call, authorization)}))
    return redirection(answer(visit, _implicit(visit, user, authorization)))


def _implicit(visit: Visit, user: User, authorization: Authorization) -> dict[str, str]:
    """Return tokens as parameters, in the service's order."""
    try:
        tokens = authorizations.issue_implicit(visit.call, visit.pool, visit.registered, user, authorization)
    except OAuthError as error:
        raise sent_back(visit, error) from error
    except ServiceError as error:
        raise sent_back(visit, OAuthError("invalid_request", error.message)) from error
    id_token = {"id_token": tokens.id} if tokens.id else {}
    return {
        **id_token,
        "access_token": tokens.access,
        "token_type": "Bearer",
        "expires_in": str(tokens.expires_in),
    }
