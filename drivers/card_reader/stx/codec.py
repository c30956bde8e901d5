"""``02 … 03`` frames around the security module.

Source: code in field use against such a reader (general knowledge, no manual was seen): ``02 len2 body lrc
03``, ``len`` the length of the body, high byte first, lrc the XOR of the body. To the reader the body is ``CA
01 00`` (read text and picture) or ``CA 01 02`` (number only); from it two bytes of state (9000: done,
anything else: no card that can be read), then for ``CA 01 00`` the lengths of text and picture (two bytes
each) and both.
"""

from __future__ import annotations

from functools import reduce
from operator import xor

import msgspec

from drivers.hunt import Hunter, Look

READ = bytes.fromhex("ca0100")
DONE = 0x9000
MAX_BODY = 2400
MAX_FRAME = MAX_BODY + 5


class Answer(msgspec.Struct, frozen=True):
    """What the reader says: its state, and the card's text where there is one."""

    state: int
    text: bytes = b""


def frame(body: bytes) -> bytes:
    """Wrap a body."""
    return b"\x02" + len(body).to_bytes(2, "big") + body + bytes((reduce(xor, body, 0), 0x03))


def answer(said: Answer, picture: bytes = b"") -> bytes:
    """Return an answer as it comes from the reader."""
    body = said.state.to_bytes(2, "big")
    if said.text:
        body += len(said.text).to_bytes(2, "big") + len(picture).to_bytes(2, "big") + said.text + picture
    return frame(body)


def answers() -> Hunter[Answer]:
    """Answers out of a stream of chunks of any size, with noise between."""
    return Hunter(_answer_at, MAX_FRAME)


def questions() -> Hunter[bytes]:
    """Bodies of questions out of a stream; for the reader's side."""
    return Hunter(_body_at, MAX_FRAME)


def _body_at(held: bytes, at: int) -> tuple[bytes, int] | Look:
    if held[at] != 0x02:
        return Look.NOT_HERE
    if len(held) < at + 3:
        return Look.NOT_YET
    length = int.from_bytes(held[at + 1 : at + 3], "big")
    if not 2 <= length <= MAX_BODY:
        return Look.NOT_HERE
    end = at + 3 + length + 2
    if len(held) < end:
        return Look.NOT_YET
    body = bytes(held[at + 3 : end - 2])
    if held[end - 1] != 0x03 or held[end - 2] != reduce(xor, body):
        return Look.NOT_HERE
    return body, end


def _answer_at(held: bytes, at: int) -> tuple[Answer, int] | Look:
    found = _body_at(held, at)
    if isinstance(found, Look):
        return found
    body, end = found
    state = int.from_bytes(body[:2], "big")
    if len(body) < 6:
        return Answer(state), end
    size = int.from_bytes(body[2:4], "big")
    return Answer(state, body[6 : 6 + size]), end
