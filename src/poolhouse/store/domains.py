"""Names of pools' domains. They are unique over all pools; all else about a domain is the pool's."""

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from poolhouse.store.documents import same_key, values_of
from poolhouse.store.engine import Link, Statement
from poolhouse.store.tables import domains

_OWNER = Statement(select(domains.c.pool_id).where(*same_key(domains)))
_ALL = Statement(select(domains.c.domain), across_pools=True)
_HOLD = Statement(insert(domains).values(values_of(domains)).on_conflict_do_nothing())
_RELEASE = Statement(delete(domains).where(*same_key(domains), domains.c.pool_id == bindparam("pool_id")))


class Domains:
    """Which pool a domain is of."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def owner(self, domain: str) -> str | None:
        """Return the id of the pool whose domain it is."""
        row = self._link.one(_OWNER, domain=domain)
        return row[0] if row else None

    def hold(self, domain: str, pool_id: str) -> bool:
        """Make a domain the pool's; tell whether it is."""
        return self._link.run(_HOLD, domain=domain, pool_id=pool_id) == 1 or self.owner(domain) == pool_id

    def count_custom(self) -> int:
        """Return how many domains are host names of their own: prefixes have no dots."""
        return sum("." in name for (name,) in self._link.all(_ALL))

    def release(self, domain: str, pool_id: str) -> None:
        """Let a domain of the pool be anybody's."""
        self._link.run(_RELEASE, domain=domain, pool_id=pool_id)
