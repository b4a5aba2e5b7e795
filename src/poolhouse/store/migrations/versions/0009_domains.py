"""Names of pools' domains."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "domains",
        sa.Column("domain", _TEXT, primary_key=True, nullable=False),
        sa.Column("pool_id", _TEXT, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("domains_of_pool", "domains", ["pool_id"])
