"""FF68 call keypads and rating pads on the wire: bytes to frames and back.

Source: the FF68 protocol of pads in field use, 9600 8N1. ``FF 68 L L 68 addr func data… chk 16`` with
L = 2 + number of data bytes and chk = (addr + func + Σ data) mod 256.

A key press ends in its key code and is acknowledged by its echo; a rating (func 11, data[0] the
value) by the same frame with func 01, whose check is therefore 10h less. To a pad go func 02 with
six digits (0A is blank) and func 03, a beep; neither is acknowledged.
"""

from __future__ import annotations

import msgspec

RATING = 0x11
RATING_ACK = 0x01
DIGITS = 0x02
BEEP = 0x03
KEY = 0x01
"""The function our simulated keypads use; drivers take key presses of any function but the above."""

PLACES = 6
_BLANK = 0x0A
_MAX_DATA = 32
MAX_FRAME = 9 + _MAX_DATA


class Frame(msgspec.Struct, frozen=True):
    """One frame, either way."""

    address: int
    function: int
    data: bytes = b""


def encode(frame: Frame) -> bytes:
    """One frame. Raises ValueError for more than 32 bytes of data."""
    if len(frame.data) > _MAX_DATA:
        raise ValueError(f"{len(frame.data)} bytes of data are more than {_MAX_DATA}")
    length = 2 + len(frame.data)
    body = bytes((frame.address, frame.function)) + frame.data
    return bytes((0xFF, 0x68, length, length, 0x68)) + body + bytes((sum(body) & 0xFF, 0x16))


def acknowledgement(frame: Frame) -> Frame:
    """What the host answers to a press."""
    return Frame(frame.address, RATING_ACK, frame.data) if frame.function == RATING else frame


def digits(address: int, text: str) -> Frame:
    """Digits and blanks, right-aligned; what is neither is a blank, what doesn't fit is cut off left."""
    places = text[-PLACES:].rjust(PLACES)
    codes = bytes(int(place) if place in "0123456789" else _BLANK for place in places)
    return Frame(address, DIGITS, codes)


def digits_text(frame: Frame) -> str:
    """What a pad shows after a `digits` frame."""
    return "".join(str(code) if code < 10 else " " for code in frame.data)


class Decoder:
    """Frames out of a stream of chunks of any size.

    A whole, checked frame is taken wherever it begins, so noise before it never hides it. Holds
    at most `MAX_FRAME` bytes.
    """

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """Take bytes and return the frames they complete."""
        frames: list[Frame] = []
        for at in range(0, len(data), MAX_FRAME):
            self._held += data[at : at + MAX_FRAME]
            frames.extend(self._take())
            del self._held[:-MAX_FRAME]
        return frames

    def _take(self) -> list[Frame]:
        frames: list[Frame] = []
        at = 0
        while (at := self._held.find(b"\xff\x68", at)) >= 0:
            found = _frame_at(self._held, at)
            if found is None:
                at += 1
                continue
            frames.append(found)
            del self._held[: at + 9 + len(found.data)]
            at = 0
        return frames


def _frame_at(held: bytearray, at: int) -> Frame | None:
    """The whole frame that begins at ``at``."""
    if len(held) < at + 5:
        return None
    length = held[at + 2]
    end = at + 5 + length + 2
    if held[at + 3] != length or held[at + 4] != 0x68 or not 2 <= length <= 2 + _MAX_DATA:
        return None
    if len(held) < end or held[end - 1] != 0x16:
        return None
    body = bytes(held[at + 5 : end - 2])
    if held[end - 2] != sum(body) & 0xFF:
        return None
    return Frame(body[0], body[1], body[2:])
