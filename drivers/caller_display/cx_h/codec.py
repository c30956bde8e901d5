"""CXT CX-H Ethernet cards on the wire: datagrams to messages and back.

Source: the maker's product page of the CX-H (0736led.vip, 2016), whose example is the golden frame. UDP
port 8453, one command a datagram: ``21 21`` (write a dynamic window), ``55 AA``, partition 0-15, colour
(0 black, 1 red, 2 green, 3 yellow), effect (0 page by page, 1 up, 2 down, 3 left), speed 0-9 (9 fast),
stay u32 in 0.1 s, length u16, both little-endian, then up to 500 bytes of GB 2312. The page names no
answer.
"""

from __future__ import annotations

import struct
from enum import IntEnum

import msgspec

from drivers.caller_display.api import Colour

_HEAD = b"\x21\x21\x55\xaa"
_FIELDS = struct.Struct("<BBBBIH")
MAX_TEXT = 500
PARTITIONS = 16

COLOURS = {Colour.RED: 1, Colour.GREEN: 2, Colour.YELLOW: 3}


class Effect(IntEnum):
    """How a text comes."""

    PAGE = 0
    UP = 1
    DOWN = 2
    LEFT = 3


class Message(msgspec.Struct, frozen=True):
    """What a partition should show. ``stay`` counts tenths of a second."""

    partition: int
    text: bytes
    colour: int = 1
    effect: Effect = Effect.PAGE
    speed: int = 0
    stay: int = 0


def encode(message: Message) -> bytes:
    """One datagram. Raises ValueError for a text that is too long or a partition no card has."""
    if len(message.text) > MAX_TEXT or not 0 <= message.partition < PARTITIONS:
        raise ValueError(f"more than {MAX_TEXT} bytes, or no partition from 0 to {PARTITIONS - 1}")
    fields = _FIELDS.pack(
        message.partition, message.colour, message.effect, message.speed, message.stay, len(message.text)
    )
    return _HEAD + fields + message.text


def decode(datagram: bytes) -> Message | None:
    """What a datagram says; None when it is no command, cut or too long."""
    begin = len(_HEAD) + _FIELDS.size
    if not datagram.startswith(_HEAD) or len(datagram) < begin:
        return None
    partition, colour, effect, speed, stay, length = _FIELDS.unpack_from(datagram, len(_HEAD))
    if length != len(datagram) - begin or length > MAX_TEXT:
        return None
    if partition >= PARTITIONS or colour > 3 or effect > max(Effect) or speed > 9:
        return None
    return Message(partition, datagram[begin:], colour, Effect(effect), speed, stay)
