"""Saving what is sound of a broken database, so that the hall opens in the morning."""

from __future__ import annotations

import contextlib
from pathlib import Path

import apsw
import structlog

from kioskd.journal.chain import GENESIS, link
from kioskd.journal.database import connect_reader, connect_writer, events, insert_events, transaction
from kioskd.journal.records import BEFORE_ALL, Position
from kioskd.journal.replace import remove_database, replace_database
from kioskd.journal.schema import migrate

_PAGE = 500
_TABLES = {
    "request": "position <= ?",
    "vault_key": "? IS NOT NULL",
    "private": "? IS NOT NULL",
    "snapshot": "position <= ?",
    "checkpoint": "position <= ?",
}
_log = structlog.get_logger(__name__)


def salvage(database: Path, aside: Path) -> Position:
    """Replace a broken database by one with its unbroken beginning; return the last event saved.

    The events up to the first that is unreadable or does not fit the chain are carried over, other tables
    row by row as far as they can be read. The broken files move into ``aside``, where a person can
    look for more.
    """
    new = database.with_name(database.name + ".salvage")
    remove_database(new)
    target = connect_writer(new)
    try:
        migrate(target)
        with contextlib.suppress(apsw.Error):
            source = connect_reader(database)
            try:
                last = _copy_events(source, target)
                for table, condition in _TABLES.items():
                    _copy_table(source, target, table, condition, last)
            finally:
                source.close(True)
        kept = next(target.execute("SELECT ifnull(max(position), 0) FROM event"))[0]
        target.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    finally:
        target.close(True)
    remaining = Position.from_number(kept)
    replace_database(new, database, aside)
    for side in ("-wal", "-shm"):
        new.with_name(new.name + side).unlink(missing_ok=True)
    _log.error("journal.salvaged", last=str(remaining), set_aside=str(aside))
    return remaining


def _copy_events(source: apsw.Connection, target: apsw.Connection) -> Position:
    last, chain = BEFORE_ALL, GENESIS
    size = _PAGE
    while True:
        try:
            page = events(source, last, size)
        except (apsw.Error, TypeError, ValueError):
            if size == 1:
                return last
            size = 1  # come as close to the broken place as possible
            continue
        sound = []
        for event in page:
            place = event.position
            follows = place in (
                Position(last.epoch, last.seq + 1),
                Position(max(place.epoch, last.epoch + 1), 1),
            )
            if not follows or event.chain != link(chain, place.epoch, place.seq, event, event.boot):
                break
            sound.append(event)
            last, chain = place, event.chain
        with transaction(target):
            insert_events(target, sound)
        if len(sound) < len(page) or not page:
            return last


def _copy_table(
    source: apsw.Connection, target: apsw.Connection, table: str, condition: str, last: Position
) -> None:
    with transaction(target), contextlib.suppress(apsw.Error):
        for row in source.execute(f"SELECT * FROM {table} WHERE {condition}", (last.number,)):
            marks = ",".join("?" * len(row))
            target.execute(f"INSERT OR IGNORE INTO {table} VALUES({marks})", row)
