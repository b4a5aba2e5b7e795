"""Domains of user pools: which names may be had, and what describing one returns (digest «users» §7.7)."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from poolhouse.domain import tiers
from poolhouse.domain.pool import Domain, Pool
from poolhouse.errors import InvalidParameterException

CLASSIC, MANAGED = 1, 2
NOT_THERE = "No such domain or user pool exists."
TAKEN = "Domain already associated with another user pool."

_LABEL = r"[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_RESERVED = ("aws", "amazon", "cognito")


def add(pool: Pool, request: Mapping[str, Any], now: float) -> Pool:
    """Return the pool with one more domain.

    Args:
        pool: as stored.
        request: CreateUserPoolDomainRequest in the wire's form.
        now: seconds since the epoch.

    Raises:
        InvalidParameterException: the name may not be had, or the pool has a domain of this kind.
        FeatureUnavailableInTierException: the pool's tier lacks managed login.
    """
    name, custom = request["Domain"], request.get("CustomDomainConfig")
    _check_name(name, custom=custom is not None)
    version = request.get("ManagedLoginVersion") or CLASSIC
    _check_version(pool, version)
    taken = pool.prefix_domain if custom is None else pool.custom_domain
    if taken:
        raise InvalidParameterException("User pool already has a domain configured.")
    domain = Domain(name, now, version, custom, request.get("Routing"))
    return replace(pool, domains=(*pool.domains, domain))


def change(pool: Pool, request: Mapping[str, Any]) -> Pool:
    """Return the pool after UpdateUserPoolDomain: omitted members stay.

    Raises:
        InvalidParameterException: it is not the pool's domain, or a prefix is given a certificate.
        FeatureUnavailableInTierException: the pool's tier lacks managed login.
    """
    domain = named(pool, request["Domain"])
    custom = request.get("CustomDomainConfig") or domain.custom
    if domain.custom is None and custom is not None:  # as recorded in aws/aws-cdk#25712
        raise InvalidParameterException(
            "User pool should have a custom domain associated, failed to update the certificate."
        )
    version = request.get("ManagedLoginVersion") or domain.managed_login
    _check_version(pool, version)
    changed = replace(
        domain, custom=custom, managed_login=version, routing=request.get("Routing") or domain.routing
    )
    return replace(pool, domains=tuple(changed if each is domain else each for each in pool.domains))


def remove(pool: Pool, name: str) -> Pool:
    """Return the pool without one of its domains.

    Raises:
        InvalidParameterException: it is not the pool's.
    """
    domain = named(pool, name)
    return replace(pool, domains=tuple(each for each in pool.domains if each is not domain))


def named(pool: Pool, name: str) -> Domain:
    """Return the domain of a name.

    Raises:
        InvalidParameterException: it is not the pool's.
    """
    for domain in pool.domains:
        if domain.name == name:
            return domain
    raise InvalidParameterException(NOT_THERE)


def describe(pool: Pool, domain: Domain, account: str, host: str) -> dict[str, Any]:
    """Return `DomainDescriptionType` in the wire's form.

    Args:
        pool: whose domain it is.
        domain: the domain.
        account: the server's.
        host: the server's own host name, which stands where the service names its distribution: DNS leads
            a custom domain there.
    """
    described = {
        "UserPoolId": pool.id,
        "AWSAccountId": account,
        "Domain": domain.name,
        "CloudFrontDistribution": host,
        "Version": datetime.fromtimestamp(domain.created, UTC).strftime("%Y%m%d%H%M%S"),
        "Status": "ACTIVE",
        "CustomDomainConfig": domain.custom or {},
        "ManagedLoginVersion": domain.managed_login,
    }
    return described | ({"Routing": domain.routing} if domain.routing else {})


def _check_name(name: str, *, custom: bool) -> None:
    for word in () if custom else _RESERVED:
        if word in name:
            raise InvalidParameterException(f"Domain cannot contain reserved word: {word}")
    if custom and not _HOST.fullmatch(name):  # the text is a guess
        raise InvalidParameterException("Custom domain is not a valid subdomain.")
    if not custom and not re.fullmatch(_LABEL, name):
        raise InvalidParameterException(
            "The domain name contains an invalid character. Domain names can only contain lower-case "
            "letters, numbers, and hyphens. Please enter a different name that follows this format: "
            f"^{_LABEL}$"
        )


def _check_version(pool: Pool, version: int) -> None:
    if version not in (CLASSIC, MANAGED):  # the text is a guess
        raise InvalidParameterException("Invalid managed login version.")
    if version == MANAGED and pool.tier == "LITE":
        tiers.check_features(pool.tier, ["Managed Login"])
