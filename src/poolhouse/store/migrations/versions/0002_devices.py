"""Devices of users."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "devices",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("sub", _TEXT, primary_key=True, nullable=False),
        sa.Column("device_key", _TEXT, primary_key=True, nullable=False),
        sa.Column("remembered", sa.Integer, nullable=False),
        sa.Column("doc", _TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
