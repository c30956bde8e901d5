"""Rows of a journal on their way to a second PC, and the copy that is kept of them there.

Events travel with their places and chains and are proven on arrival; everything beside them (kept answers,
sealed personal values, signatures, snapshots) travels as it is stored: the same bytes, useless without the
key file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import apsw
import msgspec

from kioskd.journal import epochs
from kioskd.journal.chain import GENESIS, linked
from kioskd.journal.database import (
    DATABASE_NAME,
    connect_writer,
    insert_rows,
    last_event,
    quick_check,
    transaction,
)
from kioskd.journal.files import sync_folder
from kioskd.journal.guard import GUARD_NAME, GuardFile
from kioskd.journal.lock import FolderLock
from kioskd.journal.records import BEFORE_ALL, GuardNumbers, GuardState, Position, StoredEvent
from kioskd.journal.schema import migrate
from kioskd.journal.vault import overwriting

Row = tuple[Any, ...]
"""Columns in the order of the tables below: numbers, texts, bytes; the tables are strict."""

_EVENT = "position, kind, version, at, wall, boot, body, chain"
_REQUEST = "key, fingerprint, response, position, keep_ms, expires, mac"
_PRIVATE = "ref, key, purge_at, salt, sealed"
_VAULT = "id, key_group, wrapped_by, sealed"
_CHECKPOINT = "number, position, chain, wall, reason, key_id, signature"
_SNAPSHOT = "position, apply_version, chain, mac, data"
_AT_ONCE = 200


class Rows(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a copy stores together. ``vault`` is the whole table of group keys where it has changed (None: it
    has not); ``gone`` are personal values that were erased. ``whole``: nothing that belongs to these events
    comes later.
    """

    events: tuple[Row, ...] = ()
    requests: tuple[Row, ...] = ()
    private: tuple[Row, ...] = ()
    gone: tuple[str, ...] = ()
    vault: tuple[Row, ...] | None = None
    checkpoints: tuple[Row, ...] = ()
    snapshot: Row | None = None
    whole: bool = True


class NotOurHistoryError(Exception):
    """What came does not follow what the copy holds: nothing of it was stored."""


def select(connection: apsw.Connection, table: str, condition: str, *values: int | str) -> tuple[Row, ...]:
    """Return rows of a table of a journal as they travel."""
    columns = {
        "event": _EVENT,
        "request": _REQUEST,
        "private": _PRIVATE,
        "vault_key": _VAULT,
        "checkpoint": _CHECKPOINT,
        "snapshot": _SNAPSHOT,
    }[table]
    return tuple(connection.execute(f"SELECT {columns} FROM {table} WHERE {condition}", values))


def named(connection: apsw.Connection, table: str, column: str, names: Iterable[str]) -> tuple[Row, ...]:
    """Return the rows with these names, in any order; those that are gone are left out."""
    wanted, found = list(names), list[Row]()
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        found += select(connection, table, f"{column} IN ({','.join('?' * len(some))})", *some)
    return tuple(found)


def values_in(connection: apsw.Connection) -> tuple[tuple[str, bytes], ...]:
    """Return name and salt of every personal value of a journal."""
    return tuple((str(ref), bytes(salt)) for ref, salt in connection.execute("SELECT ref, salt FROM private"))


class Copy:
    """A journal that follows another one; one thread at a time. It holds the data folder's lock."""

    def __init__(self, folder: Path) -> None:
        """Open or begin the copy. Raises `DataFolderBusy`, `JournalTooNew`, apsw.Error, OSError.

        One that was left broken is begun anew: the hub has it all.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self._lock = FolderLock(folder)
        try:
            try:
                self._connection = self._open()
            except (apsw.CorruptError, apsw.NotADBError):
                self._forget()
                self._connection = self._open()
        except BaseException:
            self._lock.release()
            raise
        self._see()

    def _open(self) -> apsw.Connection:
        connection = connect_writer(self.folder / DATABASE_NAME)
        try:
            migrate(connection)
            if quick_check(connection):
                raise apsw.CorruptError
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        except BaseException:
            connection.close(True)
            raise
        sync_folder(self.folder)
        return connection

    def _see(self) -> None:
        last = last_event(self._connection)
        self.head = BEFORE_ALL if last is None else last.position
        self.chain = GENESIS if last is None else last.chain

    @property
    def history(self) -> str:
        """Name of the history it follows, empty while it holds nothing."""
        first = select(self._connection, "event", "1 ORDER BY position LIMIT 1")
        return first[0][-1].hex()[:16] if first else ""

    def refs(self) -> tuple[tuple[str, bytes], ...]:
        """Return name and salt of every personal value held: the same two are the same value."""
        return values_in(self._connection)

    def store(self, rows: Rows) -> None:
        """Store rows, durable when this returns, or nothing of them.

        Raises `NotOurHistoryError`, apsw.Error.
        """
        fresh = [row for row in rows.events if isinstance(row[0], int) and row[0] > self.head.number]
        head, chain = self._proven(fresh)
        connection = self._connection
        with transaction(connection), overwriting(connection):
            insert_rows(connection, f"INSERT INTO event({_EVENT}) VALUES", fresh)
            _put(connection, "request", _REQUEST, rows.requests)
            if rows.vault is not None:
                connection.execute("DELETE FROM vault_key")
                _put(connection, "vault_key", _VAULT, rows.vault)
            _put(connection, "private", _PRIVATE, rows.private)
            connection.executemany("DELETE FROM private WHERE ref = ?", [(ref,) for ref in rows.gone])
            connection.execute("DELETE FROM private WHERE key NOT IN (SELECT id FROM vault_key)")
            _put(connection, "checkpoint", _CHECKPOINT, rows.checkpoints)
            if rows.snapshot is not None:
                _put(connection, "snapshot", _SNAPSHOT, (rows.snapshot,))
                connection.execute(
                    "DELETE FROM snapshot WHERE position NOT IN"
                    " (SELECT position FROM snapshot ORDER BY position DESC LIMIT 2)"
                )
        if fresh:
            self.head, self.chain = head, chain

    def _proven(self, fresh: Sequence[Row]) -> tuple[Position, bytes]:
        head, chain = self.head, self.chain
        for number, kind, version, at, wall, boot, body, told in fresh:
            place = Position.from_number(int(number or 0))
            follows = place in (
                Position(head.epoch, head.seq + 1),
                Position(max(place.epoch, head.epoch + 1), 1),
            )
            chain = linked(chain, place.epoch, place.seq, kind, version, at, wall, boot, body)
            if not follows or chain != told:
                raise NotOurHistoryError(str(place))
            head = place
        return head, chain

    def newest(self) -> tuple[int, int]:
        """Return the place of the newest snapshot and the number of the last checkpoint, 0 for none."""
        rows = self._connection.execute(
            "SELECT ifnull((SELECT max(position) FROM snapshot), 0),"
            " ifnull((SELECT max(number) FROM checkpoint), 0)"
        )
        ((snapshot, checkpoint),) = rows
        return int(snapshot), int(checkpoint)

    def tidy(self) -> None:
        """Delete what hall time has made old, as the hub does; and keep the log of the database short."""
        last = last_event(self._connection)
        at = 0 if last is None else last.at
        with transaction(self._connection), overwriting(self._connection):
            self._connection.execute("DELETE FROM request WHERE expires <= ?", (at,))
            self._connection.execute("DELETE FROM private WHERE purge_at <= ?", (at,))
        self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)

    def forget(self) -> None:
        """Begin anew, empty: it followed another history."""
        self._connection.close(True)
        self._forget()
        self._connection = self._open()
        self._see()

    def _forget(self) -> None:
        for name in (DATABASE_NAME, DATABASE_NAME + "-wal", DATABASE_NAME + "-shm", GUARD_NAME):
            (self.folder / name).unlink(missing_ok=True)

    def promote(self, numbers: GuardNumbers, *, wall: int, boot: str, above: int = 0) -> StoredEvent:
        """Open an epoch on the copy, whose ``numbers`` are to be taken as given, and write its guard.

        The copy is then a journal like any other. Raises `NotOurHistoryError` when it holds nothing,
        apsw.Error, OSError.
        """
        if self.head == BEFORE_ALL:
            raise NotOurHistoryError("empty")
        heed = GuardState(self.head, self.chain.hex(), numbers)
        with transaction(self._connection):
            opening = epochs.open_epoch(
                self._connection, epochs.PROMOTED, heed, wall=wall, boot=boot, above=above
            )
        guard = GuardFile.open(self.folder / GUARD_NAME)
        try:
            guard.write(GuardState(opening.position, opening.chain.hex(), numbers))
            guard.sync()
        finally:
            guard.close()
        self._see()
        return opening

    def close(self) -> None:
        """Leave the files in order and the folder unlocked."""
        self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        self._connection.close(True)
        self._lock.release()


def _put(connection: apsw.Connection, table: str, columns: str, rows: Sequence[Row]) -> None:
    insert_rows(connection, f"INSERT OR REPLACE INTO {table}({columns}) VALUES", rows)
