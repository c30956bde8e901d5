"""What must get into the journal: written beside the change itself, in its transaction.

The command line changes accounts while no hub runs, and a hub may die between a change and its event.
So every change leaves a note in the access file; the hub puts it into the journal as ``audit.noted``
under the note's id, and only then takes it away.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import cast

import apsw
import msgspec

from kioskd.access.database import AccessDatabase
from kioskd.hall.commands import By

PAGE = 200


class Note(msgspec.Struct, frozen=True, omit_defaults=True):
    """``by`` did ``action`` (a stable code) to ``subject`` at ``at`` (UTC milliseconds)."""

    at: int
    by: By
    action: str
    subject: str = ""
    params: dict[str, str | int | float | bool | None] = {}


class Notes:
    """The notes that the journal has not got yet."""

    def __init__(self, database: AccessDatabase) -> None:
        self._database = database

    def pending(self) -> Sequence[tuple[str, Note]]:
        """Return the oldest notes with their ids."""
        with self._database.look() as connection:
            rows = connection.execute(
                "SELECT id, body FROM note ORDER BY at, rowid LIMIT ?", (PAGE,)
            ).fetchall()
        return [(str(name), msgspec.json.decode(cast("bytes", body), type=Note)) for name, body in rows]

    def done(self, ids: Sequence[str]) -> None:
        """These are in the journal."""
        with self._database.change() as connection:
            connection.executemany("DELETE FROM note WHERE id=?", [(one,) for one in ids])


def insert_note(connection: apsw.Connection, note: Note) -> None:
    """Write a note inside the caller's transaction."""
    connection.execute(
        "INSERT INTO note(id, at, body) VALUES(?,?,?)",
        (secrets.token_hex(12), note.at, msgspec.json.encode(note)),
    )
