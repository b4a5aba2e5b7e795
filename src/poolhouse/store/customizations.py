"""What pools and clients have changed of their classic pages."""

from poolhouse.domain.customization import Customization
from poolhouse.store.documents import Documents
from poolhouse.store.engine import Link
from poolhouse.store.tables import customizations

_CUSTOMIZATIONS = Documents(customizations, Customization)


class Customizations:
    """At most one for each client, and one for all others."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def get(self, pool_id: str, client_id: str) -> Customization | None:
        """Return the client's own, or that of `ALL`."""
        return _CUSTOMIZATIONS.get(self._link, pool_id=pool_id, client_id=client_id)

    def put(self, customization: Customization) -> Customization:
        """Store one, new or changed.

        Raises:
            StaleRow: it has changed since it was read.
        """
        key = {"pool_id": customization.pool_id, "client_id": customization.client_id}
        return _CUSTOMIZATIONS.put(self._link, customization, key)

    def delete(self, pool_id: str, client_id: str) -> bool:
        """Delete one; tell whether there was one."""
        return _CUSTOMIZATIONS.delete(self._link, pool_id=pool_id, client_id=client_id)
