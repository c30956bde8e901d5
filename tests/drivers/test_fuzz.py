"""Five thousand chunks of noise for each codec: no crash, no growth, the next good frames are found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.call_pad.polled import codec as polled
from drivers.caller_display.a090 import codec as a090
from drivers.caller_display.alpha import codec as alpha
from drivers.caller_display.cd5220 import codec as cd5220
from drivers.caller_display.cx_h import codec as cx_h
from drivers.caller_display.huidu import codec as huidu
from drivers.caller_display.modbus_digits import codec as digits
from drivers.caller_display.modbus_digits.simulator import requests
from drivers.caller_display.onbon_bx import codec as onbon
from drivers.caller_display.pinganlihe import codec as pinganlihe
from drivers.ff68 import codec as ff68

CHUNKS = 10
TEMPLATE = polled.parse_template("A5 {unit} 4B {key} {sum}")
BEGINNINGS = (
    b"",
    b"\xa0\x90\x01\xa5",
    b"\x01Z00\x02AA\x1b",
    b"\x1bQA",
    b"\x10\x00\x04\x20",
    b"\x01\x10\x00\x80",
)
BEGINNINGS += (
    b"\xa5\xa5\xfe\xff",
    b"\xaa\x03\xbb\x51\x54",
    b"\xa0\x06",
    b"\xff\x68\x04\x04\x68",
    b"\xa5\x01\x4b",
)


class Datagrams:
    """The CX-H has no stream: every chunk is a datagram."""

    def feed(self, data: bytes) -> list[cx_h.Message]:
        message = cx_h.decode(data)
        return [] if message is None else [message]


CODECS: dict[str, tuple[Callable[[], Any], bytes, int]] = {
    # A decoder, a good frame, and the most it may hold.
    "a090": (a090.decoder, bytes.fromhex("a09003a50005c7eb004101cf"), a090.MAX_FRAME),
    "alpha": (alpha.decoder, alpha.encode(alpha.Packet("Z", "00", b"AA")), alpha.MAX_FRAME),
    "cd5220": (cd5220.Decoder, cd5220.encode(cd5220.Write(cd5220.Place.UPPER, "A012")), cd5220.MAX_COMMAND),
    "cx_h": (Datagrams, bytes.fromhex("212155aa0001030810000000 0400b0a1b0a2"), 0),
    "huidu": (huidu.decoder, huidu.encode(huidu.Packet(huidu.Command.HEARTBEAT_ANSWER)), huidu.MAX_PACKET),
    "modbus answers": (digits.answers, digits.write_number(1, 12), digits.ANSWER_LENGTH),
    "modbus requests": (requests, digits.write_segments(1, "A012"), digits.MAX_REQUEST),
    "polled": (lambda: polled.decoder(TEMPLATE), TEMPLATE.encode(polled.Fields(5, 1)), TEMPLATE.length),
    "onbon": (onbon.Decoder, onbon.encode_packet(onbon.Packet(1, 0x8000, b"\xa2\0\1\0\0")), onbon.MAX_FRAME),
    "pinganlihe": (pinganlihe.Decoder, bytes.fromhex("a0062803010c220363ff"), pinganlihe.MAX_FRAME),
    "ff68": (ff68.Decoder, ff68.encode(ff68.Frame(1, 1, b"\x0c")), ff68.MAX_FRAME),
}

chunk = st.tuples(st.sampled_from(BEGINNINGS), st.binary(max_size=40)).map(b"".join)


@pytest.mark.parametrize("name", CODECS)
@settings(max_examples=5000 // CHUNKS, deadline=None)
@given(st.lists(chunk, min_size=CHUNKS, max_size=CHUNKS))
def test_noise_is_survived(name: str, noise: list[bytes]) -> None:
    make, good, most = CODECS[name]
    (wanted,) = make().feed(good)
    decoder = make()
    for piece in noise:
        decoder.feed(piece)
        held = getattr(decoder, "_held", getattr(decoder, "_body", b""))
        assert len(held) <= most
    # Noise may end in what looks like the head of a frame and takes the first good one with it.
    found = decoder.feed(good) + decoder.feed(good)
    assert plain(wanted) in map(plain, found)


def plain(message: Any) -> Any:
    """A message that can be compared: those of pymodbus cannot."""
    return (message.function_code, message.encode()) if hasattr(message, "function_code") else message
