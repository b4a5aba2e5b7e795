"""App clients: create, describe, update, delete and list."""

from dataclasses import replace
from typing import Any

import msgspec

from poolhouse.domain import client_config, tiers
from poolhouse.domain.client import Client, ClientSecret
from poolhouse.domain.pool import Pool
from poolhouse.domain.quotas import Quota
from poolhouse.domain.resource_servers import all_scopes
from poolhouse.errors import (
    InvalidParameterException,
    LimitExceededException,
    OperationNotEnabledException,
    ResourceNotFoundException,
)
from poolhouse.flows import app_clients, paging
from poolhouse.flows.call import AdminCall
from poolhouse.flows.configuration import write_configuration
from poolhouse.flows.looks import forget_looks
from poolhouse.flows.lookup import client_secrets, stored_client, stored_pool
from poolhouse.flows.quotas import check_another_of_pool
from poolhouse.operations.registry import operation
from poolhouse.store import Tx
from poolhouse.wire import shapes

_PAGE = 60
_MOST_SECRETS = 2


@operation
def create_user_pool_client(
    call: AdminCall, request: shapes.CreateUserPoolClientRequest
) -> shapes.CreateUserPoolClientResponse:
    """Create an app client, with a secret where one is asked for or given.

    Raises:
        ResourceNotFoundException: there is no such pool.
        InvalidParameterException: members contradict one another or the pool.
        InvalidOAuthFlowException: the OAuth flows do not go together or lack what they need.
        ScopeDoesNotExistException: no resource server of the pool has the scope.
        FeatureUnavailableInTierException: the pool's tier lacks what is asked for.
        LimitExceededException: the pool has as many as it may have.
    """
    client = make_client(call, request, app_clients.new_id(call))
    return shapes.CreateUserPoolClientResponse(UserPoolClient=_describe(call, client))


def make_client(call: AdminCall, request: shapes.CreateUserPoolClientRequest, client_id: str) -> Client:
    """Create an app client under an id; raises what `create_user_pool_client` raises.

    Raises:
        Conflict: the id is taken.
    """
    members: dict[str, Any] = msgspec.to_builtins(request)
    secret = request.ClientSecret
    if request.GenerateSecret and secret is None:
        secret = app_clients.new_secret(call)
    now = call.clock.now()
    secrets = () if secret is None else (app_clients.sealed(call, client_id, secret, now),)

    def work(tx: Tx) -> Client:
        check_another_of_pool(call, tx, Quota.CLIENTS, request.UserPoolId)
        pool = stored_pool(tx, request.UserPoolId)
        config = client_config.create(pool, _custom_scopes(tx, pool), members)
        client = Client(pool.id, client_id, request.ClientName, now, now, config, secrets)
        tx.clients.add(client)
        return client

    client = call.store.write(work)
    call.config.forget(client_id=client_id)
    return client


@operation
def describe_user_pool_client(
    call: AdminCall, request: shapes.DescribeUserPoolClientRequest
) -> shapes.DescribeUserPoolClientResponse:
    """Describe an app client as it is stored, its secret in the clear.

    Raises:
        ResourceNotFoundException: there is no such pool, or no such client in it.
    """
    _, client = call.store.read(lambda tx: stored_client(tx, request.UserPoolId, request.ClientId))
    return shapes.DescribeUserPoolClientResponse(UserPoolClient=_describe(call, client))


@operation
def update_user_pool_client(
    call: AdminCall, request: shapes.UpdateUserPoolClientRequest
) -> shapes.UpdateUserPoolClientResponse:
    """Replace an app client's configuration; omitted members go back to their defaults, the name stays.

    Raises:
        ResourceNotFoundException: there is no such pool, or no such client in it.
        InvalidParameterException: members contradict one another or the pool.
        InvalidOAuthFlowException: the OAuth flows do not go together or lack what they need.
        ScopeDoesNotExistException: no resource server of the pool has the scope.
        FeatureUnavailableInTierException: the pool's tier lacks what is asked for.
        ConcurrentModificationException: the client never stops changing.
    """
    members: dict[str, Any] = msgspec.to_builtins(request)
    now = call.clock.now()

    def work(tx: Tx) -> Client:
        pool, client = stored_client(tx, request.UserPoolId, request.ClientId)
        partial = call.settings.beyond.partial_updates
        config = client_config.update(pool, _custom_scopes(tx, pool), client, members, partial=partial)
        updated = replace(client, name=request.ClientName or client.name, config=config, modified=now)
        tx.clients.save(updated)
        return updated

    client = write_configuration(call.store, work)
    call.config.forget(client_id=client.id)
    return shapes.UpdateUserPoolClientResponse(UserPoolClient=_describe(call, client))


@operation
def delete_user_pool_client(call: AdminCall, request: shapes.DeleteUserPoolClientRequest) -> None:
    """Delete an app client and how its pages look; its users can no longer sign in through it.

    Raises:
        ResourceNotFoundException: there is no such pool, or no such client in it.
    """

    def work(tx: Tx) -> None:
        pool, client = stored_client(tx, request.UserPoolId, request.ClientId)
        tx.clients.delete(pool.id, client.id)
        forget_looks(tx, pool.id, client.id)

    call.store.write(work)
    call.config.forget(client_id=request.ClientId)


@operation
def list_user_pool_clients(
    call: AdminCall, request: shapes.ListUserPoolClientsRequest
) -> shapes.ListUserPoolClientsResponse:
    """List a pool's app clients by id, a page at a time.

    The filter by type takes entries out of a page, which may be short or empty for it [model].

    Raises:
        ResourceNotFoundException: there is no such pool.
        InvalidParameterException: the token is none of this request's.
    """
    bound_to = f"ListUserPoolClients/{request.UserPoolId}/{request.ClientType or ''}"
    after = paging.position(call, bound_to, request.NextToken)
    limit = request.MaxResults or _PAGE

    def work(tx: Tx) -> list[Client]:
        stored_pool(tx, request.UserPoolId)
        return tx.clients.list(request.UserPoolId, after, limit + 1)

    page = call.store.read(work)
    clients = page[:limit]
    last = clients[-1].id if len(page) > len(clients) else None
    return shapes.ListUserPoolClientsResponse(
        UserPoolClients=[
            shapes.UserPoolClientDescription(
                ClientId=client.id, UserPoolId=client.pool_id, ClientName=client.name
            )
            for client in clients
            if request.ClientType in (None, client.type)
        ],
        NextToken=paging.next_token(call, bound_to, last),
    )


@operation
def set_user_pool_client_session_configuration(
    call: AdminCall, request: shapes.SetUserPoolClientSessionConfigurationRequest
) -> shapes.SetUserPoolClientSessionConfigurationResponse:
    """Say how long a client reuses a browser's session without asking the user again.

    Raises:
        ResourceNotFoundException: there is no such pool, or no such client in it.
        FeatureUnavailableInTierException: the pool's tier has no session tracking.
        OperationNotEnabledException: the pool does not track sessions.
        ConcurrentModificationException: the client never stops changing.
    """
    now = call.clock.now()

    def work(tx: Tx) -> Client:
        pool, client = stored_client(tx, request.UserPoolId, request.ClientId)
        tiers.check_session_tracking(pool.tier)
        if pool.session_limit is None:  # the class and the text are guesses
            raise OperationNotEnabledException("User session tracking is not enabled for the user pool.")
        minutes = request.SSOSession.MaxValidityMinutes
        return tx.clients.save(replace(client, sso_minutes=minutes, modified=now))

    client = write_configuration(call.store, work)
    call.config.forget(client_id=client.id)
    return shapes.SetUserPoolClientSessionConfigurationResponse(**_session_configuration(client))


@operation
def get_user_pool_client_session_configuration(
    call: AdminCall, request: shapes.GetUserPoolClientSessionConfigurationRequest
) -> shapes.GetUserPoolClientSessionConfigurationResponse:
    """Return how long a client reuses a browser's session, also while the pool tracks none.

    Raises:
        ResourceNotFoundException: there is no such pool, or no such client in it.
    """
    _, client = call.store.read(lambda tx: stored_client(tx, request.UserPoolId, request.ClientId))
    return shapes.GetUserPoolClientSessionConfigurationResponse(**_session_configuration(client))


@operation
def add_user_pool_client_secret(
    call: AdminCall, request: shapes.AddUserPoolClientSecretRequest
) -> shapes.AddUserPoolClientSecretResponse:
    """Give a client a second secret; both are good, until one is deleted.

    Raises:
        ResourceNotFoundException: there is no such pool, or no such client in it.
        InvalidParameterException: the client has no secret, or registered itself.
        LimitExceededException: it has two.
    """
    value = request.ClientSecret or app_clients.new_secret(call)
    now = call.clock.now()
    sealed = app_clients.sealed(call, request.ClientId, value, now)

    def work(tx: Tx) -> ClientSecret:
        client = _keeper(tx, request.UserPoolId, request.ClientId)
        if not client.secrets:  # both texts are guesses
            raise InvalidParameterException(f"Client {client.id} is not configured for secret.")
        if len(client.secrets) >= _MOST_SECRETS:
            raise LimitExceededException(f"Client {client.id} has {_MOST_SECRETS} secrets already.")
        new = sealed
        while any(new.id == each.id for each in client.secrets):  # of the same second
            new = replace(new, id=app_clients.secret_id(client.id, int(new.id.rpartition("-")[2]) + 1))
        tx.clients.save(replace(client, secrets=(*client.secrets, new), modified=now))
        return new

    added = call.store.write(work)
    call.config.forget(client_id=request.ClientId)
    shown = None if request.ClientSecret else value
    return shapes.AddUserPoolClientSecretResponse(ClientSecretDescriptor=_secret(added, shown))


@operation
def list_user_pool_client_secrets(
    call: AdminCall, request: shapes.ListUserPoolClientSecretsRequest
) -> shapes.ListUserPoolClientSecretsResponse:
    """List a client's secrets, none of them in the clear.

    Raises:
        ResourceNotFoundException: there is no such pool, or no such client in it.
        InvalidParameterException: the client registered itself; there is a token for a next page, and no
            next page.
    """
    client = call.store.read(lambda tx: _keeper(tx, request.UserPoolId, request.ClientId))
    paging.position(call, "ListUserPoolClientSecrets", request.NextToken)
    return shapes.ListUserPoolClientSecretsResponse(ClientSecrets=[_secret(each) for each in client.secrets])


@operation
def delete_user_pool_client_secret(
    call: AdminCall, request: shapes.DeleteUserPoolClientSecretRequest
) -> shapes.DeleteUserPoolClientSecretResponse:
    """Take one of its two secrets from a client.

    Raises:
        ResourceNotFoundException: there is no such pool, client or secret.
        InvalidParameterException: it is the client's last, or the client registered itself.
    """
    now = call.clock.now()

    def work(tx: Tx) -> None:
        client = _keeper(tx, request.UserPoolId, request.ClientId)
        left = tuple(each for each in client.secrets if each.id != request.ClientSecretId)
        if left == client.secrets:  # both texts are guesses
            raise ResourceNotFoundException(f"Client secret {request.ClientSecretId} does not exist.")
        if not left:
            raise InvalidParameterException("The last secret of a client cannot be deleted.")
        tx.clients.save(replace(client, secrets=left, modified=now))

    call.store.write(work)
    call.config.forget(client_id=request.ClientId)
    return shapes.DeleteUserPoolClientSecretResponse()


def _secret(secret: ClientSecret, value: str | None = None) -> shapes.ClientSecretDescriptorType:
    return shapes.ClientSecretDescriptorType(
        ClientSecretId=secret.id, ClientSecretValue=value, ClientSecretCreateDate=secret.created
    )


def _session_configuration(client: Client) -> dict[str, Any]:
    return {
        "UserPoolId": client.pool_id,
        "ClientId": client.id,
        "SSOSession": shapes.ClientSSOSessionConfigType(MaxValidityMinutes=client.sso_minutes),
    }


def _custom_scopes(tx: Tx, pool: Pool) -> frozenset[str]:
    return all_scopes(tx.resource_servers.of(pool.id))


def _keeper(tx: Tx, pool_id: str, client_id: str) -> Client:
    """Return a client whose secrets can be kept; those of one that registered itself cannot [model].

    Raises:
        ResourceNotFoundException: there is no such pool, or no such client in it.
        InvalidParameterException: it registered itself (the text is a guess).
    """
    _, client = stored_client(tx, pool_id, client_id)
    if client.dynamic:
        raise InvalidParameterException(
            "Client secret operations are not supported for dynamically registered app clients."
        )
    return client


def _describe(call: AdminCall, client: Client) -> shapes.UserPoolClientType:
    secrets = client_secrets(call, client)
    return shapes.UserPoolClientType(**client_config.describe(client, secrets[0] if secrets else None))
