"""Snapshots of the hall's state: a shortcut past history, believed only when it fits the chain."""

from __future__ import annotations

from collections.abc import Iterator

import apsw

from kioskd.journal.database import chain_at
from kioskd.journal.keys import JournalKeys
from kioskd.journal.records import Position, Snapshot

KEPT = 2


def save(connection: apsw.Connection, keys: JournalKeys, snapshot: Snapshot) -> None:
    """Store a snapshot, keeping the newest two. ValueError when there is no event at its position."""
    chain = chain_at(connection, snapshot.position)
    if chain is None:
        raise ValueError(f"there is no event {snapshot.position} to take a snapshot at")
    number = snapshot.position.number
    connection.execute(
        "INSERT OR REPLACE INTO snapshot(position, apply_version, chain, mac, data) VALUES(?,?,?,?,?)",
        (number, snapshot.apply_version, chain, _mac(keys, snapshot, chain), snapshot.data),
    )
    connection.execute(
        "DELETE FROM snapshot WHERE position NOT IN"
        " (SELECT position FROM snapshot ORDER BY position DESC LIMIT ?)",
        (KEPT,),
    )


def load(connection: apsw.Connection, keys: JournalKeys) -> Snapshot | None:
    """Return the newest snapshot that is unchanged and whose chain is the chain of its event."""
    for number in sorted(_numbers(connection), reverse=True):
        snapshot, whole = _read(connection, keys, number)
        if whole:
            return snapshot
    return None


def sound(connection: apsw.Connection, keys: JournalKeys) -> Iterator[tuple[Position, bool]]:
    """Go through all snapshots: position, and whether `load` would believe it."""
    for number in sorted(_numbers(connection)):
        yield Position.from_number(number), _read(connection, keys, number)[1]


def _numbers(connection: apsw.Connection) -> list[int]:
    return [number for (number,) in connection.execute("SELECT position FROM snapshot")]


def _read(connection: apsw.Connection, keys: JournalKeys, number: int) -> tuple[Snapshot, bool]:
    version, chain, mac, data = next(
        connection.execute(
            "SELECT apply_version, chain, mac, data FROM snapshot WHERE position = ?", (number,)
        )
    )
    snapshot = Snapshot(Position.from_number(number), version, data)
    whole = chain == chain_at(connection, snapshot.position) and mac == _mac(keys, snapshot, chain)
    return snapshot, whole


def _mac(keys: JournalKeys, snapshot: Snapshot, chain: bytes) -> bytes:
    place = b"%d %d" % (snapshot.position.number, snapshot.apply_version)
    return keys.mac(b"snapshot", place, chain, snapshot.data)
