"""One process at a time in a data folder."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from kioskd.journal.errors import DataFolderBusy

LOCK_NAME = "lock"


class FolderLock:
    """An exclusive lock on a data folder; the kernel lifts it when its process dies."""

    def __init__(self, folder: Path) -> None:
        """Take the lock. Raises `DataFolderBusy` when another holder, also in this process, has it."""
        self._fd = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._fd, 32, 0).strip()
            os.close(self._fd)
            raise DataFolderBusy(str(folder), int(holder) if holder.isdigit() else 0) from None
        try:
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, b"%d\n" % os.getpid(), 0)
        except OSError:
            pass  # the process number is a courtesy; a full disk must not keep the hall from starting

    def release(self) -> None:
        """Let the folder go; harmless when already done."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
