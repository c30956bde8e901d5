from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.caller_display.api import Page, SignFace
from drivers.caller_display.cd5220.codec import (
    COLUMNS,
    MAX_COMMAND,
    MAX_SCROLL,
    SET_UP,
    Clear,
    Command,
    Decoder,
    Place,
    Write,
    encode,
)
from drivers.caller_display.cd5220.driver import Cd5220Protocol, Options, build
from drivers.caller_display.cd5220.simulator import Cd5220Display
from drivers.caller_display.refreshed import UNCONFIRMED
from drivers.errors import ConfigurationError
from drivers.status import DeviceState
from tests.drivers.caller_display.signs import face, hall, page, pty, row
from tests.drivers.hostile import LATE, ONE_BYTE_AT_A_TIME, HostileWire, Weather

DRIVER = "caller_display.cd5220"
FAST = {"poll_s": 0.2}
CALM = {"poll_s": 60.0}

GOLDEN_UPPER = bytes.fromhex("1b5141") + b"A012                " + b"\x0d"
GOLDEN_LOWER = bytes.fromhex("1b5142") + b"WINDOW 3            " + b"\x0d"

ascii_text = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
writes = st.one_of(
    st.builds(Write, st.sampled_from([Place.UPPER, Place.LOWER]), st.text(ascii_text, max_size=COLUMNS)),
    st.builds(Write, st.just(Place.SCROLL), st.text(ascii_text, max_size=MAX_SCROLL)),
)


# The wire


def test_golden_commands() -> None:
    upper, lower = Write(Place.UPPER, "A012".ljust(20)), Write(Place.LOWER, "WINDOW 3".ljust(20))
    assert encode(upper) == GOLDEN_UPPER
    assert encode(lower) == GOLDEN_LOWER
    assert bytes.fromhex("0c1b40") == SET_UP
    assert encode(Write(Place.SCROLL, "HELLO")) == bytes.fromhex("1b5144") + b"HELLO\r"
    assert Decoder().feed(SET_UP + GOLDEN_UPPER + GOLDEN_LOWER) == [Clear(), Clear(), upper, lower]


@settings(max_examples=200, deadline=None)
@given(st.lists(writes, max_size=6), st.integers(1, 60))
def test_commands_survive_the_wire(sent: list[Write], chunk: int) -> None:
    stream = b"".join(map(encode, sent))
    decoder = Decoder()
    found: list[Command] = []
    for at in range(0, len(stream), chunk):
        found += decoder.feed(stream[at : at + chunk])
    assert found == sent


# CLR in the noise is a command of its own, and CR ends one.
noises = st.binary(max_size=80).map(lambda data: data.translate(None, b"\x0c\x0d"))


@settings(max_examples=200, deadline=None)
@given(noises, writes)
def test_a_good_command_is_found_after_noise(noise: bytes, write: Write) -> None:
    found = Decoder().feed(noise + encode(write))
    assert found[-1] == write
    assert all(isinstance(each, Clear) for each in found[:-1])


def test_a_good_command_is_found_behind_broken_ones() -> None:
    for noise in (
        b"\x1b",
        b"\x1bQ",
        b"\x1bQC",
        b"\x1bQA12",
        b"\x1bQA" + b"1" * 21 + b"\r",
        b"\x1bQA\x80\r",
        b"\x1bQ\x1b",
    ):
        decoder = Decoder()
        assert not decoder.feed(noise)
        assert decoder.feed(GOLDEN_UPPER) == [Write(Place.UPPER, "A012".ljust(20))], noise


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=4))
def test_the_decoder_stays_small(chunks: list[bytes]) -> None:
    decoder = Decoder()
    for chunk in chunks:
        decoder.feed(chunk)
        assert len(decoder._held) < MAX_COMMAND


def test_what_cannot_be_sent_is_refused() -> None:
    for write in (Write(Place.UPPER, "1" * 21), Write(Place.SCROLL, "1" * 41), Write(Place.LOWER, "号")):
        with pytest.raises(ValueError, match="printable"):
            encode(write)


# What is made of a face

anything = st.lists(st.text(max_size=60), max_size=3).map(tuple)


@settings(max_examples=200, deadline=None)
@given(st.lists(anything, max_size=3), st.sampled_from(["scroll", "shorten"]))
def test_any_face_becomes_two_lines_the_display_understands(
    rows: list[tuple[str, ...]], overflow: str
) -> None:
    protocol = Cd5220Protocol(Options(overflow=overflow))  # type: ignore[arg-type]
    frame = protocol.compose(Page(tuple(row(*texts) for texts in rows)))
    assert frame is not None
    assert frame.data.startswith(SET_UP)
    clear, again, *commands = Decoder().feed(frame.data)
    assert (clear, again) == (Clear(), Clear())
    places = [command.place for command in commands if isinstance(command, Write)]
    assert places in ([Place.UPPER, Place.LOWER], [Place.LOWER, Place.SCROLL])
    protocol.taken(frame)
    assert protocol.compose(Page(tuple(row(*texts) for texts in rows))) is None
    repeat = protocol.probe()
    assert repeat is None or SET_UP not in repeat.data, "the set-up would make the display blink"


# The display


async def test_two_lines_stand_dot_by_dot(tmp_path: Path) -> None:
    display = Cd5220Display()
    async with hall(pty(tmp_path, [display]), DRIVER, [0], [display], FAST) as signs:
        signs.one.want(face(row("请A012到3号窗口", "A012"), "Window 3"))
        await signs.pulse.until(lambda: display.texts() == ["A012", "Window 3"] and signs.one.shows)
        assert signs.one.state is DeviceState.ONLINE
        assert signs.one.statuses[-1].facts == (UNCONFIRMED,)
        assert display.rows()[0].runs[0][0] == "A012".center(20)
        view = display.view()
        assert (view["kind"], view["width"], view["height"]) == ("led", 160, 32)
        assert "2" in "".join(view["windows"][1]["pages"][0])


async def test_chinese_is_replaced_and_told(tmp_path: Path) -> None:
    display = Cd5220Display()
    async with hall(pty(tmp_path, [display]), DRIVER, [0], [display], FAST) as signs:
        signs.one.want(face("3号窗口", "欢迎"))
        await signs.pulse.until(lambda: display.texts() == ["3???", ""])
        await signs.pulse.until(lambda: any("号 窗 口 欢 迎" in each.detail for each in signs.one.statuses))


async def test_what_does_not_fit_is_shortened_or_scrolls_on_the_upper_line(tmp_path: Path) -> None:
    text = "Please go to another window, we are back at 2 pm"
    display = Cd5220Display()
    async with hall(pty(tmp_path, [display]), DRIVER, [0], [display], FAST) as signs:
        signs.one.want(face(text, text))
        await signs.pulse.until(lambda: display.texts() == [text[:20].strip()] * 2)
        assert {shown.move for shown in display.rows()} == {"still"}
    async with hall(
        pty(tmp_path, [display]), DRIVER, [0], [display], {**FAST, "overflow": "scroll"}
    ) as signs:
        signs.one.want(face(text, text))
        await signs.pulse.until(lambda: display.texts() == [text[:40], text[:20].strip()])
        assert [shown.move for shown in display.rows()] == ["left", "still"]
        assert any("2" in line for line in display.dots(3.0))
        signs.one.want(face("A012"))
        await signs.pulse.until(lambda: display.texts() == ["A012", ""])
        assert {shown.move for shown in display.rows()} == {"still"}


async def test_dark_is_blank_and_an_unchanged_face_costs_nothing(tmp_path: Path) -> None:
    display = Cd5220Display()
    async with hall(pty(tmp_path, [display]), DRIVER, [0], [display], CALM) as signs:
        signs.one.want(face("A012"))
        await signs.pulse.until(lambda: display.texts() == ["A012", ""] and signs.one.shows)
        shows, sent = signs.one.shows, len(signs.one.sent())
        signs.one.want(face("A012"))
        await signs.pulse.until(lambda: signs.one.shows > shows)
        assert len(signs.one.sent()) == sent
        signs.one.want(SignFace())
        await signs.pulse.until(lambda: display.texts() == ["", ""])


async def test_a_display_that_lost_power_is_right_after_the_next_sending(tmp_path: Path) -> None:
    display = Cd5220Display()
    async with hall(pty(tmp_path, [display]), DRIVER, [0], [display], FAST) as signs:
        signs.one.want(face("A012"))
        await signs.pulse.until(lambda: display.texts() == ["A012", ""])
        display.power_off()
        display.power_on()
        await signs.pulse.until(lambda: display.texts() == ["A012", ""])


@pytest.mark.parametrize(
    "weather",
    [ONE_BYTE_AT_A_TIME, LATE, Weather(single=True, loss=0.002, noise=0.002, delay=0.0005)],
    ids=["byte by byte", "late", "storm"],
)
async def test_a_bad_wire_is_mended_by_the_next_sending(tmp_path: Path, weather: Weather) -> None:
    display = Cd5220Display()
    wire = HostileWire(display, weather, seed=3)
    async with hall(pty(tmp_path, [wire]), DRIVER, [0], [display], FAST) as signs:
        for number in range(10):
            signs.one.want(face(f"A{number:03}", "Window 3"))
            await signs.pulse.until(lambda number=number: display.texts() == [f"A{number:03}", "Window 3"])


async def test_pages_take_turns_and_a_test_can_be_seen(tmp_path: Path) -> None:
    display = Cd5220Display()
    async with hall(pty(tmp_path, [display], 9600), DRIVER, [0], [display], CALM) as signs:
        signs.one.want(SignFace((page("Paused", seconds=0.5), page("Window 4", seconds=0.5))))
        for text in ("Paused", "Window 4", "Paused"):
            await signs.pulse.until(lambda text=text: display.texts()[:1] == [text])
        signs.one.want(face("A001"))
        await signs.pulse.until(lambda: display.texts() == ["A001", ""])
        await signs.devices[0].test()
        await signs.pulse.until(lambda: display.texts() == ["TEST 1234567890", "ABCDEFGHIJKLMNOPQRST"])


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        build(None, 1, Options(), None)  # type: ignore[arg-type]
