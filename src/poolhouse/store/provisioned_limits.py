"""Request rates that differ from their defaults. They belong to the server, not to a pool."""

from sqlalchemy import select

from poolhouse.domain.request_rates import ProvisionedLimit
from poolhouse.store.documents import Documents
from poolhouse.store.engine import Link, Statement
from poolhouse.store.tables import provisioned_limits

_LIMITS = Documents(provisioned_limits, ProvisionedLimit)
_ALL = Statement(select(provisioned_limits.c.doc))


class ProvisionedLimits:
    """Rates by category."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def get(self, category: str) -> ProvisionedLimit | None:
        """Return a category's rate, or None where it is the default."""
        return _LIMITS.get(self._link, category=category)

    def put(self, limit: ProvisionedLimit) -> None:
        """Store a category's rate, whatever it was.

        Raises:
            StaleRow: another writer came between.
        """
        _LIMITS.put(self._link, limit, {"category": limit.category})

    def all(self) -> dict[str, int]:
        """Return category → requests a second."""
        limits = [_LIMITS.decode(doc) for (doc,) in self._link.all(_ALL)]
        return {limit.category: limit.requests for limit in limits}
