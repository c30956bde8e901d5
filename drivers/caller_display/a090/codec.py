"""Dual-colour boards with the frame head ``A0 90`` on the wire: bytes to messages and back.

Source: the frame as it is handed down for dual-colour 条屏 in field use, 9600 8N1, with its check rule
verified; no maker's manual was seen. ``A0 90 addr A5 lenHi lenLo data XOR``, the check over addr to data. The
data are one character after the other, its GB 2312 bytes (one for ASCII, two for a hanzi) and its colour:
0 red, 1 green, 2 yellow. The board answers ``A0 90 addr A5`` and AA or 55; that AA means taken and 55 not
taken is our reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import xor

import msgspec

from drivers.caller_display.api import Colour
from drivers.caller_display.dots import Run
from drivers.caller_display.text import decode, encode
from drivers.hunt import Hunter, Look

_HEAD = b"\xa0\x90"
_COMMAND = 0xA5
_ACCEPTED = 0xAA
_REFUSED = 0x55
REPLY_LENGTH = 5
MAX_DATA = 600
"""Bytes; a board of 200 hanzi is larger than any that is sold."""
MAX_FRAME = 6 + MAX_DATA + 1

_CODES = {Colour.RED: 0, Colour.GREEN: 1, Colour.YELLOW: 2}
_COLOURS = {code: colour for colour, code in _CODES.items()}


class Text(msgspec.Struct, frozen=True):
    """What a board should show; ``data`` as `coloured` makes it."""

    address: int
    data: bytes


class Reply(msgspec.Struct, frozen=True):
    """A board's answer."""

    address: int
    accepted: bool


Message = Text | Reply


def encode_message(message: Message) -> bytes:
    """One frame. Raises ValueError for more than `MAX_DATA` bytes."""
    if isinstance(message, Reply):
        code = _ACCEPTED if message.accepted else _REFUSED
        return _HEAD + bytes((message.address, _COMMAND, code))
    if len(message.data) > MAX_DATA:
        raise ValueError(f"{len(message.data)} bytes of data are more than {MAX_DATA}")
    body = bytes((message.address, _COMMAND, *divmod(len(message.data), 256))) + message.data
    return _HEAD + body + bytes((reduce(xor, body),))


def decoder() -> Hunter[Message]:
    """Frames out of a stream, both ways."""
    return Hunter(_frame_at, MAX_FRAME)


def _frame_at(held: bytes, at: int) -> tuple[Message, int] | Look:
    head = held[at : at + 2]
    if not _HEAD.startswith(head) or held[at + 3 : at + 4] not in (b"", bytes((_COMMAND,))):
        return Look.NOT_HERE
    if len(held) < at + REPLY_LENGTH:
        return Look.NOT_YET
    address, code = held[at + 2], held[at + 4]
    if code in (_ACCEPTED, _REFUSED):
        return Reply(address, code == _ACCEPTED), at + REPLY_LENGTH
    begin = at + 6
    end = begin + int.from_bytes(held[at + 4 : begin], "big")
    if code > MAX_DATA >> 8 or end - begin > MAX_DATA:
        return Look.NOT_HERE
    if len(held) <= max(begin, end):
        return Look.NOT_YET
    if held[end] != reduce(xor, held[at + 2 : end]):
        return Look.NOT_HERE
    return Text(address, held[begin:end]), end + 1


def coloured(runs: Sequence[Run]) -> bytes:
    """Characters with the colour behind each; all must have passed the GB 2312 charset."""
    return b"".join(
        encode(character) + bytes((_CODES[colour],)) for text, colour in runs for character in text
    )


def parse_runs(data: bytes) -> list[Run]:
    """The runs of `coloured` data; an unknown colour is red, half a character at the end is dropped."""
    runs: list[Run] = []
    at = 0
    while at < len(data):
        width = 2 if data[at] >= 0x81 else 1
        character = data[at : at + width]
        if len(data) <= at + width:
            break
        colour = _COLOURS.get(data[at + width], Colour.RED)
        at += width + 1
        if runs and runs[-1][1] is colour:
            runs[-1] = (runs[-1][0] + decode(character), colour)
        else:
            runs.append((decode(character), colour))
    return runs
