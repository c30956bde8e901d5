"""What a backup holds beside the journal, and how it is written down in the archive.

An archive is a gzipped tar inside a box: ``manifest.json``, ``journal.db``, ``data/…`` (files of the data
folder), ``settings/…`` (the settings files). Statistics and the like are made anew from the journal.
"""

from __future__ import annotations

import contextlib
import io
import os
import stat
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import apsw
import msgspec

from kioskd.hub.photos import ENDING, PHOTOS
from kioskd.journal.files import sync_folder
from kioskd.journal.keys import KEY_NAME
from kioskd.journal.records import GuardNumbers, Position

JOURNAL = "journal.db"
MANIFEST = "manifest.json"
DATA = "data/"
SETTINGS = "settings/"
ACCESS = "access.db"
_SINGLE = ("central.token", "s3.secret", "recovery.json", "documents.key")
_TLS = "tls"
RELEASES, CHOSEN = "city", "chosen.json"
"""Folder of the city's settings in a data folder, and the file in it that says by which the hall works."""


class Label(msgspec.Struct, frozen=True):
    """What stands on a backup in the clear, and in its manifest.

    ``history`` names the journal's history, ``head`` is its last event and ``chain`` that event's chain;
    ``made`` is UTC in milliseconds. Whoever finds a journal of this history that does not hold ``head``
    knows that it was put back.
    """

    hall: str
    history: str
    made: int
    head: Position
    chain: str


class Manifest(msgspec.Struct, frozen=True):
    """First of the archive. ``settings`` names the hall's main file below ``settings/``."""

    label: Label
    version: str
    numbers: GuardNumbers
    settings: str = "hall.toml"


def data_parts(data: Path, key_file: Path, more: tuple[str, ...] = ()) -> dict[str, bytes]:
    """Return the small files of a data folder by their names there. The access file is copied while in use.

    Raises OSError, apsw.Error.
    """
    found: dict[str, bytes] = {}
    for name in (*_SINGLE, *more):
        with contextlib.suppress(FileNotFoundError, IsADirectoryError):
            found[name] = (data / name).read_bytes()
    with contextlib.suppress(FileNotFoundError):
        found[KEY_NAME] = key_file.read_bytes()
    if (data / _TLS).is_dir():
        for file in sorted((data / _TLS).iterdir()):
            if file.is_file() and not file.name.startswith("."):
                found[f"{_TLS}/{file.name}"] = file.read_bytes()
    if (data / ACCESS).is_file():
        found[ACCESS] = copy_of(data / ACCESS)
    for photo in sorted((data / PHOTOS).glob(f"*{ENDING}")):
        with contextlib.suppress(FileNotFoundError):
            found[f"{PHOTOS}/{photo.name}"] = photo.read_bytes()
    found.update(_release(data))
    return found


def data_sources(data: Path, key_file: Path, more: tuple[str, ...] = ()) -> tuple[Path, ...]:
    """Return the files and folders that `data_parts` reads, whether they are there or not: a change of what
    it would return is a change of one of these.
    """
    folders = (data / _TLS, data / RELEASES, data / PHOTOS)
    return (
        *(data / name for name in (*_SINGLE, *more, ACCESS, f"{RELEASES}/{CHOSEN}")),
        key_file,
        *folders,
        *(file for file in folders[0].glob("*") if not file.name.startswith(".")),
    )


class _Chosen(msgspec.Struct):
    folder: str = ""


def _release(data: Path) -> dict[str, bytes]:
    """Return what keeps the release that the hall works by, the file that chooses it last. Raises OSError."""
    folder = data / RELEASES
    while True:
        found: dict[str, bytes] = {}
        try:
            choice = (folder / CHOSEN).read_bytes()
            chosen = msgspec.json.decode(choice, type=_Chosen)
        except (FileNotFoundError, msgspec.DecodeError):
            return found
        with contextlib.suppress(FileNotFoundError):
            for file in sorted((folder / chosen.folder).iterdir()) if chosen.folder else ():
                found[f"{RELEASES}/{chosen.folder}/{file.name}"] = file.read_bytes()
        if (folder / CHOSEN).read_bytes() == choice:  # else another one was taken just now
            return {**found, f"{RELEASES}/{CHOSEN}": choice}


def copy_of(database: Path) -> bytes:
    """Return a consistent copy of a small SQLite file that may be in use."""
    source = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        source.set_busy_timeout(5000)
        return bytes(source.serialize("main") or b"")
    finally:
        source.close(True)


def add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    """Put one file into an archive."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o600
    archive.addfile(info, io.BytesIO(content))


def lay_out(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder, each whole or not at all, durable, readable by their owner only. What is
    there already is left as it is; names with ``..`` are refused (ValueError).
    """
    folders = set()
    for name, content in files.items():
        target = inside(folder, name)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _holds(target, content):
            continue
        fresh = target.with_name(f".{target.name}.new")
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(target)
        folders |= {folder, target.parent}
    for one in folders:
        sync_folder(one)


def _holds(file: Path, content: bytes) -> bool:
    """Whether a file is there with this content, and its owner's alone."""
    try:
        found = file.stat()
        private = stat.S_ISREG(found.st_mode) and not stat.S_IMODE(found.st_mode) & 0o077
        return private and found.st_size == len(content) and file.read_bytes() == content
    except FileNotFoundError:
        return False


def inside(folder: Path, name: str) -> Path:
    """Return the path of an archive's name in a folder; ValueError for one that would leave it."""
    target = (folder / name).resolve()
    if not name or name.startswith("/") or not target.is_relative_to(folder.resolve()):
        raise ValueError(name)
    return target


def unpack(source: IO[bytes], folder: Path) -> Manifest:
    """Unpack an archive's plain stream into an existing folder. Raises tarfile.TarError, OSError, ValueError
    and what reading raises.
    """
    with tarfile.open(fileobj=source, mode="r|gz") as archive:
        for member in archive:
            if not member.isfile():
                continue
            target = inside(folder, member.name)
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            content = archive.extractfile(member)
            assert content is not None
            fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(fd, "wb") as stream:
                while block := content.read(1 << 20):
                    stream.write(block)
    return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)


def tree(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder by their names there."""
    if not folder.is_dir():
        return {}
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
