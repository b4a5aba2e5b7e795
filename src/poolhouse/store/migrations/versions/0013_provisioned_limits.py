"""Request rates that differ from their defaults."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "provisioned_limits",
        sa.Column("category", _TEXT, primary_key=True, nullable=False),
        sa.Column("doc", _TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
