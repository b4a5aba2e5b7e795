"""Replicas of user pools in other regions of the deployment: create, switch on and off, delete and list."""

from collections.abc import Callable
from dataclasses import replace

from poolhouse.domain import replicas
from poolhouse.domain.pool import Pool, Replica
from poolhouse.flows import paging, regions
from poolhouse.flows.call import AdminCall
from poolhouse.flows.lookup import require_pool, stored_pool
from poolhouse.operations.registry import operation
from poolhouse.store import Tx
from poolhouse.wire import shapes


@operation
def create_user_pool_replica(
    call: AdminCall, request: shapes.CreateUserPoolReplicaRequest
) -> shapes.CreateUserPoolReplicaResponse:
    """Create a pool's replica in another region; it serves no users until it is switched on.

    Raises:
        ResourceNotFoundException: there is no such pool.
        InvalidParameterException: there can be no replica in that region, or is one already.
        LimitExceededException: the pool has another replica.
        FeatureUnavailableInTierException: the pool's tier is LITE.
        OperationNotEnabledException: this is not the pool's region, or its own key is of one region.
        UserPoolTaggingException: a tag is refused.
    """
    now = call.clock.now()

    def change(pool: Pool) -> Pool:
        return replicas.create(
            pool,
            request.RegionName,
            request.UserPoolTags or {},
            primary=regions.home(call.settings, pool),
            regions=call.settings.region_names,
            now=now,
        )

    _, pool = _change(call, request.UserPoolId, change)
    made = replicas.of_region(pool, request.RegionName)
    return shapes.CreateUserPoolReplicaResponse(UserPoolReplica=_shown(call, pool, made))


@operation
def update_user_pool_replica(
    call: AdminCall, request: shapes.UpdateUserPoolReplicaRequest
) -> shapes.UpdateUserPoolReplicaResponse:
    """Switch a replica on or off for users, from its own region or the pool's.

    Raises:
        ResourceNotFoundException: there is no such pool or replica.
        InvalidParameterException: it is the primary.
    """

    def change(pool: Pool) -> Pool:
        primary = regions.home(call.settings, pool)
        return replicas.switch(pool, request.RegionName, request.Status, primary=primary)

    _, pool = _change(call, request.UserPoolId, change)
    switched = replicas.of_region(pool, request.RegionName)
    return shapes.UpdateUserPoolReplicaResponse(UserPoolReplica=_shown(call, pool, switched))


@operation
def delete_user_pool_replica(
    call: AdminCall, request: shapes.DeleteUserPoolReplicaRequest
) -> shapes.DeleteUserPoolReplicaResponse:
    """Delete a replica that is switched off; the pool is not there in that region any more.

    Raises:
        ResourceNotFoundException: there is no such pool or replica.
        InvalidParameterException: it is the primary, or not switched off.
        OperationNotEnabledException: this is not the pool's region.
    """

    def change(pool: Pool) -> Pool:
        return replicas.delete(pool, request.RegionName, primary=regions.home(call.settings, pool))

    before, _ = _change(call, request.UserPoolId, change)
    gone = replace(replicas.of_region(before, request.RegionName), status=replicas.DELETING)
    return shapes.DeleteUserPoolReplicaResponse(UserPoolReplica=_shown(call, before, gone))


@operation
def list_user_pool_replicas(
    call: AdminCall, request: shapes.ListUserPoolReplicasRequest
) -> shapes.ListUserPoolReplicasResponse:
    """List the primary and the replicas of a pool, all on one page.

    Raises:
        ResourceNotFoundException: there is no such pool.
        InvalidParameterException: there is a token for a next page; there is no next page.
    """
    require_pool(call, request.UserPoolId)
    paging.position(call, "ListUserPoolReplicas", request.NextToken)
    pool = call.store.read(lambda tx: stored_pool(tx, request.UserPoolId))
    described = replicas.describe(pool, call.settings.server.account_id, regions.home(call.settings, pool))
    return shapes.ListUserPoolReplicasResponse(
        UserPoolReplicas=[shapes.UserPoolReplicaType(**each) for each in described]
    )


def _change(call: AdminCall, pool_id: str, change: Callable[[Pool], Pool]) -> tuple[Pool, Pool]:
    """Change a pool's replicas; whoever changes the pool at the same time comes before or after.

    Returns:
        The pool before and after.
    """
    now = call.clock.now()

    def work(tx: Tx) -> tuple[Pool, Pool]:
        tx.pools.lock(pool_id)
        before = stored_pool(tx, pool_id)
        return before, tx.pools.save(replace(change(before), modified=now))

    changed = call.store.write(work)
    call.config.forget(pool_id=pool_id)
    return changed


def _shown(call: AdminCall, pool: Pool, replica: Replica) -> shapes.UserPoolReplicaType:
    described = replicas.describe_one(pool, call.settings.server.account_id, replica)
    return shapes.UserPoolReplicaType(**described)
