"""A folder as archive: a mounted share, a disk. One PDF and one JSON a document."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path

from kioskd.documents.archive.api import ArchiveError, Parcel
from kioskd.journal.files import sync_folder


class FolderArchive:
    """Puts ``{document}.pdf`` and ``{document}.json`` into a folder that must be there.

    A share that is not mounted must not be filled underneath its mount point, so the folder is never made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, parcel: Parcel) -> None:
        """Write, flush and read back. Raises `ArchiveError`."""
        await asyncio.to_thread(self._put, parcel)

    async def close(self) -> None:
        """Nothing is open."""

    def _put(self, parcel: Parcel) -> None:
        try:
            if not self._folder.is_dir():
                raise ArchiveError("archive.absent", f"{self._folder} is not there")
            for ending, data in ((".json", parcel.about), (".pdf", parcel.pdf)):
                self._write(self._folder / f"{parcel.document}{ending}", data)
            sync_folder(self._folder)
            kept = hashlib.sha256((self._folder / f"{parcel.document}.pdf").read_bytes()).hexdigest()
        except OSError as error:
            raise ArchiveError("archive.refused", str(error)) from error
        if kept != parcel.sha256:
            raise ArchiveError("archive.differs", "what was read back is not what was written")

    def _write(self, path: Path, data: bytes) -> None:
        part = path.with_name(f".{path.name}.part")
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
