"""Images of styles and customizations, by what their content hashes to."""

from collections.abc import Collection

from sqlalchemy import bindparam, select

from poolhouse.domain.images import Image
from poolhouse.store.documents import Documents
from poolhouse.store.engine import Link, Statement
from poolhouse.store.tables import images

_IMAGES = Documents(images, Image)
_NAMES = Statement(
    select(images.c.name).where(
        images.c.pool_id == bindparam("pool_id"), images.c.owner == bindparam("owner")
    )
)


class Images:
    """Images by owner and name."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def get(self, pool_id: str, owner: str, name: str) -> Image | None:
        """Return the image."""
        return _IMAGES.get(self._link, pool_id=pool_id, owner=owner, name=name)

    def add(self, image: Image) -> None:
        """Store an image; one of the same name is the same."""
        key = {"pool_id": image.pool_id, "owner": image.owner, "name": image.name}
        if _IMAGES.get(self._link, **key) is None:
            _IMAGES.add(self._link, image, key)

    def keep(self, pool_id: str, owner: str, names: Collection[str]) -> None:
        """Delete all of the owner's images but these."""
        for (name,) in self._link.all(_NAMES, pool_id=pool_id, owner=owner):
            if name not in names:
                _IMAGES.delete(self._link, pool_id=pool_id, owner=owner, name=name)
