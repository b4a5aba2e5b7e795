"""Passkeys."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table of passkeys."""
    op.create_table(
        "passkeys",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("sub", _TEXT, primary_key=True, nullable=False),
        sa.Column("slot", sa.Integer, primary_key=True, nullable=False),
        sa.Column("credential_id", _TEXT, nullable=False),
        sa.Column("doc", _TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("passkeys_by_id", "passkeys", ["pool_id", "credential_id"], unique=True)
