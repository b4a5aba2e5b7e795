"""Domains of user pools: create, describe, update and delete."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import msgspec

from poolhouse.domain import domains
from poolhouse.domain.pool import Domain, Pool
from poolhouse.domain.quotas import Quota
from poolhouse.errors import InvalidParameterException
from poolhouse.flows import regions
from poolhouse.flows.call import AdminCall
from poolhouse.flows.configuration import write_configuration
from poolhouse.flows.lookup import stored_pool
from poolhouse.flows.quotas import check_another_of_account
from poolhouse.operations.registry import operation
from poolhouse.store import Tx
from poolhouse.wire import shapes


@operation
def create_user_pool_domain(
    call: AdminCall, request: shapes.CreateUserPoolDomainRequest
) -> shapes.CreateUserPoolDomainResponse:
    """Give a pool a domain, and with it its pages and OAuth endpoints.

    Raises:
        ResourceNotFoundException: there is no such pool.
        InvalidParameterException: the name may not be had, or is another pool's, or the pool has one already.
        FeatureUnavailableInTierException: the pool's tier lacks managed login.
        LimitExceededException: there are as many custom domains as there may be.
        ConcurrentModificationException: the pool never stops changing.
    """
    members: dict[str, Any] = msgspec.to_builtins(request)
    now = call.clock.now()

    def work(tx: Tx) -> Pool:
        pool = domains.add(stored_pool(tx, request.UserPoolId), members, now)
        if request.CustomDomainConfig is not None:
            check_another_of_account(call, tx, Quota.CUSTOM_DOMAINS)
        if not tx.domains.hold(request.Domain, pool.id):
            raise InvalidParameterException(domains.TAKEN)
        return tx.pools.save(replace(pool, modified=now))

    pool = write_configuration(call.store, work)
    call.config.forget(pool_id=pool.id)
    return shapes.CreateUserPoolDomainResponse(**_outcome(call, domains.named(pool, request.Domain)))


@operation
def describe_user_pool_domain(
    call: AdminCall, request: shapes.DescribeUserPoolDomainRequest
) -> shapes.DescribeUserPoolDomainResponse:
    """Describe a domain; of one that is nobody's the description is empty."""

    def work(tx: Tx) -> Pool | None:
        owner = tx.domains.owner(request.Domain)
        return tx.pools.get(owner) if owner else None

    pool = call.store.read(work)
    domain = domains.named(pool, request.Domain) if pool else None
    if pool and domain and regions.is_secondary(call.settings, call.region, pool):
        # Prefix domains are at home alone [model].
        pool = pool if domain.custom is not None and pool.replica(call.region) else None
    described: dict[str, Any] = {}
    if pool and domain:
        described = domains.describe(pool, domain, call.settings.server.account_id, _host(call))
    return shapes.DescribeUserPoolDomainResponse(DomainDescription=shapes.DomainDescriptionType(**described))


@operation
def update_user_pool_domain(
    call: AdminCall, request: shapes.UpdateUserPoolDomainRequest
) -> shapes.UpdateUserPoolDomainResponse:
    """Change a domain's pages between classic and managed login, or a custom domain's certificate.

    Raises:
        ResourceNotFoundException: there is no such pool.
        InvalidParameterException: it is not the pool's domain, or a prefix is given a certificate.
        FeatureUnavailableInTierException: the pool's tier lacks managed login.
        ConcurrentModificationException: the pool never stops changing.
    """
    members: dict[str, Any] = msgspec.to_builtins(request)
    now = call.clock.now()

    def work(tx: Tx) -> Pool:
        pool = domains.change(stored_pool(tx, request.UserPoolId), members)
        return tx.pools.save(replace(pool, modified=now))

    pool = write_configuration(call.store, work)
    call.config.forget(pool_id=pool.id)
    return shapes.UpdateUserPoolDomainResponse(**_outcome(call, domains.named(pool, request.Domain)))


@operation
def delete_user_pool_domain(
    call: AdminCall, request: shapes.DeleteUserPoolDomainRequest
) -> shapes.DeleteUserPoolDomainResponse:
    """Take a domain from a pool; its pages and OAuth endpoints are gone at once.

    Raises:
        ResourceNotFoundException: there is no such pool.
        InvalidParameterException: it is not the pool's domain.
        ConcurrentModificationException: the pool never stops changing.
    """
    now = call.clock.now()

    def work(tx: Tx) -> None:
        pool = domains.remove(stored_pool(tx, request.UserPoolId), request.Domain)
        tx.pools.save(replace(pool, modified=now))
        tx.domains.release(request.Domain, pool.id)

    write_configuration(call.store, work)
    call.config.forget(pool_id=request.UserPoolId)
    return shapes.DeleteUserPoolDomainResponse()


def _outcome(call: AdminCall, domain: Domain) -> dict[str, Any]:
    target = {} if domain.custom is None else {"CloudFrontDomain": _host(call)}
    routing = {"Routing": domain.routing} if domain.routing else {}
    return {"ManagedLoginVersion": domain.managed_login, **target, **routing}


def _host(call: AdminCall) -> str:
    return urlsplit(call.settings.public_url).hostname or ""
