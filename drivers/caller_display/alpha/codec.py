"""Alpha signs (BetaBrite, Adaptive and others of the M-Protocol) on the wire: bytes to messages and back.

Source: "Alpha Sign Communications Protocol", Adaptive Micro Systems, form 9708-8061 F. A packet is
nulls (at least five, by which a sign finds the baud rate), ``01 type address`` (two hex digits, ``00``
all) ``02 body``, with a check ``03`` and the 16-bit sum of ``02`` to ``03`` as four hex digits, then
``04``. A body that writes a text file is ``A label 1B position mode text``. The text is ASCII with
control codes: ``1C n`` colour, ``07 n`` flashing off and on, ``0D`` new line. A packet with a wrong check is
dropped by the sign; it says nothing either way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from drivers.caller_display.api import Colour
from drivers.caller_display.dots import Run
from drivers.hunt import Hunter, Look

WAKE_UP = bytes(6)
"""One null more than the document asks for: what drives signs in the field."""
_SOH, _STX, _ETX, _EOT, _ESC, _CR = 0x01, 0x02, 0x03, 0x04, 0x1B, 0x0D
_COLOUR, _FLASH = 0x1C, 0x07
_WRITE_TEXT = "A"
_SUM = re.compile(rb"[0-9A-Fa-f]{4}")

ALL_TYPES = "Z"
MAX_BODY = 1024
MAX_FRAME = 5 + MAX_BODY + 1 + 4 + 1
PRIORITY_LABEL = "0"
"""The text file that always exists, shows alone while it holds anything, and lies in RAM."""
PRIORITY_SIZE = 125

_CODES = {Colour.RED: b"\x1c1", Colour.GREEN: b"\x1c2", Colour.YELLOW: b"\x1c3"}
_COLOURS = {code[1]: colour for colour, code in _CODES.items()}


class Position(StrEnum):
    """Where on the sign a text begins; signs of one line don't mind."""

    MIDDLE = " "
    TOP = '"'
    BOTTOM = "&"
    FILL = "0"


class Mode(StrEnum):
    """How a text comes."""

    ROTATE = "a"
    HOLD = "b"


class Packet(msgspec.Struct, frozen=True):
    """What one frame carries. ``type`` and ``address`` say which signs take it."""

    type: str
    address: str
    body: bytes


class TextFile(msgspec.Struct, frozen=True):
    """A text for one of a sign's files; ``text`` holds control codes."""

    label: str
    text: bytes
    position: Position = Position.MIDDLE
    mode: Mode = Mode.HOLD


class Row(msgspec.Struct, frozen=True):
    """One line of text as a sign shows it."""

    runs: tuple[Run, ...]
    flash: bool = False


def encode(packet: Packet, *, check: bool = True) -> bytes:
    """One frame. Raises ValueError for a body that is too long or holds a framing byte."""
    if len(packet.body) > MAX_BODY or set(packet.body) & {0, _SOH, _STX, _ETX, _EOT}:
        raise ValueError("the body is too long or holds a framing byte")
    text = bytes((_STX,)) + packet.body
    if check:
        text += bytes((_ETX,))
        text += f"{sum(text) & 0xFFFF:04X}".encode()
    head = bytes((_SOH,)) + (packet.type + packet.address).encode("ascii")
    return WAKE_UP + head + text + bytes((_EOT,))


def decoder() -> Hunter[Packet]:
    """Packets out of a stream, with and without a check."""
    return Hunter(_frame_at, MAX_FRAME)


def _frame_at(held: bytes, at: int) -> tuple[Packet, int] | Look:
    if held[at] != _SOH or held[at + 4 : at + 5] not in (b"", b"\x02") or not held[at + 1 : at + 4].isascii():
        return Look.NOT_HERE
    end = held.find(_EOT, at + 5)
    if end < 0:
        return Look.NOT_YET
    text = held[at + 4 : end]
    if len(text) > 5 and text[-5] == _ETX:
        if not _SUM.fullmatch(text[-4:]) or int(text[-4:], 16) != sum(text[:-4]) & 0xFFFF:
            return Look.NOT_HERE
        text = text[:-5]
    body = text[1:]
    if len(body) > MAX_BODY or set(body) & {0, _SOH, _STX, _ETX}:
        return Look.NOT_HERE
    return Packet(chr(held[at + 1]), held[at + 2 : at + 4].decode(), body), end + 1


def write_text(file: TextFile) -> bytes:
    """Body of a packet that writes a file. Raises ValueError for a priority text of more than 125 bytes."""
    if file.label == PRIORITY_LABEL and len(file.text) > PRIORITY_SIZE:
        raise ValueError(f"the priority file holds {PRIORITY_SIZE} bytes")
    head = (_WRITE_TEXT + file.label).encode("ascii")
    return head + bytes((_ESC,)) + (file.position + file.mode).encode("ascii") + file.text


def parse_text_file(body: bytes) -> TextFile | None:
    """The file a body writes; None when it is none, or in a mode that is not ours."""
    if len(body) < 5 or body[:1] != _WRITE_TEXT.encode() or body[2] != _ESC or not body[:5].isascii():
        return None
    try:
        position, mode = Position(chr(body[3])), Mode(chr(body[4]))
    except ValueError:
        return None
    return TextFile(chr(body[1]), body[5:], position, mode)


def marked(rows: Sequence[Row], *, colours: bool = True) -> bytes:
    """Rows of printable ASCII as text with control codes."""
    lines = []
    for row in rows:
        runs = b"".join(
            (_CODES[colour] if colours else b"") + text.encode("ascii") for text, colour in row.runs
        )
        lines.append(b"\x071" + runs + b"\x070" if row.flash else runs)
    return bytes((_CR,)).join(lines)


def parse_rows(text: bytes) -> list[Row]:
    """Text with control codes as a sign shows it; codes that are not ours are skipped."""
    rows = [Row(())]
    colour, flash = Colour.RED, False
    at = 0
    while at < len(text):
        byte = text[at]
        at += 1
        if byte in (_COLOUR, _FLASH):
            if byte == _COLOUR:
                colour = _COLOURS.get(text[at], colour) if at < len(text) else colour
            else:
                flash = text[at : at + 1] == b"1"
            at += 1
        elif byte == _CR:
            rows.append(Row(()))
        elif 0x20 <= byte < 0x7F:
            runs = list(rows[-1].runs)
            if runs and runs[-1][1] is colour:
                runs[-1] = (runs[-1][0] + chr(byte), colour)
            else:
                runs.append((chr(byte), colour))
            rows[-1] = Row(tuple(runs), flash or rows[-1].flash)
    return rows
