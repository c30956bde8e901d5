"""Changing the address of devices in a settings file, with a way back.

Comments, order and layout stay. The file is replaced whole, so that a power cut leaves the old or the
new one; before the first change of a day it is copied beside itself, and what was changed is noted in
``FILE.rebound``, one JSON object a line, so that the latest change can be taken back even after
somebody has edited the file since.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import tomlkit
from tomlkit.exceptions import TOMLKitError

from drivers.transport.address import normal
from kioskd.journal.files import sync_folder
from kioskd.settings.read import check
from kioskd.settings.replacing import like, put


class Rebinding(msgspec.Struct, frozen=True):
    """One change: devices of ``old`` are at ``new`` since ``at`` (RFC 3339)."""

    at: str
    old: str
    new: str
    devices: tuple[str, ...]
    backup: str


class AddressFile:
    """A ``hall.toml`` or ``station.toml``; see `kioskd.station.finder.AddressBook`."""

    def __init__(self, file: Path) -> None:
        self._file = file.resolve()
        self._notes = self._file.with_name(self._file.name + ".rebound")

    def rebind(self, old: str, new: str) -> None:
        """Write ``new`` wherever ``old`` stands, with a backup.

        Raises OSError where a file cannot be written, ValueError where ``old`` does not stand in it or
        the file would no longer be valid; nothing has changed then.
        """
        now = datetime.now(UTC)
        backup = self._file.with_name(f"{self._file.name}.before-{now:%Y%m%d}")
        if not backup.exists():
            _copy(self._file, backup)
        devices = self._write(old, new)
        note = Rebinding(now.isoformat(timespec="seconds"), old, new, devices, backup.name)
        with self._notes.open("ab") as notes:
            notes.write(msgspec.json.encode(note) + b"\n")
            notes.flush()
            os.fsync(notes.fileno())

    def undo(self, address: str) -> str:
        """Take the latest rebinding to ``address`` back and return the address from before.

        Raises like `rebind`; ValueError where no such rebinding is noted.
        """
        done = list(self.history())
        for number in range(len(done) - 1, -1, -1):
            note = done[number]
            if normal(note.new) == normal(address):
                self._write(note.new, note.old)
                del done[number]
                lines = b"".join(msgspec.json.encode(each) + b"\n" for each in done)
                _replace(self._notes, lines)
                return note.old
        raise ValueError(f"{address} was not rebound")

    def history(self) -> Iterator[Rebinding]:
        """Return what was changed and not taken back, the oldest first."""
        if not self._notes.exists():
            return
        for line in self._notes.read_bytes().splitlines():
            try:
                yield msgspec.json.decode(line, type=Rebinding)
            except msgspec.DecodeError:
                # Half a line of a power cut.
                continue

    def _write(self, old: str, new: str) -> tuple[str, ...]:
        text = self._file.read_bytes().decode("utf-8-sig")
        try:
            document = tomlkit.parse(text)
        except TOMLKitError as error:
            raise ValueError(f"{self._file}: {error}") from error
        changed = []
        tables: Any = document.get("device", [])
        for table in tables:
            if isinstance(address := table.get("address"), str) and normal(address) == normal(old):
                table["address"] = new
                changed.append(str(table.get("id", "")))
        if not changed:
            raise ValueError(f"{self._file}: no device is at {old}")
        written = self._file.with_name(f"{self._file.name}.new")
        try:
            put(written, tomlkit.dumps(document).encode())
            checked = check(written)
            if checked.settings is None and check(self._file).settings is not None:
                raise ValueError(f"{self._file} would no longer be valid: {checked.problems[0].code}")
            like(self._file, written)
            written.replace(self._file)
            sync_folder(self._file.parent)
        finally:
            written.unlink(missing_ok=True)
        return tuple(changed)


def _copy(file: Path, to: Path) -> None:
    part = to.with_name(to.name + ".part")
    put(part, file.read_bytes())
    like(file, part)
    part.replace(to)


def _replace(file: Path, content: bytes) -> None:
    part = file.with_name(file.name + ".part")
    put(part, content)
    part.replace(file)
    sync_folder(file.parent)
