"""Every text that a settings file has had, kept so that any of them can come back.

A folder with ``000001.toml`` and so on, and ``index.jsonl``: one line a version, written after its text.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from kioskd.journal.files import sync_folder
from kioskd.settings.replacing import put

KEPT = 200


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """``at`` is UTC in milliseconds; ``by`` who applied it, empty for what was changed outside kioskd."""

    number: int
    at: int
    by: str
    revision: str


def revision_of(text: str) -> str:
    """Return what names a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Versions:
    """The folder. Every method may raise OSError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = folder / "index.jsonl"

    def all(self) -> list[Version]:
        """Return every version kept, the oldest first."""
        try:
            lines = self._index.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        found = []
        for line in lines:
            try:
                found.append(msgspec.json.decode(line, type=Version))
            except msgspec.DecodeError:
                continue  # half a line of a power cut; its text has a number that is used again
        return [one for one in found if self._file(one.number).is_file()]

    def text(self, number: int) -> str:
        """Return the text of a version. KeyError where there is none."""
        try:
            return self._file(number).read_bytes().decode()
        except FileNotFoundError:
            raise KeyError(number) from None

    def keep(self, text: str, by: str, at: int) -> Version:
        """Keep a text, unless the newest version is that text; return its version."""
        known = self.all()
        revision = revision_of(text)
        if known and known[-1].revision == revision:
            return known[-1]
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = Version(number=known[-1].number + 1 if known else 1, at=at, by=by, revision=revision)
        put(self._file(made.number), text.encode())
        kept = [*known, made][-KEPT:]
        part = self._index.with_name(self._index.name + ".part")
        put(part, b"".join(msgspec.json.encode(one) + b"\n" for one in kept))
        part.replace(self._index)
        sync_folder(self._folder)
        for old in known[: max(0, len(known) + 1 - KEPT)]:
            self._file(old.number).unlink(missing_ok=True)
        return made

    def _file(self, number: int) -> Path:
        return self._folder / f"{number:06}.toml"
