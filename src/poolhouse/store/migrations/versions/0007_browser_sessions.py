"""Sessions of browsers at the pages."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "browser_sessions",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("id", _TEXT, primary_key=True, nullable=False),
        sa.Column("sub", _TEXT, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
        sa.Column("doc", _TEXT, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("browser_sessions_of_user", "browser_sessions", ["pool_id", "sub"])
    op.create_index("browser_sessions_expired", "browser_sessions", ["pool_id", "expires"])
