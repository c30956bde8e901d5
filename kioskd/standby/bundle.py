"""The hub's small files as they go to a standby: all of them at first, then what has changed."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

from kioskd.backup.parts import DATA, SETTINGS, add_bytes, data_parts, data_sources

MORE_FILES = ("pin.json",)
"""What a standby gets beside the parts of a backup."""

Gather = Callable[[set[Path]], Mapping[str, bytes]]
Stamp = tuple[tuple[str, int, int, int], ...]


class Bundle:
    """The files of one hub. ``gather`` returns the settings files and notes where it looked. Methods block
    and raise OSError, ValueError and apsw.Error.
    """

    def __init__(self, data: Path, key_file: Path, gather: Gather) -> None:
        self._data, self._key_file, self._gather = data, key_file, gather
        self._sources: frozenset[Path] = frozenset()

    def stamp(self) -> Stamp:
        """Return what differs once a file was changed: cheap enough to be asked for all the time."""
        found = []
        for path in sorted({*data_sources(self._data, self._key_file, MORE_FILES), *self._sources}):
            try:
                one = path.stat()
            except OSError:
                continue  # whoever reads it says so
            found.append((str(path), one.st_mtime_ns, one.st_size, one.st_ino))
        return tuple(found)

    def parts(self) -> dict[str, bytes]:
        """Return all files by their names in the archive."""
        sources: set[Path] = set()
        settings = self._gather(sources)
        self._sources = frozenset(sources)
        parts = {DATA + k: v for k, v in data_parts(self._data, self._key_file, MORE_FILES).items()}
        return parts | {SETTINGS + k: v for k, v in settings.items()}


def digests(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the hash of each file."""
    return {name: hashlib.sha256(content).digest() for name, content in parts.items()}


def digest_of(hashes: Mapping[str, bytes]) -> str:
    """Return what names a whole set of files."""
    digest = hashlib.sha256()
    for name, one in sorted(hashes.items()):
        digest.update(f"{name}\n".encode() + one)
    return digest.hexdigest()


def archive(parts: Mapping[str, bytes]) -> bytes:
    """Return files as one archive."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as packed:
        for name, content in sorted(parts.items()):
            add_bytes(packed, name, content)
    return target.getvalue()
