"""Counting what an account or a pool has before it gets one more.

A pool's are counted exactly, also where several are made at the same moment: whoever counts has locked the
pool. Those of an account are counted without a lock: on PostgreSQL a few made at the same moment may pass
together.
"""

from collections.abc import Callable, Mapping

from poolhouse.domain.quotas import Quota
from poolhouse.errors import ResourceNotFoundException
from poolhouse.flows.call import AnyCall
from poolhouse.store import Tx

_OF_ACCOUNT: Mapping[Quota, Callable[[Tx], int]] = {
    Quota.POOLS: lambda tx: tx.pools.count(),
    Quota.CUSTOM_DOMAINS: lambda tx: tx.domains.count_custom(),
}
_OF_POOL: Mapping[Quota, Callable[[Tx, str], int]] = {
    Quota.CLIENTS: lambda tx, pool_id: tx.clients.count(pool_id),
    Quota.GROUPS: lambda tx, pool_id: tx.groups.count(pool_id),
    Quota.RESOURCE_SERVERS: lambda tx, pool_id: tx.resource_servers.count(pool_id),
    Quota.TERMS: lambda tx, pool_id: tx.terms.count(pool_id),
    Quota.IMPORT_JOBS: lambda tx, pool_id: tx.import_jobs.count(pool_id),
}


def check_another_of_account(call: AnyCall, tx: Tx, quota: Quota) -> None:
    """Check that the account may have one more.

    Raises:
        LimitExceededException: it may not.
    """
    setting = call.settings.limits.quotas
    if quota.most(setting) is not None:
        quota.check_another(_OF_ACCOUNT[quota](tx), setting)


def check_another_of_pool(call: AnyCall, tx: Tx, quota: Quota, pool_id: str) -> None:
    """Lock a pool, and check that it may have one more.

    Raises:
        ResourceNotFoundException: there is no such pool.
        LimitExceededException: it may not.
    """
    if not tx.pools.lock(pool_id):
        raise ResourceNotFoundException(f"User pool {pool_id} does not exist.")
    setting = call.settings.limits.quotas
    if quota.most(setting) is not None:
        quota.check_another(_OF_POOL[quota](tx, pool_id), setting)
