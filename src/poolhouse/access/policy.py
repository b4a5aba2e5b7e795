"""What an access key may do: operations and pools, with `*` and `?` as in IAM policies."""

import re
from functools import lru_cache

from poolhouse.domain.keys import StoredAccessKey
from poolhouse.errors import AccessDeniedException

_SERVICE = "cognito-idp:"


def check(key: StoredAccessKey, arn: str, operation: str, pool_id: str | None, resource: str) -> None:
    """Refuse what the key's policy does not allow.

    Args:
        key: whose signature was verified.
        arn: the principal.
        operation: its exact name.
        pool_id: the pool it is about; None for operations about no pool or about all of them, which need a
            key for every pool.
        resource: the pool's ARN, or `*`.

    Raises:
        AccessDeniedException: the operation, or the pool, is in no pattern of the key's.
    """
    action_allowed = any(allows(pattern, operation) for pattern in key.actions)
    if pool_id is None:
        pool_allowed = "*" in key.pools
    else:
        pool_allowed = any(_matches(pattern, pool_id) for pattern in key.pools)
    if not (action_allowed and pool_allowed):
        raise AccessDeniedException(
            f"User: {arn} is not authorized to perform: {_SERVICE}{operation} on resource: {resource} "
            f"because no identity-based policy allows the {_SERVICE}{operation} action"
        )


def allows(pattern: str, operation: str) -> bool:
    """Tell whether a pattern of a key's actions fits an operation; it may begin with `cognito-idp:`."""
    return _matches(pattern.removeprefix(_SERVICE), operation)


def _matches(pattern: str, name: str) -> bool:
    return _compiled(pattern).fullmatch(name) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    # Not fnmatch, where a bracket opens a set: a pattern must never allow more than it seems to.
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."))
