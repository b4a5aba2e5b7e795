"""PreTokenGeneration: what it makes of tokens that are about to be signed (digest «sign-in» §3.7)."""

from collections.abc import Mapping, Sequence

from poolhouse.domain.claims import Groups
from poolhouse.domain.client import Client
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import User
from poolhouse.flows.call import AnyCall
from poolhouse.triggers import answers, events
from poolhouse.triggers import invoke as triggers

_NO_GROUPS = Groups()
_NO_USER = "ClientCredentials"
_NOTHING = answers.TokenGeneration()


def ask(
    call: AnyCall,
    pool: Pool,
    client: Client,
    source: str,
    *,
    user: User | None,
    scopes: Sequence[str],
    groups: Groups = _NO_GROUPS,
    client_metadata: Mapping[str, str] | None = None,
) -> answers.TokenGeneration:
    """Return the changes that the pool's trigger wants; none where it has no trigger.

    Args:
        call: the request.
        pool: the client's.
        client: for which the tokens are.
        source: `triggerSource`.
        user: for whom they are; None where the client asks for itself, of which versions 1 and 2 of the
            trigger do not hear.
        scopes: the access token's.
        groups: the user's.
        client_metadata: as far as it reaches this trigger.

    Raises:
        ServiceError: the trigger failed or refused.
    """
    version = events.token_generation_version(pool)
    if not triggers.configured(pool, "PreTokenGeneration") or (user is None and version != "3"):
        return _NOTHING
    response = call.services.triggers.fire(
        pool,
        "PreTokenGeneration",
        source,
        user_name=user.username if user else _NO_USER,
        client_id=client.id,
        request=events.token_generation(
            events.user_attributes(pool, user) if user else {},
            client_metadata,
            groups=groups.names,
            roles=groups.roles,
            preferred_role=groups.preferred_role,
            scopes=None if version == "1" else scopes,
        ),
        response=events.token_generation_response(pool),
        user_agent=call.user_agent,
    )
    return _NOTHING if response is None else answers.token_generation(response, version)
