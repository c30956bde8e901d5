"""Tables of the central database, the same on SQLite and PostgreSQL.

The migrations make them; this is how the code speaks of them. Chains are 32 bytes, instants UTC
milliseconds unless a column says otherwise.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

metadata = MetaData()

SERVER = Table(
    "server",
    metadata,
    Column("id", Integer, primary_key=True),  # one row, 1
    Column("inc", String, nullable=False),
)
"""The incarnation of this database: another one after it was put back from a copy."""

HALL = Table(
    "hall",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("next", BigInteger, nullable=False),
    Column("chain", LargeBinary, nullable=False),
    Column("safe_epoch", Integer, nullable=False),
    Column("safe_seq", BigInteger, nullable=False),
    Column("feed", String, nullable=False),
    Column("joined", BigInteger, nullable=False),
    Column("heard", BigInteger),  # when it last sent anything
    Column("status", LargeBinary),  # what it last said of itself, a `HallStatus` in JSON
    Column("status_at", BigInteger),
    Column("quarantined", BigInteger),  # since when its log contradicts what is here; None: it does not
)
"""One row a hall; locking it is what makes two processes take turns with that hall's log."""

EVENT = Table(
    "event",
    metadata,
    Column("hall", String, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("kind", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),  # hall time
    Column("wall", BigInteger, nullable=False),
    Column("boot", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("chain", LargeBinary, nullable=False),
)
"""Every hall's log, byte for byte. Nothing here is ever changed or deleted before its retention is over."""

EVENT_COLUMNS = tuple(EVENT.c.keys())

BRANCH = Table(
    "branch",
    metadata,
    Column("hall", String, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("parent_epoch", Integer, nullable=False),
    Column("parent_seq", BigInteger, nullable=False),
    Column("found", BigInteger, nullable=False),
)
"""Epochs that went on from an earlier place than the last one here: what lies between happened all the same,
and the hall has lost it.
"""

ORDERS = Table(
    "orders",
    metadata,
    Column("hall", String, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("expires", BigInteger),
    Column("made", BigInteger, nullable=False, index=True),
    UniqueConstraint("hall", "id"),
)
"""What halls are asked to do; a hall's feed of orders counts from 1 without gaps."""

TOKEN = Table(
    "token",
    metadata,
    Column("digest", LargeBinary, primary_key=True),  # SHA-256 of the token
    Column("hall", String, nullable=False, index=True),
    Column("made", BigInteger, nullable=False),
    Column("used", BigInteger),  # first use; it ends every older token of the hall
    Column("revoked", Boolean, nullable=False),
)
"""Tokens of halls. On rotation the old and the new one are good until the new one is first used."""

JOINING = Table(
    "joining",
    metadata,
    Column("digest", LargeBinary, primary_key=True),  # SHA-256 of the one-time code
    Column("hall", String, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
)
"""One-time codes by which a hall joins; used ones are deleted."""

READING = Table(
    "reading",
    metadata,
    Column("name", String, primary_key=True),
    Column("hall", String, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("next", BigInteger, nullable=False),
)
"""How far each reader of the logs has read each hall's: the first place it has not."""

KEYMARK = Table(
    "keymark",
    metadata,
    Column("id", Integer, primary_key=True),  # one row, 1
    Column("mark", String, nullable=False),
)
"""By which the key that persons are hashed with is known again; it lies in a file."""

RULES = Table(
    "rules",
    metadata,
    Column("hall", String, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("wall", BigInteger, nullable=False),
)
"""The rules that each hall works by, as its last ``settings.applied`` says them."""

PLAN = Table(
    "plan",
    metadata,
    Column("hall", String, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("made", BigInteger, nullable=False),
)
"""Which times a hall gives, a `BookingPlan` in JSON."""

APPOINTMENT = Table(
    "appointment",
    metadata,
    Column("id", String, primary_key=True),
    Column("hall", String, nullable=False),
    Column("code", String, nullable=False, unique=True),  # a digest; nobody but the citizen has the code
    Column("person", String, index=True),  # keyed hash; gone once it is of no more use
    Column("queue", String, nullable=False),
    Column("service", String),  # what it is for, where that was said
    Column("date", String, nullable=False, index=True),
    Column("start", Integer, nullable=False),  # minutes since midnight
    Column("end", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("number", String),  # of the ticket that was taken for it
    Column("made", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
)
"""Times that were given. ``state``: asked (the hall does not know yet), booked, refused (by the hall),
cancelled, arrived, missed, excused.
"""

PERSON_DAY = Table(
    "person_day",
    metadata,
    Column("person", String, primary_key=True),
    Column("date", String, primary_key=True),
    Column("appointment", String, nullable=False),
)
"""One time a person and day, whatever the hall."""

RELEASE = Table(
    "release",
    metadata,
    Column("version", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("sha256", String, nullable=False),
    Column("files", LargeBinary, nullable=False),  # JSON, name by content, as halls fetch it
    Column("made", BigInteger, nullable=False),
)
"""Versions of the settings that a city gives to its halls."""

ROLLOUT = Table(
    "rollout",
    metadata,
    Column("hall", String, primary_key=True),
    Column("number", Integer, primary_key=True),  # counts what was asked of this hall
    Column("order_id", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("asked", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
)
"""Which hall was asked to work by which release, and what it said: asked, taken or refused."""

REMOTE = Table(
    "remote",
    metadata,
    Column("ticket", String, primary_key=True),  # the id that the ticket has if the hall gives it
    Column("hall", String, nullable=False),
    Column("code", String, nullable=False),  # a digest (`ticket_digest`)
    Column("state", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
)
"""Numbers that somebody would like by phone: asked, given or refused."""
