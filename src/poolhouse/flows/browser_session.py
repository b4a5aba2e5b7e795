"""Sessions of browsers: begun with a sign-in at the pages, reused without a page, ended.

Digest «sign-in» §5.9. The cookie holds the session's id and a secret, of which the store has a keyed digest.
"""

from dataclasses import dataclass

from poolhouse.domain import browser_session as rules
from poolhouse.domain import standing
from poolhouse.domain.browser_session import BrowserSession
from poolhouse.domain.client import Client
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import Credential, User
from poolhouse.errors import ServiceError
from poolhouse.flows import sessions
from poolhouse.flows.call import AnyCall
from poolhouse.store import Tx

_MAC = "browser session"
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Reused:
    """The proof that a browser is signed in.

    Attributes:
        user: as stored now.
    """

    session: BrowserSession
    user: User


def begin(call: AnyCall, pool: Pool, client: Client, user: User, before: str) -> tuple[BrowserSession, str]:
    """Begin a session for a user who has just signed in; whatever was there before ends.

    Args:
        call: the request.
        pool: the user's.
        client: which they sign in to.
        user: who.
        before: the cookie that came, or "".

    Returns:
        The session, and the cookie for it.
    """
    now, secret = call.clock.now(), call.entropy.bytes(_SECRET_BYTES).hex()
    session = BrowserSession(
        pool_id=pool.id,
        id=call.entropy.uuid(),
        sub=user.sub,
        mac=call.vault.mac(_MAC, secret.encode()),
        client_id=client.id,
        auth_time=now,
        expires=now + rules.life(pool, client),
        ip=call.client_ip,
        device=sessions.device_of(call),
    )

    def work(tx: Tx) -> None:
        if old := _opened(call, tx, pool, before):
            tx.browser_sessions.delete(pool.id, old.id)
        tx.browser_sessions.add(session)

    call.store.write(work)
    return session, f"{session.id}.{secret}"


def reuse(call: AnyCall, pool: Pool, client: Client, cookie: str) -> Reused | None:
    """Return who is signed in in a browser, as far as a client may take that for a sign-in; else None.

    Args:
        call: the request.
        pool: the client's.
        client: which asks.
        cookie: as sent, or "".
    """
    if not cookie:
        return None

    def work(tx: Tx) -> tuple[BrowserSession, User, Credential | None] | None:
        session = _opened(call, tx, pool, cookie)
        user = tx.users.get(pool.id, session.sub) if session else None
        return (session, user, tx.credentials.get(pool.id, user.sub)) if session and user else None

    found = call.store.read(work)
    if found is None:
        return None
    session, user, credential = found
    try:
        standing.check(user)
    except ServiceError:
        return None
    if not rules.is_reused(session, pool, client, credential, call.clock.now()):
        return None
    return Reused(session, user)


def end(call: AnyCall, pool: Pool, cookie: str) -> None:
    """End the session of a cookie; a cookie of none is no error."""

    def work(tx: Tx) -> None:
        if session := _opened(call, tx, pool, cookie):
            tx.browser_sessions.delete(pool.id, session.id)

    if cookie:
        call.store.write(work)


def _opened(call: AnyCall, tx: Tx, pool: Pool, cookie: str) -> BrowserSession | None:
    """Return the session whose id and secret a cookie holds, expired or not."""
    session_id, _, secret = cookie.partition(".")
    session = tx.browser_sessions.get(pool.id, session_id) if session_id.isprintable() else None
    if session and call.vault.mac_matches(_MAC, secret.encode(errors="replace"), session.mac):
        return session
    return None
