"""What a failure of the disk means for what was being saved."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import apsw

from kioskd.journal.errors import JournalDamaged, JournalError, NotSaved, OutcomeUnknown

_HARDLY_ANY = 1 << 20


def before_commit(error: Exception, folder: Path) -> NotSaved:
    """Name a failure that came before COMMIT: nothing of it can ever be seen."""
    return NotSaved(_code(error, folder), str(error))


def during_commit(error: Exception) -> JournalError:
    """Name a failure of COMMIT itself.

    A full disk shows while the log is written; its last frame, without which SQLite ignores the rest, is
    then not whole. After any other failure, above all of fsync, the frame may or may not be on the disk.
    """
    if isinstance(error, apsw.FullError):
        return NotSaved("disk_full", str(error))
    return OutcomeUnknown(str(error))


def while_opening(error: Exception, folder: Path) -> JournalError:
    """Name a failure to open the database."""
    if isinstance(error, JournalError):
        return error
    if isinstance(error, apsw.CorruptError | apsw.NotADBError):
        return JournalDamaged(str(error))
    return before_commit(error, folder)


def _code(error: Exception, folder: Path) -> str:
    if isinstance(error, apsw.FullError) or getattr(error, "errno", 0) in (errno.ENOSPC, errno.EDQUOT):
        return "disk_full"
    if isinstance(error, apsw.IOError | apsw.CantOpenError | OSError):
        # Shared memory and file creation report a full disk as plain I/O errors.
        return "disk_full" if _free(folder) < _HARDLY_ANY else "disk_error"
    if isinstance(error, apsw.Error):
        return "disk_error"
    return "internal"


def _free(folder: Path) -> int:
    try:
        status = os.statvfs(folder)
    except OSError:
        return _HARDLY_ANY
    return status.f_bavail * status.f_frsize
