"""User pools: create, describe, update, delete, list, and give them custom attributes."""

import string
from dataclasses import replace
from typing import Any

import msgspec

from poolhouse.domain import pool_config, replicas, sessions, tiers
from poolhouse.domain.pool import Pool
from poolhouse.domain.quotas import Quota
from poolhouse.domain.schema import add_custom, build_schema
from poolhouse.errors import TooManyRequestsException, UserImportInProgressException
from poolhouse.flows import paging, regions
from poolhouse.flows.call import AdminCall
from poolhouse.flows.configuration import write_configuration
from poolhouse.flows.lookup import stored_pool
from poolhouse.flows.quotas import check_another_of_account
from poolhouse.operations.registry import operation
from poolhouse.store import StaleRow, Tx
from poolhouse.wire import shapes

_ALPHANUMERIC = string.ascii_letters + string.digits
_SEED_BYTES = 32


@operation
def create_user_pool(call: AdminCall, request: shapes.CreateUserPoolRequest) -> shapes.CreateUserPoolResponse:
    """Create a pool; its id is `<region>_` and nine random letters and digits (digest «users» §7.1).

    Raises:
        InvalidParameterException: members contradict one another.
        FeatureUnavailableInTierException: the tier lacks what is asked for.
        UserPoolTaggingException: a tag is refused.
        LimitExceededException: there are as many pools as there may be.
    """
    pool = make_pool(call, request, new_pool_id(call))
    return shapes.CreateUserPoolResponse(UserPool=_describe(call, pool, users=0))


def new_pool_id(call: AdminCall) -> str:
    """Draw an id for a pool."""
    return f"{_region(call)}_{call.entropy.text(9, _ALPHANUMERIC)}"


def make_pool(call: AdminCall, request: shapes.CreateUserPoolRequest, pool_id: str) -> Pool:
    """Create a pool under an id; raises what `create_user_pool` raises.

    Raises:
        Conflict: the id is taken.
    """
    members: dict[str, Any] = msgspec.to_builtins(request)
    schema = build_schema(members.get("Schema") or ())
    config = pool_config.create(members, schema, _region(call))
    seed = call.vault.seal(f"pools/{pool_id}/seed", call.entropy.bytes(_SEED_BYTES))
    now = call.clock.now()
    pool = Pool(pool_id, request.PoolName, now, now, schema, config, seed)

    def work(tx: Tx) -> None:
        check_another_of_account(call, tx, Quota.POOLS)
        tx.pools.add(pool)

    call.store.write(work)
    call.config.forget(pool_id=pool_id)
    return pool


@operation
def describe_user_pool(
    call: AdminCall, request: shapes.DescribeUserPoolRequest
) -> shapes.DescribeUserPoolResponse:
    """Describe a pool as it is stored, not as this process remembers it.

    Raises:
        ResourceNotFoundException: there is no such pool.
    """

    def work(tx: Tx) -> tuple[Pool, int]:
        return stored_pool(tx, request.UserPoolId), tx.users.count_estimate(request.UserPoolId)

    pool, users = call.store.read(work)
    return shapes.DescribeUserPoolResponse(UserPool=_describe(call, pool, users))


@operation
def update_user_pool(call: AdminCall, request: shapes.UpdateUserPoolRequest) -> shapes.UpdateUserPoolResponse:
    """Replace a pool's configuration; omitted members go back to their defaults, the name stays.

    Raises:
        ResourceNotFoundException: there is no such pool.
        InvalidParameterException: members contradict one another.
        FeatureUnavailableInTierException: the tier lacks what is asked for.
        UserPoolTaggingException: a tag is refused.
        ConcurrentModificationException: the pool never stops changing.
        UserImportInProgressException: users are being imported.
    """
    members: dict[str, Any] = msgspec.to_builtins(request)
    now = call.clock.now()

    def work(tx: Tx) -> None:
        pool = _changeable(tx, request.UserPoolId)
        partial, replica = call.settings.beyond.partial_updates, pool.replica(call.region)
        if replica:
            tx.pools.save(replace(replicas.update(pool, replica, members, partial=partial), modified=now))
            return
        config = pool_config.update(pool, members, partial=partial)
        tx.pools.save(replace(pool, name=request.PoolName or pool.name, config=config, modified=now))

    write_configuration(call.store, work)
    call.config.forget(pool_id=request.UserPoolId)
    return shapes.UpdateUserPoolResponse()


@operation
def delete_user_pool(call: AdminCall, request: shapes.DeleteUserPoolRequest) -> None:
    """Delete a pool at once, users, clients and all; what is left of it goes in the background.

    Raises:
        ResourceNotFoundException: there is no such pool.
        InvalidParameterException: it is protected, or has a domain.
        UserImportInProgressException: users are being imported.
    """

    def work(tx: Tx) -> None:
        pool = _changeable(tx, request.UserPoolId)
        pool_config.check_deletable(pool)
        replicas.check_deletable(pool)
        tx.pools.save(pool)  # refused, and run again, if it was given a domain meanwhile
        tx.pools.delete(request.UserPoolId)

    call.store.write(work)
    call.config.forget(pool_id=request.UserPoolId)


@operation
def list_user_pools(call: AdminCall, request: shapes.ListUserPoolsRequest) -> shapes.ListUserPoolsResponse:
    """List pools by id, a page at a time.

    Raises:
        InvalidParameterException: the token is none of this operation's.
    """
    after = paging.position(call, "ListUserPools", request.NextToken)
    page = call.store.peek(lambda tx: _page(call, tx, after, request.MaxResults + 1))
    pools = page[: request.MaxResults]
    last = pools[-1].id if len(page) > len(pools) else None
    return shapes.ListUserPoolsResponse(
        UserPools=[
            shapes.UserPoolDescriptionType(**pool_config.describe_briefly(pool.at(call.region)))
            for pool in pools
        ],
        NextToken=paging.next_token(call, "ListUserPools", last),
    )


@operation
def add_custom_attributes(
    call: AdminCall, request: shapes.AddCustomAttributesRequest
) -> shapes.AddCustomAttributesResponse:
    """Add custom attributes to a pool's schema: all of them, or none.

    Raises:
        ResourceNotFoundException: there is no such pool.
        InvalidParameterException: an attribute is refused, or there would be more than 50.
        TooManyRequestsException: the pool never stops changing.
        UserImportInProgressException: users are being imported.
    """
    entries: list[dict[str, Any]] = msgspec.to_builtins(request.CustomAttributes)
    now = call.clock.now()

    def work(tx: Tx) -> None:
        pool = _changeable(tx, request.UserPoolId)
        tx.pools.save(replace(pool, schema=add_custom(pool.schema, entries), modified=now))

    try:
        call.store.write(work)
    except StaleRow:  # the model has no ConcurrentModificationException here
        raise TooManyRequestsException("Rate exceeded") from None
    call.config.forget(pool_id=request.UserPoolId)
    return shapes.AddCustomAttributesResponse()


@operation
def set_user_pool_session_configuration(
    call: AdminCall, request: shapes.SetUserPoolSessionConfigurationRequest
) -> shapes.SetUserPoolSessionConfigurationResponse:
    """Say whether a pool tracks sessions, and how many a user may have. Ends none by itself.

    Raises:
        ResourceNotFoundException: there is no such pool.
        FeatureUnavailableInTierException: the pool's tier has no session tracking.
        ConcurrentModificationException: the pool never stops changing.
    """
    now = call.clock.now()

    def work(tx: Tx) -> Pool:
        pool = stored_pool(tx, request.UserPoolId)
        tiers.check_session_tracking(pool.tier)
        members = {
            "UserSessionTracking": request.UserSessionTracking,
            "TokenSession": {"MaxPerUser": request.TokenSession.MaxPerUser},
        }
        return tx.pools.save(replace(pool, config={**pool.config, **members}, modified=now))

    pool = write_configuration(call.store, work)
    call.config.forget(pool_id=pool.id)
    return shapes.SetUserPoolSessionConfigurationResponse(UserPoolId=pool.id, **_session_configuration(pool))


@operation
def get_user_pool_session_configuration(
    call: AdminCall, request: shapes.GetUserPoolSessionConfigurationRequest
) -> shapes.GetUserPoolSessionConfigurationResponse:
    """Return whether a pool tracks sessions, and how many a user may have.

    Raises:
        ResourceNotFoundException: there is no such pool.
    """
    pool = call.store.read(lambda tx: stored_pool(tx, request.UserPoolId))
    return shapes.GetUserPoolSessionConfigurationResponse(UserPoolId=pool.id, **_session_configuration(pool))


def _session_configuration(pool: Pool) -> dict[str, Any]:
    most = (pool.config.get("TokenSession") or {}).get("MaxPerUser", sessions.DEFAULT_LIMIT)
    return {
        "UserSessionTracking": pool.config.get("UserSessionTracking", "DISABLED"),
        "TokenSession": shapes.UserPoolTokenSessionConfigType(MaxPerUser=most),
    }


def _changeable(tx: Tx, pool_id: str) -> Pool:
    """Return the pool, which no import is filling (the text of the refusal is a guess).

    Raises:
        ResourceNotFoundException: there is no such pool.
        UserImportInProgressException: a job runs.
    """
    pool = stored_pool(tx, pool_id)
    if tx.import_jobs.runs(pool_id):
        raise UserImportInProgressException("A user import job is in progress for the user pool.")
    return pool


def _region(call: AdminCall) -> str:
    """Return the region of new pools: that of the request, of several."""
    return call.region or call.settings.server.region


def _page(call: AdminCall, tx: Tx, after: str | None, most: int) -> list[Pool]:
    """Return pools in the order of their ids, as many of the request's region as are wanted."""
    if not call.region:
        return tx.pools.list(after, most)
    found: list[Pool] = []
    while batch := tx.pools.list(after, most):
        found += [
            pool
            for pool in batch
            if pool.replica(call.region) or not regions.is_secondary(call.settings, call.region, pool)
        ]
        after = batch[-1].id
        if len(found) >= most or len(batch) < most:
            break
    return found[:most]


def _describe(call: AdminCall, pool: Pool, users: int) -> shapes.UserPoolType:
    """Return the pool as the wire shows it; other operations' members of the configuration stay out."""
    described = pool_config.describe(
        pool.at(call.region),
        call.settings.server.account_id,
        users,
        call.region if pool.replica(call.region) else "",
    )
    return shapes.UserPoolType(
        **{name: described[name] for name in shapes.UserPoolType.__struct_fields__ if name in described}
    )
