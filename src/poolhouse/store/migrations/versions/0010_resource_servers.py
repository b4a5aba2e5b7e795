"""Resource servers."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "resource_servers",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("identifier", _TEXT, primary_key=True, nullable=False),
        sa.Column("doc", _TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
