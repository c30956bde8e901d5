"""Polled keypads on the wire: frames as the profile describes them.

Source: none that is common to them. These keypads speak only when asked, on a line that many share; what
a question and an answer look like differs from maker to maker and is written down as templates. One frame
of the family is known by its bytes: counters take ``05 03 E7 EF``, which is number 999 for counter 5, that is
``{unit} {count:2} {sum}``.

A template is a row of hex bytes and fields: ``{unit}`` the keypad's address, ``{key}`` what it reports,
``{count}`` how many wait, and a check over all bytes before it: ``{sum}`` modulo 256, ``{xor}``, or
``{crc16}``, that of Modbus. A field takes one byte, or as many as it says (``{count:2}``), high byte first.
A check may leave out the first bytes: ``{sum:1}`` begins with the second.
"""

from __future__ import annotations

import re
from functools import reduce
from operator import xor
from typing import Literal, cast, get_args

import msgspec

from drivers.facts import fact
from drivers.hunt import Hunter, Look
from drivers.options import OptionError

MAX_LENGTH = 64
_TOKEN = re.compile(r"([0-9A-Fa-f]{2})|\{(unit|key|count|sum|xor|crc16)(?::([0-9]{1,2}))?\}")
_NAMED = ("unit", "key", "count")
_MOST_BYTES = 4

Kind = Literal["byte", "unit", "key", "count", "sum", "xor", "crc16"]
_FIELDS = " ".join(f"{{{kind}}}" for kind in get_args(Kind) if kind != "byte")


class Part(msgspec.Struct, frozen=True):
    """One token: a byte of value ``argument``, a field, or a check from byte ``argument`` on."""

    kind: Kind
    size: int
    argument: int = 0


class Fields(msgspec.Struct, frozen=True):
    """What a frame says, or should say."""

    unit: int
    key: int = 0
    count: int = 0


class Template(msgspec.Struct, frozen=True):
    """A frame of fixed length."""

    parts: tuple[Part, ...]

    @property
    def length(self) -> int:
        """Bytes of a frame."""
        return sum(part.size for part in self.parts)

    def has(self, kind: Kind) -> bool:
        """Whether it has such a field."""
        return any(part.kind == kind for part in self.parts)

    def encode(self, fields: Fields) -> bytes:
        """One frame. A count that is too large is the largest that can be said. Raises ValueError for a
        unit or key that does not fit.
        """
        frame = b""
        for part in self.parts:
            match part.kind:
                case "byte":
                    frame += bytes((part.argument,))
                case "unit" | "key":
                    value = fields.unit if part.kind == "unit" else fields.key
                    if not 0 <= value < 1 << 8 * part.size:
                        raise ValueError(f"{part.kind} {value} does not fit {part.size} bytes")
                    frame += value.to_bytes(part.size, "big")
                case "count":
                    largest = (1 << 8 * part.size) - 1
                    frame += min(max(fields.count, 0), largest).to_bytes(part.size, "big")
                case _:
                    frame += _check(part, frame)
        return frame

    def decode(self, frame: bytes) -> Fields | None:
        """What a frame says; None when it is none of this form."""
        if len(frame) != self.length:
            return None
        said = {"unit": 0, "key": 0, "count": 0}
        at = 0
        for part in self.parts:
            piece = frame[at : at + part.size]
            if part.kind == "byte":
                if piece[0] != part.argument:
                    return None
            elif part.kind in said:
                said[part.kind] = int.from_bytes(piece, "big")
            elif piece != _check(part, frame[:at]):
                return None
            at += part.size
        return Fields(**said)


def parse_template(text: str, option: str = "template") -> Template:
    """Read the template in an option. Raises `OptionError` for one that cannot be."""
    parts: list[Part] = []
    for token in text.split():
        match = _TOKEN.fullmatch(token)
        if match is None:
            why = fact("options.template_token", option=option, token=token, known=_FIELDS)
            raise OptionError(why)
        byte, name, number = match[1], cast("Kind", match[2]), match[3]
        at = sum(part.size for part in parts)
        if byte is not None:
            parts.append(Part("byte", 1, int(byte, 16)))
        elif name in _NAMED:
            size = int(number or 1)
            if not 1 <= size <= _MOST_BYTES:
                why = fact("options.template_size", option=option, token=token, most=_MOST_BYTES)
                raise OptionError(why)
            if any(part.kind == name for part in parts):
                raise OptionError(fact("options.template_twice", option=option, field=f"{{{name}}}"))
            parts.append(Part(name, size))
        else:
            begin = int(number or 0)
            if begin >= at:
                raise OptionError(fact("options.template_check", option=option, token=token))
            parts.append(Part(name, 2 if name == "crc16" else 1, begin))
    template = Template(tuple(parts))
    if not 1 <= template.length <= MAX_LENGTH:
        why = fact("options.template_length", option=option, length=template.length, most=MAX_LENGTH)
        raise OptionError(why)
    return template


def decoder(template: Template) -> Hunter[Fields]:
    """Frames of one form out of a stream."""

    def frame_at(held: bytes, at: int) -> tuple[Fields, int] | Look:
        end = at + template.length
        if len(held) < end:
            return Look.NOT_YET
        fields = template.decode(held[at:end])
        return (fields, end) if fields is not None else Look.NOT_HERE

    return Hunter(frame_at, template.length)


def _check(part: Part, before: bytes) -> bytes:
    covered = before[part.argument :]
    if part.kind == "sum":
        return bytes((sum(covered) & 0xFF,))
    if part.kind == "xor":
        return bytes((reduce(xor, covered),))
    value = 0xFFFF
    for byte in covered:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return value.to_bytes(2, "little")
