"""Log delivery: SetLogDeliveryConfiguration and GetLogDeliveryConfiguration (digest «sign-in» §4.9)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from poolhouse.domain import logs
from poolhouse.domain.pool import Pool
from poolhouse.errors import InvalidParameterException
from poolhouse.flows.call import AdminCall
from poolhouse.flows.lookup import stored_pool
from poolhouse.operations.registry import operation
from poolhouse.store import Tx
from poolhouse.wire import shapes


@operation
def set_log_delivery_configuration(
    call: AdminCall, request: shapes.SetLogDeliveryConfigurationRequest
) -> shapes.SetLogDeliveryConfigurationResponse:
    """Replace where a pool sends its logs; an empty list sends none. What waits goes to the new place.

    Raises:
        ResourceNotFoundException: there is no such pool.
        InvalidParameterException: sources, levels and destinations do not go together, or an ARN stands for
            nothing that the pool may use (`[[logs.map]]`).
        FeatureUnavailableInTierException: the tier lacks authentication events.
    """
    configurations: list[dict[str, Any]] = msgspec.to_builtins(request.LogConfigurations)

    def work(tx: Tx) -> Pool:
        tx.pools.lock(request.UserPoolId)
        pool = stored_pool(tx, request.UserPoolId)
        logs.check(pool.tier, configurations)
        for configuration in configurations:
            _check_destination(call, pool, configuration)
        return tx.pools.save(replace(pool, config={**pool.config, logs.CONFIGURATIONS: configurations}))

    pool = call.store.write(work)
    call.config.forget(pool_id=pool.id)
    return shapes.SetLogDeliveryConfigurationResponse(LogDeliveryConfiguration=_describe(pool))


@operation
def get_log_delivery_configuration(
    call: AdminCall, request: shapes.GetLogDeliveryConfigurationRequest
) -> shapes.GetLogDeliveryConfigurationResponse:
    """Return where a pool sends its logs.

    Raises:
        ResourceNotFoundException: there is no such pool.
    """
    pool = call.store.peek(lambda tx: stored_pool(tx, request.UserPoolId))
    return shapes.GetLogDeliveryConfigurationResponse(LogDeliveryConfiguration=_describe(pool))


def _check_destination(call: AdminCall, pool: Pool, configuration: Mapping[str, Any]) -> None:
    arn = logs.destination_arn(configuration)
    if not call.services.logs.leads_somewhere(pool.id, arn):
        raise InvalidParameterException(
            f"The log destination {arn} does not exist, or is not for this user pool."
        )


def _describe(pool: Pool) -> shapes.LogDeliveryConfigurationType:
    stored: Sequence[Mapping[str, Any]] = pool.config.get(logs.CONFIGURATIONS) or ()
    return shapes.LogDeliveryConfigurationType(
        UserPoolId=pool.id,
        LogConfigurations=[msgspec.convert(entry, shapes.LogConfigurationType) for entry in stored],
    )
