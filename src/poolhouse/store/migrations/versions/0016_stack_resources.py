"""Resources that files of configuration take care of."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "stack_resources",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("stack", _TEXT, primary_key=True, nullable=False),
        sa.Column("name", _TEXT, primary_key=True, nullable=False),
        sa.Column("doc", _TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Index("stack_resources_of_stack", "stack", "pool_id", "name"),
    )
