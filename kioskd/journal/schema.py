"""Tables of the journal database and the steps from each version to the next."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import apsw

from kioskd.journal.database import connect_reader, transaction
from kioskd.journal.errors import JournalDamaged, JournalTooNew, NotAJournal

APPLICATION_ID = 0x6B696F73  # "kios" at byte 68 of the file, so that file(1) and we can tell what it is

MIGRATIONS: tuple[str, ...] = (
    # 1. `position` is epoch << 40 | seq: one ordered key, appended to at the right edge of one tree.
    """
    CREATE TABLE event(
        position INTEGER PRIMARY KEY,
        epoch INTEGER GENERATED ALWAYS AS (position >> 40) VIRTUAL,
        seq INTEGER GENERATED ALWAYS AS (position & 1099511627775) VIRTUAL,
        kind TEXT NOT NULL,
        version INTEGER NOT NULL,
        at INTEGER NOT NULL,
        wall INTEGER NOT NULL,
        boot TEXT NOT NULL,
        body BLOB NOT NULL,
        chain BLOB NOT NULL
    ) STRICT;
    CREATE INDEX event_day ON event(kind) WHERE kind = 'day.opened';
    CREATE INDEX event_late ON event(kind) WHERE kind = 'rating.late';
    CREATE TABLE request(
        key TEXT PRIMARY KEY,
        fingerprint BLOB NOT NULL,
        response BLOB NOT NULL,
        position INTEGER NOT NULL,
        keep_ms INTEGER NOT NULL,
        expires INTEGER NOT NULL,
        mac BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE vault_key(
        id INTEGER PRIMARY KEY,
        key_group TEXT NOT NULL,
        wrapped_by TEXT NOT NULL,
        sealed BLOB NOT NULL
    ) STRICT;
    CREATE INDEX vault_key_group ON vault_key(key_group);
    CREATE TABLE private(
        ref TEXT PRIMARY KEY,
        key INTEGER NOT NULL,
        purge_at INTEGER,
        salt BLOB NOT NULL,
        sealed BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX private_key ON private(key);
    CREATE INDEX private_purge ON private(purge_at) WHERE purge_at IS NOT NULL;
    CREATE TABLE snapshot(
        position INTEGER PRIMARY KEY,
        apply_version INTEGER NOT NULL,
        chain BLOB NOT NULL,
        mac BLOB NOT NULL,
        data BLOB NOT NULL
    ) STRICT;
    CREATE TABLE checkpoint(
        number INTEGER PRIMARY KEY,
        position INTEGER NOT NULL,
        chain BLOB NOT NULL,
        wall INTEGER NOT NULL,
        reason TEXT NOT NULL,
        key_id TEXT NOT NULL,
        signature BLOB NOT NULL
    ) STRICT;
    CREATE TABLE probe(id INTEGER PRIMARY KEY CHECK (id = 1), count INTEGER NOT NULL) STRICT;
    """,
    # 2. Ratings that two persons took out of the count, which may be of any earlier day.
    """
    CREATE INDEX event_voided ON event(kind) WHERE kind = 'rating.voided';
    """,
)


def version_of(connection: apsw.Connection) -> int:
    """Return the schema version of a database, 0 for an empty file. Raises `NotAJournal`."""
    version: int = connection.pragma("user_version")
    application: int = connection.pragma("application_id")
    if application != APPLICATION_ID and (
        version or next(connection.execute("SELECT 1 FROM sqlite_schema"), None)
    ):
        raise NotAJournal(connection.filename)
    return version


def open_to_read(database: Path) -> apsw.Connection:
    """Open an existing journal for reading, also beside a running hall.

    Raises `NotAJournal`, `JournalDamaged` for a file SQLite cannot read, `JournalTooNew`.
    """
    if not database.is_file():
        raise NotAJournal(str(database))
    try:
        connection = connect_reader(database)
    except (apsw.NotADBError, apsw.CorruptError) as error:
        raise JournalDamaged(f"{database}: {error}") from error
    try:
        version = version_of(connection)
        if version == 0:
            raise NotAJournal(str(database))
        if version > len(MIGRATIONS):
            raise JournalTooNew(version, len(MIGRATIONS))
    except (apsw.NotADBError, apsw.CorruptError) as error:
        connection.close(True)
        raise JournalDamaged(f"{database}: {error}") from error
    except BaseException:
        connection.close(True)
        raise
    return connection


def migrate(connection: apsw.Connection, migrations: Sequence[str] = MIGRATIONS) -> int:
    """Bring a database to the newest version, each step whole or not at all; return the version found.

    Raises `JournalTooNew` and `NotAJournal`.
    """
    found = version_of(connection)
    if found > len(migrations):
        raise JournalTooNew(found, len(migrations))
    for number in range(found + 1, len(migrations) + 1):
        with transaction(connection):
            connection.execute(migrations[number - 1])
            connection.pragma("application_id", APPLICATION_ID)
            connection.pragma("user_version", number)
    return found
