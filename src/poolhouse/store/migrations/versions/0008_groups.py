"""Groups, their members, and deleted groups."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "groups",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("name", _TEXT, primary_key=True, nullable=False),
        sa.Column("group_id", _TEXT, nullable=False),
        sa.Column("doc", _TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("groups_by_id", "groups", ["pool_id", "group_id"], unique=True)
    op.create_table(
        "members",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("group_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("sub", _TEXT, primary_key=True, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("groups_of_user", "members", ["pool_id", "sub"])
    op.create_table(
        "doomed_groups",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("group_id", _TEXT, primary_key=True, nullable=False),
        sqlite_with_rowid=False,
    )
