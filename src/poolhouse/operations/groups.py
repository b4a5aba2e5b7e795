"""Groups: create, read, change, delete and list; who is in them (digest «users» §6.1)."""

from collections.abc import Sequence
from dataclasses import replace

from poolhouse.domain.groups import Group
from poolhouse.domain.quotas import Quota
from poolhouse.domain.user import User
from poolhouse.errors import GroupExistsException
from poolhouse.flows import groups, paging
from poolhouse.flows.call import AdminCall
from poolhouse.flows.lookup import require_pool, require_user
from poolhouse.flows.quotas import check_another_of_pool
from poolhouse.operations import convert
from poolhouse.operations.registry import operation
from poolhouse.store import Conflict, Tx
from poolhouse.wire import shapes


@operation
def create_group(call: AdminCall, request: shapes.CreateGroupRequest) -> shapes.CreateGroupResponse:
    """Create a group.

    Raises:
        ResourceNotFoundException: there is no such pool.
        GroupExistsException: there is a group of that name.
        LimitExceededException: the pool has 10,000 groups.
    """
    now = call.clock.now()
    group = Group(
        pool_id=request.UserPoolId,
        name=request.GroupName,
        id=call.entropy.uuid(),
        created=now,
        modified=now,
        description=request.Description,
        role_arn=request.RoleArn,
        precedence=request.Precedence,
    )

    def work(tx: Tx) -> None:
        check_another_of_pool(call, tx, Quota.GROUPS, group.pool_id)
        tx.groups.add(group)

    try:
        call.store.write(work)
    except Conflict:
        raise GroupExistsException("A group with the name already exists.") from None
    return shapes.CreateGroupResponse(Group=_shown(group))


@operation
def get_group(call: AdminCall, request: shapes.GetGroupRequest) -> shapes.GetGroupResponse:
    """Return a group.

    Raises:
        ResourceNotFoundException: there is no such pool or group.
    """
    pool = require_pool(call, request.UserPoolId)
    group = call.store.peek(lambda tx: groups.found(tx.groups.get(pool.id, request.GroupName)))
    return shapes.GetGroupResponse(Group=_shown(group))


@operation
def update_group(call: AdminCall, request: shapes.UpdateGroupRequest) -> shapes.UpdateGroupResponse:
    """Change a group's description, role or precedence; what is not sent stays.

    Raises:
        ResourceNotFoundException: there is no such pool or group.
    """
    pool = require_pool(call, request.UserPoolId)
    now = call.clock.now()

    def work(tx: Tx) -> Group:
        group = groups.found(tx.groups.lock(pool.id, request.GroupName))
        return tx.groups.save(_changed(group, request, now))

    return shapes.UpdateGroupResponse(Group=_shown(call.store.write(work)))


def _changed(group: Group, request: shapes.UpdateGroupRequest, now: float) -> Group:
    return replace(
        group,
        description=group.description if request.Description is None else request.Description,
        role_arn=group.role_arn if request.RoleArn is None else request.RoleArn,
        precedence=group.precedence if request.Precedence is None else request.Precedence,
        modified=now,
    )


@operation
def delete_group(call: AdminCall, request: shapes.DeleteGroupRequest) -> None:
    """Delete a group, with members or without; it is in no token from then on.

    Raises:
        ResourceNotFoundException: there is no such pool or group.
    """
    pool = require_pool(call, request.UserPoolId)
    call.store.write(lambda tx: tx.groups.delete(groups.found(tx.groups.get(pool.id, request.GroupName))))


@operation
def list_groups(call: AdminCall, request: shapes.ListGroupsRequest) -> shapes.ListGroupsResponse:
    """List a pool's groups by name, a page at a time.

    Raises:
        ResourceNotFoundException: there is no such pool.
        InvalidParameterException: the token is none of this request's.
    """
    pool = require_pool(call, request.UserPoolId)

    def fetch(after: str | None, most: int) -> Sequence[Group]:
        return call.store.peek(lambda tx: tx.groups.list(pool.id, after, most))

    page, following = paging.page(
        call,
        f"ListGroups/{pool.id}",
        request.NextToken,
        request.Limit,
        fetch=fetch,
        key=lambda group: group.name,
    )
    return shapes.ListGroupsResponse(Groups=[_shown(group) for group in page], NextToken=following)


@operation
def admin_add_user_to_group(call: AdminCall, request: shapes.AdminAddUserToGroupRequest) -> None:
    """Make a user a member of a group; one who is already stays one.

    Raises:
        ResourceNotFoundException: there is no such pool or group.
        UserNotFoundException: there is no such user.
        InvalidParameterException: the user is in 100 groups.
    """
    pool = require_pool(call, request.UserPoolId)
    call.store.write(lambda tx: groups.join(tx, pool, request.Username, request.GroupName))


@operation
def admin_remove_user_from_group(call: AdminCall, request: shapes.AdminRemoveUserFromGroupRequest) -> None:
    """Make a user a member of a group no more; one who is none stays none.

    Raises:
        ResourceNotFoundException: there is no such pool or group.
        UserNotFoundException: there is no such user.
    """
    pool = require_pool(call, request.UserPoolId)
    call.store.write(lambda tx: groups.leave(tx, pool, request.Username, request.GroupName))


@operation
def admin_list_groups_for_user(
    call: AdminCall, request: shapes.AdminListGroupsForUserRequest
) -> shapes.AdminListGroupsForUserResponse:
    """List the groups that a user is in by name, a page at a time.

    Raises:
        ResourceNotFoundException: there is no such pool.
        UserNotFoundException: there is no such user.
        InvalidParameterException: the token is none of this request's.
    """
    pool = require_pool(call, request.UserPoolId)

    def work(tx: Tx) -> tuple[User, list[Group]]:
        user = require_user(tx, pool, request.Username)
        return user, tx.groups.of(pool.id, user.sub)

    user, mine = call.store.read(work)

    def fetch(after: str | None, most: int) -> Sequence[Group]:
        following = (group for group in mine if group.name > (after or ""))
        return sorted(following, key=lambda group: group.name)[:most]

    page, following = paging.page(
        call,
        f"AdminListGroupsForUser/{pool.id}/{user.sub}",
        request.NextToken,
        request.Limit,
        fetch=fetch,
        key=lambda group: group.name,
    )
    return shapes.AdminListGroupsForUserResponse(
        Groups=[_shown(group) for group in page], NextToken=following
    )


@operation
def list_users_in_group(
    call: AdminCall, request: shapes.ListUsersInGroupRequest
) -> shapes.ListUsersInGroupResponse:
    """List the members of a group by `sub`, a page at a time.

    Raises:
        ResourceNotFoundException: there is no such pool or group.
        InvalidParameterException: the token is none of this request's, or of another group that had the name.
    """
    pool = require_pool(call, request.UserPoolId)
    group = call.store.peek(lambda tx: groups.found(tx.groups.get(pool.id, request.GroupName)))

    def fetch(after: str | None, most: int) -> Sequence[User]:
        return call.store.peek(lambda tx: tx.users.in_group(group, after, most))

    page, following = paging.page(
        call,
        f"ListUsersInGroup/{pool.id}/{group.id}",
        request.NextToken,
        request.Limit,
        fetch=fetch,
        key=lambda user: user.sub,
    )
    return shapes.ListUsersInGroupResponse(
        Users=[convert.user_type(user) for user in page], NextToken=following
    )


def _shown(group: Group) -> shapes.GroupType:
    return shapes.GroupType(
        GroupName=group.name,
        UserPoolId=group.pool_id,
        Description=group.description,
        RoleArn=group.role_arn,
        Precedence=group.precedence,
        LastModifiedDate=group.modified,
        CreationDate=group.created,
    )
