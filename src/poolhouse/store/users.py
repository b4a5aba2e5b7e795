"""Users: one document each, beside the narrow rows by which they are searched.

Search rows lie in the order (pool, name, value, sub), so that a page of a filter is one range of one index
however many users there are.
"""

import builtins
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter, itemgetter

import msgspec
from sqlalchemy import and_, bindparam, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from poolhouse.domain.filters import EQUALS, Filter, found_alike, search_rows
from poolhouse.domain.groups import Group
from poolhouse.domain.user import User
from poolhouse.store.documents import Documents, encode, same_key, values_of
from poolhouse.store.engine import Link, Statement
from poolhouse.store.tables import (
    aliases,
    auth_events,
    authorization_codes,
    browser_sessions,
    codes,
    credentials,
    devices,
    families,
    members,
    passkeys,
    sessions,
    software_tokens,
    user_search,
    users,
)
from poolhouse.store.text import just_after, key_text, search_text, successor

_COUNTED = 1000
_PLACES = 16
_SAMPLE = 128
_KINDS = 4

USERS = Documents(users, User)
_IN_POOL = users.c.pool_id == bindparam("pool_id")
BY_SUB = Statement(
    select(users.c.doc)
    .where(
        _IN_POOL,
        users.c.sub >= bindparam("low"),
        users.c.sub < bindparam("high"),
    )
    .order_by(users.c.sub)
    .limit(bindparam("limit"))
)
FOUND = (
    select(users.c.doc, user_search.c.value)
    .select_from(user_search)
    .join(users, (users.c.pool_id == user_search.c.pool_id) & (users.c.sub == user_search.c.sub))
    .where(user_search.c.pool_id == bindparam("pool_id"), user_search.c.name == bindparam("name"))
    .order_by(user_search.c.value, user_search.c.sub)
    .limit(bindparam("limit"))
)
BY_VALUE = Statement(
    FOUND.where(user_search.c.value == bindparam("value"), user_search.c.sub > bindparam("after"))
)
BY_PREFIX = Statement(
    FOUND.where(
        tuple_(user_search.c.value, user_search.c.sub) > tuple_(bindparam("low"), bindparam("after")),
        user_search.c.value < bindparam("high"),
    )
)
_SAMPLED = (
    select(users.c.sub)
    .where(_IN_POOL, users.c.sub >= bindparam("low"))
    .order_by(users.c.sub)
    .limit(bindparam("limit"))
    .subquery("sampled")
)
_COUNT = Statement(select(func.count(), func.max(_SAMPLED.c.sub)).select_from(_SAMPLED))
_BY_ALIAS = Statement(
    select(aliases.c.kind, users.c.doc)
    .select_from(aliases)
    .join(users, (users.c.pool_id == aliases.c.pool_id) & (users.c.sub == aliases.c.sub))
    .where(
        aliases.c.pool_id == bindparam("pool_id"),
        aliases.c.kind.in_([bindparam(f"kind{i}") for i in range(_KINDS)]),
        aliases.c.value == bindparam("value"),
    )
)
_IN_GROUP = Statement(
    select(users.c.doc)
    .select_from(members)
    .join(users, (users.c.pool_id == members.c.pool_id) & (users.c.sub == members.c.sub))
    .where(
        members.c.pool_id == bindparam("pool_id"),
        members.c.group_id == bindparam("group_id"),
        members.c.sub > bindparam("after"),
    )
    .order_by(members.c.sub)
    .limit(bindparam("limit"))
)
_WITH_FAMILY = Statement(
    select(users.c.doc, families.c.revoked)
    .select_from(users)
    .join(
        families,
        and_(
            families.c.pool_id == users.c.pool_id,
            families.c.sub == users.c.sub,
            families.c.id == bindparam("event_id"),
        ),
    )
    .where(*same_key(users))
)
_KEPT = Statement(
    select(users.c.doc)
    .where(_IN_POOL, users.c.sub > bindparam("after"))
    .order_by(users.c.sub)
    .limit(bindparam("limit"))
    .with_for_update(read=True)
)
_LOCK = Statement(select(users.c.version).where(*same_key(users)).with_for_update())
_ADD_USER = Statement(insert(users).values(values_of(users)).on_conflict_do_nothing())
_ADD_ROW = Statement(insert(user_search).values(values_of(user_search)).on_conflict_do_nothing())
_DROP_ROW = Statement(delete(user_search).where(*same_key(user_search)))
_OF_USER = tuple(
    Statement(delete(table).where(table.c.pool_id == bindparam("pool_id"), table.c.sub == bindparam("sub")))
    for table in (
        aliases,
        auth_events,
        credentials,
        software_tokens,
        passkeys,
        authorization_codes,
        codes,
        devices,
        members,
        families,
        sessions,
        browser_sessions,
    )
)


_in_table = itemgetter("name", "value")


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the users.

    Attributes:
        next: where the next page begins, to give back as `after`; None on the last page.
    """

    users: list[User]
    next: str | None


class Users:
    """Users, and the rows by which they are searched."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._read: dict[tuple[str, str], User] = {}

    def begin(self) -> None:
        """Forget what an earlier unit of work has read."""
        self._read.clear()

    def get(self, pool_id: str, sub: str) -> User | None:
        """Return the user."""
        return self._note(USERS.get(self._link, pool_id=pool_id, sub=sub))

    def by_alias(self, pool_id: str, kinds: Sequence[str], value: str) -> User | None:
        """Return the user who holds `value` as an alias; of several kinds the first that has one counts.

        Args:
            pool_id: the pool.
            kinds: at least one and at most four of `username`, `email`, `phone_number`, `preferred_username`.
            value: in the form in which the pool compares it.
        """
        names = {f"kind{i}": kinds[min(i, len(kinds) - 1)] for i in range(_KINDS)}
        rows = self._link.all(_BY_ALIAS, pool_id=pool_id, value=key_text(value), **names)
        if not rows:
            return None
        _, doc = min(rows, key=lambda row: kinds.index(row[0]))
        return self._note(USERS.decode(doc))

    def trust(self, user: User) -> User:
        """Take a user that was read before this unit of work for read: saving them compares the version."""
        self._read[user.pool_id, user.sub] = user
        return user

    def with_family(self, pool_id: str, sub: str, event_id: str) -> tuple[User, float] | None:
        """Return the user and when the token family was revoked (0 while it is good).

        None where either is gone, or the family is another user's.
        """
        row = self._link.one(_WITH_FAMILY, pool_id=pool_id, sub=sub, event_id=event_id)
        return (USERS.decode(row[0]), row[1]) if row else None

    def lock(self, pool_id: str, sub: str) -> None:
        """Let other units of work that lock this user wait until this one ends; on SQLite they do anyway."""
        self._link.one(_LOCK, pool_id=pool_id, sub=sub)

    def add(self, user: User) -> None:
        """Store a new user and the rows by which they are found.

        Raises:
            Conflict: the `sub` is taken.
        """
        USERS.add(self._link, user, _key(user))
        self._link.many(_ADD_ROW, _rows(user, _searched(user)))
        self._note(user)

    def add_all(self, users: Sequence[User]) -> None:
        """Store new users, each under a `sub` drawn for it, at a fraction of what `add` costs for each."""
        users = sorted(users, key=attrgetter("sub"))
        self._link.many(
            _ADD_USER, [{**_key(user), "doc": encode(user), "version": user.version} for user in users]
        )
        rows = [row for user in users for row in _rows(user, _searched(user))]
        rows.sort(key=_in_table)  # neighbours go to the same page of the index
        self._link.many(_ADD_ROW, rows)

    def save(self, user: User) -> User:
        """Store a changed user and the search rows that changed with them; return the new version.

        Raises:
            StaleRow: the user has changed since they were read.
        """
        before = self._read.get((user.pool_id, user.sub))
        if before is None or before.version != user.version:
            before = self.get(user.pool_id, user.sub)
        owner, touched = (user.pool_id, user.sub), self._link.touched
        only_saved = touched.get(owner, user) is not None
        saved = USERS.save(self._link, user, _key(user))
        if only_saved:
            touched[owner] = saved
        self._note(saved)
        if before is not None and not found_alike(before, user):
            self._move_rows(user, _searched(before), _searched(user))
        return saved

    def _move_rows(self, user: User, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        gone = {name: value for name, value in before.items() if after.get(name) != value}
        come = {name: value for name, value in after.items() if before.get(name) != value}
        if gone:
            self._link.many(_DROP_ROW, _rows(user, gone))
        if come:
            self._link.many(_ADD_ROW, _rows(user, come))

    def delete(self, pool_id: str, sub: str) -> bool:
        """Delete the user with all that is theirs: search rows, aliases, credential, codes, and so on.

        Returns:
            Whether there was such a user.
        """
        user = self.get(pool_id, sub)
        if user is None or not USERS.delete(self._link, pool_id=pool_id, sub=sub):
            return False
        self._read.pop((pool_id, sub), None)
        self._link.many(_DROP_ROW, _rows(user, _searched(user)))
        for statement in _OF_USER:
            self._link.run(statement, pool_id=pool_id, sub=sub)
        return True

    def list(self, pool_id: str, condition: Filter | None, after: str | None, limit: int) -> Page:
        """Return a page of users: all in the order of `sub`, or those found in the order of (value, sub).

        Args:
            pool_id: the pool.
            condition: what they have in common; None for all users.
            after: `next` of the page before, or None.
            limit: how many at most.
        """
        if condition is None or condition.name == "sub":
            return self._list_by_sub(pool_id, condition, after, limit)
        value = search_text(condition.value)
        if condition.op == EQUALS:
            rows = self._link.all(
                BY_VALUE,
                pool_id=pool_id,
                name=condition.name,
                value=value,
                after=after or "",
                limit=limit + 1,
            )
            found = [USERS.decode(doc) for doc, _ in rows[:limit]]
            return Page(found, found[-1].sub if len(rows) > limit else None)
        low, last = msgspec.json.decode(after, type=tuple[str, str]) if after else (value, "")
        rows = self._link.all(
            BY_PREFIX,
            pool_id=pool_id,
            name=condition.name,
            low=low,
            after=last,
            high=successor(value),
            limit=limit + 1,
        )
        found = [USERS.decode(doc) for doc, _ in rows[:limit]]
        more = len(rows) > limit
        return Page(
            found, msgspec.json.encode((rows[limit - 1][1], found[-1].sub)).decode() if more else None
        )

    def _list_by_sub(self, pool_id: str, condition: Filter | None, after: str | None, limit: int) -> Page:
        low = search_text(condition.value) if condition else ""
        exact = condition is not None and condition.op == EQUALS
        high = just_after(low) if exact else successor(low)
        # One lower bound: of two, SQLite would begin at the lesser.
        low = low if after is None else max(low, just_after(after))
        rows = self._link.all(BY_SUB, pool_id=pool_id, low=low, high=high, limit=limit + 1)
        found = [USERS.decode(doc) for (doc,) in rows[:limit]]
        return Page(found, found[-1].sub if len(rows) > limit else None)

    def kept(self, pool_id: str, after: str, limit: int) -> builtins.list[User]:
        """Return users in the order of `sub`, who cannot change until this unit of work ends."""
        rows = self._link.all(_KEPT, pool_id=pool_id, after=after, limit=limit)
        return [USERS.decode(doc) for (doc,) in rows]

    def in_group(self, group: Group, after: str | None, limit: int) -> builtins.list[User]:
        """Return members of a group in the order of `sub`, those after `after`."""
        rows = self._link.all(
            _IN_GROUP, pool_id=group.pool_id, group_id=group.id, after=after or "", limit=limit
        )
        return [USERS.decode(doc) for (doc,) in rows]

    def count_estimate(self, pool_id: str) -> int:
        """Return about how many users the pool has: exact below a thousand, else within a few percent.

        They are not counted. Subs are spread evenly, but for those of an import that is under way or was
        stopped: so samples are taken all over.
        """
        count, _ = self._link.one(_COUNT, pool_id=pool_id, low="", limit=_COUNTED) or (0, None)
        if count < _COUNTED:
            return int(count)
        return round(sum(self._density(pool_id, place / _PLACES) for place in range(_PLACES)) / _PLACES)

    def _density(self, pool_id: str, start: float) -> float:
        """Return how many users there were if all were as close together as some from a place (0 to 1) on."""
        low = f"{int(start * 2**32):08x}"
        count, last = self._link.one(_COUNT, pool_id=pool_id, low=low, limit=_SAMPLE) or (0, None)
        end = (int(last[:8], 16) + 1) / 2**32 if count == _SAMPLE else 1
        return float(count / (end - start))

    def _note(self, user: User | None) -> User | None:
        if user is not None:
            self._read[user.pool_id, user.sub] = user
        return user


def _key(user: User) -> dict[str, str]:
    return {"pool_id": user.pool_id, "sub": user.sub}


def _searched(user: User) -> dict[str, str]:
    rows = search_rows(user)
    del rows["sub"]  # it is the key of the users themselves
    return rows


def _rows(user: User, values: Mapping[str, str]) -> list[dict[str, str]]:
    key = _key(user)
    return [{**key, "name": name, "value": search_text(value)} for name, value in values.items()]
