r"""ListUsers' `Filter` beyond the service's: several conditions, any attribute, "contains", and an order.

Off unless `beyond.search` asks for it. What the service takes means the same here:

    filter    = [ any ] [ "order" "by" name [ "asc" | "desc" ] ]
    any       = all { "or" all }
    all       = term { "and" term }
    term      = "(" any ")" | condition
    condition = name ( "=" | "^=" | "*=" ) string
    name      = one or more of any characters but white space = ^ * " ( ) | string
    string    = '"' { any character but " and \ | '\"' | '\\' | '\' any other character } '"'

`^=` is "begins with", `*=` is "contains". Keywords have no case, and most values have none
(`filters.search_form`). Nothing of a filter becomes SQL: it is read into a tree; the tree says which rows
of an index can hold what it finds (`access`), and looks at each user that is read there (`fits`).
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from poolhouse.domain.filters import ATTRIBUTES, EQUALS, PREFIX, SEARCHABLE, Filter, search_form, unescape
from poolhouse.domain.user import User
from poolhouse.errors import InvalidParameterException

CONTAINS = "*="

_TOKEN = re.compile(
    r'\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<op>[\^*]?=)|(?P<mark>[()])|(?P<word>[^\s=^*"()]+))', re.DOTALL
)
_SORTABLE = SEARCHABLE - {"sub"}
# How few users a value of each finds, the fewest first.
_RARE = {"sub": 0, "username": 1, "email": 1, "phone_number": 1, "preferred_username": 1}
_NAMES, _STATUS, _ALL = 2, 3, 4


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple["Test", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One part holds at least."""

    parts: tuple["Test", ...]


Test = Filter | All | AnyOf


@dataclass(frozen=True, slots=True)
class Order:
    """By which attribute users are sorted; those who have the same value by `sub`, which turns likewise."""

    name: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """What a filter beyond the service's asks.

    Attributes:
        test: what must hold; None for all users.
        order: None for whichever order costs least.
    """

    test: Test | None
    order: Order | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """The users whose `sub` begins with `prefix`, in its order; `exact`: whose `sub` it is."""

    prefix: str = ""
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """The users of whom a searchable attribute has a value, in the order of `sub`."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Sorted:
    """The users who have a searchable attribute, in the order of (value, sub).

    Attributes:
        bounds: conditions on this attribute that all of them meet, each `EQUALS` or `PREFIX`.
        others: whether those who have no such attribute come after them, by `sub`.
    """

    name: str
    descending: bool
    bounds: tuple[Filter, ...]
    others: bool


Access = tuple[Span | Match, ...] | Sorted
"""Where to look: some ranges in the order of `sub`, read side by side; or one index in its own order."""

_EVERYBODY = (Span(),)


def parse(text: str | None, attributes: Collection[str]) -> Filter | Search | None:
    """Read a `Filter` parameter.

    Args:
        text: as sent; None, empty or blank finds all users.
        attributes: those of the pool.

    Returns:
        What the service itself knows as its `Filter`.

    Raises:
        InvalidParameterException: it does not follow the grammar; an attribute is unknown, or nothing can be
            sorted by it.
    """
    if text is None or not text.strip():
        return None
    search = _Parser(text, SEARCHABLE | set(attributes)).search()
    if isinstance(search.test, Filter) and not search.order:
        condition = search.test
        if condition.name in SEARCHABLE and condition.op != CONTAINS:
            return condition
    return search


def fits(test: Test | None, user: User) -> bool:
    """Tell whether a test holds for a user."""
    match test:
        case None:
            return True
        case All(parts):
            return all(fits(part, user) for part in parts)
        case AnyOf(parts):
            return any(fits(part, user) for part in parts)
    held = value_of(user, test.name)
    if held is None:
        return False
    if test.op == EQUALS:
        return held == test.value
    return held.startswith(test.value) if test.op == PREFIX else test.value in held


def value_of(user: User, name: str) -> str | None:
    """Return what a user is searched and sorted by, in its search form; None where they have no such."""
    match name:
        case "username":
            value = user.username
        case "sub":
            value = user.sub
        case "status":
            value = "Enabled" if user.enabled else "Disabled"
        case "cognito:user_status":
            value = user.status.value
        case _:
            value = user.attributes.get(name, "")
    return search_form(name, value) if value else None


def access(search: Search) -> Access:
    """Return where all users lie that a search can find: never more than must be read."""
    test = search.test
    needed = list(_needed(test))
    if search.order:
        return _sorted(search.order, needed)
    ranges = _ranges(test)
    prefixes = [c for c in needed if c.op == PREFIX and c.value and c.name in _SORTABLE]
    if _breadth(ranges) >= _STATUS and prefixes:
        best = min(prefixes, key=lambda c: (_rank(c.name), -len(c.value)))
        return _sorted(Order(best.name), needed)
    return ranges


def _sorted(order: Order, needed: list[Filter]) -> Sorted:
    same = [condition for condition in needed if condition.name == order.name]
    bounds = tuple(condition for condition in same if condition.op != CONTAINS)
    return Sorted(order.name, order.descending, bounds, order.name in ATTRIBUTES and not same)


def _needed(test: Test | None) -> Iterator[Filter]:
    """Yield the conditions without which the test does not hold."""
    if isinstance(test, Filter):
        yield test
    elif isinstance(test, All):
        for part in test.parts:
            yield from _needed(part)


def _ranges(test: Test | None) -> tuple[Span | Match, ...]:
    match test:
        case All(parts):
            return min(map(_ranges, parts), key=lambda ranges: (_breadth(ranges), len(ranges)))
        case AnyOf(parts):
            ranges = dict.fromkeys(part for parts_ in map(_ranges, parts) for part in parts_)
            return _EVERYBODY if _EVERYBODY[0] in ranges else tuple(ranges)
        case Filter("sub", op, value) if op != CONTAINS:
            return (Span(value, op == EQUALS),)
        case Filter(name, op, value) if op == EQUALS and name in SEARCHABLE:
            return (Match(name, value),)
    return _EVERYBODY


def _breadth(ranges: tuple[Span | Match, ...]) -> int:
    return max(
        _rank(part.name) if isinstance(part, Match) else 0 if part.exact else _STATUS if part.prefix else _ALL
        for part in ranges
    )


def _rank(name: str) -> int:
    return _RARE.get(name, _NAMES if name in ATTRIBUTES else _STATUS)


class _Parser:
    """Reads a filter from its first character to its last; it is never longer than a request lets it be."""

    def __init__(self, text: str, attributes: Collection[str]) -> None:
        self._attributes = attributes
        self._length = len(text)
        self._tokens: list[tuple[str, str, int]] = []
        at, end = 0, len(text.rstrip())
        while at < end:
            token = _TOKEN.match(text, at, end)
            # No stored value holds a NUL, and not every store can be asked for one.
            if token is None or "\0" in token.group():
                raise _error(at + len(text[at:end]) - len(text[at:end].lstrip()))
            kind = str(token.lastgroup)
            self._tokens.append((kind, token.group(kind), token.start(kind)))
            at = token.end()
        self._next = 0

    def search(self) -> Search:
        test = None if self._word() == "order" else self._any()
        order = self._order() if self._word() == "order" else None
        if self._next < len(self._tokens):
            raise self._wrong()
        return Search(test, order)

    def _any(self) -> Test:
        parts = [self._all()]
        while self._took("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _all(self) -> Test:
        parts = [self._term()]
        while self._took("and"):
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _term(self) -> Test:
        if self._kind() == "mark":
            self._expect("mark", "(")
            test = self._any()
            self._expect("mark", ")")
            return test
        name = self._name()
        if name not in self._attributes:
            raise InvalidParameterException(f"Invalid search attribute: {name}")
        op = self._expect("op")
        return Filter(name, op, search_form(name, unescape(self._expect("string")[1:-1])))

    def _order(self) -> Order:
        self._next += 1
        if not self._took("by"):
            raise self._wrong()
        name = self._name()
        if name not in _SORTABLE:
            raise InvalidParameterException(f"Users cannot be sorted by {name}")
        descending = self._took("desc")
        if not descending:
            self._took("asc")
        return Order(name, descending)

    def _name(self) -> str:
        if self._kind() == "string":
            return unescape(self._expect("string")[1:-1])
        return self._expect("word")

    def _kind(self) -> str:
        return self._tokens[self._next][0] if self._next < len(self._tokens) else ""

    def _word(self) -> str:
        return self._tokens[self._next][1].lower() if self._kind() == "word" else ""

    def _took(self, keyword: str) -> bool:
        taken = self._word() == keyword
        self._next += taken
        return taken

    def _expect(self, kind: str, text: str | None = None) -> str:
        if self._kind() != kind or text not in (None, self._tokens[self._next][1]):
            raise self._wrong()
        self._next += 1
        return self._tokens[self._next - 1][1]

    def _wrong(self) -> InvalidParameterException:
        return _error(self._tokens[self._next][2] if self._next < len(self._tokens) else self._length)


def _error(at: int) -> InvalidParameterException:
    return InvalidParameterException(f"Error while parsing filter at character {at + 1}.")
