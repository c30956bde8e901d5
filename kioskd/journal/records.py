"""What goes into the journal and what comes out of it.

What comes in thousands is left out of garbage collection (``gc=False``): it refers to nothing that could
refer back.
"""

from __future__ import annotations

import hashlib
import os
from typing import ClassVar, Self

import msgspec

_SEQ_BITS = 40


class Position(msgspec.Struct, frozen=True, order=True, array_like=True, gc=False):
    """Place of an event: ``seq`` counts from 1 within ``epoch``, which counts from 1.

    Positions order the whole journal. ``Position(0, 0)`` stands before everything. The text form is
    ``epoch.seq``.
    """

    epoch: int
    seq: int

    def __str__(self) -> str:
        return f"{self.epoch}.{self.seq}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text form; ValueError when it is none."""
        epoch, dot, seq = text.partition(".")
        if not (dot and epoch.isascii() and epoch.isdigit() and seq.isascii() and seq.isdigit()):
            raise ValueError(f"not a journal position: {text!r}")
        position = cls(int(epoch), int(seq))
        if position.epoch >= 1 << 22 or position.seq >= 1 << _SEQ_BITS:
            raise ValueError(f"not a journal position: {text!r}")
        return position

    @property
    def number(self) -> int:
        """The position as one ordered integer, as the database keeps it."""
        return self.epoch << _SEQ_BITS | self.seq

    @classmethod
    def from_number(cls, number: int) -> Self:
        """Inverse of `number`."""
        return cls(number >> _SEQ_BITS, number & ((1 << _SEQ_BITS) - 1))


BEFORE_ALL = Position(0, 0)


class NewEvent(msgspec.Struct, frozen=True, gc=False):
    """An event to be stored.

    ``body`` is JSON, stored and handed on verbatim and never holding a personal value; ``at`` is hall
    time and ``wall`` the UTC label beside it, both in milliseconds. ``kind`` has no white space.
    """

    kind: str
    version: int
    body: bytes
    at: int
    wall: int


class StoredEvent(msgspec.Struct, frozen=True, gc=False):
    """An event with its place. ``id`` is unique in the world (derived from ``chain``)."""

    position: Position
    id: str
    kind: str
    version: int
    at: int
    wall: int
    boot: str
    body: bytes
    chain: bytes


class RequestRecord(msgspec.Struct, frozen=True, gc=False):
    """The first answer to a command, kept ``keep_ms`` of hall time so that a repeat gets the same one.

    ``fingerprint`` tells a repeat from another command under the same key.
    """

    key: str
    fingerprint: bytes
    response: bytes
    keep_ms: int


def _salt() -> bytes:
    return os.urandom(16)


class PrivateValue(msgspec.Struct, frozen=True):
    """A personal value, kept sealed and apart from the events.

    An event holds only ``ref`` and `digest`. ``key_group`` names the key that seals it: destroying the
    group destroys every value in it. ``purge_at`` is hall time in milliseconds, None for no limit.
    """

    ref: str
    key_group: str
    purge_at: int | None
    data: bytes
    salt: bytes = msgspec.field(default_factory=_salt)

    def digest(self) -> str:
        """Salted SHA-256 in hex; says nothing about the value once the salt is erased."""
        return hashlib.sha256(self.salt + self.data).hexdigest()


class Batch(msgspec.Struct, frozen=True, gc=False):
    """What is stored together or not at all.

    ``erase`` names private values to delete with their salts, ``destroy`` key groups to destroy. ``at``
    is the hall time that ``request.keep_ms`` counts from; by default that of the last event.
    """

    events: tuple[NewEvent, ...] = ()
    request: RequestRecord | None = None
    private: tuple[PrivateValue, ...] = ()
    erase: tuple[str, ...] = ()
    destroy: tuple[str, ...] = ()
    at: int | None = None


class GuardNumbers(msgspec.Struct, frozen=True):
    """The last number given for each prefix of the business day ``day`` (ISO date)."""

    day: str = ""
    last: dict[str, int] = {}


class GuardState(msgspec.Struct, frozen=True):
    """What the guard file last heard from the database."""

    position: Position
    chain: str
    numbers: GuardNumbers


class Parent(msgspec.Struct, frozen=True):
    """Where an epoch branches off: the last event before it and that event's chain in hex."""

    epoch: int
    seq: int
    chain: str


class EpochOpen(msgspec.Struct, frozen=True):
    """Body of ``epoch.open``, the first event of every epoch (version 1).

    ``reason`` is ``first``, ``restored``, ``behind_guard``, ``salvaged``, ``promoted`` or ``continued``;
    ``parent`` is None when nothing came before. ``nonce`` makes two epochs opened from the same backup
    differ. ``guard`` is there when the database is older than the guard file (positions after ``parent`` up
    to the guard's are void) or somebody else knows of numbers; each prefix must go on well beyond the guard's
    last number.
    """

    KIND: ClassVar[str] = "epoch.open"
    VERSION: ClassVar[int] = 1

    reason: str
    parent: Parent | None
    nonce: str
    guard: GuardState | None = None


class Opened(msgspec.Struct, frozen=True):
    """What opening the journal found.

    ``epoch`` is the body of ``epoch.open`` as long as that is the last event, whether this opening wrote it
    or a restore or a start cut short before; None when an epoch goes on. ``behind`` is the guard such an
    epoch has to heed, if any: the owner's first event must carry its numbers on. ``unclean``: the last stop
    was not in order and the database was checked. ``set_aside`` is where a broken database was moved, its
    sound events having been carried over.
    """

    head: Position
    epoch: EpochOpen | None
    behind: GuardState | None
    unclean: bool
    set_aside: str = ""


class Snapshot(msgspec.Struct, frozen=True):
    """State of the hall after ``position``, as the code of ``apply_version`` built it."""

    position: Position
    apply_version: int
    data: bytes


class SignedCheckpoint(msgspec.Struct, frozen=True):
    """A signature over everything up to ``position``. ``number`` counts checkpoints from 1 without gaps."""

    number: int
    position: Position
    chain: bytes
    wall: int
    reason: str
    key_id: str
    signature: bytes


class Purged(msgspec.Struct, frozen=True):
    """What a purge removed: how many kept answers, and which private values."""

    requests: int
    refs: tuple[str, ...]
