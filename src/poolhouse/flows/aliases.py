"""The alias table follows the user: which names pass from whom to whom, inside one unit of work."""

from collections.abc import Callable, Collection
from dataclasses import replace

from poolhouse.domain.aliases import EMAIL, PHONE, held_names, kind_of, named_alike, stored_kind
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import User
from poolhouse.errors import AliasExistsException, ServiceError
from poolhouse.store import Conflict, StaleRow, Tx


def exists(kind: str) -> AliasExistsException:
    """Return the error for a name that another user holds (digest «users» §§2.2, 2.7)."""
    return AliasExistsException(f"An account with the given {kind} already exists.")


def settle(
    tx: Tx,
    pool: Pool,
    before: User | None,
    after: User,
    *,
    now: float,
    seize: Collection[str] = (),
    refused: Callable[[str], ServiceError] = exists,
) -> None:
    """Make the alias table hold exactly the names of `after`, as the pool names its users at this moment.

    Args:
        tx: the unit of work that saves the user.
        pool: the pool.
        before: the user as stored, or None for a new one.
        after: the user as saved.
        now: seconds since the epoch.
        seize: kinds of names that are taken from whoever holds them; that user's address becomes unverified
            (a verified change by an administrator, `ForceAliasCreation`).
        refused: returns what is raised for a kind of name that another user holds.

    Raises:
        AliasExistsException: another user holds a name, or took it at the same moment.
    """
    if before is not None and named_alike(before, after):
        return
    regimes = tx.pools.regimes(pool)
    if before is not None and len(regimes) > 1:  # whoever makes new names reads this user before or after
        tx.users.lock(pool.id, after.sub)
    for regime, strict in regimes:
        old = held_names(regime, before) if before else []
        new = held_names(regime, after)
        for kind, value in old:
            if (kind, value) not in new:
                tx.aliases.release(pool.id, kind, value, after.sub)
        for kind, value in new:
            if (kind, value) in old:
                continue
            try:
                _take(tx, pool, after.sub, kind, value, seize=kind_of(kind) in seize, now=now)
            except _Held as held:
                if strict:
                    raise refused(kind_of(kind)) from held


def require_free(tx: Tx, pool: Pool, sub: str, kind: str, value: str) -> None:
    """Refuse a name that another user holds, without taking it.

    Args:
        tx: the unit of work.
        pool: the pool.
        sub: the user who asks.
        kind: the kind of name.
        value: the name, normalised.

    Raises:
        AliasExistsException: another user holds it.
    """
    if tx.aliases.owner(pool.id, stored_kind(pool, kind), value) not in {None, sub}:
        raise exists(kind)


def _take(tx: Tx, pool: Pool, sub: str, kind: str, value: str, *, seize: bool, now: float) -> None:
    owner = tx.aliases.owner(pool.id, kind, value)
    if owner is not None and owner != sub:
        if not seize:
            raise _Held
        _unverify(tx, pool, owner, kind_of(kind), now)
        tx.aliases.release(pool.id, kind, value, owner)
    try:
        tx.aliases.hold(pool.id, kind, value, sub)
    except Conflict as conflict:
        if seize:  # somebody took it in between: run again, and take it from them
            raise StaleRow(conflict.kind) from conflict
        raise _Held from conflict


class _Held(Exception):  # noqa: N818 (it reads as what happened)
    """Somebody else holds the name."""


def _unverify(tx: Tx, pool: Pool, sub: str, kind: str, now: float) -> None:
    owner = tx.users.get(pool.id, sub)
    if owner is not None and kind in {EMAIL, PHONE}:
        attributes = {**owner.attributes, f"{kind}_verified": "false"}
        tx.users.save(replace(owner, attributes=attributes, modified=now))
