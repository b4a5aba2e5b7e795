"""Groups of users, and what tokens say of them (digest «users» §6.1)."""

from collections.abc import Iterable
from dataclasses import dataclass

from poolhouse.domain.claims import Groups
from poolhouse.errors import InvalidParameterException

MOST_OF_USER = 100


@dataclass(frozen=True, slots=True)
class Group:
    """A group as stored.

    Attributes:
        id: a UUID that is never used again, as the name may be.
        role_arn: the IAM role of its members.
        precedence: the lower it is, the more its role counts; None counts least.
        created, modified: seconds since the epoch.
        version: raised by each save.
    """

    pool_id: str
    name: str
    id: str
    created: float
    modified: float
    description: str | None = None
    role_arn: str | None = None
    precedence: int | None = None
    version: int = 0


def check_number_of_user(count: int) -> None:
    """Check that a user may be in so many groups.

    Raises:
        InvalidParameterException: they may not (the text is a guess; the operation has no error for limits).
    """
    if count > MOST_OF_USER:
        raise InvalidParameterException(f"A user can be in at most {MOST_OF_USER} groups.")


def of_tokens(groups: Iterable[Group]) -> Groups:
    """Return a user's groups as tokens carry them, those that precede first.

    A group without a role has no say in which role is preferred. Groups of the same precedence and with
    different roles leave it open.
    """
    ordered = sorted(groups, key=lambda group: (*_rank(group), group.name))
    with_role = [group for group in ordered if group.role_arn]
    first = {group.role_arn for group in with_role if _rank(group) == _rank(with_role[0])}
    return Groups(
        names=[group.name for group in ordered],
        roles=list(dict.fromkeys(group.role_arn for group in with_role if group.role_arn)),
        preferred_role=first.pop() if len(first) == 1 else None,
    )


def _rank(group: Group) -> tuple[bool, int]:
    return group.precedence is None, group.precedence or 0
