"""What the service froze and a living pool can change: how users are named; what is required and mutable.

A pool's names lie in the alias table under its naming's number. A change that makes them anew writes those of
the next number beside the present ones, piece by piece, while every sign-up and every update holds both; then
one transaction makes the new number the pool's, and the old rows go (decision 12). Ours, and off unless asked
for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from poolhouse.domain import pool_checks
from poolhouse.domain.aliases import EMAIL, PHONE, PREFERRED, USERNAME, is_email, is_phone, normalise
from poolhouse.domain.pool import AttributeSchema, Pool
from poolhouse.domain.schema import STANDARD, SUB
from poolhouse.domain.user import User
from poolhouse.errors import InvalidParameterException

_ALIASES, _USERNAMES, _CASE = MEMBERS = ("AliasAttributes", "UsernameAttributes", "UsernameConfiguration")
KINDS = (USERNAME, EMAIL, PHONE, PREFERRED)
_TAKEN = {_ALIASES: {EMAIL, PHONE, PREFERRED}, _USERNAMES: {EMAIL, PHONE}}
BUILDING, SWITCHED, ABANDONED = "building", "switched", "abandoned"


@dataclass(frozen=True, slots=True)
class Naming:
    """How a pool's users are named.

    Attributes:
        number: of the rows in the alias table.
        members: those of the configuration that say how (`MEMBERS`).
    """

    number: int
    members: Mapping[str, Any]

    def of(self, pool: Pool) -> Pool:
        """Return a pool that names its users like this."""
        config = {name: value for name, value in pool.config.items() if name not in MEMBERS}
        return replace(pool, config=config | dict(self.members), naming=self.number)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for; None stays as it is.

    Attributes:
        aliases, usernames: `AliasAttributes` and `UsernameAttributes`, whole.
        required, mutable: attribute → whether it is.
    """

    aliases: tuple[str, ...] | None = None
    usernames: tuple[str, ...] | None = None
    case_sensitive: bool | None = None
    required: Mapping[str, bool] | None = None
    mutable: Mapping[str, bool] | None = None


@dataclass(frozen=True, slots=True)
class PoolChange:
    """A change of a pool's naming that is under way.

    Attributes:
        old, new: how users are named before and after it.
        wish: all that was asked for.
        state: `BUILDING` the new names; `SWITCHED` to them, `ABANDONED`: the other ones are being removed.
        after: the last user whose names were made.
    """

    pool_id: str
    old: Naming
    new: Naming
    wish: Wish
    state: str = BUILDING
    after: str = ""
    version: int = 0

    @property
    def doomed(self) -> Naming:
        """The naming whose rows are to be removed."""
        return self.old if self.state == SWITCHED else self.new

    def regimes(self, pool: Pool) -> tuple[tuple[Pool, bool], ...]:
        """Return what `Pools.regimes` does, of the pool as stored."""
        if self.state == ABANDONED:
            return ((pool, True),)
        other = self.new if self.state == BUILDING else self.old
        return ((pool, True), (other.of(pool), self.state == BUILDING))


def changed(pool: Pool, wish: Wish) -> Pool:
    """Return a pool as it is wished for; its naming has the next number where names come out differently.

    Raises:
        InvalidParameterException: the service would create no such pool.
    """
    schema = _schema(pool, wish)
    after = Naming(pool.naming, _members(pool, wish)).of(replace(pool, schema=schema))
    pool_checks.check_names(after.config, schema)
    return replace(after, naming=pool.naming + (not _named_alike(pool, after)))


def _members(pool: Pool, wish: Wish) -> dict[str, Any]:
    members = dict(naming_of(pool).members)
    for member, values in ((_ALIASES, wish.aliases), (_USERNAMES, wish.usernames)):
        if values is None:
            continue
        for value in values:
            if value not in _TAKEN[member]:
                raise InvalidParameterException(f"{value} cannot be one of {member}.")
        members.pop(member, None)
        members |= {member: sorted(set(values))} if values else {}
    if wish.case_sensitive is not None:
        members[_CASE] = {"CaseSensitive": wish.case_sensitive}
    return members


def _schema(pool: Pool, wish: Wish) -> dict[str, AttributeSchema]:
    schema = dict(pool.schema)
    for name in {**(wish.required or {}), **(wish.mutable or {})}:
        if name not in schema or name == SUB:
            raise InvalidParameterException(f"The pool has no attribute {name} that can be changed.")
    for name, required in (wish.required or {}).items():
        if name not in STANDARD:
            raise InvalidParameterException("Required custom attributes are not supported currently.")
        schema[name] = replace(schema[name], required=required)
    for name, mutable in (wish.mutable or {}).items():
        schema[name] = replace(schema[name], mutable=mutable)
    return schema


def naming_of(pool: Pool) -> Naming:
    """Return how a pool names its users."""
    return Naming(pool.naming, {name: pool.config[name] for name in MEMBERS if name in pool.config})


def missing(pool: Pool, wish: Wish, user: User) -> list[str]:
    """Return the attributes that become required and that a user lacks."""
    return [
        name
        for name, required in (wish.required or {}).items()
        if required and not pool.schema[name].required and not user.attributes.get(name)
    ]


def is_ambiguous(pool: Pool, user: User) -> bool:
    """Tell whether a user's own name could be taken for an address of somebody else, in the pool to come."""
    for kind, fits in ((EMAIL, is_email), (PHONE, is_phone)):
        if not fits(user.username) or kind not in pool.alias_attributes | pool.username_attributes:
            continue
        own = user.attributes.get(kind, "")
        proved = kind in pool.username_attributes or user.attributes.get(f"{kind}_verified") == "true"
        if not (proved and normalise(pool, kind, own) == normalise(pool, kind, user.username)):
            return True
    return False


def _named_alike(one: Pool, other: Pool) -> bool:
    return (one.alias_attributes, one.username_attributes, one.case_sensitive) == (
        other.alias_attributes,
        other.username_attributes,
        other.case_sensitive,
    )
