"""Changes of a living pool's naming that are under way."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "pool_changes",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("doc", _TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
