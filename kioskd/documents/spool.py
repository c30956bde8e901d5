"""Pages on disk, encrypted before they get there.

A page is written to a name that ends in ``.part``, flushed, renamed, and its folder flushed: what has its
name is whole. What a crash left half-written is ciphertext too, and goes at the next start. All methods may
block: they are for threads.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import threading
from pathlib import Path

from kioskd.documents.sealing import Method, PageKey, SealError
from kioskd.journal.files import sync_folder

FOLDER = "documents"
SUFFIX = ".page"
PART = ".part"
_NAME = re.compile(r"p_[0-9a-f]{32}")


class SpoolError(Exception):
    """``code``: ``spool_full``, ``spool_failed``, ``page_gone``, ``page_broken`` or ``key_wrong``."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code


class Spool:
    """The pages of one hub. ``quota`` and ``reserve`` (free space left to others) in bytes."""

    def __init__(self, folder: Path, key: PageKey, method: Method, *, quota: int, reserve: int) -> None:
        self._folder = folder
        self._key = key
        self._method = method
        self._quota = quota
        self._reserve = reserve
        self._lock = threading.Lock()
        self._used = 0

    def open(self) -> None:
        """Make the folder, remove what was never finished, count what is there. Raises `SpoolError`."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            used = 0
            for file in self._folder.iterdir():
                if file.name.endswith(PART):
                    file.unlink()
                elif file.name.endswith(SUFFIX):
                    used += file.stat().st_size
            self._used = used
        except OSError as error:
            raise SpoolError("spool_failed", str(error)) from error

    @property
    def used(self) -> int:
        """Bytes taken by pages."""
        return self._used

    def room(self) -> int:
        """Return how many bytes of pages still fit."""
        free = shutil.disk_usage(self._folder).free - self._reserve
        return max(0, min(self._quota - self._used, free))

    def filling(self) -> int:
        """Return how full it is, in percent of what it could take on this disk."""
        room = self.room()
        return 100 if not room else min(99, self._used * 100 // (self._used + room))

    def put(self, page: str, data: bytes) -> None:
        """Keep a page; when this returns it outlives a power cut. Raises `SpoolError`."""
        if not _NAME.fullmatch(page):
            raise ValueError(f"{page!r} is no page's name")
        sealed = self._key.seal(self._method, page, data)
        part, file = self._folder / (page + PART), self._folder / (page + SUFFIX)
        with self._lock:
            if self.room() < len(sealed):
                raise SpoolError("spool_full")
            try:
                _write(part, sealed)
                part.rename(file)
                sync_folder(self._folder)
            except OSError as error:
                part.unlink(missing_ok=True)
                full = error.errno in (errno.ENOSPC, errno.EDQUOT)
                raise SpoolError("spool_full" if full else "spool_failed", str(error)) from error
            self._used += len(sealed)

    def get(self, page: str) -> bytes:
        """Return a page. Raises `SpoolError`."""
        if not _NAME.fullmatch(page):
            raise SpoolError("page_gone")
        try:
            sealed = (self._folder / (page + SUFFIX)).read_bytes()
        except FileNotFoundError:
            raise SpoolError("page_gone") from None
        except OSError as error:
            raise SpoolError("spool_failed", str(error)) from error
        try:
            return self._key.open(page, sealed)
        except SealError as error:
            raise SpoolError("key_wrong" if error.code == "other_key" else "page_broken") from error

    def remove(self, pages: tuple[str, ...]) -> None:
        """Remove pages; those that are gone already are no error. Raises `SpoolError`."""
        with self._lock:
            try:
                for page in pages:
                    file = self._folder / (page + SUFFIX)
                    if not _NAME.fullmatch(page) or not file.exists():
                        continue
                    size = file.stat().st_size
                    file.unlink()
                    self._used -= size
                sync_folder(self._folder)
            except OSError as error:
                raise SpoolError("spool_failed", str(error)) from error

    def names(self) -> set[str]:
        """Return the names of all pages there are."""
        return {file.name.removesuffix(SUFFIX) for file in self._folder.glob(f"*{SUFFIX}")}


def has_pages(folder: Path) -> bool:
    """Whether a spool's folder holds any page."""
    return any(folder.glob(f"*{SUFFIX}"))


def _write(path: Path, data: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(file, left) :]
        os.fsync(file)
    finally:
        os.close(file)
