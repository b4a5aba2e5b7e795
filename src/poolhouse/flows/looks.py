"""Where the images of pages are, and what goes with a client: how its pages look."""

from poolhouse.store import Tx

ASSETS = "/assets"
"""Where images, the style sheet and the script are served."""


def image_path(pool_id: str, owner: str, name: str) -> str:
    """Return the path under which an image is served; its name is its hash."""
    return f"{ASSETS}/{pool_id}/{owner}/{name}"


def forget_looks(tx: Tx, pool_id: str, client_id: str) -> None:
    """Delete a client's style, its classic customization, their images, and its terms documents."""
    style = tx.styles.of_client(pool_id, client_id)
    if style is not None:
        tx.images.keep(pool_id, style.id, ())
        tx.styles.delete(style)
    tx.images.keep(pool_id, client_id, ())
    tx.customizations.delete(pool_id, client_id)
    for document in tx.terms.of_client(pool_id, client_id):
        tx.terms.delete(document)
