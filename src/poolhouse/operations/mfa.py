"""Second factors: what a pool asks for, and what its users have (digest «sign-in» §4.1 to §4.4)."""

from dataclasses import replace
from typing import Any

import msgspec

from poolhouse.domain import mfa_config
from poolhouse.domain.pool import Pool
from poolhouse.flows.call import AdminCall
from poolhouse.flows.configuration import write_configuration
from poolhouse.flows.lookup import stored_pool
from poolhouse.operations.registry import operation
from poolhouse.store import Tx
from poolhouse.wire import shapes


@operation
def set_user_pool_mfa_config(
    call: AdminCall, request: shapes.SetUserPoolMfaConfigRequest
) -> shapes.SetUserPoolMfaConfigResponse:
    """Say whether a pool asks for second factors, and which.

    Raises:
        ResourceNotFoundException: there is no such pool.
        InvalidParameterException: members contradict one another.
        FeatureUnavailableInTierException: the tier lacks what is asked for.
        ConcurrentModificationException: the pool never stops changing.
    """
    members: dict[str, Any] = msgspec.to_builtins(request)
    now = call.clock.now()

    def work(tx: Tx) -> Pool:
        pool = stored_pool(tx, request.UserPoolId)
        changed = replace(pool, config=mfa_config.change(pool, members), modified=now)
        tx.pools.save(changed)
        return changed

    pool = write_configuration(call.store, work)
    call.config.forget(pool_id=request.UserPoolId)
    return msgspec.convert(mfa_config.describe(pool), shapes.SetUserPoolMfaConfigResponse)


@operation
def get_user_pool_mfa_config(
    call: AdminCall, request: shapes.GetUserPoolMfaConfigRequest
) -> shapes.GetUserPoolMfaConfigResponse:
    """Return what a pool asks for, as it is stored.

    Raises:
        ResourceNotFoundException: there is no such pool.
    """
    pool = call.store.read(lambda tx: stored_pool(tx, request.UserPoolId))
    return msgspec.convert(mfa_config.describe(pool), shapes.GetUserPoolMfaConfigResponse)
