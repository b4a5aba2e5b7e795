"""Searches beyond the service's: which rows are read, in which order, and how many for one page.

Where an index leads to what is asked, its rows alone are read; else users are read one after the other, and a
page is short, and has a next one, after so many of them.
"""

from collections.abc import Callable, Iterator
from heapq import merge
from operator import attrgetter

import msgspec
from sqlalchemy import bindparam, tuple_

from poolhouse.domain.filters import EQUALS
from poolhouse.domain.search import Match, Search, Sorted, Span, access, fits, value_of
from poolhouse.domain.user import User
from poolhouse.store.engine import Link, Statement
from poolhouse.store.tables import user_search
from poolhouse.store.text import just_after, search_text, successor
from poolhouse.store.users import BY_PREFIX, BY_SUB, BY_VALUE, FOUND, USERS, Page

MOST_READ = 10_000
"""Users that are read for one page."""
_PIECE = 1000

_DESCENDING = Statement(
    FOUND.where(
        tuple_(user_search.c.value, user_search.c.sub) < tuple_(bindparam("high"), bindparam("before")),
        user_search.c.value >= bindparam("low"),
    )
    .order_by(None)
    .order_by(user_search.c.value.desc(), user_search.c.sub.desc())
)

_Position = tuple[str | None, str]
"""The last user that was looked at: the value that they are sorted by, and `sub`."""


class UserSearch:
    """Finds users by what the service's own filters cannot say."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def find(
        self, pool_id: str, search: Search, after: str | None, limit: int, *, most: int = MOST_READ
    ) -> Page:
        """Return a page of what a search finds, of several statements: they need one snapshot.

        Args:
            pool_id: the pool.
            search: what is asked.
            after: `next` of the page before, or None.
            limit: how many at most.
            most: how many users are looked at, however few of them are found.
        """
        position = msgspec.json.decode(after, type=_Position) if after else None
        where = access(search)
        reader = _Reader(self._link, pool_id, limit + 1)
        seen = reader.sorted(where, position) if isinstance(where, Sorted) else reader.by_sub(where, position)
        found: list[User] = []
        for read, (place, user) in enumerate(seen, 1):
            if user is not None and fits(search.test, user):
                found.append(user)
            if len(found) == limit or read == most:
                more = next(seen, None) is not None
                return Page(found, msgspec.json.encode(place).decode() if more else None)
        return Page(found, None)


_Seen = Iterator[tuple[_Position, User | None]]
"""Users in their order; None for one that was read and does not belong there."""


class _Reader:
    """Reads users of a pool in pieces, small ones first."""

    def __init__(self, link: Link, pool_id: str, first: int) -> None:
        self._link = link
        self._pool_id = pool_id
        self._first = first

    def by_sub(self, ranges: tuple[Span | Match, ...], position: _Position | None) -> _Seen:
        """Read several ranges in the order of `sub`, each user once."""
        after = position[1] if position else ""
        last = ""
        for user in merge(*(self._range(part, after) for part in ranges), key=attrgetter("sub")):
            if user.sub != last:
                yield (None, user.sub), user
            last = user.sub

    def sorted(self, where: Sorted, position: _Position | None) -> _Seen:
        """Read users in the order of an attribute; those who have none come after them where they may."""
        if position is None or position[0] is not None:
            for user in self._indexed(where, position):
                yield (_sorted_by(where, user), user.sub), user
            position = None
        if where.others:
            for place, other in self.by_sub((Span(),), position):
                yield place, None if other is None or value_of(other, where.name) else other

    def _range(self, part: Span | Match, after: str) -> Iterator[User]:
        if isinstance(part, Match):
            name, value = part.name, search_text(part.value)

            def matching(user: User | None, limit: int) -> list[User]:
                return self._read(
                    BY_VALUE, name=name, value=value, after=user.sub if user else after, limit=limit
                )

            return self._pieces(matching)
        low = search_text(part.prefix)
        high = just_after(low) if part.exact else successor(low)

        def spanned(user: User | None, limit: int) -> list[User]:
            begin = just_after(user.sub) if user else just_after(after) if after else ""
            return self._read(BY_SUB, low=max(low, begin), high=high, limit=limit)

        return self._pieces(spanned)

    def _indexed(self, where: Sorted, position: _Position | None) -> Iterator[User]:
        values = [(search_text(bound.value), bound.op == EQUALS) for bound in where.bounds]
        low = max((value for value, _ in values), default="")
        high = min(
            (just_after(value) if exact else successor(value) for value, exact in values),
            default=successor(""),
        )
        start = position or ((high if where.descending else low), "")

        def following(user: User | None, limit: int) -> list[User]:
            value, sub = (_sorted_by(where, user), user.sub) if user else start
            if where.descending:
                return self._read(_DESCENDING, name=where.name, high=value, before=sub, low=low, limit=limit)
            return self._read(BY_PREFIX, name=where.name, low=value, after=sub, high=high, limit=limit)

        return self._pieces(following)

    def _pieces(self, fetch: Callable[[User | None, int], list[User]]) -> Iterator[User]:
        last, limit = None, self._first
        while True:
            users = fetch(last, limit)
            yield from users
            if len(users) < limit:
                return
            last, limit = users[-1], min(limit * 2, _PIECE)

    def _read(self, statement: Statement, **values: object) -> list[User]:
        rows = self._link.all(statement, pool_id=self._pool_id, **values)
        return [USERS.decode(row[0]) for row in rows]


def _sorted_by(where: Sorted, user: User) -> str:
    return search_text(value_of(user, where.name) or "")
