"""Tags of user pools, by ARN (digest «users» §6.6). DescribeUserPool shows the same ones."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from poolhouse.domain import replicas
from poolhouse.domain import tags as rules
from poolhouse.domain.pool import Pool
from poolhouse.errors import InvalidParameterException, ResourceNotFoundException, UserPoolTaggingException
from poolhouse.flows.call import AdminCall
from poolhouse.flows.lookup import stored_pool
from poolhouse.operations.registry import operation
from poolhouse.store import Tx
from poolhouse.wire import shapes


@operation
def tag_resource(call: AdminCall, request: shapes.TagResourceRequest) -> shapes.TagResourceResponse:
    """Give a pool tags; those of the same keys are replaced, the others stay.

    Raises:
        ResourceNotFoundException: the ARN is no pool's.
        InvalidParameterException: a key is reserved, or there would be more than 50.
    """
    _change(call, request.ResourceArn, lambda before: {**before, **request.Tags})
    return shapes.TagResourceResponse()


@operation
def untag_resource(call: AdminCall, request: shapes.UntagResourceRequest) -> shapes.UntagResourceResponse:
    """Take tags away from a pool; keys that it has not are no error.

    Raises:
        ResourceNotFoundException: the ARN is no pool's.
    """
    gone = set(request.TagKeys)
    _change(
        call,
        request.ResourceArn,
        lambda before: {key: value for key, value in before.items() if key not in gone},
    )
    return shapes.UntagResourceResponse()


@operation
def list_tags_for_resource(
    call: AdminCall, request: shapes.ListTagsForResourceRequest
) -> shapes.ListTagsForResourceResponse:
    """Return a pool's tags.

    Raises:
        ResourceNotFoundException: the ARN is no pool's.
    """
    pool = call.store.peek(lambda tx: _pool(call, tx, request.ResourceArn))
    return shapes.ListTagsForResourceResponse(Tags=dict(pool.at(call.region).tags))


def _change(call: AdminCall, arn: str, change: Callable[[Mapping[str, str]], Mapping[str, str]]) -> None:
    def work(tx: Tx) -> Pool:
        tx.pools.lock(_id(arn))
        pool = _pool(call, tx, arn)
        replica = pool.replica(call.region)
        after = change(pool.at(call.region).tags)
        try:
            rules.check_tags(after)
        except UserPoolTaggingException as error:  # these operations have no such error
            raise InvalidParameterException(error.message) from error
        if replica:
            return tx.pools.save(replicas.tag(pool, replica, after))
        return tx.pools.save(replace(pool, config={**pool.config, "UserPoolTags": dict(after)}))

    pool = call.store.write(work)
    call.config.forget(pool_id=pool.id)


def _pool(call: AdminCall, tx: Tx, arn: str) -> Pool:
    """Return the pool whose very ARN this is; the one named at its end is what the policy was asked about."""
    pool = stored_pool(tx, _id(arn))
    region = call.region if pool.replica(call.region) else ""
    if arn != pool.arn(call.settings.server.account_id, region):
        raise ResourceNotFoundException(f"User pool {pool.id} does not exist.")
    return pool


def _id(arn: str) -> str:
    return arn.rpartition("userpool/")[2]
