"""What an appointment is for, who was told of an overdue bad rating, and values that halls share."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("appointment", sa.Column("service", sa.String))
    op.create_table(
        "office_alarm",
        sa.Column("sink", sa.String, primary_key=True),
        sa.Column("hall", sa.String, primary_key=True),
        sa.Column("rating", sa.String, primary_key=True),
        sa.Column("due", sa.String, primary_key=True),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("told", sa.BigInteger),
    )
    op.create_table(
        "shared_value",
        sa.Column("hall", sa.String, primary_key=True),
        sa.Column("ref", sa.String, primary_key=True),
        sa.Column("purge_at", sa.BigInteger, nullable=False, index=True),
        sa.Column("box", sa.LargeBinary, nullable=False),
    )
