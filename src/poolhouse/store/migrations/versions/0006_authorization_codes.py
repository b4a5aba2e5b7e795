"""Codes that stand for what users let clients have."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "authorization_codes",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("digest", _TEXT, primary_key=True, nullable=False),
        sa.Column("sub", _TEXT, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
        sa.Column("doc", _TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("authorization_codes_of_user", "authorization_codes", ["pool_id", "sub"])
    op.create_index("authorization_codes_expired", "authorization_codes", ["pool_id", "expires"])
