"""Readers of the logs, and the times that halls give."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "reading",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("hall", sa.String, primary_key=True),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("next", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "keymark", sa.Column("id", sa.Integer, primary_key=True), sa.Column("mark", sa.String, nullable=False)
    )
    op.create_table(
        "rules",
        sa.Column("hall", sa.String, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("wall", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "plan",
        sa.Column("hall", sa.String, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("made", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "appointment",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("hall", sa.String, nullable=False),
        sa.Column("code", sa.String, nullable=False, unique=True),
        sa.Column("person", sa.String),
        sa.Column("queue", sa.String, nullable=False),
        sa.Column("date", sa.String, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("number", sa.String),
        sa.Column("made", sa.BigInteger, nullable=False),
        sa.Column("changed", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_appointment_slot", "appointment", ["hall", "queue", "date", "start"])
    op.create_index("ix_appointment_person", "appointment", ["person"])
    op.create_index("ix_appointment_date", "appointment", ["date"])
    op.create_table(
        "person_day",
        sa.Column("person", sa.String, primary_key=True),
        sa.Column("date", sa.String, primary_key=True),
        sa.Column("appointment", sa.String, nullable=False),
    )
