"""A user's sessions: which there are, ending one, ending all (digest «sign-in» §3.6, §3.8).

There are token sessions only. SSO sessions come with managed login; until then no session has a parent or
children, and `RevokeAssociatedSessions` ends nothing beside the session named.
"""

from collections.abc import Callable

from poolhouse.domain import sessions
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
    active = call.store.peek(lambda tx: tx.sessions.active(pool.id, user.sub, now))
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

    def work(tx: Tx) -> list[TokenSession]:
        return tx.sessions.active(pool.id, require_user(tx, pool, request.Username).sub, now)

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
    if request.SessionId == sessions.session_id(_current(call)):  # the class and the text are guesses
        raise InvalidParameterException("The current session cannot be revoked.")
    user = call.caller.user
    _revoke(call, call.caller.pool, lambda _: user, request.SessionId)
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
    _revoke(call, pool, lambda tx: require_user(tx, pool, request.Username), request.SessionId)
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


def _revoke(call: AnyCall, pool: Pool, find: Callable[[Tx], User], wanted: str) -> None:
    now = call.clock.now()

    def work(tx: Tx) -> None:
        user = find(tx)
        found = sessions.by_id(tx.sessions.active(pool.id, user.sub, now), wanted)
        if found is None:  # the class and the text are guesses
            raise ResourceNotFoundException("Session does not exist.")
        tx.families.revoke(pool.id, user.sub, found.family, now)

    call.store.write(work)


def _described(active: list[TokenSession], current: str | None) -> list[shapes.SessionDescriptionType]:
    """Return sessions on the wire.

    Args:
        active: the user's.
        current: the token family that asks, or None.
    """
    return [
        shapes.SessionDescriptionType(
            SessionId=session.id,
            SessionType="TOKEN",
            ClientId=session.client_id,
            CreateDate=session.created,
            LastActiveDate=session.last_active,
            DeviceType=session.device,
            LastIPAddress=session.ip,
            IsCurrentSession=session.family == current,
        )
        for session in sessions.latest_first(active)[:_PAGE]
    ]
