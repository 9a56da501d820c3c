"""Challenges and solutions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the two tables of records."""
    for name in ("challenges", "solutions"):
        op.create_table(
            name,
            sa.Column("id", sa.String(200), primary_key=True),
            sa.Column("content_hash", sa.String(64), nullable=False),
            sa.Column("document", sa.Text, nullable=False),
            sa.Column("created", sa.DateTime(timezone=True), nullable=False),
            sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        )
