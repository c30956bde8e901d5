"""Files that must survive a power cut, and the reserve for a full disk."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_AT_ONCE = 1 << 20


def sync_folder(folder: Path) -> None:
    """Make creations, renames and deletions in ``folder`` durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def sync_file(path: Path) -> None:
    """Make the content of ``path`` durable."""
    fd = os.open(path, os.O_RDWR)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def make_private(path: Path) -> None:
    """Make a database's file, if there is none, and have it and what lies beside it read by its owner alone.

    SQLite gives ``-wal`` and ``-shm`` the mode of the file itself when it makes them.
    """
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    for end in ("", "-wal", "-shm"):
        with contextlib.suppress(OSError):  # there is none, or it is somebody else's
            path.with_name(path.name + end).chmod(0o600)


def write_new(path: Path, data: bytes, mode: int) -> None:
    """Create ``path`` whole and durable, or not at all."""
    partial = path.with_name(path.name + ".new")
    fd = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    try:
        os.write(fd, data)
        os.fsync(fd)
    finally:
        os.close(fd)
    partial.replace(path)
    sync_folder(path.parent)


def lengthen(path: Path, size: int) -> None:
    """Make a file ``size`` bytes long with zeros that are written and durable; a longer one stays as it is.

    What is then written over them is synced without the file system's own journal, which notes every growth
    and every first writing of space that was only reserved. Raises OSError, the file being as long as before.
    """
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        end = before = os.fstat(fd).st_size
        try:
            while end < size:
                end += os.pwrite(fd, bytes(min(size - end, _AT_ONCE)), end)
            if end > before:
                os.fsync(fd)
        except OSError:
            os.ftruncate(fd, before)
            raise
    finally:
        os.close(fd)


class Ballast:
    """Space kept back so that a full disk still lets the journal close in order."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size

    def fill(self) -> None:
        """Take the space, if it is not held already. Raises OSError when the disk has not got it."""
        with contextlib.suppress(FileNotFoundError):
            if self._path.stat().st_size == self._size:
                return
        fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(fd, 0)
            if self._size:
                os.posix_fallocate(fd, 0, self._size)
        except OSError:
            self._path.unlink()
            raise
        finally:
            os.close(fd)

    def release(self) -> bool:
        """Give the space back; True when there was any."""
        try:
            self._path.unlink()
        except FileNotFoundError:
            return False
        return True
