"""Room for SQLite's log before it is written to, so that commits write over what is there.

A file that grows is synced in two steps, its content and the file system's own note of its new length; one
that is written over in one. To SQLite zeros behind the last commit are the log's end.
"""

from __future__ import annotations

from pathlib import Path

import apsw
import structlog

from kioskd.journal.files import lengthen

_FRAME = 4_096 + 24
"""A page and what the log says of it."""

_log = structlog.get_logger(__name__)


def make_room(connection: apsw.Connection, pages: int) -> None:
    """Give the log of a database room for so many pages; only the one connection that writes may ask.

    A disk that has not got it is no reason not to go on: each commit then takes longer.
    """
    log = Path(connection.filename_wal)
    try:
        lengthen(log, pages * _FRAME)
    except OSError as error:
        _log.warning("log_without_room", path=str(log), error=str(error))
