"""The office: who may look, days that are over, bad ratings; and the quick way to a hall's days."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "office_person",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("person", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
        sa.Column("must_change", sa.Boolean, nullable=False),
        sa.Column("made", sa.BigInteger, nullable=False),
        sa.Column("seen", sa.BigInteger),
        sa.Column("disabled", sa.BigInteger),
    )
    op.create_table(
        "office_session",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("made", sa.BigInteger, nullable=False),
        sa.Column("active", sa.BigInteger, nullable=False),
        sa.Column("locked", sa.Boolean, nullable=False),
    )
    op.create_index("ix_office_session_name", "office_session", ["name"])
    op.create_table(
        "office_wrong",
        sa.Column("who", sa.String, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "office_noted",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("params", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_office_noted_at", "office_noted", ["at"])
    op.create_table(
        "office_day",
        sa.Column("hall", sa.String, primary_key=True),
        sa.Column("date", sa.String, primary_key=True),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("figures", sa.LargeBinary, nullable=False),
        sa.Column("anomalies", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "office_poor",
        sa.Column("hall", sa.String, primary_key=True),
        sa.Column("rating", sa.String, primary_key=True),
        sa.Column("number", sa.String, nullable=False),
        sa.Column("date", sa.String, nullable=False),
        sa.Column("due", sa.String, nullable=False),
        sa.Column("window", sa.String, nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("teller", sa.String, nullable=False),
        sa.Column("service", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("handler", sa.String, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("facts", sa.LargeBinary, nullable=False),
        sa.Column("moves", sa.LargeBinary, nullable=False),
        sa.Column("changed", sa.BigInteger, nullable=False),
        sa.Column("asked", sa.LargeBinary),
    )
    op.create_index("ix_office_poor_state", "office_poor", ["state"])
    op.create_table(
        "parcel",
        sa.Column("number", sa.String, primary_key=True),
        sa.Column("hall", sa.String, nullable=False),
        sa.Column("made", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("error", sa.String, nullable=False),
        sa.Column("sent", sa.BigInteger),
    )
    op.create_index("ix_parcel_due", "parcel", ["state", "due"])
    op.create_table(
        "parcel_facts",
        sa.Column("hall", sa.String, primary_key=True),
        sa.Column("ticket", sa.String, primary_key=True),
        sa.Column("wall", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    # Only these few kinds are in it: a day is found without reading the days before.
    marks = sa.text("kind IN ('day.opened', 'rating.late', 'rating.voided', 'settings.applied')")
    op.create_index(
        "ix_event_marks", "event", ["hall", "epoch", "seq"], postgresql_where=marks, sqlite_where=marks
    )
