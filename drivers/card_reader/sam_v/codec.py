"""SAM_V on the wire.

Source: 公安部身份证阅读器模块 SAM 通讯协议 (SAM_V): UART 115200 8N1; ``AA AA AA 96 69 len2 … chk``. To the
module: CMD, para, data; from it: SW1 SW2 SW3, data. ``len`` counts what follows it, high byte first; chk is
the XOR of all from ``len`` to before chk. SW3: 90 done, 9F card found, 80 no card, 81 not selected,
31/32/33/40/41 this card cannot be read, 60 self-test failed, 66 not authorised, 10/11/21/24 we were not
understood, 91 no such item.
"""

from __future__ import annotations

from functools import reduce
from operator import xor

import msgspec

from drivers.hunt import Hunter, Look

HEAD = bytes.fromhex("aaaaaa9669")
MAX_FRAME = 5 + 2 + 2400
"""Text, picture and fingerprints together are 2,321 bytes."""

STATUS, FIND, SELECT, READ = (0x11, 0xFF), (0x20, 0x01), (0x20, 0x02), (0x30, 0x01)
DONE, FOUND, NO_CARD = 0x90, 0x9F, 0x80


class Answer(msgspec.Struct, frozen=True):
    """What the module says: its own state (SW3) and data."""

    state: int
    data: bytes = b""


def question(command: tuple[int, int]) -> bytes:
    """Return a command as it goes to the module."""
    return _frame(bytes(command))


def answer(said: Answer) -> bytes:
    """Return an answer as it comes from the module."""
    return _frame(bytes((0, 0, said.state)) + said.data)


def _frame(body: bytes) -> bytes:
    covered = (len(body) + 1).to_bytes(2, "big") + body
    return HEAD + covered + bytes((reduce(xor, covered),))


def answers() -> Hunter[Answer]:
    """Answers out of a stream of chunks of any size, with noise between."""
    return Hunter(_answer_at, MAX_FRAME)


def questions() -> Hunter[tuple[int, int]]:
    """Commands out of a stream; for the module's side."""
    return Hunter(_question_at, MAX_FRAME)


def _body_at(held: bytes, at: int, least: int) -> tuple[bytes, int] | Look:
    if not HEAD.startswith(held[at : at + 5]):
        return Look.NOT_HERE
    if len(held) < at + 7:
        return Look.NOT_YET
    length = int.from_bytes(held[at + 5 : at + 7], "big")
    if not least < length <= MAX_FRAME - 7:
        return Look.NOT_HERE
    end = at + 7 + length
    if len(held) < end:
        return Look.NOT_YET
    if reduce(xor, held[at + 5 : end - 1]) != held[end - 1]:
        return Look.NOT_HERE
    return held[at + 7 : end - 1], end


def _answer_at(held: bytes, at: int) -> tuple[Answer, int] | Look:
    found = _body_at(held, at, 3)
    if isinstance(found, Look):
        return found
    body, end = found
    return Answer(body[2], bytes(body[3:])), end


def _question_at(held: bytes, at: int) -> tuple[tuple[int, int], int] | Look:
    found = _body_at(held, at, 2)
    if isinstance(found, Look):
        return found
    body, end = found
    return (body[0], body[1]), end
