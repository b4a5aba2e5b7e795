"""Authentication events."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "auth_events",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("sub", _TEXT, primary_key=True, nullable=False),
        sa.Column("id", _TEXT, primary_key=True, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
        sa.Column("familiar", sa.Integer, nullable=False),
        sa.Column("doc", _TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("auth_events_by_time", "auth_events", ["pool_id", "sub", "created", "id"])
    op.create_index("auth_events_familiar", "auth_events", ["pool_id", "sub", "familiar", "created"])
    op.create_index("auth_events_expired", "auth_events", ["pool_id", "expires"])
