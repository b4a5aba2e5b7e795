"""Who is locked out or over a limit now, for operators: to be seen, counted and let in again."""

from dataclasses import dataclass

from poolhouse.domain import lockout as lockouts
from poolhouse.flows.addresses import PREFIX
from poolhouse.flows.lookup import find_user, require_user, stored_pool
from poolhouse.flows.verification import HOUR, Attempt
from poolhouse.settings import Settings
from poolhouse.store import Store, Tx

_MOST = 10_000
_NEVER = 2**31
CODES = "/mfa"
"""What the counter of wrong codes adds to the user's `sub`."""


@dataclass(frozen=True, slots=True)
class LockedOut:
    """A lock that is on.

    Attributes:
        subject: a user's `sub`, with `/mfa` where wrong codes were counted; or `address/<address>`.
        seconds: for how long it will be.
    """

    pool_id: str
    subject: str
    failures: int
    seconds: float


def locked_out(store: Store, settings: Settings, now: float) -> list[LockedOut]:
    """Return the locks of all pools, ten thousand at most."""
    since = now - lockouts.LONGEST_LOCK
    rows = store.read(lambda tx: tx.attempts.recent_lockouts(since, lockouts.FREE_FAILURES, _MOST))
    return [
        LockedOut(pool_id, subject, state.failures, until - now)
        for pool_id, subject, state in rows
        if (until := state.last_failure + lockouts.lock_seconds(state.failures, _free(settings, subject)))
        > now
    ]


def _free(settings: Settings, subject: str) -> int:
    if subject.startswith(PREFIX):
        return settings.limits.address_failures or _NEVER
    return lockouts.FREE_FAILURES


@dataclass(frozen=True, slots=True)
class Used:
    """How much of an hourly limit a user has used.

    Attributes:
        kind: the limit's name, which is an operation's.
        count: how often, in this hour of the clock.
        most: how often they may.
    """

    kind: str
    count: int
    most: int


def used_limits(store: Store, pool_id: str, name: str, now: float) -> tuple[list[Used], list[LockedOut]]:
    """Return how much of each hourly limit a user has used, and which locks are on.

    Args:
        store: the store.
        pool_id: the pool.
        name: a user by username, alias or `sub`.
        now: the time.

    Raises:
        ResourceNotFoundException: there is no such pool.
        UserNotFoundException: nobody answers to that name.
    """

    def work(tx: Tx) -> tuple[list[Used], list[LockedOut]]:
        user = require_user(tx, stored_pool(tx, pool_id), name)
        counts = tx.attempts.since(pool_id, user.sub, now // HOUR * HOUR)
        used = [Used(kind, counts.get(kind, 0), most) for kind, most in (each.value for each in Attempt)]
        locks = [
            LockedOut(pool_id, subject, state.failures, max(0.0, until - now))
            for subject in (user.sub, f"{user.sub}{CODES}")
            if (state := tx.attempts.lockout(pool_id, subject))
            and (until := state.last_failure + lockouts.lock_seconds(state.failures))
        ]
        return used, locks

    return store.read(work)


def lift_limits(store: Store, pool_id: str, name: str) -> None:
    """Let a user have all of their hourly limits again, and let them in where they are locked out.

    Raises:
        ResourceNotFoundException: there is no such pool.
        UserNotFoundException: nobody answers to that name.
    """

    def work(tx: Tx) -> None:
        sub = require_user(tx, stored_pool(tx, pool_id), name).sub
        for attempt in Attempt:
            tx.attempts.clear(pool_id, sub, attempt.value[0])
        for subject in (sub, f"{sub}{CODES}"):
            tx.attempts.clear_lockout(pool_id, subject)

    store.write(work)


def lift(store: Store, pool_id: str, name: str) -> bool:
    """Let somebody in again; tell whether they were counted.

    Args:
        store: the store.
        pool_id: the pool.
        name: a subject, or a user by username, alias or `sub`.
    """

    def work(tx: Tx) -> bool:
        pool = tx.pools.get(pool_id)
        user = find_user(tx, pool, name) if pool else None
        subjects = [name, *([user.sub, f"{user.sub}{CODES}"] if user else [])]
        there = [subject for subject in subjects if tx.attempts.lockout(pool_id, subject)]
        for subject in there:
            tx.attempts.clear_lockout(pool_id, subject)
        return bool(there)

    return store.write(work)
