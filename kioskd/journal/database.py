"""Connections to the journal database.

SQLite up to 3.51.2 can corrupt a database when two connections write or checkpoint it, so exactly one
connection does either, whatever version is linked; the others read.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import apsw

from kioskd.journal.chain import event_id
from kioskd.journal.records import Position, StoredEvent

DATABASE_NAME = "journal.db"
BUSY_MS = 5_000
_WAL_LIMIT = 16 * 1024 * 1024
_ROWS_AT_ONCE = 128

_EVENT = "SELECT position, kind, version, at, wall, boot, body, chain FROM event"


def connect_writer(path: Path, vfs: str | None = None) -> apsw.Connection:
    """Open the one connection that writes: WAL, every commit synced, no checkpoint by itself."""
    connection = apsw.Connection(str(path), vfs=vfs)
    try:
        _common(connection)
        connection.pragma("journal_mode", "wal")
        connection.pragma("synchronous", "FULL")
        connection.pragma("journal_size_limit", _WAL_LIMIT)
    except BaseException:
        connection.close(True)
        raise
    return connection


def connect_reader(path: Path, vfs: str | None = None) -> apsw.Connection:
    """Open a connection that can neither write nor checkpoint. It may be used by one thread at a time."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE, vfs=vfs)
    try:
        _common(connection)
        connection.pragma("query_only", 1)
    except BaseException:
        connection.close(True)
        raise
    return connection


def connect_copier(path: Path) -> apsw.Connection:
    """Open a connection for VACUUM INTO, which `query_only` would forbid; it never checkpoints."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    _common(connection)
    return connection


def _common(connection: apsw.Connection) -> None:
    connection.set_busy_timeout(BUSY_MS)
    connection.wal_autocheckpoint(0)
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    connection.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)


@contextmanager
def transaction(connection: apsw.Connection) -> Generator[None, None, None]:
    """Commit what is done meanwhile, or none of it when an exception leaves the block.

    SQLite itself has rolled back when the disk was full.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def quick_check(connection: apsw.Connection) -> str:
    """Return what SQLite's quick check complains of, an empty string when nothing."""
    first = str(next(connection.execute("PRAGMA quick_check(1)"))[0])
    return "" if first == "ok" else first


def last_event(connection: apsw.Connection) -> StoredEvent | None:
    """Return the last event of all."""
    for row in connection.execute(f"{_EVENT} ORDER BY position DESC LIMIT 1"):
        return stored_event(*row)
    return None


def chain_at(connection: apsw.Connection, position: Position) -> bytes | None:
    """Return the chain of the event at ``position``, None when there is no such event."""
    for (chain,) in connection.execute("SELECT chain FROM event WHERE position = ?", (position.number,)):
        found: bytes = chain
        return found
    return None


def events(
    connection: apsw.Connection, after: Position, limit: int, until: Position | None = None
) -> list[StoredEvent]:
    """Return at most ``limit`` events in order, from the first past ``after`` to ``until`` inclusive."""
    last = (1 << 63) - 1 if until is None else until.number
    rows = connection.execute(
        f"{_EVENT} WHERE position > ? AND position <= ? ORDER BY position LIMIT ?",
        (after.number, last, limit),
    )
    return [stored_event(*row) for row in rows]


def events_of(
    connection: apsw.Connection,
    after: Position,
    until: Position | None,
    kinds: Sequence[str],
    mention: bytes | None,
    limit: int,
) -> list[StoredEvent]:
    """Return at most ``limit`` events past ``after``, to ``until`` inclusive, in order, that are of one of
    ``kinds`` or whose body has ``mention`` in it. Costs a walk over that stretch, without decoding it.
    """
    last = (1 << 63) - 1 if until is None else until.number
    marks = ",".join("?" * len(kinds))
    wanted = f"kind IN ({marks})" + (" OR instr(body, ?) > 0" if mention is not None else "")
    values = (after.number, last, *kinds, *([mention] if mention is not None else []), limit)
    rows = connection.execute(
        f"{_EVENT} WHERE position > ? AND position <= ? AND ({wanted}) ORDER BY position LIMIT ?", values
    )
    return [stored_event(*row) for row in rows]


def days_opened(connection: apsw.Connection) -> list[StoredEvent]:
    """Return every ``day.opened``, in order; its index makes that cheap at any length of the journal."""
    rows = connection.execute(f"{_EVENT} WHERE kind = 'day.opened' ORDER BY position")
    return [stored_event(*row) for row in rows]


def late_ratings(connection: apsw.Connection, after: Position) -> list[StoredEvent]:
    """Return every ``rating.late`` and ``rating.voided`` past ``after``, in order, as cheaply."""
    found = [
        stored_event(*row)
        for kind in ("rating.late", "rating.voided")
        # The kind stands in the statement, since only then a partial index serves it.
        for row in connection.execute(f"{_EVENT} WHERE kind = '{kind}' AND position > ?", (after.number,))
    ]
    return sorted(found, key=lambda stored: stored.position)


def stored_event(
    number: int, kind: str, version: int, at: int, wall: int, boot: str, body: bytes, chain: bytes
) -> StoredEvent:
    """Make an event of its row."""
    return StoredEvent(
        Position.from_number(number), event_id(chain), kind, version, at, wall, boot, body, chain
    )


def insert_rows(connection: apsw.Connection, head: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Run ``head`` (an INSERT up to VALUES) with these rows, which all have the same length.

    Many rows make one statement, not one each: the interpreter is let go around every statement, and the
    writer must win it back from a busy event loop each time.
    """
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        some = rows[start : start + _ROWS_AT_ONCE]
        marks = "(" + ",".join("?" * len(some[0])) + ")"
        connection.execute(head + ",".join([marks] * len(some)), [value for row in some for value in row])


def insert_events(connection: apsw.Connection, events: Sequence[StoredEvent]) -> None:
    """Append events; their places and chains are already given."""
    insert_rows(
        connection,
        "INSERT INTO event(position, kind, version, at, wall, boot, body, chain) VALUES",
        [(e.position.number, e.kind, e.version, e.at, e.wall, e.boot, e.body, e.chain) for e in events],
    )
