"""Users' authenticator apps."""

from poolhouse.domain.totp import SoftwareToken
from poolhouse.store.documents import Documents
from poolhouse.store.engine import Link
from poolhouse.store.tables import software_tokens

_TOKENS = Documents(software_tokens, SoftwareToken)


class SoftwareTokens:
    """At most one for each user, registered or to be verified."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def get(self, pool_id: str, sub: str) -> SoftwareToken | None:
        """Return the user's."""
        return _TOKENS.get(self._link, pool_id=pool_id, sub=sub)

    def put(self, pool_id: str, sub: str, token: SoftwareToken) -> SoftwareToken:
        """Store the user's, new or changed; one of version 0 replaces what is there.

        Raises:
            StaleRow: it has changed since it was read.
        """
        return _TOKENS.put(self._link, token, {"pool_id": pool_id, "sub": sub})

    def delete(self, pool_id: str, sub: str) -> bool:
        """Delete the user's; tell whether there was one."""
        return _TOKENS.delete(self._link, pool_id=pool_id, sub=sub)
