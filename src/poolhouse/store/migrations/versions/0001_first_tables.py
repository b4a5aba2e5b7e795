"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create all tables and their indexes."""
    op.create_table(
        "access_keys",
        sa.Column("id", _TEXT, primary_key=True, nullable=False),
        sa.Column("doc", _TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "aliases",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("kind", _TEXT, primary_key=True, nullable=False),
        sa.Column("value", _TEXT, primary_key=True, nullable=False),
        sa.Column("sub", _TEXT, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("aliases_of_user", "aliases", ["pool_id", "sub"])
    op.create_table(
        "attempts",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("subject", _TEXT, primary_key=True, nullable=False),
        sa.Column("kind", _TEXT, primary_key=True, nullable=False),
        sa.Column("window_start", sa.Double, primary_key=True, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("attempts_expired", "attempts", ["pool_id", "window_start"])
    op.create_table(
        "client_ids",
        sa.Column("client_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("pool_id", _TEXT, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "clients",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("client_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("doc", _TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "codes",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("sub", _TEXT, primary_key=True, nullable=False),
        sa.Column("purpose", _TEXT, primary_key=True, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
        sa.Column("doc", _TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("codes_expired", "codes", ["pool_id", "expires"])
    op.create_table(
        "connections",
        sa.Column("id", _TEXT, primary_key=True, nullable=False),
        sa.Column("unit", sa.Integer, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "credentials",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("sub", _TEXT, primary_key=True, nullable=False),
        sa.Column("doc", _TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "doomed_pools",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "families",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("id", _TEXT, primary_key=True, nullable=False),
        sa.Column("sub", _TEXT, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
        sa.Column("revoked", sa.Double, nullable=False),
        sa.Column("doc", _TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("families_expired", "families", ["pool_id", "expires"])
    op.create_index("families_of_user", "families", ["pool_id", "sub"])
    op.create_table(
        "leases",
        sa.Column("name", _TEXT, primary_key=True, nullable=False),
        sa.Column("holder", _TEXT, nullable=False),
        sa.Column("until", sa.Double, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "lockouts",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("subject", _TEXT, primary_key=True, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_failure", sa.Double, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("lockouts_expired", "lockouts", ["pool_id", "last_failure"])
    op.create_table(
        "outbox",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("id", _TEXT, primary_key=True, nullable=False),
        sa.Column("not_before", sa.Double, nullable=False),
        sa.Column("doc", _TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("outbox_due", "outbox", ["not_before", "pool_id", "id"])
    op.create_table(
        "pools",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("doc", _TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "signing_keys",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("use", _TEXT, primary_key=True, nullable=False),
        sa.Column("retired", sa.Double, primary_key=True, nullable=False),
        sa.Column("doc", _TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "spent",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("token_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("spent_expired", "spent", ["pool_id", "expires"])
    op.create_table(
        "user_search",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("name", _TEXT, primary_key=True, nullable=False),
        sa.Column("value", _TEXT, primary_key=True, nullable=False),
        sa.Column("sub", _TEXT, primary_key=True, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "users",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("sub", _TEXT, primary_key=True, nullable=False),
        sa.Column("doc", _TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
