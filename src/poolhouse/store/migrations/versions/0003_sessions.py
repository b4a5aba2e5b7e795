"""Sessions, for pools that track them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table of sessions."""
    op.create_table(
        "sessions",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("sub", _TEXT, primary_key=True, nullable=False),
        sa.Column("family", _TEXT, primary_key=True, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
        sa.Column("doc", _TEXT, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("sessions_expired", "sessions", ["pool_id", "expires"])
