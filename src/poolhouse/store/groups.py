"""Groups, and who is in them.

Members are narrow rows in the order of `sub`, so that a page of them is one range of one index however many
there are. They hang on the group's id: a deleted group is gone at once, and its rows go in the background.
"""

import builtins

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from poolhouse.domain.groups import Group
from poolhouse.store.documents import Documents, same_key, values_of
from poolhouse.store.engine import Link, Statement
from poolhouse.store.expiry import Removal
from poolhouse.store.tables import doomed_groups, groups, members

_GROUPS = Documents(groups, Group)
_IN_POOL = groups.c.pool_id == bindparam("pool_id")
_KEEP = Statement(select(groups.c.doc).where(*same_key(groups)).with_for_update(read=True))
_LOCK = Statement(select(groups.c.doc).where(*same_key(groups)).with_for_update())
_LIST = Statement(
    select(groups.c.doc)
    .where(_IN_POOL, groups.c.name > bindparam("after"))
    .order_by(groups.c.name)
    .limit(bindparam("limit"))
)
_COUNT = Statement(select(func.count()).select_from(groups).where(_IN_POOL))
_OF_USER = Statement(
    select(groups.c.doc)
    .select_from(members)
    .join(groups, (groups.c.pool_id == members.c.pool_id) & (groups.c.group_id == members.c.group_id))
    .where(members.c.pool_id == bindparam("pool_id"), members.c.sub == bindparam("sub"))
)
_JOIN = Statement(insert(members).values(values_of(members)).on_conflict_do_nothing())
_LEAVE = Statement(delete(members).where(*same_key(members)))
_DOOM = Statement(insert(doomed_groups).values(values_of(doomed_groups)).on_conflict_do_nothing())
_DOOMED = Statement(
    select(doomed_groups.c.pool_id, doomed_groups.c.group_id)
    .order_by(doomed_groups.c.pool_id, doomed_groups.c.group_id)
    .limit(bindparam("limit")),
    across_pools=True,
)
_FORGET = Statement(delete(doomed_groups).where(*same_key(doomed_groups)))
_REMOVAL = Removal(members, "group_id")


class Groups:
    """Groups by name, their members, and what is left of deleted ones."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def get(self, pool_id: str, name: str) -> Group | None:
        """Return the group."""
        return _GROUPS.get(self._link, pool_id=pool_id, name=name)

    def keep(self, pool_id: str, name: str) -> Group | None:
        """Return the group, and let whoever deletes it wait until this unit of work ends."""
        return self._locked(_KEEP, pool_id, name)

    def lock(self, pool_id: str, name: str) -> Group | None:
        """Return the group, and let whoever keeps or changes it wait until this unit of work ends."""
        return self._locked(_LOCK, pool_id, name)

    def _locked(self, statement: Statement, pool_id: str, name: str) -> Group | None:
        row = self._link.one(statement, pool_id=pool_id, name=name)
        return _GROUPS.decode(row[0]) if row else None

    def add(self, group: Group) -> None:
        """Store a new group.

        Raises:
            Conflict: there is one of that name.
        """
        _GROUPS.add(self._link, group, _key(group), group_id=group.id)

    def save(self, group: Group) -> Group:
        """Store a changed group; return it with its new version.

        Raises:
            StaleRow: it has changed, or was deleted, since it was read.
        """
        return _GROUPS.save(self._link, group, _key(group), group_id=group.id)

    def delete(self, group: Group) -> None:
        """Delete the group; `work.sweep` removes its members' rows."""
        if _GROUPS.delete(self._link, **_key(group)):
            self._link.run(_DOOM, pool_id=group.pool_id, group_id=group.id)

    def list(self, pool_id: str, after: str | None, limit: int) -> builtins.list[Group]:
        """Return groups in the order of their names, those after `after`."""
        rows = self._link.all(_LIST, pool_id=pool_id, after=after or "", limit=limit)
        return [_GROUPS.decode(doc) for (doc,) in rows]

    def count(self, pool_id: str) -> int:
        """Return how many groups a pool has."""
        row = self._link.one(_COUNT, pool_id=pool_id)
        return int(row[0]) if row else 0

    def of(self, pool_id: str, sub: str) -> builtins.list[Group]:
        """Return the groups that a user is in, in no order."""
        return [_GROUPS.decode(doc) for (doc,) in self._link.all(_OF_USER, pool_id=pool_id, sub=sub)]

    def join(self, group: Group, sub: str) -> bool:
        """Make a user a member; tell whether they were none."""
        return self._link.run(_JOIN, pool_id=group.pool_id, group_id=group.id, sub=sub) == 1

    def leave(self, group: Group, sub: str) -> bool:
        """Make a user a member no more; tell whether they were one."""
        return self._link.run(_LEAVE, pool_id=group.pool_id, group_id=group.id, sub=sub) == 1

    def doomed(self, limit: int) -> builtins.list[tuple[str, str]]:
        """Return pool and id of deleted groups whose members' rows are not all gone."""
        return [(pool_id, group_id) for pool_id, group_id in self._link.all(_DOOMED, limit=limit)]

    def remove_members(self, pool_id: str, group_id: str, limit: int) -> int:
        """Delete at most `limit` rows of a deleted group; return how many, 0 once nothing is left of it."""
        removed = _REMOVAL.remove(self._link, limit, pool_id=pool_id, group_id=group_id)
        if not removed:
            self._link.run(_FORGET, pool_id=pool_id, group_id=group_id)
        return removed


def _key(group: Group) -> dict[str, str]:
    return {"pool_id": group.pool_id, "name": group.name}
