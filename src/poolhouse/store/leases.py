"""Leases: which process does a piece of background work."""

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from poolhouse.store.documents import same_key, values_of
from poolhouse.store.engine import Link, Statement
from poolhouse.store.tables import leases

_GET = Statement(select(leases.c.holder, leases.c.until, leases.c.version).where(*same_key(leases)))
_FIRST = Statement(insert(leases).values(values_of(leases)).on_conflict_do_nothing())
_TAKE = Statement(
    update(leases)
    .where(*same_key(leases), leases.c.version == bindparam("stale"))
    .values({name: bindparam(name) for name in ("holder", "until", "version")})
)


class Leases:
    """Leases by the name of the work."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def take(self, name: str, holder: str, now: float, until: float) -> bool:
        """Take or prolong the lease; False while another holder has it.

        Args:
            name: of the work.
            holder: names this process, and no other.
            now: seconds since the epoch.
            until: when others may take it.
        """
        row = self._link.one(_GET, name=name)
        if row is None:
            return self._link.run(_FIRST, name=name, holder=holder, until=until, version=1) == 1
        other, held_until, version = row
        if other != holder and held_until > now:
            return False
        taken = self._link.run(
            _TAKE, name=name, holder=holder, until=until, version=version + 1, stale=version
        )
        return taken == 1
