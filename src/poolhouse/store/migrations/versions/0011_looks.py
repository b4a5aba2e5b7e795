"""How pages look: managed login styles, classic customizations, images, terms documents."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _key(name: str) -> sa.Column[Any]:
    return sa.Column(name, _TEXT, primary_key=True, nullable=False)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, _TEXT, nullable=False)


def _version() -> sa.Column[Any]:
    return sa.Column("version", sa.Integer, nullable=False)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "styles",
        _key("pool_id"),
        sa.Column("slot", sa.Integer, primary_key=True, nullable=False),
        _text("id"),
        _text("client_id"),
        _text("doc"),
        _version(),
    )
    op.create_index("styles_by_id", "styles", ["pool_id", "id"], unique=True)
    op.create_index("styles_of_client", "styles", ["pool_id", "client_id"], unique=True)
    op.create_table("customizations", _key("pool_id"), _key("client_id"), _text("doc"), _version())
    op.create_table("images", _key("pool_id"), _key("owner"), _key("name"), _text("doc"), _version())
    op.create_table(
        "terms", _key("pool_id"), _key("client_id"), _key("name"), _text("id"), _text("doc"), _version()
    )
    op.create_index("terms_by_id", "terms", ["pool_id", "id"], unique=True)
