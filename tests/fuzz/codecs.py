"""Every codec as something to throw bytes at, for Hypothesis in the tests and for atheris in `make fuzz`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from drivers.barcode_reader.serial import codec as barcode
from drivers.barcode_reader.wedge import codec as wedge
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
from drivers.card_reader import identity
from drivers.card_reader.api import CardField
from drivers.card_reader.sam_v import codec as sam_v
from drivers.card_reader.stx import codec as stx
from drivers.ff68 import codec as ff68
from drivers.hid import codec as hid
from drivers.office_printer.ipp import codec as ipp
from drivers.printer.escpos import replies
from drivers.recording.format import RecordingError, load
from drivers.signature_pad.tablet import codec as tablet

RECORDINGS = Path(__file__).parents[1] / "drivers" / "recordings"
TEMPLATE = polled.parse_template("A5 {unit} 4B {key} {sum}")
BEGINNINGS = (
    b"",
    b"\xa0\x90\x01\xa5",
    b"\x01Z00\x02AA\x1b",
    b"\x1bQA",
    b"\x10\x00\x04\x20",
    b"\x01\x10\x00\x80",
    b"\xa5\xa5\xfe\xff",
    b"\xaa\x03\xbb\x51\x54",
    b"\xa0\x06",
    b"\xff\x68\x04\x04\x68",
    b"\xa5\x01\x4b",
    b"\x37\x22AB",
    b"\x10\x0f\x0f",
    b"\xaa\xaa\xaa\x96\x69\x00",
    b"\x02\x00\x07",
    hid.encode(hid.Event(1.0, hid.EV_KEY, 42, hid.DOWN)),  # the left shift key
)
"""What frames begin with, good or bad."""


class Codec(NamedTuple):
    """A decoder, a good frame, the most bytes it may hold, and what recorded devices speak it."""

    make: Callable[[], Any]
    good: bytes
    most: int
    recorded: tuple[str, ...] = ()


class Datagrams:
    """The CX-H has no stream: every chunk is a datagram."""

    def feed(self, data: bytes) -> list[cx_h.Message]:
        message = cx_h.decode(data)
        return [] if message is None else [message]


class Replies:
    """A printer's replies. After a pause the driver gives up a reply that stopped half-way."""

    def __init__(self, *, full: bool = False) -> None:
        self._splitter = replies.Splitter(full=full)

    def feed(self, data: bytes) -> list[replies.Reply]:
        return self._splitter.feed(data)

    def pause(self) -> None:
        self._splitter.flush()

    @property
    def _held(self) -> bytes:
        return self._splitter._held


class Kernel:
    """A reader of the kernel's events, which come whole: what is left of one is given up with its chunk."""

    def __init__(self, make: Callable[[], Any], held: Callable[[Any], Sequence[Any]]) -> None:
        self._decoder, self._holds = make(), held

    def feed(self, data: bytes) -> list[Any]:
        found: list[Any] = self._decoder.feed(data + bytes(-len(data) % hid.SIZE))
        return found

    def pause(self) -> None:
        # What was dropped ends with the next report.
        self._decoder.feed(hid.encode(hid.REPORT))

    @property
    def _held(self) -> Sequence[Any]:
        return self._holds(self._decoder)


def typed(code: str) -> bytes:
    """What the kernel says of a code that a reader types."""
    keys = wedge.type_out(code)
    return b"".join(
        hid.encode(hid.Event(1.0, hid.EV_KEY, key, down)) + hid.encode(hid.REPORT) for key, down in keys
    )


def answered(data: bytes) -> ipp.Message | None:
    """An answer of a print server, None for bytes that are none."""
    try:
        return ipp.decode(data)
    except ipp.MalformedError:
        return None


CODECS: dict[str, Codec] = {
    "a090": Codec(
        a090.decoder,
        bytes.fromhex("a09003a50005c7eb004101cf"),
        a090.MAX_FRAME,
        ("caller_display.a090",),
    ),
    "alpha": Codec(
        alpha.decoder,
        alpha.encode(alpha.Packet("Z", "00", b"AA")),
        alpha.MAX_FRAME,
        ("caller_display.alpha",),
    ),
    "barcode_serial": Codec(barcode.Decoder, barcode.encode("GONGHAO-0001"), barcode.MAX_CODE),
    "barcode_wedge": Codec(
        lambda: Kernel(wedge.Typed, lambda keys: keys._text), typed("yy-0001"), barcode.MAX_CODE
    ),
    "cd5220": Codec(
        cd5220.Decoder,
        cd5220.encode(cd5220.Write(cd5220.Place.UPPER, "A012")),
        cd5220.MAX_COMMAND,
        ("caller_display.cd5220",),
    ),
    "cx_h": Codec(
        Datagrams, bytes.fromhex("212155aa0001030810000000 0400b0a1b0a2"), 0, ("caller_display.cx_h",)
    ),
    "escpos": Codec(Replies, b"\x37\x22AB12\x00", replies.LONGEST, ("printer.escpos",)),
    "escpos_presenter": Codec(
        lambda: Replies(full=True), b"\x10\x0f\x20\x00\x00\x00", replies.LONGEST, ("printer.escpos",)
    ),
    "ff68": Codec(
        ff68.Decoder,
        ff68.encode(ff68.Frame(1, 1, b"\x0c")),
        ff68.MAX_FRAME,
        ("call_pad.ff68", "rating_pad.ff68"),
    ),
    "hid": Codec(
        lambda: Kernel(hid.Decoder, lambda keys: keys._held),
        hid.encode(hid.Event(1.0, hid.EV_KEY, 79, hid.DOWN)),
        hid.SIZE,
    ),
    "huidu": Codec(
        huidu.decoder,
        huidu.encode(huidu.Packet(huidu.Command.HEARTBEAT_ANSWER)),
        huidu.MAX_PACKET,
        ("caller_display.huidu",),
    ),
    "modbus_answers": Codec(
        digits.answers, digits.write_number(1, 12), digits.ANSWER_LENGTH, ("caller_display.modbus_digits",)
    ),
    "modbus_requests": Codec(
        requests, digits.write_segments(1, "A012"), digits.MAX_REQUEST, ("caller_display.modbus_digits",)
    ),
    "onbon": Codec(
        onbon.Decoder,
        onbon.encode_packet(onbon.Packet(1, 0x8000, b"\xa2\0\1\0\0")),
        onbon.MAX_FRAME,
        ("caller_display.onbon_bx",),
    ),
    "pinganlihe": Codec(
        pinganlihe.Decoder,
        bytes.fromhex("a0062803010c220363ff"),
        pinganlihe.MAX_FRAME,
        ("caller_display.pinganlihe",),
    ),
    "polled": Codec(
        lambda: polled.decoder(TEMPLATE),
        TEMPLATE.encode(polled.Fields(5, 1)),
        TEMPLATE.length,
        ("call_pad.polled",),
    ),
    "sam_v_answers": Codec(
        sam_v.answers,
        sam_v.answer(sam_v.Answer(sam_v.DONE, b"\x00\x01")),
        sam_v.MAX_FRAME,
    ),
    "sam_v_questions": Codec(sam_v.questions, sam_v.question(sam_v.READ), sam_v.MAX_FRAME),
    "stx_answers": Codec(stx.answers, stx.answer(stx.Answer(stx.DONE, b"\x00\x01")), stx.MAX_FRAME),
    "stx_questions": Codec(stx.questions, stx.frame(stx.READ), stx.MAX_FRAME),
    "tablet": Codec(
        lambda: Kernel(tablet.Pen, lambda pen: pen._reports._events),
        next(tablet.strokes_out([[(10, 20, 1.0)]])),
        hid.Reports.MOST,
    ),
}
"""Codecs of whole frames, out of a stream."""

PARSERS: dict[str, tuple[Callable[[bytes], Any], bytes]] = {
    "a090_runs": (a090.parse_runs, bytes.fromhex("c7eb0041")),
    "alpha_text": (alpha.parse_text_file, b"AA\x1b b\x1c1A012"),
    "huidu_call": (
        huidu.parse_call,
        b'<?xml version="1.0" encoding="utf-8"?><sdk guid="#"><out method="A" result="kSuccess"/></sdk>',
    ),
    "id_card": (lambda data: identity.decode(data.ljust(identity.TEXT), CardField), identity.encode({})),
    "ipp": (
        answered,
        ipp.encode(
            ipp.Message(code=0, request=1, groups={ipp.Group.JOB: {"job-id": (7,), "job-state": (9,)}})
        ),
    ),
    "onbon_reply": (onbon.parse_reply, b"\xa0\x00\x00\x00\x00"),
    "onbon_request": (onbon.parse_request, b"\xa3\x06\x01\x00\x00\x00"),
    "onbon_text": (onbon.parse_text, "\\C1A012请到".encode("gb2312")),
}
"""What looks inside a frame whose checksum was right."""

TARGETS = (*CODECS, *PARSERS)


def survives(codec: Codec, pieces: list[bytes]) -> None:
    """Hold a codec against its promises: no crash, no growth, the next good frames are found."""
    decoder = codec.make()
    for piece in pieces:
        decoder.feed(piece)
        held = getattr(decoder, "_held", getattr(decoder, "_body", b""))
        assert len(held) <= codec.most, f"{len(held)} bytes held"
    if hasattr(decoder, "pause"):
        decoder.pause()
    # Noise may end in what looks like the head of a frame and takes the first good one with it.
    found = decoder.feed(codec.good) + decoder.feed(codec.good)
    assert _wanted(codec) in map(plain, found), "the next good frames are not found"


@cache
def _wanted(codec: Codec) -> Any:
    """What its good frame says; worked out once for a million inputs."""
    (message,) = codec.make().feed(codec.good)
    return plain(message)


def plain(message: Any) -> Any:
    """A message that can be compared: those of pymodbus cannot."""
    return (message.function_code, message.encode()) if hasattr(message, "function_code") else message


def seeds(name: str) -> Iterator[bytes]:
    """Good frames to begin with: the codec's own, and what recorded devices said and heard."""
    if name in PARSERS:
        yield PARSERS[name][1]
        return
    codec = CODECS[name]
    yield codec.good
    yield from (beginning + codec.good for beginning in BEGINNINGS)
    for driver in codec.recorded:
        try:
            recording = load(RECORDINGS / f"{driver}.jsonl")
        except RecordingError:
            continue
        yield from (chunk.data for chunk in recording.chunks)
