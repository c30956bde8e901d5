"""The log of every hall, the orders to it, and who may speak for it."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

PARTITIONS = 16
"""Of the events on PostgreSQL, by hall: enough for a province, few enough to plan quickly."""


def upgrade() -> None:
    server = op.create_table(
        "server", sa.Column("id", sa.Integer, primary_key=True), sa.Column("inc", sa.String, nullable=False)
    )
    op.bulk_insert(server, [{"id": 1, "inc": secrets.token_hex(8)}])
    op.create_table(
        "hall",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("next", sa.BigInteger, nullable=False),
        sa.Column("chain", sa.LargeBinary, nullable=False),
        sa.Column("safe_epoch", sa.Integer, nullable=False),
        sa.Column("safe_seq", sa.BigInteger, nullable=False),
        sa.Column("feed", sa.String, nullable=False),
        sa.Column("joined", sa.BigInteger, nullable=False),
        sa.Column("heard", sa.BigInteger),
        sa.Column("status", sa.LargeBinary),
        sa.Column("status_at", sa.BigInteger),
        sa.Column("quarantined", sa.BigInteger),
    )
    postgres = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "event",
        sa.Column("hall", sa.String, primary_key=True),
        sa.Column("epoch", sa.Integer, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("wall", sa.BigInteger, nullable=False),
        sa.Column("boot", sa.String, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("chain", sa.LargeBinary, nullable=False),
        postgresql_partition_by="HASH (hall)",
        sqlite_with_rowid=False,
    )
    if postgres:
        for n in range(PARTITIONS):
            op.execute(
                f"CREATE TABLE event_{n} PARTITION OF event"
                f" FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {n})"
            )
    op.create_table(
        "branch",
        sa.Column("hall", sa.String, primary_key=True),
        sa.Column("epoch", sa.Integer, primary_key=True),
        sa.Column("parent_epoch", sa.Integer, nullable=False),
        sa.Column("parent_seq", sa.BigInteger, nullable=False),
        sa.Column("found", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "orders",
        sa.Column("hall", sa.String, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("expires", sa.BigInteger),
        sa.Column("made", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("hall", "id"),
    )
    op.create_index("ix_orders_made", "orders", ["made"])
    op.create_table(
        "token",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("hall", sa.String, nullable=False),
        sa.Column("made", sa.BigInteger, nullable=False),
        sa.Column("used", sa.BigInteger),
        sa.Column("revoked", sa.Boolean, nullable=False),
    )
    op.create_index("ix_token_hall", "token", ["hall"])
    op.create_table(
        "joining",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("hall", sa.String, nullable=False),
        sa.Column("made", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
    )
