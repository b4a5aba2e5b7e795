"""Tables with at most one document for each user: what proves their password, their authenticator app."""

from typing import Generic

from poolhouse.domain.totp import SoftwareToken
from poolhouse.domain.user import Credential
from poolhouse.store.documents import Documents, T
from poolhouse.store.engine import Link
from poolhouse.store.tables import credentials, software_tokens

CREDENTIALS = Documents(credentials, Credential)
SOFTWARE_TOKENS = Documents(software_tokens, SoftwareToken)


class OfUser(Generic[T]):
    """At most one value for each user."""

    def __init__(self, link: Link, documents: Documents[T]) -> None:
        self._link = link
        self._documents = documents

    def get(self, pool_id: str, sub: str) -> T | None:
        """Return the user's."""
        return self._documents.get(self._link, pool_id=pool_id, sub=sub)

    def put(self, pool_id: str, sub: str, value: T) -> T:
        """Store the user's, new or changed; one of version 0 replaces what is there.

        Raises:
            StaleRow: it has changed since it was read.
        """
        return self._documents.put(self._link, value, {"pool_id": pool_id, "sub": sub})

    def delete(self, pool_id: str, sub: str) -> bool:
        """Delete the user's; tell whether there was one."""
        return self._documents.delete(self._link, pool_id=pool_id, sub=sub)
