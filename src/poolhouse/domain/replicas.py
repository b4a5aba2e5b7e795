"""Replicas of a user pool in a second region: their states, and what they do there.

Sources: the model's documentation of the replica operations, of UpdateUserPool and of
OperationNotEnabledException, and the guide «Multi-Region replication for user pools» (2026). What of it is a
guess is in docs/explanation/choices.md. The primary is in the region that the pool's id begins with.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from poolhouse.domain import pool_config, tiers
from poolhouse.domain.challenges import State
from poolhouse.domain.pool import Pool, Replica
from poolhouse.domain.tags import check_tags
from poolhouse.errors import (
    InvalidParameterException,
    LimitExceededException,
    OperationNotEnabledException,
    ResourceNotFoundException,
)

ACTIVE, INACTIVE, DELETING = "ACTIVE", "INACTIVE", "DELETING"
REGIONAL = ("EmailConfiguration", "LambdaConfig", "SmsConfiguration", "UserPoolTags")
"""The members of a pool's configuration that each replica has for itself."""

MOST = 1
"""How many replicas a pool may have beside its primary."""

_ADMINISTRATION = frozenset({"TagResource", "UntagResource", "UpdateUserPool", "UpdateUserPoolReplica"})
_READS = ("AdminGet", "AdminList", "Describe", "Get", "List")
_OF_USERS = frozenset(
    {
        "AdminInitiateAuth",
        "AdminRespondToAuthChallenge",
        "AdminRevokeUserSession",
        "AdminUserGlobalSignOut",
        "ConfirmDevice",
        "GetClientToken",
        "GetDerivedToken",
        "GetDevice",
        "GetTokensFromRefreshToken",
        "GetUser",
        "GetUserAuthFactors",
        "GlobalSignOut",
        "InitiateAuth",
        "ListDevices",
        "ListUserSessions",
        "ListWebAuthnCredentials",
        "RespondToAuthChallenge",
        "RevokeToken",
        "RevokeUserSession",
    }
)
"""What users do that neither makes a user nor changes their attributes."""

_CHANGES_THE_USER = frozenset({State.MFA_SETUP, State.NEW_PASSWORD_REQUIRED, State.SOFTWARE_TOKEN_MFA})
_NOT_HERE = "This operation is not enabled in a secondary Region of the user pool."
_ASLEEP = "The replica of the user pool in this Region is not active."


def create(
    pool: Pool, region: str, tags: Mapping[str, str], *, primary: str, regions: Collection[str], now: float
) -> Pool:
    """Return the pool with a replica, which is INACTIVE until it is switched on.

    Args:
        pool: the pool.
        region: where the replica is to be.
        tags: the replica's own.
        primary: the pool's region.
        regions: those that this deployment answers for.
        now: seconds since the epoch.

    Raises:
        FeatureUnavailableInTierException: the pool's tier is LITE.
        OperationNotEnabledException: the pool's own key is of one region.
        InvalidParameterException: there can be no replica in that region, or is one already.
        LimitExceededException: the pool has another replica.
        UserPoolTaggingException: a tag is refused.
    """
    tiers.check_features(pool.tier, ["Multi-Region Replication"] if pool.tier == "LITE" else [])
    key = pool.config.get("KeyConfiguration") or {}
    if key.get("KeyType") == "CUSTOMER_MANAGED_KEY" and ":key/mrk-" not in key["KmsKeyArn"]:
        raise OperationNotEnabledException("Replication requires a multi-Region customer managed key.")
    if region == primary or pool.replica(region):
        raise InvalidParameterException(f"User pool {pool.id} already exists in Region {region}.")
    if region not in regions:
        raise InvalidParameterException(f"Region {region} is not available for replicas.")
    if len(pool.replicas) >= MOST:
        raise LimitExceededException(f"A user pool can have at most {MOST} secondary replica.")
    check_tags(tags)
    inherited = {name: pool.config[name] for name in REGIONAL if name in pool.config}
    made = Replica(region, INACTIVE, now, {**inherited, "UserPoolTags": dict(tags)})
    return replace(pool, replicas=(*pool.replicas, made))


def switch(pool: Pool, region: str, status: str, *, primary: str) -> Pool:
    """Return the pool with its replica of a region in another status.

    Raises:
        InvalidParameterException: it is the primary's region.
        ResourceNotFoundException: there is no replica.
    """
    if region == primary:
        raise InvalidParameterException("The status of the primary replica cannot be changed.")
    return _with(pool, replace(of_region(pool, region), status=status))


def delete(pool: Pool, region: str, *, primary: str) -> Pool:
    """Return the pool without its replica of a region.

    Raises:
        InvalidParameterException: it is the primary's region, or the replica is not INACTIVE.
        ResourceNotFoundException: there is no replica.
    """
    if region == primary:
        raise InvalidParameterException("The primary replica cannot be deleted.")
    if of_region(pool, region).status != INACTIVE:
        raise InvalidParameterException("Only a replica that is INACTIVE can be deleted.")
    return replace(pool, replicas=tuple(each for each in pool.replicas if each.region != region))


def of_region(pool: Pool, region: str) -> Replica:
    """Return a pool's replica in a region.

    Raises:
        ResourceNotFoundException: there is none.
    """
    found = pool.replica(region)
    if found is None:
        raise ResourceNotFoundException(f"User pool {pool.id} has no replica in Region {region}.")
    return found


def check_deletable(pool: Pool) -> None:
    """Refuse to delete a pool that has replicas.

    Raises:
        InvalidParameterException: it has one (the rule and its text are guesses).
    """
    if pool.replicas:
        raise InvalidParameterException(
            "User pool cannot be deleted. It has a replica that should be deleted first."
        )


def check(operation: str, replica: Replica) -> None:
    """Refuse what a replica does not do: it reads, is configured for itself, and signs users in.

    Raises:
        OperationNotEnabledException: it is that, or needs an active replica (the texts are guesses).
    """
    if operation in _OF_USERS:
        if replica.status != ACTIVE:
            raise OperationNotEnabledException(_ASLEEP)
    elif operation not in _ADMINISTRATION and not operation.startswith(_READS):
        raise not_here()


def check_challenge(state: State) -> None:
    """Refuse an answer that would change the user, or prove an authenticator app, which replicas do not know.

    Raises:
        OperationNotEnabledException: it is one.
    """
    if state in _CHANGES_THE_USER:
        raise not_here()


def not_here() -> OperationNotEnabledException:
    """Return the refusal of what is done in the primary region alone."""
    return OperationNotEnabledException(_NOT_HERE)


def update(pool: Pool, replica: Replica, request: Mapping[str, Any], *, partial: bool) -> Pool:
    """Return the pool after UpdateUserPool in a replica's region, which sets its own members alone.

    Args:
        pool: the pool.
        replica: where the request came.
        request: UpdateUserPoolRequest in the wire's form.
        partial: whether members that are not sent stay as they are.

    Raises:
        InvalidParameterException: another member differs from what it is, or members contradict one another.
        FeatureUnavailableInTierException, UserPoolTaggingException: as in the primary.
    """
    config = pool_config.update(pool.at(replica.region), request, partial=partial)
    differing = sorted(
        name
        for name in config.keys() | pool.config.keys()
        if name not in REGIONAL and config.get(name) != pool.config.get(name)
    )
    if differing or request.get("PoolName") not in (None, pool.name):
        named = ", ".join(differing) or "PoolName"
        raise InvalidParameterException(f"{named} cannot be changed in a secondary Region.")
    own = {name: config[name] for name in REGIONAL if name in config}
    return _with(pool, replace(replica, config=own))


def tag(pool: Pool, replica: Replica, tags: Mapping[str, str]) -> Pool:
    """Return the pool with other tags of a replica."""
    return _with(pool, replace(replica, config={**replica.config, "UserPoolTags": dict(tags)}))


def describe(pool: Pool, account: str, primary: str) -> list[dict[str, Any]]:
    """Return `UserPoolReplicaType` of the primary and of each replica, in the wire's form."""
    first = {
        "RegionName": primary,
        "Status": ACTIVE,
        "Role": "PRIMARY",
        "UserPoolArn": pool.arn(account, primary),
    }
    return [first, *(describe_one(pool, account, replica) for replica in pool.replicas)]


def describe_one(pool: Pool, account: str, replica: Replica) -> dict[str, Any]:
    """Return `UserPoolReplicaType` of a replica, in the wire's form."""
    return {
        "RegionName": replica.region,
        "Status": replica.status,
        "Role": "SECONDARY",
        "UserPoolArn": pool.arn(account, replica.region),
    }


def _with(pool: Pool, changed: Replica) -> Pool:
    others = (each if each.region != changed.region else changed for each in pool.replicas)
    return replace(pool, replicas=tuple(others))
