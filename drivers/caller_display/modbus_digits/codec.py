"""Digit displays on Modbus RTU (LED-485 series) on the wire: requests and answers, by pymodbus.

Source: the register table of LED-485-04x displays as public set-up tools use it, 9600 8N1, unit 1 from the
factory. Function 06 register 0: a signed 16-bit number to show; register 4: places behind the decimal
point. Function 10h from register 80h: raw segments, two digits a register, the left one in the high
byte, bit 0 segment a to bit 6 segment g. The display answers as Modbus does.

pymodbus builds and reads the frames. Its framer is made for one answer at a time and drops what
it holds at a bad check, so finding answers in a stream is ours.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from enum import IntEnum

import msgspec
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.pdu.register_message import WriteMultipleRegistersRequest, WriteSingleRegisterRequest

from drivers.hunt import Hunter, Look

NUMBER = 0x00
POINT = 0x04
SEGMENTS = 0x80
WRITE_ONE = 6
WRITE_MANY = 16

MAX_DIGITS = 8
ANSWER_LENGTH = 8
_EXCEPTION_LENGTH = 5
MAX_REQUEST = 9 + MAX_DIGITS

_SEGMENTS = {
    " ": 0x00,
    "-": 0x40,
    "0": 0x3F,
    "1": 0x06,
    "2": 0x5B,
    "3": 0x4F,
    "4": 0x66,
    "5": 0x6D,
    "6": 0x7D,
    "7": 0x07,
    "8": 0x7F,
    "9": 0x6F,
    "A": 0x77,
    "B": 0x7C,
    "C": 0x39,
    "D": 0x5E,
    "E": 0x79,
    "F": 0x71,
    "G": 0x3D,
    "H": 0x76,
    "J": 0x1E,
    "L": 0x38,
    "N": 0x54,
    "P": 0x73,
    "R": 0x50,
    "T": 0x78,
    "U": 0x3E,
    "Y": 0x6E,
}
_CHARACTERS = {code: character for character, code in _SEGMENTS.items()}


class Refusal(IntEnum):
    """Exception codes of Modbus that a write can meet."""

    FUNCTION = 1
    REGISTER = 2
    VALUE = 3
    FAILURE = 4
    LATER = 5
    BUSY = 6


class Answer(msgspec.Struct, frozen=True):
    """An answer to a write; ``refusal`` is the exception code, 0 when it was done."""

    unit: int
    function: int
    address: int = 0
    refusal: int = 0


def write_number(unit: int, number: int) -> bytes:
    """Show a number. Raises ValueError beyond 16 bits."""
    if not -0x8000 <= number <= 0x7FFF:
        raise ValueError(f"{number} does not fit 16 bits")
    return _request(WriteSingleRegisterRequest(unit, address=NUMBER, registers=[number & 0xFFFF]))


def write_point(unit: int, places: int) -> bytes:
    """Set the decimal point; 0 is none."""
    return _request(WriteSingleRegisterRequest(unit, address=POINT, registers=[places]))


def write_segments(unit: int, text: str) -> bytes:
    """Show characters of `shape`, from the left. Raises ValueError for others or more than 8."""
    codes = [shape(character) for character in text]
    if len(codes) > MAX_DIGITS or None in codes:
        raise ValueError(f"{text!r} is more than {MAX_DIGITS} digits or has no shape in seven segments")
    packed = bytes(code or 0 for code in codes).ljust(len(codes) + len(codes) % 2, b"\0")
    registers = struct.unpack(f">{len(packed) // 2}H", packed)
    return _request(WriteMultipleRegistersRequest(unit, address=SEGMENTS, registers=list(registers)))


def shape(character: str) -> int | None:
    """Segments that look like a character; None when seven segments can't."""
    return _SEGMENTS.get(character)


def characters(registers: Sequence[int]) -> str:
    """What `write_segments` registers look like; a pattern that is no character is ``?``."""
    packed = struct.pack(f">{len(registers)}H", *registers)
    return "".join(_CHARACTERS.get(code & 0x7F, "?") for code in packed)


def _request(pdu: ModbusPDU) -> bytes:
    return FramerRTU(DecodePDU(is_server=False)).buildFrame(pdu)


def answers() -> Hunter[Answer]:
    """Answers to writes out of a stream."""
    decoder = DecodePDU(is_server=False)

    def answer_at(held: bytes, at: int) -> tuple[Answer, int] | Look:
        if len(held) < at + 2:
            return Look.NOT_YET
        function = held[at + 1]
        if function & 0x7F not in (WRITE_ONE, WRITE_MANY):
            return Look.NOT_HERE
        end = at + (_EXCEPTION_LENGTH if function & 0x80 else ANSWER_LENGTH)
        if len(held) < end:
            return Look.NOT_YET
        frame = held[at:end]
        pdu = decoder.decode(frame[1:-2]) if checked(frame) else None
        if pdu is None:
            return Look.NOT_HERE
        if isinstance(pdu, ExceptionResponse):
            return Answer(frame[0], function & 0x7F, refusal=pdu.exception_code or Refusal.FAILURE), end
        return Answer(frame[0], function, pdu.address), end

    return Hunter(answer_at, ANSWER_LENGTH)


def checked(frame: bytes) -> bool:
    """Whether a frame ends in the CRC of what stands before."""
    return FramerRTU.check_CRC(frame[:-2], int.from_bytes(frame[-2:], "big"))
