"""User import jobs, their files and logs."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "import_jobs",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("job_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("running", sa.Integer, nullable=False),
        sa.Column("doc", _TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("import_jobs_by_time", "import_jobs", ["pool_id", "created", "job_id"])
    op.create_index("import_jobs_running", "import_jobs", ["running", "pool_id", "job_id"])
    op.create_table(
        "import_files",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("job_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("upload", _TEXT, primary_key=True, nullable=False),
        sa.Column("piece", sa.Integer, primary_key=True, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "import_logs",
        sa.Column("pool_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("job_id", _TEXT, primary_key=True, nullable=False),
        sa.Column("line", sa.Integer, primary_key=True, nullable=False),
        sa.Column("text", _TEXT, nullable=False),
        sqlite_with_rowid=False,
    )
