"""Window boards of 平安力合 (protocol V2.1) on the wire: bytes to messages and back.

Source: 平安力合 window board protocol V2.1, 9600 8N1; the number frame and both check rules checked
against the example of a running installation (``A0 06 28 03 01 0C 22 03 63 FF`` shows
请1234号到3号窗口).

Two forms share the line. Commands and receipts: ``A0 LEN CMD ADD SUB DATA… CHK FF``, LEN counting CMD to
DATA, CHK the sum of LEN to DATA modulo 100 (decimal). Instant text: ``AA ADD BB 51 54 CHK mode speed
stay colour ttl GBK… FF``, CHK the sum of mode to FF modulo 256. GBK never holds FF, so FF ends it.
The board answers with ``A0 03 14 ADD 50 CHK FF``.
"""

from __future__ import annotations

import msgspec

from drivers.caller_display.api import Colour

NUMBER = 0x28
RECEIPT = 0x14
_RECEIPT_SUB = 0x50
_TEXT_HEAD = 6
_TEXT_PARAMS = 5
MAX_TEXT = 200
"""Bytes of GBK in one instant text."""
_MAX_COMMAND = 64
MAX_FRAME = _TEXT_HEAD + _TEXT_PARAMS + MAX_TEXT + 1

COLOURS = {Colour.RED: 0, Colour.GREEN: 1, Colour.YELLOW: 2}


class Command(msgspec.Struct, frozen=True):
    """An ``A0`` frame."""

    command: int
    address: int
    sub: int
    data: bytes = b""


class InstantText(msgspec.Struct, frozen=True):
    """An ``AA`` frame. Every number is a byte below FF; ``text`` is GBK."""

    address: int
    text: bytes
    colour: int = 0
    mode: int = 0
    speed: int = 0
    stay: int = 0
    ttl: int = 0


Message = Command | InstantText


def number_call(address: int, ticket: int, window: int) -> Command:
    """请{ticket}号到{window}号窗口, as the board itself words it. Raises ValueError beyond 9999 and 99."""
    if not 0 <= ticket <= 9999 or not 0 <= window <= 99:
        raise ValueError(f"ticket {ticket} or window {window} is out of range")
    return Command(NUMBER, address, 1, bytes((*divmod(ticket, 100), window)))


def parse_number(message: Command) -> tuple[int, int] | None:
    """Ticket and window of a `number_call`; None when it is none."""
    if message.command != NUMBER or len(message.data) != 3:
        return None
    high, low, window = message.data
    return high * 100 + low, window


def receipt(address: int) -> Command:
    """What a board answers."""
    return Command(RECEIPT, address, _RECEIPT_SUB)


def encode(message: Message) -> bytes:
    """One frame. Raises ValueError for a text or data too long, or a number that doesn't fit."""
    if isinstance(message, Command):
        body = bytes((3 + len(message.data), message.command, message.address, message.sub)) + message.data
        if len(body) > _MAX_COMMAND:
            raise ValueError("too much data for one command")
        return b"\xa0" + body + bytes((sum(body) % 100, 0xFF))
    if len(message.text) > MAX_TEXT or 0xFF in message.text:
        raise ValueError("text is too long or no GBK")
    params = bytes((message.mode, message.speed, message.stay, message.colour, message.ttl))
    if 0xFF in params:
        raise ValueError("FF ends the frame and cannot stand in it")
    tail = params + message.text + b"\xff"
    return bytes((0xAA, message.address, 0xBB, 0x51, 0x54, sum(tail) % 256)) + tail


class Decoder:
    """Frames out of a stream of chunks of any size.

    A whole, checked frame is taken wherever it begins, so noise before it never hides it. Holds
    at most `MAX_FRAME` bytes.
    """

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """Take bytes and return the messages they complete."""
        messages = []
        for at in range(0, len(data), MAX_FRAME):
            self._held += data[at : at + MAX_FRAME]
            messages.extend(self._take())
            del self._held[:-MAX_FRAME]
        return messages

    def _take(self) -> list[Message]:
        messages: list[Message] = []
        at = 0
        while at < len(self._held):
            found = _frame_at(self._held, at)
            if found is None:
                at += 1
                continue
            message, end = found
            messages.append(message)
            del self._held[:end]
            at = 0
        return messages


def _frame_at(held: bytearray, at: int) -> tuple[Message, int] | None:
    """The whole frame that begins at ``at``, and where it ends."""
    if held[at] == 0xA0 and at + 1 < len(held):
        return _command_at(held, at)
    if held[at] == 0xAA and held[at + 2 : at + 5] == b"\xbb\x51\x54":
        return _text_at(held, at)
    return None


def _command_at(held: bytearray, at: int) -> tuple[Message, int] | None:
    length = held[at + 1]
    end = at + 2 + length + 2
    if not 3 <= length < _MAX_COMMAND or len(held) < end or held[end - 1] != 0xFF:
        return None
    body = bytes(held[at + 1 : end - 2])
    if held[end - 2] != sum(body) % 100:
        return None
    return Command(body[1], body[2], body[3], body[4:]), end


def _text_at(held: bytearray, at: int) -> tuple[Message, int] | None:
    params = at + _TEXT_HEAD
    last = held.find(0xFF, params)
    if last < params + _TEXT_PARAMS:
        return None
    if held[at + 5] != sum(held[params : last + 1]) % 256:
        return None
    mode, speed, stay, colour, ttl = held[params : params + _TEXT_PARAMS]
    text = bytes(held[params + _TEXT_PARAMS : last])
    return InstantText(held[at + 1], text, colour, mode, speed, stay, ttl), last + 1
