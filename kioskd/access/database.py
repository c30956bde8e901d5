"""The small SQLite file that holds accounts, sessions, tokens and pairing codes.

The daemon and the command line both write to it, so every change is one immediate transaction and
the file is in rollback-journal mode, which needs no shared memory. It is readable by its owner only.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import structlog

from kioskd.access.errors import AccessError
from kioskd.journal.database import transaction

_log = structlog.get_logger(__name__)

BUSY_MS = 5000
"""How long one process waits while the other one writes."""

_STEPS = (
    """
CREATE TABLE token(
    id TEXT PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    role TEXT NOT NULL,
    label TEXT NOT NULL,
    window TEXT,
    station TEXT,
    created INTEGER NOT NULL,
    last_used INTEGER,
    revoked INTEGER
) STRICT;
CREATE TABLE pairing(
    name TEXT PRIMARY KEY,
    salt BLOB NOT NULL,
    hash BLOB NOT NULL,
    station TEXT NOT NULL,
    expires INTEGER NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0
) STRICT;
""",
    """
CREATE TABLE account(
    name TEXT PRIMARY KEY,
    person TEXT NOT NULL,
    role TEXT NOT NULL,
    teller TEXT,
    hash TEXT NOT NULL,
    must_change INTEGER NOT NULL,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    seen INTEGER,
    disabled INTEGER
) STRICT;
CREATE TABLE session(
    hash BLOB PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL REFERENCES account(name),
    address TEXT NOT NULL,
    created INTEGER NOT NULL,
    active INTEGER NOT NULL,
    locked INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE tries(
    who TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    last INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT;
CREATE TABLE note(
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
""",
    "ALTER TABLE pairing ADD COLUMN window TEXT",
    "ALTER TABLE token ADD COLUMN origins TEXT NOT NULL DEFAULT ''",
)
"""What makes the file of each version out of the one before; a step that has shipped never changes."""

VERSION = len(_STEPS)
"""Version of the tables, kept in SQLite's ``user_version``."""


class AccessDatabase:
    """An open access file. Its methods may be called from any thread, one at a time."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._lock = threading.RLock()

    @classmethod
    def open(cls, path: Path) -> AccessDatabase:
        """Open or create the file.

        A file that SQLite cannot read is renamed aside and reported, and an empty one takes its
        place: the hall goes on, new tokens must be made. Raises `AccessError` ``access.newer`` for a
        file of a later release.
        """
        try:
            return cls._open(path)
        except (apsw.NotADBError, apsw.CorruptError) as error:
            aside = _free_name(path)
            path.rename(aside)
            _log.error("access.set_aside", path=str(path), kept_as=str(aside), reason=str(error))
            return cls._open(path)

    @classmethod
    def _open(cls, path: Path) -> AccessDatabase:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        path.chmod(0o600)
        connection = apsw.Connection(str(path))
        try:
            connection.set_busy_timeout(BUSY_MS)
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("BEGIN IMMEDIATE")
            version = int(connection.pragma("user_version"))
            for step in _STEPS[version:]:
                connection.execute(step)
            if version < VERSION:
                connection.pragma("user_version", VERSION)
            connection.execute("COMMIT")
            if connection.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
                raise apsw.CorruptError("quick_check failed")
        except BaseException:
            connection.close()
            raise
        if version > VERSION:
            connection.close()
            raise AccessError("access.newer", f"{path} was written by a later release (version {version})")
        return cls(connection)

    @contextmanager
    def change(self) -> Iterator[apsw.Connection]:
        """Hold one durable transaction; an exception rolls it back."""
        with self._lock, transaction(self._connection):
            yield self._connection

    @contextmanager
    def look(self) -> Iterator[apsw.Connection]:
        """Hold the connection for reading."""
        with self._lock:
            yield self._connection

    def data_version(self) -> int | None:
        """Return a number that differs after another process wrote; None when a write is going on here."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            return int(self._connection.pragma("data_version"))
        finally:
            self._lock.release()

    def close(self) -> None:
        """Close the file; may be called again."""
        with self._lock:
            self._connection.close()


def _free_name(path: Path) -> Path:
    n = 1
    while (aside := path.with_name(f"{path.name}.unreadable-{n}")).exists():
        n += 1
    return aside
