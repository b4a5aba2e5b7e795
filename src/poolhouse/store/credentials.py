"""What proves users' passwords."""

from poolhouse.domain.user import Credential
from poolhouse.store.documents import Documents
from poolhouse.store.engine import Link
from poolhouse.store.tables import credentials

_CREDENTIALS = Documents(credentials, Credential)


class Credentials:
    """One credential for each user."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def get(self, pool_id: str, sub: str) -> Credential | None:
        """Return the user's credential."""
        return _CREDENTIALS.get(self._link, pool_id=pool_id, sub=sub)

    def put(self, pool_id: str, sub: str, credential: Credential) -> Credential:
        """Store the user's credential, new or changed; one of version 0 replaces what is there.

        Raises:
            StaleRow: it has changed since it was read.
        """
        return _CREDENTIALS.put(self._link, credential, {"pool_id": pool_id, "sub": sub})

    def delete(self, pool_id: str, sub: str) -> bool:
        """Delete the user's credential; tell whether there was one."""
        return _CREDENTIALS.delete(self._link, pool_id=pool_id, sub=sub)
