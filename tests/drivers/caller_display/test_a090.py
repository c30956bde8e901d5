from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.caller_display.a090.codec import (
    MAX_DATA,
    MAX_FRAME,
    Message,
    Reply,
    Text,
    coloured,
    decoder,
    encode_message,
    parse_runs,
)
from drivers.caller_display.a090.driver import Options, build
from drivers.caller_display.a090.simulator import A090Board
from drivers.caller_display.api import Colour, SignFace
from drivers.caller_display.dots import digits, strip
from drivers.errors import ConfigurationError
from drivers.status import DeviceState, ErrorAction
from drivers.transport.simulated import TcpPort
from tests.drivers.caller_display.signs import FAST, face, hall, page, pty, row
from tests.drivers.hostile import LATE, ONE_BYTE_AT_A_TIME, HostileWire, Weather
from tests.drivers.owner import Owner

DRIVER = "caller_display.a090"
CALM = {**FAST, "poll_s": 60.0}

GOLDEN = bytes.fromhex("a090 03 a5 0005 c7eb00 4101 cf")
"""请 red, A green, on board 3; the check worked out by hand."""

byte = st.integers(0, 255)
messages = st.one_of(
    st.builds(Reply, byte, st.booleans()), st.builds(Text, byte, st.binary(max_size=MAX_DATA))
)


# The wire


def test_the_frame_of_a_text() -> None:
    message = Text(3, coloured([("请", Colour.RED), ("A", Colour.GREEN)]))
    assert encode_message(message) == GOLDEN
    assert decoder().feed(GOLDEN) == [message]
    assert coloured([("1", Colour.YELLOW)]) == b"1\x02"


def test_the_answers() -> None:
    assert encode_message(Reply(3, True)).hex() == "a09003a5aa"
    assert encode_message(Reply(3, False)).hex() == "a09003a555"
    assert decoder().feed(bytes.fromhex("a09003a5aa a09004a555")) == [Reply(3, True), Reply(4, False)]


@settings(max_examples=200, deadline=None)
@given(st.lists(messages, max_size=4), st.integers(1, 100))
def test_messages_survive_the_wire(sent: list[Message], chunk: int) -> None:
    stream = b"".join(map(encode_message, sent))
    hunter = decoder()
    found = [each for at in range(0, len(stream), chunk) for each in hunter.feed(stream[at : at + chunk])]
    assert found == sent


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80).map(lambda data: data.replace(b"\xa0", b"\xa1")), messages)
def test_a_good_frame_is_found_after_noise(noise: bytes, message: Message) -> None:
    assert decoder().feed(noise + encode_message(message)) == [message]


def test_a_good_frame_is_found_behind_broken_beginnings() -> None:
    broken = (GOLDEN[:-1], GOLDEN[:-1] + b"\x00", b"\xa0\x90\x03\xa5\x02\x58", b"\xa0", b"\xa0\x90\x01")
    for noise in broken:
        hunter = decoder()
        assert not hunter.feed(noise)
        found = hunter.feed(GOLDEN) + hunter.feed(GOLDEN)
        assert Text(3, GOLDEN[6:-1]) in found, noise


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=1500), max_size=4))
def test_the_decoder_stays_small(chunks: list[bytes]) -> None:
    hunter = decoder()
    for chunk in chunks:
        hunter.feed(chunk)
        assert len(hunter._held) <= MAX_FRAME
    longest = Text(1, b"A" * MAX_DATA)
    assert longest in hunter.feed(encode_message(longest))
    with pytest.raises(ValueError, match="more than"):
        encode_message(Text(1, b"A" * (MAX_DATA + 1)))


runs = st.lists(
    st.tuples(st.text(alphabet="请到3号窗口A-Z", min_size=1, max_size=8), st.sampled_from(Colour)), max_size=5
)


@settings(max_examples=100, deadline=None)
@given(runs)
def test_colours_come_back(given_runs: list[tuple[str, Colour]]) -> None:
    flat = [(character, colour) for text, colour in given_runs for character in text]
    back = [(character, colour) for text, colour in parse_runs(coloured(given_runs)) for character in text]
    assert back == flat


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_any_data_is_shown_somehow(data: bytes) -> None:
    parse_runs(data)


# The board


def sent(owner: Owner[SignFace]) -> list[Text]:
    hunter = decoder()
    return [each for data in owner.sent() for each in hunter.feed(data) if isinstance(each, Text)]


async def test_a_call_stands_on_the_board_dot_by_dot(tmp_path: Path) -> None:
    board = A090Board(3)
    async with hall(pty(tmp_path, [board]), DRIVER, [3], [board]) as boards:
        boards.one.want(
            face(row("请A012号到3号窗口办理", "请A012到3号窗口", colour=Colour.YELLOW, flash=True))
        )
        await boards.pulse.until(lambda: board.texts() == ["请A012到3号窗口"] and boards.one.shows)
        assert board.dots() == digits(strip([("请A012到3号窗口 ", Colour.YELLOW)]))
        assert boards.one.state is DeviceState.ONLINE
        assert boards.one.statuses[-1].detail == ""


async def test_rows_lie_under_each_other_each_in_its_colour(tmp_path: Path) -> None:
    options = Options(rows=3, align="left")
    board = A090Board(1, options)
    async with hall(
        pty(tmp_path, [board]), DRIVER, [1], [board], {**FAST, "rows": 3, "align": "left"}
    ) as boards:
        boards.one.want(face("A012 3号窗口", row("A013", colour=Colour.GREEN)))
        await boards.pulse.until(lambda: board.texts() == ["A012 3号窗口", "A013", ""])
        assert [shown.y for shown in board.rows()] == [0, 16, 32]
        assert board.rows()[1].runs == (("A013" + " " * 12, Colour.GREEN),)
        boards.one.want(face("一", "二", "三", "四"))
        await boards.pulse.until(lambda: board.texts() == ["一", "二", "三"])


async def test_what_does_not_fit_is_shortened_or_left_to_a_board_that_scrolls(tmp_path: Path) -> None:
    text = "暂停服务请到其他窗口办理"
    board = A090Board(1)
    async with hall(pty(tmp_path, [board]), DRIVER, [1], [board]) as boards:
        boards.one.want(face(text))
        await boards.pulse.until(lambda: board.texts() == [text[:8]])
    async with hall(pty(tmp_path, [board]), DRIVER, [1], [board], {**FAST, "overflow": "scroll"}) as boards:
        boards.one.want(face(text))
        await boards.pulse.until(lambda: board.texts() == [text])
        assert board.rows()[0].move == "left"
        assert any("1" in line for line in board.dots(3.0))
        boards.one.want(face("长" * 400))
        await boards.pulse.until(lambda: board.texts() == ["长" * 150])


async def test_characters_the_font_lacks_are_replaced_and_told(tmp_path: Path) -> None:
    board = A090Board(1)
    async with hall(pty(tmp_path, [board]), DRIVER, [1], [board]) as boards:
        boards.one.want(face("张喆"))
        await boards.pulse.until(lambda: board.texts() == ["张□"])
        await boards.pulse.until(lambda: any("喆" in status.detail for status in boards.one.statuses))


async def test_dark_is_blank_and_an_unchanged_face_costs_nothing(tmp_path: Path) -> None:
    board = A090Board(1)
    async with hall(pty(tmp_path, [board]), DRIVER, [1], [board], CALM) as boards:
        boards.one.want(face("A012"))
        await boards.pulse.until(lambda: board.texts() == ["A012"] and boards.one.shows)
        shows, frames = boards.one.shows, len(boards.one.sent())
        boards.one.want(face("A012"))
        await boards.pulse.until(lambda: boards.one.shows > shows)
        assert len(boards.one.sent()) == frames
        boards.one.want(SignFace())
        await boards.pulse.until(lambda: board.texts() == [""])
        assert not any("1" in line for line in board.dots())


async def test_several_pages_take_turns(tmp_path: Path) -> None:
    board = A090Board(1)
    async with hall(pty(tmp_path, [board]), DRIVER, [1], [board], CALM) as boards:
        boards.one.want(SignFace((page("暂停服务", seconds=0.5), page("张三", seconds=0.5))))
        for text in ("暂停服务", "张三", "暂停服务"):
            await boards.pulse.until(lambda text=text: board.texts() == [text])


async def test_what_takes_turns_goes_on_however_often_the_face_changes(tmp_path: Path) -> None:
    board = A090Board(1)
    async with hall(pty(tmp_path, [board]), DRIVER, [1], [board], CALM) as boards:
        seen, n = set[str](), 0
        async with asyncio.timeout(30):
            while not {"等候", "窗口", "通知"} <= seen:
                n += 1
                boards.one.want(
                    SignFace(tuple(page(f"{text}{n}", seconds=0.5) for text in ("等候", "窗口", "通知")))
                )
                await asyncio.sleep(0.1)
                seen |= {text[:2] for text in board.texts()}


async def test_a_board_that_does_not_take_a_text_is_asked_again_and_then_told(tmp_path: Path) -> None:
    board = A090Board(1)
    async with hall(pty(tmp_path, [board]), DRIVER, [1], [board], CALM) as boards:
        await boards.pulse.until(lambda: boards.one.shows)
        board.refusals = 2
        boards.one.want(face("A012"))
        await boards.pulse.until(lambda: board.texts() == ["A012"])
        assert not boards.one.errors
        board.refusals = 3
        boards.one.want(face("A013"))
        await boards.pulse.until(lambda: boards.one.code == "sign.refused")
        assert boards.one.statuses[-1].action is ErrorAction.CONFIGURATION
        boards.one.want(face("A014"))
        await boards.pulse.until(lambda: board.texts() == ["A014"])
        await boards.pulse.until(lambda: boards.one.state is DeviceState.ONLINE)


async def test_a_silent_board_stops_nobody_and_is_right_with_the_poll_that_finds_it(tmp_path: Path) -> None:
    bus = [A090Board(unit) for unit in range(1, 6)]
    async with hall(pty(tmp_path, bus), DRIVER, range(1, 6), bus) as boards:
        for owner in boards.owners:
            owner.want(face("A001"))
        await boards.pulse.until(lambda: all(board.texts() == ["A001"] for board in bus))
        bus[2].power_off()
        gone = boards.owners[2]
        await boards.pulse.until(lambda: gone.code == "sign.silent")
        for owner in boards.owners:
            owner.want(face("A002"))
        await boards.pulse.until(lambda: all(board.texts() == ["A002"] for board in bus if board.powered))
        await boards.pulse.until(lambda: gone.errors)
        returned = boards.now()
        bus[2].power_on()
        await boards.pulse.until(lambda: bus[2].texts() == ["A002"])
        assert boards.now() - returned < 1.0
        await boards.pulse.until(lambda: gone.state is DeviceState.ONLINE)


async def test_a_power_cut_between_two_polls_is_mended_by_the_next(tmp_path: Path) -> None:
    board = A090Board(1)
    async with hall(pty(tmp_path, [board]), DRIVER, [1], [board]) as boards:
        boards.one.want(face("A012"))
        await boards.pulse.until(lambda: board.texts() == ["A012"])
        board.power_off()
        board.power_on()
        assert board.texts() == []
        await boards.pulse.until(lambda: board.texts() == ["A012"])


@pytest.mark.parametrize(
    "weather",
    [ONE_BYTE_AT_A_TIME, LATE, Weather(single=True, loss=0.01, noise=0.01, delay=0.0005)],
    ids=["byte by byte", "late", "storm"],
)
async def test_a_bad_wire_delays_but_does_not_mislead(tmp_path: Path, weather: Weather) -> None:
    board = A090Board(1)
    async with hall(pty(tmp_path, [HostileWire(board, weather, seed=3)]), DRIVER, [1], [board]) as boards:
        for number in range(12):
            text = f"请A{number:03}到3号窗口"
            boards.one.want(face(text))
            await boards.pulse.until(lambda text=text: board.texts() == [text])


async def test_an_answer_of_another_board_is_not_ours(tmp_path: Path) -> None:
    class Impostor(A090Board):
        """Answers for everybody."""

        def receive(self, data: bytes) -> None:
            if self._send is not None:
                self._send(encode_message(Reply(self.unit, True)))

    other = Impostor(2)
    async with hall(pty(tmp_path, [other]), DRIVER, [1], [other]) as boards:
        await boards.pulse.until(lambda: boards.one.code == "sign.silent")


async def test_over_a_serial_server_with_a_test_that_can_be_seen(tmp_path: Path) -> None:
    board = A090Board(0)
    port = TcpPort("127.0.0.1", 0, [board], baudrate=9600)
    async with hall(port, DRIVER, [0], [board], FAST, {"baudrate": "9600"}) as boards:
        boards.one.want(face("A012"))
        await boards.pulse.until(lambda: board.texts() == ["A012"])
        await boards.devices[0].test()
        assert board.texts() == ["测试0"]


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        build(None, 256, Options(), None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"options\.cells"):
        Options(rows=8, columns=64)
    with pytest.raises(ValueError, match=r"options\.scroll_rows"):
        Options(rows=2, overflow="scroll")
