from __future__ import annotations

from pathlib import Path

import pytest

from drivers.caller_display.api import Colour, SignFace
from drivers.caller_display.dots import digits, strip
from drivers.caller_display.pinganlihe.codec import (
    Decoder,
    InstantText,
    encode,
    number_call,
    receipt,
)
from drivers.caller_display.pinganlihe.driver import Options, build
from drivers.caller_display.pinganlihe.simulator import PinganliheBoard
from drivers.errors import ConfigurationError
from drivers.status import DeviceState
from drivers.transport.simulated import TcpPort
from tests.drivers.caller_display.signs import FAST, face, hall, page, pty, row
from tests.drivers.hostile import LATE, ONE_BYTE_AT_A_TIME, HostileWire, Weather
from tests.drivers.owner import Owner

DRIVER = "caller_display.pinganlihe"
CALM = {**FAST, "poll_s": 60.0}


def texts_sent(owner: Owner[SignFace]) -> list[str]:
    decoder = Decoder()
    messages = [message for data in owner.sent() for message in decoder.feed(data)]
    return [message.text.decode("gbk").strip() for message in messages if isinstance(message, InstantText)]


async def test_a_call_stands_on_the_board_dot_by_dot(tmp_path: Path) -> None:
    board = PinganliheBoard(3)
    async with hall(pty(tmp_path, [board]), DRIVER, [3], [board]) as boards:
        boards.one.want(face(row("请A012到3号窗口", colour=Colour.YELLOW)))
        await boards.pulse.until(lambda: board.texts() == ["请A012到3号窗口"] and boards.one.shows)
        assert board.dots() == digits(strip([("请A012到3号窗口 ", Colour.YELLOW)]))
        assert boards.one.state is DeviceState.ONLINE


async def test_a_bus_of_boards_shows_each_its_own(tmp_path: Path) -> None:
    units = range(1, 8)
    bus = [PinganliheBoard(unit) for unit in units]
    async with hall(pty(tmp_path, bus, 9600), DRIVER, units, bus) as boards:
        for unit, owner in zip(units, boards.owners, strict=True):
            owner.want(face(f"请A{unit:03}到{unit}号窗口"))
        await boards.pulse.until(
            lambda: [board.texts() for board in bus] == [[f"请A{n:03}到{n}号窗口"] for n in units]
        )


async def test_an_unchanged_face_costs_nothing(tmp_path: Path) -> None:
    board = PinganliheBoard(1)
    async with hall(pty(tmp_path, [board]), DRIVER, [1], [board], CALM) as boards:
        boards.one.want(face("A012"))
        await boards.pulse.until(lambda: board.texts() == ["A012"] and boards.one.shows)
        shows, frames = boards.one.shows, len(boards.one.sent())
        boards.one.want(face("A012"))
        await boards.pulse.until(lambda: boards.one.shows > shows)
        assert len(boards.one.sent()) == frames


async def test_long_texts_scroll_and_a_dark_face_is_blank(tmp_path: Path) -> None:
    options = {**FAST, "still": 5, "scroll": 7}
    board = PinganliheBoard(1, Options(still=5, scroll=7))
    async with hall(pty(tmp_path, [board]), DRIVER, [1], [board], options) as boards:
        boards.one.want(face("暂停服务请到其他窗口办理"))
        await boards.pulse.until(lambda: board.texts() == ["暂停服务请到其他窗口办理"])
        assert board.rows()[0].move == "left"
        assert any("1" in line for line in board.dots(3.0))
        boards.one.want(face("欢迎光临"))
        await boards.pulse.until(lambda: board.texts() == ["欢迎光临"])
        assert board.rows()[0].move == "still"
        boards.one.want(SignFace())
        await boards.pulse.until(lambda: board.texts() == [""])
        assert not any("1" in line for line in board.dots())


async def test_several_pages_take_turns(tmp_path: Path) -> None:
    board = PinganliheBoard(1)
    async with hall(pty(tmp_path, [board]), DRIVER, [1], [board], CALM) as boards:
        boards.one.want(SignFace((page("暂停服务", seconds=0.5), page("张三", seconds=0.5))))
        for text in ("暂停服务", "张三", "暂停服务"):
            await boards.pulse.until(lambda text=text: board.texts() == [text])


async def test_a_silent_board_is_right_with_the_poll_that_finds_it(tmp_path: Path) -> None:
    bus = [PinganliheBoard(unit) for unit in range(1, 8)]
    async with hall(pty(tmp_path, bus), DRIVER, range(1, 8), bus) as boards:
        for owner in boards.owners:
            owner.want(face("A001"))
        await boards.pulse.until(lambda: all(board.texts() == ["A001"] for board in bus))
        bus[3].power_off()
        gone = boards.owners[3]
        await boards.pulse.until(lambda: gone.code == "sign.silent")
        for owner in boards.owners:
            owner.want(face("A002"))
        await boards.pulse.until(lambda: all(board.texts() == ["A002"] for board in bus if board.powered))
        await boards.pulse.until(lambda: gone.errors)
        returned = boards.now()
        bus[3].power_on()
        await boards.pulse.until(lambda: bus[3].texts() == ["A002"])
        assert boards.now() - returned < 1.0
        await boards.pulse.until(lambda: gone.state is DeviceState.ONLINE)
        assert {owner.state for owner in boards.owners} == {DeviceState.ONLINE}


async def test_a_power_cut_between_two_polls_is_mended_by_the_next(tmp_path: Path) -> None:
    board = PinganliheBoard(1)
    async with hall(pty(tmp_path, [board]), DRIVER, [1], [board]) as boards:
        boards.one.want(face("A012"))
        await boards.pulse.until(lambda: board.texts() == ["A012"])
        board.power_off()
        board.power_on()
        await boards.pulse.until(lambda: board.texts() == ["A012"])
        assert {status.state for status in boards.one.statuses} == {DeviceState.ONLINE}


async def test_nothing_but_a_blank_is_sent_before_a_face_is_wanted(tmp_path: Path) -> None:
    board = PinganliheBoard(1)
    async with hall(pty(tmp_path, [board]), DRIVER, [1], [board]) as boards:
        await boards.pulse.until(lambda: board.frames > 2)
        assert set(texts_sent(boards.one)) == {""}


@pytest.mark.parametrize(
    "weather",
    [ONE_BYTE_AT_A_TIME, LATE, Weather(single=True, loss=0.01, noise=0.01, delay=0.0005)],
    ids=["byte by byte", "late", "storm"],
)
async def test_a_bad_wire_delays_but_does_not_mislead(tmp_path: Path, weather: Weather) -> None:
    board = PinganliheBoard(1)
    async with hall(pty(tmp_path, [HostileWire(board, weather, seed=3)]), DRIVER, [1], [board]) as boards:
        for number in range(12):
            text = f"请A{number:03}到3号窗口"
            boards.one.want(face(text))
            await boards.pulse.until(lambda text=text: board.texts() == [text])


async def test_a_receipt_of_another_board_is_not_ours(tmp_path: Path) -> None:
    class Impostor(PinganliheBoard):
        """Answers for everybody."""

        def receive(self, data: bytes) -> None:
            if self._send is not None:
                self._send(encode(receipt(self.unit)))

    other = Impostor(2)
    async with hall(pty(tmp_path, [other]), DRIVER, [1], [other]) as boards:
        await boards.pulse.until(lambda: boards.one.code == "sign.silent")


async def test_over_a_serial_server(tmp_path: Path) -> None:
    board = PinganliheBoard(4)
    port = TcpPort("127.0.0.1", 0, [board], baudrate=9600)
    async with hall(port, DRIVER, [4], [board], FAST, {"baudrate": "9600"}) as boards:
        boards.one.want(face("A012"))
        await boards.pulse.until(lambda: board.texts() == ["A012"])
        await boards.devices[0].test()
        assert board.texts() == ["测试4"]


def test_the_board_words_a_number_itself() -> None:
    board = PinganliheBoard(3)
    answers: list[bytes] = []
    board.connect(answers.append)
    board.receive(encode(number_call(3, 1234, 3)))
    assert board.texts() == ["请1234号到3号窗口"]
    board.receive(encode(number_call(4, 1, 1)))
    assert answers == [encode(receipt(3))]


def test_an_address_must_be_possible() -> None:
    with pytest.raises(ConfigurationError):
        build(None, 255, Options(), None)  # type: ignore[arg-type]
