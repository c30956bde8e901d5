"""Onbon BX-5K/6K font cards on the wire: bytes to messages and back.

Source: the maker's "BX-5K/6K protocol, user edition" 1.4; header, escapes and CRC checked against
frames of the maker's library, the 6K area against the maker's 6K3 example. Numbers are
little-endian.

A frame is ``A5`` (eight from us, one or more from others), the escaped packet, ``5A``. The packet:
destination u16, source u16, three reserved bytes, option, check mode, display mode, device type,
protocol version 2, data length u16, data, CRC-16/ARC over all of it. Raw ``A5`` and ``5A`` occur
nowhere inside a frame, so any ``A5`` begins anew and a lost byte costs one frame.

The layout of the status answer is that of the maker's library (``CON_ControllerStatus``), not of
a captured frame; a driver must not believe it before it has agreed with what was sent.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from enum import IntEnum

import msgspec

from drivers.caller_display.api import Colour
from drivers.caller_display.dots import Run
from drivers.caller_display.text import decode as decode_text

HOST = 0x8000
ANY = 0xFFFE
"""Every card takes it and answers; for a card that is alone on its line."""
BROADCAST = 0xFFFF
"""Every card takes it and none answers."""
ANY_DEVICE = 0xFE

MAX_DATA = 1000
"""Bytes of data in one packet; a card's receive buffer is 1,024 bytes."""
MAX_FRAME = 8 + 2 * (14 + MAX_DATA + 2) + 1
HEADER = 14

ALL_AREAS = b"\xff"
"""In place of a list of ids: delete every dynamic area."""

_PIXELS = 0x8000
_HEAD = struct.Struct("<HH3sBBBBBH")
_AREA = struct.Struct("<BHHHHBBBHBBBBBBBBBI")
_COLOUR_CODES = {Colour.RED: b"\\C1", Colour.GREEN: b"\\C2", Colour.YELLOW: b"\\C3"}
_CODE_COLOURS = {ord("1"): Colour.RED, ord("2"): Colour.GREEN, ord("3"): Colour.YELLOW}


class Move(IntEnum):
    """How the text of an area comes."""

    STILL = 1
    AT_ONCE = 2
    LEFT = 3
    RIGHT = 4
    UP = 5
    DOWN = 6


class CardError(IntEnum):
    """Why a card refused."""

    NONE = 0
    GROUP = 1
    COMMAND = 2
    BUSY = 3
    MEMORY = 4
    CHECKSUM = 5
    FILE_MISSING = 6
    FLASH = 7
    DOWNLOAD = 8
    FILE_NAME = 9
    FILE_TYPE = 10
    FILE_CRC = 11
    FONT_MISSING = 12
    FIRMWARE_TYPE = 13
    TIME_FORMAT = 14
    FILE_EXISTS = 15
    BLOCK_NUMBER = 16


class Packet(msgspec.Struct, frozen=True):
    """What one frame carries."""

    destination: int
    source: int
    data: bytes
    device: int = ANY_DEVICE


class Area(msgspec.Struct, frozen=True):
    r"""A dynamic area: text in RAM, on a rectangle in dots.

    ``in_dots`` writes place and width as dots (6K); otherwise they are multiples of 8 and counted in
    bytes (5K). ``single_line`` never wraps; otherwise text wraps at the width (``wrap``) or at
    newlines, and what the area cannot hold at once follows as further pages. ``speed`` is 0 (fast)
    to 24; a page stays ``stay`` half seconds. ``text`` is GB 2312 with codes such as ``\C1``.
    """

    id: int
    x: int
    y: int
    width: int
    height: int
    text: bytes
    move: Move = Move.STILL
    speed: int = 0
    stay: int = 0
    single_line: bool = True
    wrap: bool = False
    in_dots: bool = False
    timeout: int = 2
    run_mode: int = 0


class Ping(msgspec.Struct, frozen=True):
    """``A2 00``: are you there."""


class QueryStatus(msgspec.Struct, frozen=True):
    """``A1 02``: what state are you in."""


class Switch(msgspec.Struct, frozen=True):
    """``A3 00``: screen on or off."""

    on: bool


class Update(msgspec.Struct, frozen=True):
    """``A3 06``: delete dynamic areas (`ALL_AREAS` or ids), then write some."""

    areas: tuple[Area, ...] = ()
    delete: bytes = b""


Request = Ping | QueryStatus | Switch | Update


class Status(msgspec.Struct, frozen=True):
    """What a card says of itself: screen on or off, brightness 0-15, ids of its dynamic areas."""

    on: bool
    brightness: int
    areas: tuple[int, ...]


class Reply(msgspec.Struct, frozen=True):
    """An answer. ``error`` is a `CardError` number; ``status`` comes with `QueryStatus` only."""

    error: int = CardError.NONE
    status: Status | None = None


def _crc_of(byte: int) -> int:
    value = byte
    for _ in range(8):
        value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return value


_CRCS = tuple(map(_crc_of, range(256)))


def crc(data: bytes) -> int:
    """CRC-16/ARC."""
    value = 0
    for byte in data:
        value = value >> 8 ^ _CRCS[value & 0xFF ^ byte]
    return value


def encode_packet(packet: Packet) -> bytes:
    """One frame. Raises ValueError when there is more than `MAX_DATA`."""
    if len(packet.data) > MAX_DATA:
        raise ValueError(f"{len(packet.data)} bytes of data are more than {MAX_DATA}")
    head = _HEAD.pack(
        packet.destination, packet.source, bytes(3), 0, 0, 0, packet.device, 2, len(packet.data)
    )
    body = head + packet.data
    body += struct.pack("<H", crc(body))
    return b"\xa5" * 8 + _escape(body) + b"\x5a"


def _escape(data: bytes) -> bytes:
    # What stands for another comes first, so that nothing is replaced twice.
    data = data.replace(b"\xa6", b"\xa6\x01").replace(b"\xa5", b"\xa6\x02")
    return data.replace(b"\x5b", b"\x5b\x01").replace(b"\x5a", b"\x5b\x02")


def _unescape(data: bytes) -> bytes | None:
    out = bytearray()
    rest = iter(data)
    for byte in rest:
        if byte not in (0xA6, 0x5B):
            out.append(byte)
            continue
        code = next(rest, 0)
        if code not in (1, 2):
            return None
        out.append(byte if code == 1 else byte - 1)
    return bytes(out)


class Decoder:
    """Frames out of a stream of chunks of any size.

    What is no whole, checked frame is skipped; the next good frame is always found. Holds at most
    `MAX_FRAME` bytes.
    """

    def __init__(self) -> None:
        self._inside = False
        self._body = bytearray()

    def feed(self, data: bytes) -> list[Packet]:
        """Take bytes and return the packets they complete."""
        packets = []
        for byte in data:
            if byte == 0xA5:
                self._inside = True
                self._body.clear()
            elif not self._inside:
                continue
            elif byte == 0x5A:
                packet = _packet(bytes(self._body))
                if packet is not None:
                    packets.append(packet)
                self._inside = False
                self._body.clear()
            elif len(self._body) < MAX_FRAME:
                self._body.append(byte)
            else:
                self._inside = False
                self._body.clear()
        return packets


def _packet(escaped: bytes) -> Packet | None:
    body = _unescape(escaped)
    if body is None or len(body) < HEADER + 2:
        return None
    destination, source, _, _, _, _, device, _, length = _HEAD.unpack_from(body)
    if len(body) != HEADER + length + 2:
        return None
    # Checked by CRC whatever the check mode says: a noisy byte must not switch checking off.
    if crc(body[:-2]) != int.from_bytes(body[-2:], "little"):
        return None
    return Packet(destination, source, body[HEADER:-2], device)


def encode_request(request: Request) -> bytes:
    """Packet data that ask for an answer."""
    match request:
        case Ping():
            return b"\xa2\x00\x01\x00\x00"
        case QueryStatus():
            return b"\xa1\x02\x01\x00\x00"
        case Switch(on):
            return b"\xa3\x00\x01\x00\x00" + (b"\x01" if on else b"\x02")
        case Update(areas, delete):
            count = 0xFF if delete == ALL_AREAS else len(delete)
            ids = b"" if delete == ALL_AREAS else delete
            head = b"\xa3\x06\x01\x00\x00" + bytes((count,)) + ids + bytes((len(areas),))
            return head + b"".join(_encode_area(area) for area in areas)


def area_size(area: Area) -> int:
    """Bytes that an area takes in an `Update`."""
    return 2 + _AREA.size + len(area.text)


def _encode_area(area: Area) -> bytes:
    def across(dots: int) -> int:
        return _PIXELS | dots if area.in_dots else dots // 8

    fixed = _AREA.pack(
        0,
        across(area.x),
        area.y,
        across(area.width),
        area.height,
        area.id,
        0,
        area.run_mode,
        area.timeout,
        0,
        0,
        0,
        1 if area.single_line else 2,
        2 if area.wrap else 1,
        area.move,
        0,
        area.speed,
        area.stay,
        len(area.text),
    )
    return struct.pack("<H", len(fixed) + len(area.text)) + fixed + area.text


def parse_request(data: bytes) -> Request | None:
    """Packet data as a card understands them; None when it doesn't."""
    match data[:2]:
        case b"\xa2\x00":
            return Ping()
        case b"\xa1\x02":
            return QueryStatus()
        case b"\xa3\x00" if len(data) == 6 and data[5] in (1, 2):
            return Switch(data[5] == 1)
        case b"\xa3\x06":
            return _parse_update(data[5:])
    return None


def _parse_update(data: bytes) -> Update | None:
    if not data:
        return None
    if data[0] == 0xFF:
        delete, rest = ALL_AREAS, data[1:]
    else:
        delete, rest = data[1 : 1 + data[0]], data[1 + data[0] :]
        if len(delete) != data[0]:
            return None
    if not rest:
        return None
    count, rest = rest[0], rest[1:]
    areas = []
    for _ in range(count):
        size = int.from_bytes(rest[:2], "little")
        area = _parse_area(rest[2 : 2 + size])
        if area is None or len(rest) < 2 + size:
            return None
        areas.append(area)
        rest = rest[2 + size :]
    return None if rest else Update(tuple(areas), delete)


def _parse_area(data: bytes) -> Area | None:
    if len(data) < _AREA.size:
        return None
    values = _AREA.unpack_from(data)
    kind, x, y, width, height, number, _, run_mode, timeout, sound, extra, _ = values[:12]
    single, wrap, move, _, speed, stay, length = values[12:]
    text = data[_AREA.size :]
    if kind or sound or extra or length != len(text) or not 1 <= move <= 6:
        return None

    def across(value: int) -> int:
        return value & ~_PIXELS if value & _PIXELS else value * 8

    return Area(
        id=number,
        x=across(x),
        y=y,
        width=across(width),
        height=height,
        text=text,
        move=Move(move),
        speed=speed,
        stay=stay,
        single_line=single == 1,
        wrap=wrap == 2,
        in_dots=bool(x & _PIXELS),
        timeout=timeout,
        run_mode=run_mode,
    )


def encode_reply(reply: Reply) -> bytes:
    """Packet data of an answer."""
    if reply.status is not None:
        status = reply.status
        fixed = bytes((1 if status.on else 2, status.brightness)) + bytes(8) + bytes(6) + bytes(1)
        return b"\xa1\x02\x00\x00\x00" + fixed + bytes((len(status.areas), *status.areas))
    return bytes((0xA0, 0 if reply.error == CardError.NONE else 1, reply.error, 0, 0))


def parse_reply(data: bytes) -> Reply | None:
    """Packet data as an answer; None when they are none."""
    if len(data) < 5:
        return None
    if data[:2] == b"\xa0\x00":
        return Reply()
    if data[:2] == b"\xa0\x01":
        return Reply(data[2] or CardError.COMMAND)
    if data[:2] == b"\xa1\x02":
        return Reply(data[2], _parse_status(data[5:]))
    return None


def _parse_status(data: bytes) -> Status | None:
    # on/off, brightness, clock (8), number of programs, current program (5), special area, areas
    if len(data) < 18 or data[0] not in (1, 2) or len(data) < 18 + data[17]:
        return None
    return Status(data[0] == 1, data[1], tuple(data[18 : 18 + data[17]]))


def coloured(runs: Sequence[tuple[bytes, Colour]]) -> bytes:
    """GB 2312 pieces with their colour codes before them."""
    return b"".join(_COLOUR_CODES[colour] + piece for piece, colour in runs)


def parse_text(text: bytes) -> list[list[Run]]:
    """Text with codes as lines of runs, as a card shows them; unknown codes are skipped."""
    lines: list[list[Run]] = [[]]
    colour = Colour.RED
    plain = bytearray()

    def close() -> None:
        if plain:
            lines[-1].append((decode_text(bytes(plain)), colour))
            plain.clear()

    at = 0
    while at < len(text):
        byte = text[at]
        if byte >= 0x81:
            plain += text[at : at + 2]
            at += 2
        elif byte != 0x5C:
            plain.append(byte)
            at += 1
        else:
            code = text[at + 1 : at + 3]
            close()
            if code[:1] == b"C" and len(code) == 2:
                colour = _CODE_COLOURS.get(code[1], colour)
                at += 3
            elif code[:1] == b"n":
                lines.append([])
                at += 2
            elif code[:1] == b"F":
                at += 6
            else:
                at += 2
    close()
    return lines
