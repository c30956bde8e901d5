"""Recordings as files, and slips that are made blank in them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.printer.api import Code, Pair, Slip, Text
from drivers.printer.escpos import codec
from drivers.printer.escpos.blank import BlankSlips
from drivers.printer.escpos.interpreter import Interpreter, Line, Picture, Qr
from drivers.printer.escpos.options import Mode, Options
from drivers.recording.blanks import blank
from drivers.recording.format import Chunk, Header, Recorder, RecordingError, load
from drivers.registry import DRIVERS, DeviceClass
from tests.drivers.printer.booth import FONT

HEADER = Header(
    driver="call_pad.ff68", scheme="serial", params={"baudrate": "9600"}, unit=3, options={"debounce_ms": 200}
)
SLIP = Slip((Text("张三 A012", size=2), Pair("身份证", "1101"), Code("https://hall.example/t/8f3kq29x")))


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_what_is_written_is_read(tmp_path: Path) -> None:
    clock = Clock()
    with Recorder(tmp_path / "a.jsonl", HEADER, clock) as recorder:
        recorder.take(">", b"\x00\xff")
        clock.now += 1.25
        recorder.take("<", b"\x16")
    made = load(tmp_path / "a.jsonl")
    assert made.header == HEADER
    assert made.chunks == (Chunk(0.0, ">", b"\x00\xff"), Chunk(1.25, "<", b"\x16"))
    assert (recorder.sent, recorder.received) == (2, 1)
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert lines[0]["kioskd_recording"] == 1
    assert lines[2] == {"t": 1.25, "dir": "<", "hex": "16"}


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("precious")
    with pytest.raises(FileExistsError):
        Recorder(tmp_path / "a", HEADER, Clock())
    assert (tmp_path / "a").read_text() == "precious"


def test_every_chunk_is_in_the_file_at_once_and_a_cut_off_line_costs_only_itself(tmp_path: Path) -> None:
    file = tmp_path / "a"
    recorder = Recorder(file, HEADER, Clock())
    recorder.take("<", b"\x01")
    recorder.take("<", b"\x02")
    whole = file.read_bytes()
    recorder.close()
    recorder.close()
    file.write_bytes(whole[:-5])
    assert [chunk.data for chunk in load(file).chunks] == [b"\x01"]
    file.write_bytes(whole[:-1])
    assert [chunk.data for chunk in load(file).chunks] == [b"\x01", b"\x02"]


HEAD = '{"kioskd_recording": 1, "driver": "x.y", "scheme": "tcp"}\n'


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "header line is missing"),
        ("hello\n", ":1:"),
        ('{"driver": "x"}\n', "not the header"),
        ('{"kioskd_recording": 2, "driver": "x.y", "scheme": "tcp"}\n', "later version"),
        ('{"kioskd_recording": 1}\n', ":1:"),
        ('{"kioskd_recording": 1, "driver": "x.y", "scheme": "tcp", "vary": ["("]}\n', "vary"),
        (HEAD + '{"t": 0, "dir": "<", "hex": "0g"}\n', ":2:"),
        (HEAD + '{"t": -1, "dir": "<", "hex": "00"}\n', ":2:"),
        (HEAD + '{"t": 0, "dir": "?", "hex": "00"}\n', ":2:"),
    ],
)
def test_what_is_no_recording_is_told_with_its_line(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "a").write_text(content)
    with pytest.raises(RecordingError, match=told):
        load(tmp_path / "a")


def _marks(data: bytes) -> list[object]:
    interpreter = Interpreter(576)
    interpreter.push(data)
    steps: list[object] = []
    while (step := interpreter.next()) is not None:
        steps.append(step)
    return steps


@pytest.mark.parametrize("step", [1, 3, 10_000])
def test_a_blanked_slip_has_its_form_and_nothing_of_its_text(step: int) -> None:
    data = codec.encode(SLIP, Options())
    private = BlankSlips()
    out = b"".join(private.feed(data[at : at + step]) for at in range(0, len(data), step)) + private.flush()
    assert len(out) == len(data)
    before, after = _marks(data), _marks(out)
    assert [type(mark) for mark in after] == [type(mark) for mark in before]
    lines = [mark.text for mark in after if isinstance(mark, Line)]
    assert lines[0] == "□□ XXXX"
    assert all(set(line) <= set("□X 〓─") for line in lines)
    assert [set(mark.data) for mark in after if isinstance(mark, Qr)] == [{"X"}]
    for text in ("张三", "身份证"):
        assert text.encode("gb18030") not in out
    assert b"A012" not in out
    assert b"8f3kq29x" not in out


def test_a_blanked_picture_is_white() -> None:
    data = codec.encode(SLIP, Options(mode=Mode.RASTER, font=str(FONT)))
    private = BlankSlips()
    pictures = [mark for mark in _marks(private.feed(data)) if isinstance(mark, Picture)]
    assert pictures
    assert not any(any(picture.rows) for picture in pictures)


@settings(max_examples=300)
@given(st.lists(st.binary(max_size=40), max_size=20))
def test_blanking_keeps_the_length_of_anything(chunks: list[bytes]) -> None:
    private = BlankSlips()
    out = b"".join(private.feed(chunk) for chunk in chunks) + private.flush()
    assert len(out) == sum(map(len, chunks))


def test_only_what_a_printer_is_sent_is_blanked(tmp_path: Path) -> None:
    private = blank("printer.escpos", {})
    with Recorder(tmp_path / "a", HEADER, Clock(), private) as recorder:
        recorder.take(">", b"A012\x1d")
        recorder.take("<", b"\x12A")
    assert [(chunk.direction, chunk.data) for chunk in load(tmp_path / "a").chunks] == [
        (">", b"XXXX"),
        ("<", b"\x12A"),
        (">", b"X"),
    ]


def test_every_printer_can_be_blanked_and_nothing_else_needs_it() -> None:
    for name, driver in DRIVERS.items():
        assert (blank(name, {}) is not None) == (driver.device_class is DeviceClass.PRINTER)


def test_a_printer_that_is_set_to_two_bytes_for_good_is_blanked_too() -> None:
    data = codec.encode(SLIP, Options(double_byte=False))
    private = blank("printer.escpos", {"double_byte": False})
    assert private is not None
    assert "张三".encode("gb18030") not in private.feed(data)
