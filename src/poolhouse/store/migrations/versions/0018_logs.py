"""Log events that destinations are owed."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "log_events",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("source", _TEXT, primary_key=True, nullable=False),
        sa.Column("at", sa.Double, primary_key=True, nullable=False),
        sa.Column("id", _TEXT, primary_key=True, nullable=False),
        sa.Column("record", _TEXT, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "log_queues",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("source", _TEXT, primary_key=True, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("doc", _TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
