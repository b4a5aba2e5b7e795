"""A user's sessions: which there are, ending one, ending all (digest «sign-in» §3.6, §3.8).

A token session is one sign-in's. An SSO session is a browser's at the pages of managed login; the token
sessions that came of it name it, and `LINKED` ends them together.
"""

from collections.abc import Callable

from poolhouse.domain import sessions
from poolhouse.domain.browser_session import BrowserSession
from poolhouse.domain.pool import Pool
from poolhouse.domain.sessions import TokenSession
from poolhouse.domain.user import User
from poolhouse.errors import InvalidParameterException, ResourceNotFoundException
from poolhouse.flows import paging, tokens
from poolhouse.flows.call import AdminCall, AnyCall, UserCall
from poolhouse.flows.lookup import require_pool, require_user
from poolhouse.operations.registry import operation
from poolhouse.store import Tx
from poolhouse.wire import shapes

_PAGE = 125


@operation
def list_user_sessions(
    call: UserCall, request: shapes.ListUserSessionsRequest
) -> shapes.ListUserSessionsResponse:
    """List the caller's sessions over all app clients, the latest first.

    Raises:
        InvalidParameterException: there is a token for a next page; there is no next page.
    """
    pool, user = call.caller.pool, call.caller.user
    paging.position(call, "ListUserSessions", request.NextToken)
    now = call.clock.now()
    active = call.store.read(lambda tx: _active(tx, pool, user, now))
    return shapes.ListUserSessionsResponse(Sessions=_described(active, _current(call)))


@operation
def admin_list_user_sessions(
    call: AdminCall, request: shapes.AdminListUserSessionsRequest
) -> shapes.AdminListUserSessionsResponse:
    """List a user's sessions, of which none is the caller's.

    Raises:
        ResourceNotFoundException: there is no such pool.
        UserNotFoundException: there is no such user.
        InvalidParameterException: there is a token for a next page; there is no next page.
    """
    pool = require_pool(call, request.UserPoolId)
    paging.position(call, "AdminListUserSessions", request.NextToken)
    now = call.clock.now()

    def work(tx: Tx) -> _Active:
        return _active(tx, pool, require_user(tx, pool, request.Username), now)

    return shapes.AdminListUserSessionsResponse(Sessions=_described(call.store.read(work), None))


@operation
def revoke_user_session(
    call: UserCall, request: shapes.RevokeUserSessionRequest
) -> shapes.RevokeUserSessionResponse:
    """End another session of the caller.

    Raises:
        InvalidParameterException: it is the one that the access token belongs to.
        ResourceNotFoundException: the caller has no such session.
    """
    current = sessions.session_id(sessions.TOKEN, _current(call))
    if request.SessionId == current:  # the class and the text are guesses
        raise InvalidParameterException("The current session cannot be revoked.")
    user = call.caller.user
    linked = request.RevokeAssociatedSessions == sessions.LINKED
    _revoke(call, call.caller.pool, lambda _: user, request.SessionId, linked=linked)
    return shapes.RevokeUserSessionResponse()


@operation
def admin_revoke_user_session(
    call: AdminCall, request: shapes.AdminRevokeUserSessionRequest
) -> shapes.AdminRevokeUserSessionResponse:
    """End a session of a user.

    Raises:
        ResourceNotFoundException: there is no such pool, or the user has no such session.
        UserNotFoundException: there is no such user.
    """
    pool = require_pool(call, request.UserPoolId)
    linked = request.RevokeAssociatedSessions == sessions.LINKED
    _revoke(call, pool, lambda tx: require_user(tx, pool, request.Username), request.SessionId, linked=linked)
    return shapes.AdminRevokeUserSessionResponse()


@operation
def global_sign_out(call: UserCall, request: shapes.GlobalSignOutRequest) -> shapes.GlobalSignOutResponse:  # noqa: ARG001 (the token was checked before)
    """Revoke all tokens of the caller's sign-ins, this one's too."""
    tokens.sign_out_everywhere(call, call.caller.user)
    return shapes.GlobalSignOutResponse()


@operation
def admin_user_global_sign_out(
    call: AdminCall, request: shapes.AdminUserGlobalSignOutRequest
) -> shapes.AdminUserGlobalSignOutResponse:
    """Revoke all tokens of all of a user's sign-ins."""
    pool = require_pool(call, request.UserPoolId)
    user = call.store.read(lambda tx: require_user(tx, pool, request.Username))
    tokens.sign_out_everywhere(call, user)
    return shapes.AdminUserGlobalSignOutResponse()


def _current(call: UserCall) -> str:
    """Return the token family of the access token."""
    return str(call.caller.claims["event_id"])


_Active = tuple[list[TokenSession], list[BrowserSession]]


def _active(tx: Tx, pool: Pool, user: User, now: float) -> _Active:
    """Return a user's sessions; none where the pool does not track them."""
    if pool.session_limit is None:
        return [], []
    return tx.sessions.active(pool.id, user.sub, now), tx.browser_sessions.active(pool.id, user.sub, now)


def _revoke(call: AnyCall, pool: Pool, find: Callable[[Tx], User], wanted: str, *, linked: bool) -> None:
    now = call.clock.now()

    def work(tx: Tx) -> None:
        user = find(tx)
        tokens, browsers = _active(tx, pool, user, now)
        token = next((each for each in tokens if each.id == wanted), None)
        browser = next((each for each in browsers if each.session_id == wanted), None)
        if token is None and browser is None:  # the class and the text are guesses
            raise ResourceNotFoundException("Session does not exist.")
        ended = browser.id if browser else token.origin if token and linked else ""
        if ended:
            tx.browser_sessions.delete(pool.id, ended)
        for each in tokens:
            if each is token or (browser and linked and each.origin == browser.id):
                tx.families.revoke(pool.id, user.sub, each.family, now)

    call.store.write(work)


def _described(active: _Active, current: str | None) -> list[shapes.SessionDescriptionType]:
    """Return sessions on the wire, the latest first.

    Args:
        active: the user's.
        current: the token family that asks, or None.
    """
    tokens, browsers = active
    described = [_token(session, current) for session in sessions.latest_first(tokens)]
    described += [_browser(session) for session in browsers]
    return sorted(described, key=lambda each: each.LastActiveDate or 0, reverse=True)[:_PAGE]


def _token(session: TokenSession, current: str | None) -> shapes.SessionDescriptionType:
    return shapes.SessionDescriptionType(
        SessionId=session.id,
        SessionType="TOKEN",
        ClientId=session.client_id,
        CreateDate=session.created,
        LastActiveDate=session.last_active,
        DeviceType=session.device,
        LastIPAddress=session.ip,
        OriginSessionId=sessions.session_id(sessions.SSO, session.origin) if session.origin else None,
        IsCurrentSession=session.family == current,
    )


def _browser(session: BrowserSession) -> shapes.SessionDescriptionType:
    """Return a browser's session. Its last activity is the sign-in: reusing it writes nothing."""
    return shapes.SessionDescriptionType(
        SessionId=session.session_id,
        SessionType="SSO",
        ClientId=session.client_id,
        CreateDate=session.auth_time,
        LastActiveDate=session.auth_time,
        DeviceType=session.device,
        LastIPAddress=session.ip,
        IsCurrentSession=False,
    )
