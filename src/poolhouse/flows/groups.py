"""Who is in which groups.

Units of work on a user's groups lock the user first, then the group: of two at once neither is lost, no
member outlives their user, and none joins a group that is being deleted.
"""

from dataclasses import replace

from poolhouse.domain import groups as rules
from poolhouse.domain.groups import Group
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import User
from poolhouse.errors import ResourceNotFoundException
from poolhouse.flows.lookup import require_user, require_user_by_sub
from poolhouse.store import Tx


def found(group: Group | None) -> Group:
    """Return the group that was looked for.

    Raises:
        ResourceNotFoundException: there is none of that name.
    """
    if group is None:
        raise ResourceNotFoundException("Group not found.")
    return group


def join(tx: Tx, pool: Pool, username: str, name: str) -> None:
    """Make a user a member of a group; one who is already stays one.

    Raises:
        UserNotFoundException: there is no such user.
        ResourceNotFoundException: there is no such group.
        InvalidParameterException: the user is in as many groups as one can be.
    """
    user, group = _locked(tx, pool, username, name)
    if not tx.groups.join(group, user.sub):
        return
    if user.grouped:
        rules.check_number_of_user(len(tx.groups.of(pool.id, user.sub)))
    else:
        tx.users.save(replace(user, grouped=True))


def leave(tx: Tx, pool: Pool, username: str, name: str) -> None:
    """Make a user a member of a group no more; one who is none stays none.

    Raises:
        UserNotFoundException: there is no such user.
        ResourceNotFoundException: there is no such group.
    """
    user, group = _locked(tx, pool, username, name)
    if tx.groups.leave(group, user.sub) and not tx.groups.of(pool.id, user.sub):
        tx.users.save(replace(user, grouped=False))


def _locked(tx: Tx, pool: Pool, username: str, name: str) -> tuple[User, Group]:
    sub = require_user(tx, pool, username).sub
    tx.users.lock(pool.id, sub)
    user = require_user_by_sub(tx, pool, sub)
    return user, found(tx.groups.keep(pool.id, name))
