"""Users as administrators see them: create, read, list, enable, disable, delete; and DeleteUser."""

import json
from dataclasses import replace

from poolhouse.domain import filters, search
from poolhouse.domain.filters import Filter
from poolhouse.domain.pool import Pool
from poolhouse.domain.search import Search
from poolhouse.errors import InvalidParameterException, UserNotFoundException
from poolhouse.flows import invitation, paging
from poolhouse.flows.call import AdminCall, UserCall
from poolhouse.flows.lookup import require_pool, require_user
from poolhouse.operations import convert
from poolhouse.operations.registry import operation
from poolhouse.store import Tx
from poolhouse.wire import shapes

_PAGE = 60


@operation
def admin_create_user(
    call: AdminCall, request: shapes.AdminCreateUserRequest
) -> shapes.AdminCreateUserResponse:
    """Create a user, or invite one again (digest «users» §3.5)."""
    pool = require_pool(call, request.UserPoolId)
    order = invitation.Order(
        username=request.Username,
        attributes=convert.pairs(request.UserAttributes),
        password=request.TemporaryPassword,
        suppress=request.MessageAction == "SUPPRESS",
        mediums=request.DesiredDeliveryMediums or (),
        force_aliases=bool(request.ForceAliasCreation),
        validation_data=convert.mapping(request.ValidationData),
        client_metadata=request.ClientMetadata,
    )
    again = request.MessageAction == "RESEND"
    user = invitation.invite_again(call, pool, order) if again else invitation.create(call, pool, order)
    return shapes.AdminCreateUserResponse(User=convert.user_type(user))


@operation
def admin_get_user(call: AdminCall, request: shapes.AdminGetUserRequest) -> shapes.AdminGetUserResponse:
    """Return a user by username, alias or `sub` (digest «users» §6.3)."""
    pool = require_pool(call, request.UserPoolId)
    user = call.store.read(lambda tx: require_user(tx, pool, request.Username))
    return shapes.AdminGetUserResponse(
        Username=user.username,
        UserAttributes=convert.attribute_list(user),
        UserCreateDate=user.created,
        UserLastModifiedDate=user.modified,
        Enabled=user.enabled,
        UserStatus=user.status.value,
        MFAOptions=convert.mfa_options(user),
        PreferredMfaSetting=user.mfa.preferred or None,
        UserMFASettingList=list(user.mfa.enabled) or None,
    )


@operation
def list_users(call: AdminCall, request: shapes.ListUsersRequest) -> shapes.ListUsersResponse:
    """Return a page of users, all or those that a filter finds (digest «users» §6.2; `domain.search`)."""
    pool = require_pool(call, request.UserPoolId)
    condition = _filter(call, pool, request.Filter)
    # The marker is good for the same question only; how many to a page is no part of the question.
    question = json.dumps(["ListUsers", pool.id, request.Filter or "", request.AttributesToGet])
    after = paging.position(call, question, request.PaginationToken)
    limit = request.Limit or _PAGE
    if isinstance(condition, Search):
        found = condition
        page = call.store.read(lambda tx: tx.user_search.find(pool.id, found, after, limit))
    else:
        plain = condition
        page = call.store.peek(lambda tx: tx.users.list(pool.id, plain, after, limit))
    wanted = request.AttributesToGet
    if wanted and any({*wanted} - {"sub", *user.attributes} for user in page.users):
        raise InvalidParameterException("One or more requested attributes do not exist.")
    return shapes.ListUsersResponse(
        Users=[convert.user_type(user, wanted) for user in page.users],
        PaginationToken=paging.next_token(call, question, page.next),
    )


def _filter(call: AdminCall, pool: Pool, text: str | None) -> Filter | Search | None:
    if call.settings.beyond.search:
        return search.parse(text, pool.schema)
    return filters.parse(text)


@operation
def admin_enable_user(
    call: AdminCall, request: shapes.AdminEnableUserRequest
) -> shapes.AdminEnableUserResponse:
    """Let a user sign in again; tokens revoked before stay so (digest «users» §3.10)."""
    _switch(call, request.UserPoolId, request.Username, enabled=True)
    return shapes.AdminEnableUserResponse()


@operation
def admin_disable_user(
    call: AdminCall, request: shapes.AdminDisableUserRequest
) -> shapes.AdminDisableUserResponse:
    """Keep a user from signing in, and revoke all tokens they have (digest «users» §3.10)."""
    _switch(call, request.UserPoolId, request.Username, enabled=False)
    return shapes.AdminDisableUserResponse()


def _switch(call: AdminCall, pool_id: str, username: str, *, enabled: bool) -> None:
    pool = require_pool(call, pool_id)
    now = call.clock.now()

    def work(tx: Tx) -> None:
        user = require_user(tx, pool, username)
        tx.users.save(replace(user, enabled=enabled, modified=now))
        if not enabled:
            tx.families.revoke_user(pool.id, user.sub, now)

    call.store.write(work)


@operation
def admin_delete_user(call: AdminCall, request: shapes.AdminDeleteUserRequest) -> None:
    """Delete a user, for good; the username is free again, for another `sub` (digest «users» §3.10)."""
    pool = require_pool(call, request.UserPoolId)
    call.store.write(lambda tx: tx.users.delete(pool.id, require_user(tx, pool, request.Username).sub))


@operation
def delete_user(call: UserCall, request: shapes.DeleteUserRequest) -> None:  # noqa: ARG001 (the token is checked)
    """Delete oneself."""
    caller = call.caller
    if not call.store.write(lambda tx: tx.users.delete(caller.pool.id, caller.user.sub)):
        raise UserNotFoundException("User does not exist.")
