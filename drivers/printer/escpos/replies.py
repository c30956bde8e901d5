"""What a printer says, out of the one stream on which it says everything.

Told apart by fixed bits (Epson ESC/POS command reference, "Transmission status identification"):
``DLE EOT`` answers are ``0xx1xx10``, an automatic status is ``0xx1xx00`` and three ``0xx0xxxx``,
a ``GS r`` answer is ``0xx0xxxx``, process-ID and clear answers are ``37 id data 00``, names (``GS I``) are
``5F text 00``. Printers with a presenter answer ``DLE EOT`` 20 by ``10 0F`` and four bytes (ESC/POS Command
Manual of Pyramid Technologies, "Real Time Status"; so do those of Custom Engineering).
"""

from __future__ import annotations

import msgspec

_LONGEST_DATA = 8
"""Printable bytes in a ``37`` answer; process ids have four."""
_LONGEST_NAME = 80
LONGEST = 2 + _LONGEST_NAME
"""Bytes of the longest reply: a name between ``5F`` and ``00``."""


class RealTime(msgspec.Struct, frozen=True):
    """Answer to one ``DLE EOT``; which one is known only to who asked."""

    byte: int


class AutoStatus(msgspec.Struct, frozen=True):
    """Automatic status, four bytes."""

    data: bytes


class FullStatus(msgspec.Struct, frozen=True):
    """Answer to ``DLE EOT`` 20: paper, user, errors that pass and errors that don't, a byte each."""

    data: bytes


class Queued(msgspec.Struct, frozen=True):
    """Answer to ``GS r``, given in print order."""

    byte: int


class Printed(msgspec.Struct, frozen=True):
    """Everything before the question with this process id is on paper."""

    identity: bytes


class Named(msgspec.Struct, frozen=True):
    """Answer to ``GS I`` 66–68: maker, model or serial number as the printer says it."""

    text: str


class WentOffline(msgspec.Struct, frozen=True):
    """The printer went offline with data unprinted."""


class Cleared(msgspec.Struct, frozen=True):
    """The printer has forgotten everything it had received."""


Reply = RealTime | AutoStatus | FullStatus | Queued | Printed | Named | WentOffline | Cleared


class Splitter:
    """Cuts the stream into replies whatever the chunks; passes over what belongs to none.

    Holds at most `LONGEST` bytes. A reply that never ends is given up as soon as a byte does not fit
    it, and reading starts again one byte after its beginning. ``full`` says that the printer knows
    ``DLE EOT`` 20; an automatic status of another that began with ``10 0F`` would be taken for its answer.
    """

    def __init__(self, *, full: bool = False) -> None:
        self._held = b""
        self._full = full

    def feed(self, data: bytes) -> list[Reply]:
        """Replies completed by ``data``."""
        self._held += data
        replies: list[Reply] = []
        at = 0
        while at < len(self._held):
            reply, length = _read(self._held[at : at + LONGEST], self._full)
            if length == 0:
                break
            at += length
            if reply is not None:
                replies.append(reply)
        self._held = self._held[at:]
        return replies

    def flush(self) -> list[Reply]:
        """Give up a reply that stopped half-way; returns those found in its remains."""
        replies: list[Reply] = []
        while self._held:
            # One byte less each time, so this ends.
            self._held, rest = b"", self._held[1:]
            replies += self.feed(rest)
        return replies


def _read(window: bytes, full: bool) -> tuple[Reply | None, int]:
    """The reply at the beginning of ``window`` and its length; length 0 asks for more bytes."""
    first = window[0]
    if full and first == 0x10 and window[1:2] in (b"", b"\x0f"):
        return (FullStatus(window[2:6]), 6) if len(window) >= 6 else (None, 0)
    if first == 0x37:
        return _block(window)
    if first == 0x5F:
        return _name(window)
    if first & 0x93 == 0x12:
        return RealTime(first), 1
    if first & 0x93 == 0x10:
        following = window[1:4]
        if any(byte & 0x90 for byte in following):
            return None, 1
        return (AutoStatus(window[:4]), 4) if len(following) == 3 else (None, 0)
    if first & 0x90 == 0x00:
        return Queued(first), 1
    return None, 1


def _name(window: bytes) -> tuple[Reply | None, int]:
    end = window.find(0, 1)
    data = window[1 : end if end >= 0 else len(window)]
    if len(data) > _LONGEST_NAME or any(not 0x20 <= byte <= 0x7E for byte in data):
        return None, 1
    return (Named(data.decode("ascii")), end + 1) if end >= 0 else (None, 0)


def _block(window: bytes) -> tuple[Reply | None, int]:
    if len(window) < 2:
        return None, 0
    if window[1] not in (0x22, 0x23, 0x25):
        return None, 1
    end = window.find(0, 2)
    data = window[2 : end if end >= 0 else len(window)]
    if len(data) > _LONGEST_DATA or any(not 0x20 <= byte <= 0x7E for byte in data):
        return None, 1
    if end < 0:
        return None, 0
    length = end + 1
    if window[1] == 0x25:
        return Cleared(), length
    if window[1] == 0x23:
        return WentOffline(), length
    return (Printed(data) if len(data) == 4 else None), length
