"""Codes held before readers, as bytes on a pty."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.barcode_reader.api import CodeScanned
from drivers.barcode_reader.serial.codec import MAX_CODE, Decoder, encode, text_of
from drivers.barcode_reader.serial.simulator import SimulatedSerialBarcodeReader
from drivers.barcode_reader.wedge.codec import Typed, type_out
from drivers.barcode_reader.wedge.simulator import SimulatedWedgeBarcodeReader
from drivers.hid import codec as hid
from drivers.hid.codec import EV_KEY, REPORT, Event
from tests.drivers.plugged import plugged_in

ASCII = st.text(string.ascii_letters + string.digits + string.punctuation, min_size=1, max_size=60)


def events(code: str) -> bytes:
    return b"".join(
        hid.encode(Event(0.0, EV_KEY, key, value)) + hid.encode(REPORT) for key, value in type_out(code)
    )


@given(st.lists(ASCII, min_size=1, max_size=5), st.integers(1, 40))
def test_what_is_typed_is_read_in_chunks_of_any_size(codes: list[str], size: int) -> None:
    data, typed = b"".join(map(events, codes)), Typed()
    read = [code for at in range(0, len(data), size) for code in typed.feed(data[at : at + size])]
    assert read == codes


@given(
    st.lists(st.text("预约码ABC012-/", min_size=1, max_size=30), max_size=5),
    st.sampled_from(["utf-8", "gb18030"]),
)
def test_lines_are_read_in_either_encoding(codes: list[str], encoding: str) -> None:
    decoder = Decoder()
    data = b"".join(encode(code, encoding) for code in codes)
    read = [code for byte in data for code in decoder.feed(bytes([byte]))]
    assert read == [text_of(code.encode(encoding)) for code in codes]


@given(st.lists(st.binary(max_size=3000), max_size=8))
def test_noise_on_the_line_is_survived_and_bounded(noise: list[bytes]) -> None:
    decoder = Decoder()
    for piece in noise:
        for code in decoder.feed(piece):
            assert 0 < len(code) <= MAX_CODE
        assert len(decoder._held) <= MAX_CODE
    decoder.feed(b"\r")
    assert decoder.feed(b"A012\r") == ["A012"]


@pytest.mark.parametrize(
    ("driver", "make"),
    [
        ("barcode_reader.serial", SimulatedSerialBarcodeReader),
        ("barcode_reader.wedge", SimulatedWedgeBarcodeReader),
    ],
)
async def test_a_code_is_reported_once_while_it_is_held_there(
    tmp_path: Path, driver: str, make: type[SimulatedSerialBarcodeReader]
) -> None:
    reader = make()
    async with plugged_in(tmp_path, driver, reader) as (heard, _):
        reader.scan("https://queue.example/t/Ab-3_x")
        await heard.pulse.until(lambda: heard.readings)
        reader.scan("https://queue.example/t/Ab-3_x")
        reader.scan("YY20260307-0012")
        await heard.pulse.until(lambda: len(heard.readings) == 2)
    assert heard.readings == [CodeScanned("https://queue.example/t/Ab-3_x"), CodeScanned("YY20260307-0012")]


async def test_a_reader_without_a_suffix_is_understood_by_its_silence(tmp_path: Path) -> None:
    class Bare(SimulatedSerialBarcodeReader):
        def scan(self, code: str, encoding: str = "utf-8") -> None:
            assert self._send is not None
            self._send(code.encode(encoding))

    reader = Bare()
    async with plugged_in(tmp_path, "barcode_reader.serial", reader, {"gap_ms": 30}) as (heard, _):
        reader.scan("A012")
        await heard.pulse.until(lambda: heard.readings)
    assert heard.readings == [CodeScanned("A012")]


def test_a_code_too_long_is_left_out_whole() -> None:
    decoder, typed = Decoder(), Typed()
    assert decoder.feed(b"x" * (MAX_CODE + 1) + b"\rA1\r") == ["A1"]
    assert typed.feed(events("x" * (MAX_CODE + 1)) + events("A1")) == ["A1"]


def test_a_keyboard_types_no_hanzi() -> None:
    with pytest.raises(ValueError, match="cannot type"):
        list(type_out("预约"))
