"""Where backups lie: a folder of another PC, a USB stick, a bucket."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import IO, Protocol

from kioskd.backup.errors import PlaceError
from kioskd.backup.s3 import Bucket
from kioskd.backup.settings import FolderPlace, Place, S3Place, UsbPlace
from kioskd.journal.files import sync_folder

MARK = "kioskd-backups"
"""A file that says: this folder is the real one, not an empty mount point."""

_BY_LABEL = Path("/dev/disk/by-label")
_MOUNTS = Path("/proc/self/mountinfo")


class Store(Protocol):
    """A place in use; all of it blocks and raises `PlaceError`."""

    def names(self) -> list[str]:
        """Return the names of all backups there, oldest first."""

    def put(self, name: str, file: Path) -> None:
        """Store a file under a new name, whole or not at all."""

    def open(self, name: str) -> IO[bytes]:
        """Open a stored file to be read from its beginning."""

    def remove(self, name: str) -> None:
        """Delete one."""


def store_of(place: Place, data: Path) -> Store:
    """Return the place in use. Raises `PlaceError`."""
    match place:
        case FolderPlace():
            return FolderStore(Path(place.path))
        case UsbPlace():
            return FolderStore(mounted(place.label) / place.folder, make=True)
        case S3Place():
            return Bucket(place, data)


def mounted(label: str, by_label: Path = _BY_LABEL, mounts: Path = _MOUNTS) -> Path:
    """Return where the file system with this label is mounted. Raises `PlaceError`."""
    # udev writes what is not plain in a label as \x20.
    coded = "".join(
        c if re.match(r"[A-Za-z0-9_#+\-.:=@/]", c) else "".join(f"\\x{b:02x}" for b in c.encode())
        for c in label
    )
    try:
        device = (by_label / coded).resolve(strict=True)
        number = device.stat().st_rdev
    except OSError as error:
        raise PlaceError("not_there", f"no disk is labelled {label}") from error
    wanted = f"{os.major(number)}:{os.minor(number)}"
    for line in mounts.read_text("utf-8").splitlines():
        fields = line.split(" ")
        source = fields[fields.index("-") + 2] if "-" in fields[:-2] else ""
        if fields[2] == wanted or source == str(device):
            return Path(fields[4].encode("latin-1", "replace").decode("unicode_escape"))
    raise PlaceError("not_mounted", f"{label} ({device})")


def prepare(folder: Path) -> None:
    """Make a folder a place for backups, for its first time. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / MARK).write_text("kioskd backups\n", "ascii")
    sync_folder(folder)


class FolderStore:
    """A folder that is there."""

    def __init__(self, folder: Path, *, make: bool = False) -> None:
        """``make``: a stick that is mounted is the right one, so its folder is made where it lacks."""
        self._folder = folder
        try:
            if make and not folder.is_dir():
                prepare(folder)
        except OSError as error:
            raise _failed(error) from error
        if not folder.is_dir():
            raise PlaceError("not_there", str(folder))
        if not make and not (folder / MARK).exists():
            raise PlaceError("not_prepared", str(folder))

    def names(self) -> list[str]:
        """See `Store`."""
        try:
            return sorted(file.name for file in self._folder.iterdir() if file.suffix == ".kbk")
        except OSError as error:
            raise _failed(error) from error

    def put(self, name: str, file: Path) -> None:
        """See `Store`."""
        partial = self._folder / (name + ".partial")
        try:
            for left in self._folder.glob("*.kbk.partial"):
                left.unlink()
            with file.open("rb") as source, partial.open("xb") as target:
                while block := source.read(1 << 20):
                    target.write(block)
                target.flush()
                os.fsync(target.fileno())
            partial.rename(self._folder / name)
            sync_folder(self._folder)
        except OSError as error:
            raise _failed(error) from error
        finally:
            with contextlib.suppress(OSError):  # a stick that was pulled out; the next backup clears up
                partial.unlink(missing_ok=True)

    def open(self, name: str) -> IO[bytes]:
        """See `Store`. What the system still has in memory is given up first, so that the disk is read."""
        try:
            stream = (self._folder / name).open("rb")
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        except OSError as error:
            raise _failed(error) from error
        return stream

    def remove(self, name: str) -> None:
        """See `Store`."""
        try:
            (self._folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise _failed(error) from error


_CODES = {
    28: "full",
    122: "full",
    30: "read_only",
    1: "denied",
    13: "denied",
    2: "not_there",
    19: "not_there",
}


def _failed(error: OSError) -> PlaceError:
    return PlaceError(_CODES.get(error.errno or 0, "failed"), str(error))
