"""Dynamic client registration: an application becomes an app client of a pool (RFC 7591)."""

from typing import Any

from poolhouse.domain import client_config, registration
from poolhouse.domain.client import Client
from poolhouse.domain.oauth_error import OAuthError
from poolhouse.domain.pool import Pool
from poolhouse.domain.registration import Metadata, Registration
from poolhouse.domain.resource_servers import all_scopes
from poolhouse.errors import ServiceError
from poolhouse.flows import app_clients, regions
from poolhouse.flows.addresses import subject_of
from poolhouse.flows.call import PublicCall
from poolhouse.flows.verification import HOUR
from poolhouse.observe import Log
from poolhouse.store import Tx

_COUNTER = "Register"
_log = Log()


def register(call: PublicCall, pool_id: str, metadata: Metadata, *, authenticated: bool) -> dict[str, Any]:
    """Make an app client for an application, and return what it is told.

    Args:
        call: the request.
        pool_id: where.
        metadata: what it says of itself.
        authenticated: whether it brought an initial access token of the pool.

    Raises:
        OAuthError: `not_found`: the pool takes no registrations; `invalid_token`: not without a token;
            `access_denied`: not this way, or no more of them; `invalid_redirect_uri`,
            `invalid_client_metadata`: something is wrong with what it says.
    """
    found = call.config.pool(pool_id)
    if found and regions.is_secondary(call.settings, call.region, found):
        raise OAuthError("not_found")
    client_id, secret, now = app_clients.new_id(call), app_clients.new_secret(call), call.clock.now()
    kept = app_clients.sealed(call, client_id, secret, now)

    def work(tx: Tx) -> tuple[Client, Registration]:
        pool = _stored(tx, pool_id)
        flows = _permitted(pool, authenticated=authenticated)
        custom = all_scopes(tx.resource_servers.of(pool_id))
        checked = registration.check(pool, custom, metadata, flows)
        _count(tx, call, pool_id, authenticated=authenticated)
        try:
            config = client_config.create(pool, custom, checked.members())
        except ServiceError as error:
            raise OAuthError("invalid_client_metadata", error.message) from error
        secrets = (kept,) if checked.has_secret else ()
        client = Client(pool_id, client_id, checked.name, now, now, config, secrets, dynamic=True)
        tx.clients.add(client)
        return client, checked

    client, checked = call.store.write(work)
    call.config.forget(client_id=client_id)
    _log.info("client_registered", pool=pool_id, client=client_id, authenticated=authenticated)
    return registration.describe(client, checked, secret if checked.has_secret else None)


def _stored(tx: Tx, pool_id: str) -> Pool:
    """Return the pool as it is, which nobody else registers with meanwhile."""
    pool = tx.pools.get(pool_id) if tx.pools.lock(pool_id) else None
    if pool is None or not pool.registers_clients:
        raise OAuthError("not_found")
    return pool


def _permitted(pool: Pool, *, authenticated: bool) -> frozenset[str]:
    flows = registration.permitted(pool, authenticated=authenticated)
    if not flows:
        raise OAuthError("access_denied" if authenticated else "invalid_token")
    return flows


def _count(tx: Tx, call: PublicCall, pool_id: str, *, authenticated: bool) -> None:
    """Count a registration; one that is refused later leaves no trace of it.

    Raises:
        OAuthError: there were too many.
    """
    limits = call.settings.limits
    if tx.clients.count(pool_id) >= limits.app_clients:
        raise OAuthError("access_denied", "The user pool takes no more registrations.")
    subject = subject_of(call.client_ip)
    if authenticated or limits.registrations == 0 or subject is None:
        return
    window = call.clock.now() // HOUR * HOUR
    if tx.attempts.add(pool_id, subject, _COUNTER, window) > limits.registrations:
        raise OAuthError("temporarily_unavailable", "Too many registrations, please try after some time.")
