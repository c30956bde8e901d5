"""Putting another database in the place of the present one, safe against a crash at any moment."""

from __future__ import annotations

import os
from pathlib import Path

from kioskd.journal.files import sync_file, sync_folder

SIDE_FILES = ("-wal", "-shm")


def replace_database(new: Path, database: Path, aside: Path) -> None:
    """Move ``database`` with its log into the folder ``aside`` and ``new`` into its place.

    ``new`` must be closed and complete. The old log goes first, since SQLite would apply it to whatever
    lies beside it; so it should have been emptied where the old database still can. There is a database
    in place at every moment.
    """
    sync_file(new)
    if database.exists():
        aside.mkdir(parents=True)
        os.link(database, aside / database.name)
        for suffix in SIDE_FILES:
            side = database.with_name(database.name + suffix)
            if side.exists():
                side.rename(aside / side.name)
        sync_folder(aside)
        sync_folder(database.parent)
    new.replace(database)
    sync_folder(database.parent)


def unused(path: Path) -> Path:
    """Return ``path``, or the first of ``path-2``, ``path-3``, … that does not exist."""
    candidate, number = path, 1
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.name}-{number}")
    return candidate


def remove_database(path: Path) -> None:
    """Delete a database that is nobody's, with its side files."""
    for name in (path.name, *(path.name + suffix for suffix in SIDE_FILES)):
        path.with_name(name).unlink(missing_ok=True)
