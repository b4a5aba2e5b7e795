"""Ending sign-ins: GlobalSignOut and its administrators' twin."""

from poolhouse.flows import tokens
from poolhouse.flows.call import AdminCall, UserCall
from poolhouse.flows.lookup import require_pool, require_user
from poolhouse.operations.registry import operation
from poolhouse.wire import shapes


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
