"""A browser's session at a pool's pages: whoever has signed in there need not do so again for a while.

Digest «sign-in» §3.8 and §5.9: an hour from the sign-in, use does not prolong it. Where the pool tracks
sessions, each app client says for how long it reuses one.
"""

from dataclasses import dataclass

from poolhouse.domain.client import Client
from poolhouse.domain.pool import Pool
from poolhouse.domain.sessions import SSO, session_id
from poolhouse.domain.user import Credential

SECONDS = 3600.0
"""How long a session lives, unless the client that it began with reuses sessions for longer."""


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """A browser in which a user has signed in.

    Attributes:
        id: a UUID, no secret.
        mac: the keyed digest of the secret in the browser's cookie.
        client_id: the app client that the user signed in to.
        auth_time, expires: seconds since the epoch.
        ip, device: what they signed in from; `device` as token sessions have it.
    """

    pool_id: str
    id: str
    sub: str
    mac: bytes
    client_id: str
    auth_time: float
    expires: float
    ip: str
    device: str

    @property
    def session_id(self) -> str:
        """`SessionId`."""
        return session_id(SSO, self.id)


def life(pool: Pool, client: Client) -> float:
    """Return how long a session that begins with a client lives, in seconds."""
    return max(SECONDS, _reuse(pool, client))


def is_reused(
    session: BrowserSession, pool: Pool, client: Client, credential: Credential | None, now: float
) -> bool:
    """Tell whether a client takes a session for a sign-in.

    A password that was set since then ends it, too: whoever changes one may fear that somebody has it. A
    client that registered itself takes none: what anybody may make shall get no tokens unseen.

    Args:
        session: as stored.
        pool: its pool.
        client: which asks.
        credential: the user's, as stored now.
        now: seconds since the epoch.
    """
    if client.dynamic or (credential and credential.set_at > session.auth_time):
        return False
    return now < min(session.expires, session.auth_time + _reuse(pool, client))


def _reuse(pool: Pool, client: Client) -> float:
    """Return for how long after a sign-in a client reuses it, in seconds."""
    return client.sso_minutes * 60.0 if pool.session_limit is not None else SECONDS
