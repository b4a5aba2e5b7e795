"""Request rates of the whole server, by category (digest «users» §7.10). `edge.limits` enforces them."""

from poolhouse.domain import request_rates
from poolhouse.domain.request_rates import DEFAULTS, ProvisionedLimit
from poolhouse.flows.call import AdminCall
from poolhouse.operations.registry import operation
from poolhouse.wire import shapes


@operation
def get_provisioned_limit(
    call: AdminCall, request: shapes.GetProvisionedLimitRequest
) -> shapes.GetProvisionedLimitResponse:
    """Return a category's rate, and its default.

    Raises:
        InvalidParameterException: no category is named.
        ResourceNotFoundException: there is no such category.
    """
    category = request_rates.category_of(request.LimitDefinition.Attributes)
    stored = call.store.peek(lambda tx: tx.provisioned_limits.get(category))
    requests = stored.requests if stored else DEFAULTS[category]
    return shapes.GetProvisionedLimitResponse(Limit=_shown(category, requests))


@operation
def update_provisioned_limit(
    call: AdminCall, request: shapes.UpdateProvisionedLimitRequest
) -> shapes.UpdateProvisionedLimitResponse:
    """Set a category's rate; it counts two seconds later in every process that enforces rates.

    Raises:
        InvalidParameterException: no category is named.
        ResourceNotFoundException: there is no such category.
        ServiceQuotaExceededException: it is below the default, or above `limits.most_requests`.
    """
    category, requests = (
        request_rates.category_of(request.LimitDefinition.Attributes),
        request.RequestedLimitValue,
    )
    request_rates.check_request(category, requests, call.settings.limits.most_requests)
    call.store.write(lambda tx: tx.provisioned_limits.put(ProvisionedLimit(category, requests)))
    return shapes.UpdateProvisionedLimitResponse(Limit=_shown(category, requests))


def _shown(category: str, requests: int) -> shapes.LimitType:
    return shapes.LimitType(
        LimitDefinition=shapes.LimitDefinitionType(
            LimitClass="API_CATEGORY", Attributes={"Category": category}
        ),
        ProvisionedLimitValue=requests,
        FreeLimitValue=DEFAULTS[category],
    )
