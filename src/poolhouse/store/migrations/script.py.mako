"""${message}."""

import sqlalchemy as sa
from alembic import op

revision = "${up_revision}"
down_revision = "${down_revision}"


def upgrade() -> None:
    """One DDL statement that old code can ignore."""
    ${upgrades if upgrades else "raise NotImplementedError"}
