"""Sign-in names. One user holds a name: the table's primary key says so, on every engine and in any race."""

from collections.abc import Collection, Sequence

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from poolhouse.store.documents import same_key, values_of
from poolhouse.store.engine import Link, Statement
from poolhouse.store.expiry import Removal
from poolhouse.store.refusals import Conflict, StaleRow
from poolhouse.store.tables import aliases
from poolhouse.store.text import key_text

_HOLD = Statement(insert(aliases).values(values_of(aliases)).on_conflict_do_nothing())
_OWNER = Statement(select(aliases.c.sub).where(*same_key(aliases)))
_ASKED = 100
_HELD = Statement(
    select(aliases.c.value).where(
        aliases.c.pool_id == bindparam("pool_id"),
        aliases.c.kind == bindparam("kind"),
        aliases.c.value.in_([bindparam(f"value{i}") for i in range(_ASKED)]),
    )
)
_RELEASE = Statement(delete(aliases).where(*same_key(aliases), aliases.c.sub == bindparam("sub")))
_OF = Statement(
    select(aliases.c.kind, aliases.c.value)
    .where(aliases.c.pool_id == bindparam("pool_id"), aliases.c.sub == bindparam("sub"))
    .order_by(aliases.c.kind, aliases.c.value)
)
_REMOVAL = Removal(aliases, "kind")


class Aliases:
    """Names of users: kinds `username`, `email`, `phone_number`, `preferred_username`.

    Values come in the form in which the pool compares them (`domain.aliases.normalise`).
    """

    def __init__(self, link: Link) -> None:
        self._link = link

    def hold(self, pool_id: str, kind: str, value: str, sub: str) -> None:
        """Make the name the user's; nothing happens where it is already.

        Raises:
            Conflict: another user holds it.
        """
        if self._link.run(_HOLD, pool_id=pool_id, kind=kind, value=key_text(value), sub=sub) == 1:
            return
        owner = self.owner(pool_id, kind, value)
        if owner is None:  # it was released a moment ago
            raise StaleRow("aliases")
        if owner != sub:
            raise Conflict(kind)

    def hold_all(self, pool_id: str, names: Sequence[tuple[str, str, str]]) -> None:
        """Make names (kind, value, sub) their users'. None is held: `held` was asked in this unit of work.

        Raises:
            StaleRow: somebody took one meanwhile.
        """
        if not self._hold_many(pool_id, names):
            raise StaleRow("aliases")

    def hold_missing(self, pool_id: str, names: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
        """Make names (kind, value, sub) their users' where they are not; return those that others hold.

        Raises:
            StaleRow: one was given up a moment ago.
        """
        if self._hold_many(pool_id, names):
            return []
        others = []
        for kind, value, sub in names:
            owner = self.owner(pool_id, kind, value)
            if owner is None:
                raise StaleRow("aliases")
            if owner != sub:
                others.append((kind, value, sub))
        return others

    def _hold_many(self, pool_id: str, names: Sequence[tuple[str, str, str]]) -> bool:
        rows = [
            {"pool_id": pool_id, "kind": kind, "value": key_text(value), "sub": sub}
            for kind, value, sub in names
        ]
        return self._link.many(_HOLD, rows) == len(rows)

    def held(self, pool_id: str, kind: str, values: Collection[str]) -> set[str]:
        """Return those of many values of a kind that somebody holds."""
        by_key = {key_text(value): value for value in values}
        keys = list(by_key)
        found: set[str] = set()
        for start in range(0, len(keys), _ASKED):
            some = keys[start : start + _ASKED]
            asked = {f"value{i}": some[min(i, len(some) - 1)] for i in range(_ASKED)}
            rows = self._link.all(_HELD, pool_id=pool_id, kind=kind, **asked)
            found.update(by_key[value] for (value,) in rows)
        return found

    def release(self, pool_id: str, kind: str, value: str, sub: str) -> bool:
        """Give the name up; tell whether the user held it."""
        return self._link.run(_RELEASE, pool_id=pool_id, kind=kind, value=key_text(value), sub=sub) == 1

    def remove(self, pool_id: str, kind: str, limit: int) -> int:
        """Delete at most `limit` names of a kind; return how many."""
        return _REMOVAL.remove(self._link, limit, pool_id=pool_id, kind=kind)

    def owner(self, pool_id: str, kind: str, value: str) -> str | None:
        """Return the `sub` of the user who holds the name."""
        row = self._link.one(_OWNER, pool_id=pool_id, kind=kind, value=key_text(value))
        return row[0] if row else None

    def of(self, pool_id: str, sub: str) -> list[tuple[str, str]]:
        """Return the user's names as (kind, value), as `release` takes them."""
        return [(kind, value) for kind, value in self._link.all(_OF, pool_id=pool_id, sub=sub)]
