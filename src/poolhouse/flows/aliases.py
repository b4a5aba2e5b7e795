"""Aliases: a verified address of one user at a time, and how it passes from one to the next."""

from dataclasses import replace

from poolhouse.domain.aliases import EMAIL, PHONE, normalise
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import User
from poolhouse.errors import AliasExistsException
from poolhouse.store import Tx


def exists(kind: str) -> AliasExistsException:
    """Return the error for an alias that another user holds (digest «users» §3.2)."""
    return AliasExistsException(f"An account with the {kind} already exists.")


def claim(tx: Tx, pool: Pool, user: User, kind: str, *, force: bool, now: float) -> None:
    """Make the user's value of `kind` an alias of theirs; does nothing where the pool has no such alias.

    Args:
        tx: the unit of work.
        pool: the pool.
        user: has a value of `kind`.
        kind: `email`, `phone_number` or `preferred_username`.
        force: take the alias from whoever holds it; that user's value becomes unverified.
        now: seconds since the epoch.

    Raises:
        AliasExistsException: another user holds it and `force` is false.
    """
    if kind not in pool.alias_attributes:
        return
    value = normalise(pool, kind, user.attributes[kind])
    owner = tx.aliases.owner(pool.id, kind, value)
    if owner == user.sub:
        return
    if owner is not None:
        if not force:
            raise exists(kind)
        _unverify(tx, pool, owner, kind, now)
        tx.aliases.release(pool.id, kind, value, owner)
    tx.aliases.hold(pool.id, kind, value, user.sub)


def _unverify(tx: Tx, pool: Pool, sub: str, kind: str, now: float) -> None:
    owner = tx.users.get(pool.id, sub)
    if owner is not None and kind in (EMAIL, PHONE):
        attributes = {**owner.attributes, f"{kind}_verified": "false"}
        tx.users.save(replace(owner, attributes=attributes, modified=now))
