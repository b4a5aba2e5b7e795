"""Resource servers: create, describe, update, delete and list."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec

from poolhouse.domain import resource_servers as rules
from poolhouse.domain.quotas import Quota
from poolhouse.domain.resource_servers import ResourceServer
from poolhouse.errors import InvalidParameterException, ResourceNotFoundException
from poolhouse.flows import paging
from poolhouse.flows.call import AdminCall
from poolhouse.flows.lookup import require_pool
from poolhouse.flows.quotas import check_another_of_pool
from poolhouse.operations.registry import operation
from poolhouse.store import Conflict, Tx
from poolhouse.wire import shapes

_MOST_LISTED = 50


@operation
def create_resource_server(
    call: AdminCall, request: shapes.CreateResourceServerRequest
) -> shapes.CreateResourceServerResponse:
    """Create a resource server, whose scopes app clients may be given.

    Raises:
        ResourceNotFoundException: there is no such pool.
        InvalidParameterException: there is one of that identifier, or two scopes have one name.
        LimitExceededException: the pool has as many as it may have.
    """
    server = _from_request(request)
    rules.check_identifier(server.identifier)

    def work(tx: Tx) -> None:
        check_another_of_pool(call, tx, Quota.RESOURCE_SERVERS, server.pool_id)
        tx.resource_servers.add(server)

    try:
        call.store.write(work)
    except Conflict:  # the text is a guess
        message = f"{server.identifier} already exists in user pool {server.pool_id}."
        raise InvalidParameterException(message) from None
    call.config.forget(pool_id=server.pool_id)
    return shapes.CreateResourceServerResponse(ResourceServer=_shown(server))


@operation
def describe_resource_server(
    call: AdminCall, request: shapes.DescribeResourceServerRequest
) -> shapes.DescribeResourceServerResponse:
    """Describe a resource server.

    Raises:
        ResourceNotFoundException: there is no such pool or resource server.
    """
    pool = require_pool(call, request.UserPoolId)
    server = call.store.peek(lambda tx: tx.resource_servers.get(pool.id, request.Identifier))
    if server is None:
        raise _unknown(request.Identifier)
    return shapes.DescribeResourceServerResponse(ResourceServer=_shown(server))


@operation
def update_resource_server(
    call: AdminCall, request: shapes.UpdateResourceServerRequest
) -> shapes.UpdateResourceServerResponse:
    """Replace a resource server's name and scopes; where none are sent, it has none any more.

    Raises:
        ResourceNotFoundException: there is no such pool or resource server.
        InvalidParameterException: two scopes have one name.
    """
    require_pool(call, request.UserPoolId)
    wanted = _from_request(request)

    def work(tx: Tx) -> ResourceServer:
        server = tx.resource_servers.get(wanted.pool_id, wanted.identifier)
        if server is None:
            raise _unknown(wanted.identifier)
        return tx.resource_servers.save(replace(wanted, version=server.version))

    server = call.store.write(work)
    call.config.forget(pool_id=server.pool_id)
    return shapes.UpdateResourceServerResponse(ResourceServer=_shown(server))


@operation
def delete_resource_server(call: AdminCall, request: shapes.DeleteResourceServerRequest) -> None:
    """Delete a resource server; clients keep its scopes, which no token has any more.

    Raises:
        ResourceNotFoundException: there is no such pool or resource server.
    """
    pool = require_pool(call, request.UserPoolId)
    if not call.store.write(lambda tx: tx.resource_servers.delete(pool.id, request.Identifier)):
        raise _unknown(request.Identifier)
    call.config.forget(pool_id=pool.id)


@operation
def list_resource_servers(
    call: AdminCall, request: shapes.ListResourceServersRequest
) -> shapes.ListResourceServersResponse:
    """List a pool's resource servers by identifier, a page at a time.

    Raises:
        ResourceNotFoundException: there is no such pool.
        InvalidParameterException: the token is none of this request's.
    """
    pool = require_pool(call, request.UserPoolId)

    def fetch(after: str | None, most: int) -> Sequence[ResourceServer]:
        return call.store.peek(lambda tx: tx.resource_servers.list(pool.id, after, most))

    page, following = paging.page(
        call,
        f"ListResourceServers/{pool.id}",
        request.NextToken,
        request.MaxResults or _MOST_LISTED,
        fetch=fetch,
        key=lambda server: server.identifier,
    )
    return shapes.ListResourceServersResponse(
        ResourceServers=[_shown(server) for server in page], NextToken=following
    )


def _from_request(
    request: shapes.CreateResourceServerRequest | shapes.UpdateResourceServerRequest,
) -> ResourceServer:
    members: dict[str, Any] = msgspec.to_builtins(request)
    scopes = rules.scopes_of(members.get("Scopes"))
    return ResourceServer(request.UserPoolId, request.Identifier, request.Name, scopes)


def _shown(server: ResourceServer) -> shapes.ResourceServerType:
    return shapes.ResourceServerType(**rules.describe(server))


def _unknown(identifier: str) -> ResourceNotFoundException:
    return ResourceNotFoundException(f"Resource server {identifier} does not exist.")  # a guess
