"""Kept answers: the first answer to each command, committed with the command's events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import apsw

from kioskd.journal.database import insert_rows
from kioskd.journal.keys import JournalKeys
from kioskd.journal.records import Position, RequestRecord


class Kept(NamedTuple):
    """An answer given at ``position`` and hall time ``at``."""

    record: RequestRecord
    position: Position
    at: int


def keep(connection: apsw.Connection, keys: JournalKeys, answers: Iterable[Kept]) -> None:
    """Store answers in the caller's transaction; of two under one key the later stays."""
    rows = []
    for record, position, at in answers:
        number, expires = position.number, at + record.keep_ms
        mac = _mac(keys, record, number, expires)
        rows.append((record.key, record.fingerprint, record.response, number, record.keep_ms, expires, mac))
    insert_rows(
        connection,
        "INSERT OR REPLACE INTO request(key, fingerprint, response, position, keep_ms, expires, mac) VALUES",
        rows,
    )


def find(connection: apsw.Connection, key: str) -> RequestRecord | None:
    """Return the answer kept for a key."""
    for fingerprint, response, keep_ms in connection.execute(
        "SELECT fingerprint, response, keep_ms FROM request WHERE key = ?", (key,)
    ):
        return RequestRecord(key, fingerprint, response, keep_ms)
    return None


def hashes(connection: apsw.Connection) -> set[int]:
    """Return this process's hashes of all keys that have an answer."""
    return {hash(key) for (key,) in connection.execute("SELECT key FROM request")}


def expired(connection: apsw.Connection, now: int) -> list[str]:
    """Keys of answers kept long enough at hall time ``now``; reads the whole table."""
    return [key for (key,) in connection.execute("SELECT key FROM request WHERE expires <= ?", (now,))]


def forget(connection: apsw.Connection, keys: list[str], now: int) -> int:
    """Delete those of ``keys`` that are still expired; return how many."""
    before = connection.total_changes()
    connection.executemany("DELETE FROM request WHERE key = ? AND expires <= ?", [(key, now) for key in keys])
    return connection.total_changes() - before


def sound(connection: apsw.Connection, keys: JournalKeys) -> Iterator[tuple[str, bool]]:
    """Go through all answers: key, and whether the row is as this journal's key file wrote it."""
    for key, fingerprint, response, position, keep_ms, expires, mac in connection.execute(
        "SELECT key, fingerprint, response, position, keep_ms, expires, mac FROM request"
    ):
        record = RequestRecord(key, fingerprint, response, keep_ms)
        yield key, mac == _mac(keys, record, position, expires)


def _mac(keys: JournalKeys, record: RequestRecord, position: int, expires: int) -> bytes:
    return keys.mac(
        b"request",
        record.key.encode(),
        record.fingerprint,
        record.response,
        b"%d %d %d" % (position, record.keep_ms, expires),
    )
