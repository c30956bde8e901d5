"""The guard file: proof beside the database of how far the database once was.

An honest database is never behind its guard, since the guard is written after commits. One that is
behind was put back from a copy, and numbers given since that copy would be given again.

The file has two slots of 16 KiB, written in turn, so that a torn write spoils one at most:
``magic "KGRD" · generation u64 · length u32 · CRC-32 u32`` (little-endian, the CRC over generation,
length and payload), then the payload, a `GuardState` in JSON.
"""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path
from typing import Self

import msgspec

from kioskd.journal.files import sync_folder
from kioskd.journal.records import GuardState

GUARD_NAME = "journal.guard"
SLOT_SIZE = 16 * 1024
_HEADER = struct.Struct("<4sQII")
_COVERED = struct.Struct("<QI")
_MAGIC = b"KGRD"


def encode_slot(generation: int, state: GuardState) -> bytes:
    """Return the bytes of a slot; ValueError when the numbers don't fit."""
    payload = msgspec.json.encode(state)
    if len(payload) > SLOT_SIZE - _HEADER.size:
        raise ValueError("too many prefixes for the guard file")
    crc = zlib.crc32(payload, zlib.crc32(_COVERED.pack(generation, len(payload))))
    return _HEADER.pack(_MAGIC, generation, len(payload), crc) + payload


def decode_slot(data: bytes) -> tuple[int, GuardState] | None:
    """Return generation and state of a slot, None when it is empty, torn or foreign."""
    if len(data) < _HEADER.size:
        return None
    magic, generation, length, crc = _HEADER.unpack_from(data)
    payload = data[_HEADER.size : _HEADER.size + length]
    if magic != _MAGIC or len(payload) != length:
        return None
    if zlib.crc32(payload, zlib.crc32(_COVERED.pack(generation, length))) != crc:
        return None
    try:
        return generation, msgspec.json.decode(payload, type=GuardState)
    except msgspec.DecodeError:
        return None


def read_guard(path: Path) -> GuardState | None:
    """Return the newest readable state, None when there is no file or none is readable."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    slots = [decode_slot(data[:SLOT_SIZE]), decode_slot(data[SLOT_SIZE : 2 * SLOT_SIZE])]
    return max((s for s in slots if s), key=lambda s: s[0], default=(0, None))[1]


class GuardFile:
    """The open guard file. `write` reaches the operating system, `sync` the disk."""

    def __init__(self, fd: int, generation: int) -> None:
        self._fd = fd
        self._generation = generation
        self.dirty = False

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the file, creating it with its space taken."""
        new = not path.exists()
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(fd, 0, 2 * SLOT_SIZE)
            slots = [decode_slot(os.pread(fd, SLOT_SIZE, place)) for place in (0, SLOT_SIZE)]
            if new:
                os.fsync(fd)
                sync_folder(path.parent)
        except OSError:
            os.close(fd)
            raise
        return cls(fd, max((slot[0] for slot in slots if slot), default=0))

    def write(self, state: GuardState) -> None:
        """Put ``state`` in the older slot. Raises OSError or ValueError."""
        generation = self._generation + 1
        os.pwrite(self._fd, encode_slot(generation, state), SLOT_SIZE * (generation & 1))
        self._generation = generation
        self.dirty = True

    def sync(self) -> None:
        """Make what was written durable."""
        os.fdatasync(self._fd)
        self.dirty = False

    def close(self) -> None:
        """Close without syncing; harmless when already done."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
