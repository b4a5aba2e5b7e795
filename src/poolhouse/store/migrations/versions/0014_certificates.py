"""The certificates with which pools sign SAML requests."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "certificates",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("doc", _TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
