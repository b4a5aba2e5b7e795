"""Access tokens of clients that ask for themselves: machine to machine (digest «sign-in» §3.3, §5.5).

They are of no family: nothing is stored of them, and they end when they expire.
"""

from collections.abc import Mapping

from poolhouse.domain import claims, scopes
from poolhouse.domain.claims import Issue
from poolhouse.domain.client import Client
from poolhouse.domain.pool import Pool
from poolhouse.flows import token_trigger
from poolhouse.flows.call import AnyCall

_SOURCE = "TokenGeneration_ClientCredentials"


def issue(
    call: AnyCall,
    pool: Pool,
    client: Client,
    *,
    requested: str | None,
    resource: str = "",
    client_metadata: Mapping[str, str] | None = None,
) -> str:
    """Return an access token for a client that has proved who it is; it lives as long as any of the client's.

    Args:
        call: the request.
        pool: the client's.
        client: which asks.
        requested: scopes, separated by spaces; None or empty for all that it may have.
        resource: `aud`, or "".
        client_metadata: for the PreTokenGeneration trigger.

    Raises:
        OAuthError: there is no such scope, or the client may not have it.
        ServiceError: the trigger failed or refused.
    """
    granted = scopes.granted_to_machine(client, call.config.custom_scopes(pool.id), requested)
    changes = token_trigger.ask(
        call, pool, client, _SOURCE, user=None, scopes=granted, client_metadata=client_metadata
    ).access_token
    now = call.clock.now()
    issue_ = Issue(call.settings.issuer(pool.id), "", "", now, now, hosted=True, resource=resource)
    final = claims.change_scopes(granted, changes.scopes_to_add or (), changes.scopes_to_suppress or ())
    said = claims.change_access_claims(
        claims.machine_claims(client, issue_, call.entropy.uuid(), scopes=final),
        changes.claims_to_add_or_override or {},
        changes.claims_to_suppress or (),
    )
    return call.services.signing.sign(pool.id, "access", said)
