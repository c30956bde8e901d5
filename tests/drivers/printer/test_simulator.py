from __future__ import annotations

import asyncio
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from drivers.printer.api import Align, Code, Slip, Text
from drivers.printer.escpos import codec
from drivers.printer.escpos.interpreter import Interpreter, Line
from drivers.printer.escpos.options import Mode, Options
from drivers.printer.escpos.simulator import EscposSimulator
from tests.drivers.printer.booth import FONT, slip


class Bench:
    """A simulator with somebody listening to it."""

    def __init__(self, **how: object) -> None:
        self.heard = b""
        self.simulator = EscposSimulator(**{"speed": 0, "font": FONT, **how})  # type: ignore[arg-type]
        self.simulator.connect(self._hear)

    def _hear(self, data: bytes) -> None:
        self.heard += data

    def say(self, data: bytes) -> bytes:
        """Answers to ``data``."""
        self.heard = b""
        self.simulator.receive(data)
        return self.heard


# Reading


def test_it_shows_what_a_person_would_read() -> None:
    bench = Bench()
    bench.say(codec.encode(slip("A012"), Options()))
    view = bench.simulator.view()
    assert json.loads(json.dumps(view)) == view
    (shown,) = view["slips"]
    assert (shown["id"], shown["complete"]) == (1, True)
    lines = shown["lines"]
    assert [line["kind"] for line in lines] == [
        *("line", "rule", "line", "line", "line"),
        *("feed", "qr", "feed", "feed"),
    ]
    assert lines[2]["runs"] == [{"text": "A012", "width": 6, "height": 6, "bold": True}]
    assert lines[2]["align"] == "center"
    assert lines[6]["data"] == "https://hall.example/t/8f3kq29x"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\x1c&\xc7\xebA012\n", "请A012"),
        # Without the switch to two-byte characters a hanzi is two wrong letters.
        (b"\xc7\xebA012\n", "╟δA012"),
        (b"\x1c&\xc7\xeb\x1b@\xc7\xeb\n", "╟δ"),
        (b"\x1c&\x95\x32\x82\x36\n", b"\x95\x32\x82\x36".decode("gb18030")),
    ],
)
def test_double_byte_mode(data: bytes, text: str) -> None:
    bench = Bench()
    bench.say(data + b"\x1dV\x00")
    assert bench.simulator.slips[0].text == text


def test_a_line_wider_than_the_paper_overflows() -> None:
    interpreter = Interpreter(384)
    interpreter.push(b"x" * 33 + b"\n")
    first, second = interpreter.next(), interpreter.next()
    assert isinstance(first, Line)
    assert isinstance(second, Line)
    assert (first.text, first.overflowed) == ("x" * 32, True)
    assert (second.text, second.overflowed) == ("x", False)


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=40), max_size=12))
def test_any_bytes_in_any_chunks_do_the_same(chunks: list[bytes]) -> None:
    loop = asyncio.new_event_loop()
    try:
        whole, parts = Bench(), Bench()
        answers = whole.say(b"".join(chunks))
        heard = b"".join(parts.say(chunk) for chunk in chunks)
        assert parts.simulator.view() == whole.simulator.view()
        assert sorted(heard) == sorted(answers)
    finally:
        loop.close()


@settings(max_examples=60)
@given(
    st.lists(
        st.sampled_from(
            [
                b"\x1b",
                b"\x1c",
                b"\x1d",
                b"\x10",
                b"(",
                b"k",
                b"v",
                b"0",
                b"V",
                b"!",
                b"\n",
                b"A",
                b"\xc7",
                b"\x00",
                b"\x04",
                b"\x14",
                b"\x08",
                b"d",
                b"@",
                b"H",
                b"\x03",
                b"\x01",
            ]
        ),
        max_size=200,
    ).map(b"".join)
)
def test_any_mixture_of_commands_is_survived(data: bytes) -> None:
    bench = Bench()
    bench.say(data)
    bench.simulator.view()
    # Whatever was left half said, a reset of the receive buffer brings it back.
    bench.say(codec.CLEAR)
    assert bench.say(b"\x1b@\x1dr\x01")[-1:] == b"\x00"


# Answers


def test_golden_answers() -> None:
    bench = Bench()
    assert [bench.say(question).hex() for question in codec.STATUS_QUESTIONS] == ["12", "12", "12", "12"]
    assert bench.say(codec.ask_process_id(b"AB12")).hex() == "37224142313200"
    assert bench.say(codec.FENCE).hex() == "00"
    assert bench.say(codec.ASB_ON).hex() == "10000000"
    assert bench.say(codec.CLEAR).hex() == "372500"
    bench.heard = b""
    bench.simulator.open_cover()
    assert bench.heard.hex() == "38000000"
    assert [bench.say(question).hex() for question in codec.STATUS_QUESTIONS] == ["1a", "16", "12", "12"]
    bench.simulator.close_cover()
    bench.heard = b""
    bench.simulator.empty()
    assert bench.heard.hex() == "18000f00"
    assert [bench.say(question).hex() for question in codec.STATUS_QUESTIONS] == ["1a", "32", "12", "7e"]
    bench.simulator.refill(2000)
    bench.heard = b""
    bench.simulator.jam()
    assert [bench.say(question).hex() for question in codec.STATUS_QUESTIONS] == ["1a", "52", "1a", "1e"]


def test_a_printer_without_process_ids_passes_over_them() -> None:
    bench = Bench(process_id=False)
    assert bench.say(codec.ask_process_id(b"AB12") + b"ok\n\x1dV\x00") == b""
    assert bench.say(codec.CLEAR) == b""
    assert bench.simulator.slips[0].text == "ok"


def test_real_time_questions_are_answered_inside_pictures_and_in_every_chunking() -> None:
    picture = b"\x1dv0\x00\x02\x00\x02\x00\x10\x04\x01\x00"
    bench = Bench()
    assert bench.say(picture + b"\x1dV\x00") == b"\x12"
    assert bench.simulator.slips[0].marks[0].rows == b"\x10\x04\x01\x00"  # type: ignore[union-attr]
    bench = Bench()
    assert (
        b"".join(bench.say(bytes([byte])) for byte in codec.STATUS_QUESTIONS[3] + codec.CLEAR)
        == b"\x12\x37\x25\x00"
    )


def test_a_stopped_printer_keeps_what_it_received_until_told_to_forget() -> None:
    bench = Bench()
    bench.simulator.open_cover()
    bench.say(b"one\n\x1dV\x00")
    assert bench.say(codec.STATUS_QUESTIONS[0]) == b"\x1a"
    assert bench.simulator.printed == 0
    bench.simulator.close_cover()
    assert [piece.text for piece in bench.simulator.slips] == ["one"]
    bench.simulator.open_cover()
    bench.say(b"two\n\x1dV\x00" + codec.CLEAR + b"three\n\x1dV\x00")
    bench.simulator.close_cover()
    assert [piece.text for piece in bench.simulator.slips] == ["one", "three"]


def test_power_off_forgets_and_says_nothing() -> None:
    bench = Bench()
    bench.say(b"one\ntwo")
    bench.simulator.power_off()
    assert bench.say(codec.STATUS_QUESTIONS[0] + b"three\n") == b""
    bench.simulator.power_on()
    bench.say(b"four\n\x1dV\x00")
    assert [(piece.text, piece.complete) for piece in bench.simulator.slips] == [
        ("one", False),
        ("four", True),
    ]


def test_a_jam_lasts_until_it_is_cleared_and_the_printer_told() -> None:
    bench = Bench()
    bench.simulator.jam()
    bench.say(codec.RECOVER)
    assert bench.simulator.view()["error"]
    bench.simulator.clear()
    assert bench.simulator.view()["error"]
    bench.say(b"one\n" + codec.RECOVER + b"two\n\x1dV\x00")
    assert not bench.simulator.view()["error"]
    assert [piece.text for piece in bench.simulator.slips] == ["two"]


def test_paper_is_used_up() -> None:
    bench = Bench(paper_mm=20, near_end_mm=10)
    bench.say(b"\n" * 2)  # 30 dots a line, 8 dots a millimetre
    assert bench.simulator.view()["paper"] == "full"
    bench.say(b"\n")
    assert bench.simulator.view()["paper"] == "low"
    bench.say(b"\n" * 10)
    assert bench.simulator.view()["paper"] == "out"


def test_changes_are_told() -> None:
    bench = Bench()
    told = []
    bench.simulator.on_change(lambda: told.append(bench.simulator.view()))
    bench.say(b"one\n\x1dV\x00")
    assert told[0]["hanging"][0]["runs"][0]["text"] == "one"
    assert told[-1]["printed"] == 1


def test_memory_is_bounded() -> None:
    bench = Bench()
    for number in range(60):
        bench.say(f"{number}\n".encode() + b"\x1dV\x00")
    assert [piece.id for piece in bench.simulator.slips] == list(range(11, 61))
    assert len(bench.simulator.view()["slips"]) == 10
    bench.say(b"x\n" * 5_000)
    assert len(bench.simulator.view()["hanging"]) < 500
    bench.simulator.open_cover()
    bench.say(bytes(300_000))
    assert len(bench.simulator._interpreter._buffer) <= 65_536


async def test_mechanics_take_their_time_and_can_be_hurried() -> None:
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    for speed, least, most in ((1.0, 0.2, 5.0), (100.0, 0.0, 0.2)):
        bench = Bench(speed=speed, mm_per_s=150.0, cut_s=0.1)
        bench.simulator.on_change(lambda bench=bench: done.set() if bench.simulator.printed else None)  # type: ignore[misc]
        done.clear()
        began = loop.time()
        bench.say(b"\x1bd\x04x\n\x1dV\x00")  # 5 lines of 30 dots: 18.75 mm, 0.125 s
        await asyncio.wait_for(done.wait(), 5)
        assert least <= loop.time() - began <= most


# Picture


def picture_of(bench: Bench, which: int = 1) -> Image.Image:
    return Image.open(io.BytesIO(bench.simulator.render(which))).convert("L")


def test_the_picture_shows_the_slip() -> None:
    bench = Bench()
    bench.say(codec.encode(slip("A012"), Options()))
    picture = picture_of(bench)
    assert picture.width == 576 + 2 * 32
    dark = sum(picture.histogram()[:128]) / (picture.width * picture.height)
    assert 0.03 < dark < 0.3


def test_text_and_raster_mode_look_alike() -> None:
    big = Slip((Text("请A012", size=4, align=Align.CENTER), Code("A012", module=6)))
    bench = Bench()
    bench.say(codec.encode(big, Options()))
    bench.say(codec.encode(big, Options(mode=Mode.RASTER, font=str(FONT))))
    text, raster = (picture_of(bench, which).crop((0, 32, 640, 120)) for which in (1, 2))
    inked = [sum(picture.histogram()[:128]) for picture in (text, raster)]
    assert inked[0] == pytest.approx(inked[1], rel=0.1)


def test_what_cannot_be_drawn() -> None:
    bench = Bench()
    with pytest.raises(KeyError):
        bench.simulator.render(1)
    with pytest.raises(ValueError, match="font"):
        EscposSimulator().render(1)
