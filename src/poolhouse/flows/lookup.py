"""Finding what a request names: pool, client, user; and the client's secret hash."""

import hmac
from collections.abc import Iterator, Sequence

from poolhouse.domain import secret_hash as secret_hashes
from poolhouse.domain.aliases import lookup_kinds, normalise, stored_kind
from poolhouse.domain.client import Client
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import User
from poolhouse.errors import (
    InvalidParameterException,
    NotAuthorizedException,
    ResourceNotFoundException,
    UserNotFoundException,
)
from poolhouse.flows.call import AnyCall
from poolhouse.store import Tx


def require_pool(call: AnyCall, pool_id: str) -> Pool:
    """Return the pool.

    Raises:
        ResourceNotFoundException: there is none of that id.
    """
    pool = call.config.pool(pool_id)
    if pool is None:
        raise ResourceNotFoundException(f"User pool {pool_id} does not exist.")
    return pool


def stored_pool(tx: Tx, pool_id: str) -> Pool:
    """Return the pool as the store has it at this moment, for what reads and writes configuration.

    Raises:
        ResourceNotFoundException: there is none of that id.
    """
    pool = tx.pools.get(pool_id)
    if pool is None:
        raise ResourceNotFoundException(f"User pool {pool_id} does not exist.")
    return pool


def stored_client(tx: Tx, pool_id: str, client_id: str) -> tuple[Pool, Client]:
    """Return the pool and its app client likewise.

    Raises:
        ResourceNotFoundException: there is no such pool, or no such client in it.
    """
    pool = stored_pool(tx, pool_id)
    client = tx.clients.get(client_id)
    if client is None or client.pool_id != pool_id:
        raise ResourceNotFoundException(f"User pool client {client_id} does not exist.")
    return pool, client


def require_client(call: AnyCall, client_id: str) -> tuple[Pool, Client]:
    """Return the app client and its pool.

    Raises:
        ResourceNotFoundException: there is no such client.
    """
    client = call.config.client(client_id)
    pool = call.config.pool(client.pool_id) if client else None
    if client is None or pool is None:
        raise ResourceNotFoundException(f"User pool client {client_id} does not exist.")
    return pool, client


def require_client_of(call: AnyCall, pool: Pool, client_id: str) -> Client:
    """Return the app client of this very pool (Admin operations name both).

    Raises:
        ResourceNotFoundException: there is no such client in the pool.
    """
    client = call.config.client(client_id)
    if client is None or client.pool_id != pool.id:
        raise ResourceNotFoundException(f"User pool client {client_id} does not exist.")
    return client


def find_user(tx: Tx, pool: Pool, typed: str) -> User | None:
    """Find a user by what somebody typed: username, active alias, or `sub` (digest «users» §0.4)."""
    return next(filter(None, _looked_up(tx, pool, typed)), None)


def find_user_evenly(tx: Tx, pool: Pool, typed: str) -> User | None:
    """Find a user as `find_user` does, with as many statements for one who is there as for nobody."""
    return next(filter(None, list(_looked_up(tx, pool, typed))), None)


def _looked_up(tx: Tx, pool: Pool, typed: str) -> Iterator[User | None]:
    for kind in lookup_kinds(pool, typed):
        yield tx.users.by_alias(pool.id, (stored_kind(pool, kind),), normalise(pool, kind, typed))
    yield tx.users.get(pool.id, typed.lower())


def require_user(tx: Tx, pool: Pool, typed: str) -> User:
    """Find a user, for operations that may say that there is none.

    Raises:
        UserNotFoundException: nobody answers to that name.
    """
    user = find_user(tx, pool, typed)
    if user is None:
        raise UserNotFoundException("User does not exist.")
    return user


def require_user_by_sub(tx: Tx, pool: Pool, sub: str) -> User:
    """Read a user again whom an earlier step has found.

    Raises:
        UserNotFoundException: they were deleted in the meantime.
    """
    user = tx.users.get(pool.id, sub)
    if user is None:
        raise UserNotFoundException("User does not exist.")
    return user


def client_secrets(call: AnyCall, client: Client) -> tuple[str, ...]:
    """Return the client's secrets in the clear."""
    return tuple(call.vault.open(f"clients/{client.id}/secret", s.sealed).decode() for s in client.secrets)


def client_secret_is_right(call: AnyCall, client: Client, given: str | None) -> bool:
    """Tell whether `ClientSecret`, the plain secret, is one of the client's; a client without needs none."""
    if not client.secrets:
        return True
    sent = (given or "").encode()
    return any(hmac.compare_digest(secret.encode(), sent) for secret in client_secrets(call, client))


def check_client_secret(call: AnyCall, client: Client, given: str | None) -> None:
    """Check `ClientSecret`, the plain secret.

    Raises:
        NotAuthorizedException: it is missing where the client has a secret, or wrong.
    """
    if client.secrets and not given:
        raise NotAuthorizedException(
            f"Client {client.id} is configured for secret but secret was not received"
        )
    if not client_secret_is_right(call, client, given):
        raise NotAuthorizedException(f"Unable to verify secret for client {client.id}")


def check_secret_hash(call: AnyCall, client: Client, username: str, given: str | None) -> None:
    """Check `SecretHash` over the username as sent in this very request (digest «sign-in» §2.5).

    Raises:
        NotAuthorizedException: it is missing where the client has a secret, or wrong.
        InvalidParameterException: it is there though the client has no secret.
    """
    _refuse_needless_hash(client, given)
    if client.secrets and not given:
        raise NotAuthorizedException(
            f"Client {client.id} is configured for secret but secret was not received"
        )
    if client.secrets and not _hash_is_right(call, client, [username], given or ""):
        raise NotAuthorizedException(_wrong_hash(client))


def check_sign_in_hash(
    call: AnyCall, client: Client, names: Sequence[str], given: str | None, *, wrong: str | None = None
) -> None:
    """Check `SECRET_HASH` of a sign-in, whose refusals are worded differently (digest «sign-in» §2.2, §2.5).

    Args:
        call: the request.
        client: the app client.
        names: over any of them the hash may have been made: the USERNAME sent, other names of the same user.
        given: the hash as sent.
        wrong: what a wrong one is told; None for the usual.

    Raises:
        NotAuthorizedException: it is missing where the client has a secret, or wrong.
        InvalidParameterException: it is there though the client has no secret.
    """
    _refuse_needless_hash(client, given)
    if client.secrets and not given:
        raise NotAuthorizedException(
            f"Client {client.id} is configured with secret but SECRET_HASH was not received"
        )
    if client.secrets and not _hash_is_right(call, client, names, given or ""):
        raise NotAuthorizedException(wrong or _wrong_hash(client))


def _refuse_needless_hash(client: Client, given: str | None) -> None:
    if given and not client.secrets:  # as recorded in pmill/aws-cognito#23
        raise InvalidParameterException(
            f"App client {client.id} is not configured for secret but secret hash was received"
        )


def _hash_is_right(call: AnyCall, client: Client, names: Sequence[str], given: str) -> bool:
    return any(
        secret_hashes.matches(secret, name, client.id, given)
        for secret in client_secrets(call, client)
        for name in names
    )


def _wrong_hash(client: Client) -> str:
    return f"Unable to verify secret hash for client {client.id}"
