"""Tables of the office; the migrations make them. Instants are UTC milliseconds."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, String, Table

from kioskd.central.schema import metadata

PERSON = Table(
    "office_person",
    metadata,
    Column("name", String, primary_key=True),
    Column("person", String, nullable=False),
    Column("role", String, nullable=False),
    Column("hash", String, nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("seen", BigInteger),
    Column("disabled", BigInteger),
)
"""Accounts. In the database, not beside it: any of several servers lets them in."""

SESSION = Table(
    "office_session",
    metadata,
    Column("digest", LargeBinary, primary_key=True),  # SHA-256 of what the cookie says
    Column("id", String, nullable=False),
    Column("name", String, nullable=False, index=True),
    Column("address", String, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("active", BigInteger, nullable=False),
    Column("locked", Boolean, nullable=False),
)

WRONG = Table(
    "office_wrong",
    metadata,
    Column("who", String, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
)
"""Wrong passwords by account and by address, as `kioskd.access.tries` counts them."""

NOTED = Table(
    "office_noted",
    metadata,
    Column("id", String, primary_key=True),
    Column("at", BigInteger, nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("params", LargeBinary, nullable=False),
)
"""Who did or looked at what. Only ever added to, until its retention is over."""

DAY = Table(
    "office_day",
    metadata,
    Column("hall", String, primary_key=True),
    Column("date", String, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("figures", LargeBinary, nullable=False),  # a `DayFigures` in JSON
    Column("anomalies", LargeBinary, nullable=False),
)
"""Business days that are over, counted out of the log up to (epoch, seq); they can be made anew at will."""

ALARM = Table(
    "office_alarm",
    metadata,
    Column("sink", String, primary_key=True),
    Column("hall", String, primary_key=True),
    Column("rating", String, primary_key=True),
    Column("due", String, primary_key=True),
    Column("until", BigInteger, nullable=False),  # so long one process tries to tell it
    Column("told", BigInteger),
)
"""Which way out has told of which bad rating that it is overdue; a new deadline is told of anew."""

POOR = Table(
    "office_poor",
    metadata,
    Column("hall", String, primary_key=True),
    Column("rating", String, primary_key=True),
    Column("number", String, nullable=False),
    Column("date", String, nullable=False),
    Column("due", String, nullable=False),
    Column("window", String, nullable=False),
    Column("level", Integer, nullable=False),
    Column("teller", String, nullable=False),
    Column("service", String, nullable=False),
    Column("state", String, nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("handler", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("facts", LargeBinary, nullable=False),  # what the registering event says else
    Column("moves", LargeBinary, nullable=False),  # every step so far
    Column("changed", BigInteger, nullable=False),
    Column("asked", LargeBinary),  # a step that the office asked the hall for and has no answer to yet
)
"""差评 of all halls as their logs say; the hall decides, this only mirrors it."""
