"""Terms documents of app clients."""

import builtins

from sqlalchemy import bindparam, func, select

from poolhouse.domain.terms import Terms
from poolhouse.store.documents import Documents
from poolhouse.store.engine import Link, Statement
from poolhouse.store.tables import terms

_TERMS = Documents(terms, Terms)
_IN_POOL = terms.c.pool_id == bindparam("pool_id")
_BY_ID = Statement(select(terms.c.doc).where(_IN_POOL, terms.c.id == bindparam("id")))
_OF_CLIENT = Statement(
    select(terms.c.doc).where(_IN_POOL, terms.c.client_id == bindparam("client_id")).order_by(terms.c.name)
)
_LIST = Statement(
    select(terms.c.doc)
    .where(_IN_POOL, terms.c.id > bindparam("after"))
    .order_by(terms.c.id)
    .limit(bindparam("limit"))
)
_COUNT = Statement(select(func.count()).select_from(terms).where(_IN_POOL))


class TermsDocuments:
    """Documents; of each name at most one for each client."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def get(self, pool_id: str, terms_id: str) -> Terms | None:
        """Return the document of that id."""
        row = self._link.one(_BY_ID, pool_id=pool_id, id=terms_id)
        return _TERMS.decode(row[0]) if row else None

    def of_client(self, pool_id: str, client_id: str) -> builtins.list[Terms]:
        """Return a client's documents."""
        rows = self._link.all(_OF_CLIENT, pool_id=pool_id, client_id=client_id)
        return [_TERMS.decode(doc) for (doc,) in rows]

    def list(self, pool_id: str, after: str | None, limit: int) -> builtins.list[Terms]:
        """Return the pool's documents in the order of their ids, those after `after`."""
        rows = self._link.all(_LIST, pool_id=pool_id, after=after or "", limit=limit)
        return [_TERMS.decode(doc) for (doc,) in rows]

    def count(self, pool_id: str) -> int:
        """Return how many documents the pool has."""
        row = self._link.one(_COUNT, pool_id=pool_id)
        return int(row[0]) if row else 0

    def add(self, document: Terms) -> None:
        """Store a new document.

        Raises:
            Conflict: the client has one of that name.
        """
        _TERMS.add(self._link, document, _key(document), id=document.id)

    def save(self, document: Terms) -> Terms:
        """Store a changed document under the name it had; return it with its new version.

        Raises:
            StaleRow: it has changed since it was read.
        """
        return _TERMS.save(self._link, document, _key(document), id=document.id)

    def delete(self, document: Terms) -> bool:
        """Delete the document; tell whether it was there."""
        return _TERMS.delete(self._link, **_key(document))


def _key(document: Terms) -> dict[str, str]:
    return {"pool_id": document.pool_id, "client_id": document.client_id, "name": document.name}
