"""How a journal stands, for whoever looks after the hub's PC."""

from __future__ import annotations

import shutil
from pathlib import Path

import apsw
import msgspec

from kioskd.journal import checkpoints
from kioskd.journal.records import Position


class Standing(msgspec.Struct, frozen=True):
    """Walls are UTC in milliseconds; bytes are of the disk with the data folder.

    ``snapshot`` is the newest one's position, None while there is none, as for ``checkpoint``, its number.
    """

    free_bytes: int
    disk_bytes: int
    file_bytes: int
    snapshot: Position | None = None
    snapshot_wall: int | None = None
    checkpoint: int | None = None
    checkpoint_position: Position | None = None
    checkpoint_wall: int | None = None


def standing(connection: apsw.Connection, database: Path) -> Standing:
    """Look at database and disk. Raises OSError when the folder is gone."""
    disk = shutil.disk_usage(database.parent)
    signed = checkpoints.newest(connection)
    snapshot = next(
        iter(
            connection.execute(
                "SELECT position, (SELECT wall FROM event WHERE event.position = snapshot.position) "
                "FROM snapshot ORDER BY position DESC LIMIT 1"
            )
        ),
        (None, None),
    )
    return Standing(
        free_bytes=disk.free,
        disk_bytes=disk.total,
        file_bytes=database.stat().st_size,
        snapshot=Position.from_number(snapshot[0]) if snapshot[0] is not None else None,
        snapshot_wall=snapshot[1],
        checkpoint=signed.number if signed else None,
        checkpoint_position=signed.position if signed else None,
        checkpoint_wall=signed.wall if signed else None,
    )
