"""Tables of versioned JSON documents: a key, the columns that are searched, the document, its version."""

from dataclasses import replace
from typing import Any, Generic, Protocol, TypeVar

import msgspec
from sqlalchemy import Table, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from poolhouse.store.engine import Link, Statement
from poolhouse.store.refusals import Conflict, StaleRow


class Versioned(Protocol):
    """A frozen dataclass of the domain that is stored with its version."""

    @property
    def version(self) -> int:
        """Raised by each save."""


T = TypeVar("T", bound=Versioned)


def same_key(table: Table) -> list[Any]:
    """Return the conditions that name one row: each column of the primary key equals its value."""
    return [column == bindparam(column.name) for column in table.primary_key.columns]


def values_of(table: Table) -> dict[str, Any]:
    """Return a value to bind for each column, under the column's name."""
    return {column.name: bindparam(column.name) for column in table.columns}


class Documents(Generic[T]):
    """The statements over one table of documents.

    Methods take the row's key and searched columns by their names. The version inside the document is the
    version beside it, so that decoding gives the whole value.
    """

    def __init__(self, table: Table, kind: type[T]) -> None:
        key, columns = same_key(table), values_of(table)
        changed = {c.name: columns[c.name] for c in table.columns if not c.primary_key}
        self._name = table.name
        self._get = Statement(select(table.c.doc).where(*key))
        self._add = Statement(insert(table).values(columns).on_conflict_do_nothing())
        self._save = Statement(
            update(table).where(*key, table.c.version == bindparam("stale")).values(changed)
        )
        self._version = Statement(select(table.c.version).where(*key))
        self._delete = Statement(delete(table).where(*key))
        self.decode = msgspec.json.Decoder(kind).decode

    def get(self, link: Link, **key: Any) -> T | None:
        """Return the value, or None."""
        row = link.one(self._get, **key)
        return self.decode(row[0]) if row else None

    def add(self, link: Link, value: T, key: dict[str, Any], **searched: Any) -> None:
        """Store a new value.

        Raises:
            Conflict: there is another under this key. The very same one is what an earlier run of this unit
                of work left, whose commit nobody heard of.
        """
        doc = encode(value)
        if link.run(self._add, **key, **searched, doc=doc, version=value.version) == 1:
            return
        row = link.one(self._get, **key)
        if row is None or row[0] != doc:
            raise Conflict(self._name)

    def save(self, link: Link, value: T, key: dict[str, Any], **searched: Any) -> T:
        """Store a changed value; return it with its new version.

        Raises:
            StaleRow: it is not the version that was read.
        """
        saved: T = replace(value, version=value.version + 1)  # type: ignore[type-var]
        doc = encode(saved)
        if link.run(self._save, **key, **searched, doc=doc, version=saved.version, stale=value.version) != 1:
            raise StaleRow(self._name)
        return saved

    def put(self, link: Link, value: T, key: dict[str, Any], **searched: Any) -> T:
        """Store a value, new or changed; return it with its version. Version 0 replaces what is there.

        Raises:
            StaleRow: it is not the version that was read, or another writer came between.
        """
        row = link.one(self._version, **key)
        if row is not None:
            if value.version not in (0, row[0]):
                raise StaleRow(self._name)
            current: T = replace(value, version=row[0])  # type: ignore[type-var]
            return self.save(link, current, key, **searched)
        stored: T = replace(value, version=value.version + 1)  # type: ignore[type-var]
        if link.run(self._add, **key, **searched, doc=encode(stored), version=stored.version) != 1:
            raise StaleRow(self._name)
        return stored

    def delete(self, link: Link, **key: Any) -> bool:
        """Delete the row; tell whether there was one."""
        return link.run(self._delete, **key) == 1


_encoder = msgspec.json.Encoder()


def encode(value: Any) -> str:
    """Return a value as a JSON document."""
    return _encoder.encode(value).decode()
