"""Sessions: begun with a sign-in, seen again with each refresh (digest «sign-in» §3.8).

Nothing happens here for pools that do not track them.
"""

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from poolhouse.domain.pool import Pool
from poolhouse.domain.sessions import TokenSession, surplus
from poolhouse.domain.tokens import TokenFamily
from poolhouse.flows.call import AnyCall
from poolhouse.store import Tx

if TYPE_CHECKING:
    from ua_parser import Parser

UNKNOWN = "unknown"
_LONGEST_AGENT = 512
_AGENTS = 1000


def seen(call: AnyCall, pool: Pool, family: TokenFamily) -> TokenSession | None:
    """Return a family's session as this request finds it; None where the pool tracks none."""
    if pool.session_limit is None:
        return None
    return TokenSession(
        pool_id=family.pool_id,
        sub=family.sub,
        family=family.id,
        client_id=family.client_id,
        created=family.auth_time,
        last_active=call.clock.now(),
        expires=family.expires,
        ip=call.client_ip,
        device=device_of(call),
        origin=family.browser_session,
    )


def begin(tx: Tx, pool: Pool, session: TokenSession) -> None:
    """Store a new session; those least recently used make room for it, and their tokens die.

    Sign-ins of one user come here one after the other, so that there are never more than the pool allows.
    """
    now = session.last_active
    tx.users.lock(session.pool_id, session.sub)
    active = tx.sessions.active(session.pool_id, session.sub, now)
    for old in surplus(active, pool.session_limit or len(active) + 1):
        tx.families.revoke(old.pool_id, old.sub, old.family, now)
    tx.sessions.put(session)


def device_of(call: AnyCall) -> str:
    """Return what a request comes from."""
    return device((call.user_s_agent or call.user_agent)[:_LONGEST_AGENT])


def app_of(call: AnyCall) -> str:
    """Return what a request comes from as events say it: `Chrome 120, Windows 10`; "" if unknown."""
    # Of a server that calls for a user, its own header says nothing about them.
    agent = call.user_s_agent if call.for_user else call.user_agent
    return ", ".join(reversed(_parts(agent[:_LONGEST_AGENT])))


def device(user_agent: str) -> str:
    """Return what a User-Agent header stands for, such as `Windows 10, Chrome 120`; `unknown` if nothing."""
    return ", ".join(_parts(user_agent)) or UNKNOWN


@lru_cache(_AGENTS)
def _parts(user_agent: str) -> tuple[str, ...]:
    """Return the operating system and the application that a header names, with their versions."""
    parser = _parser()
    system, app = parser.parse_os(user_agent), parser.parse_user_agent(user_agent)
    return tuple(f"{part.family} {part.major or ''}".strip() for part in (system, app) if part)


@cache
def _parser() -> "Parser":
    """Return the parser, made at the first tracked sign-in: its rules take a fifth of a second to read."""
    from ua_parser import Parser  # noqa: PLC0415
    from ua_parser.loaders import load_lazy_builtins  # noqa: PLC0415
    from ua_parser.regex import Resolver  # noqa: PLC0415 (linear in the header's length, whatever it says)

    apps, systems, _devices = load_lazy_builtins()
    return Parser(Resolver((apps, systems, [])))
