from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.caller_display.api import Colour, SignFace
from drivers.caller_display.cx_h.codec import MAX_TEXT, PARTITIONS, Effect, Message, decode, encode
from drivers.caller_display.cx_h.driver import Options, build
from drivers.caller_display.cx_h.simulator import CxHBoard
from drivers.caller_display.dots import digits, strip
from drivers.caller_display.refreshed import UNCONFIRMED
from drivers.errors import ConfigurationError
from drivers.status import DeviceState
from drivers.transport.simulated_udp import UdpPort
from drivers.transport.stream import Timing
from tests.drivers.caller_display.signs import face, hall, page, row

DRIVER = "caller_display.cx_h"
FAST = {"poll_s": 0.2, "silent_poll_s": 0.1}
CALM = {"poll_s": 60.0}
HASTY = Timing(refused=0.3)

GOLDEN = bytes.fromhex("2121 55aa 00 01 03 08 10000000 0400 b0a1b0a2")
"""The example of the maker's page: partition 0, red, to the left, speed 8, stay 1.6 s, 啊阿."""


def port(*boards: CxHBoard) -> UdpPort:
    return UdpPort("127.0.0.1", 0, boards)


# The wire


def test_the_makers_example() -> None:
    message = Message(0, "啊阿".encode("gb2312"), 1, Effect.LEFT, 8, 16)
    assert encode(message) == GOLDEN
    assert decode(GOLDEN) == message


messages = st.builds(
    Message,
    st.integers(0, PARTITIONS - 1),
    st.binary(max_size=MAX_TEXT),
    st.integers(0, 3),
    st.sampled_from(Effect),
    st.integers(0, 9),
    st.integers(0, 2**32 - 1),
)


@settings(max_examples=200, deadline=None)
@given(messages)
def test_messages_survive_the_wire(message: Message) -> None:
    assert decode(encode(message)) == message


@settings(max_examples=200, deadline=None)
@given(messages, st.data())
def test_a_datagram_that_was_cut_or_lengthened_is_none(message: Message, data: st.DataObject) -> None:
    datagram = encode(message)
    assert decode(datagram[: data.draw(st.integers(0, len(datagram) - 1))]) is None
    assert decode(datagram + b"\x00") is None


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=40), st.binary(max_size=40).map(lambda data: GOLDEN[:4] + data)))
def test_noise_is_no_message_or_one_that_can_be_said(noise: bytes) -> None:
    message = decode(noise)
    assert message is None or encode(message) == noise


def test_what_cannot_be_said_is_refused() -> None:
    for message in (Message(0, b"A" * (MAX_TEXT + 1)), Message(PARTITIONS, b"A")):
        with pytest.raises(ValueError, match="partition"):
            encode(message)


# The board


async def test_rows_stand_dot_by_dot_in_their_partitions() -> None:
    options = {**CALM, "rows": 3, "first_partition": 2, "align": "left"}
    board = CxHBoard(0, Options(rows=3, first_partition=2))
    async with hall(port(board), DRIVER, [0], [board], options) as signs:
        signs.one.want(face("A012 3号窗口", row("A013", colour=Colour.GREEN, flash=True)))
        await signs.pulse.until(lambda: board.texts() == ["A012 3号窗口", "A013", ""] and signs.one.shows > 1)
        assert board.dots()[:16] == digits(strip([("A012 3号窗口" + " " * 4, Colour.RED)]))
        assert {dot for line in board.dots()[16:32] for dot in line} == {"0", "2"}
        assert signs.one.state is DeviceState.ONLINE
        assert signs.one.statuses[-1].facts == (UNCONFIRMED,)
        sent = [message for data in signs.one.sent() if (message := decode(data)) is not None]
        assert {message.partition for message in sent} == {2, 3, 4}
        # Only what changes goes out again.
        count = len(sent)
        signs.one.want(face("A014 3号窗口", row("A013", colour=Colour.GREEN)))
        await signs.pulse.until(lambda: board.texts()[0] == "A014 3号窗口" and signs.one.shows > 2)
        assert len(signs.one.sent()) == count + 1


async def test_long_texts_move_or_are_shortened_and_dark_is_blank() -> None:
    text = "暂停服务请到其他窗口办理"
    board = CxHBoard()
    async with hall(port(board), DRIVER, [0], [board], FAST) as signs:
        signs.one.want(face(text))
        await signs.pulse.until(lambda: board.texts() == [text])
        assert board.rows()[0].move == "left"
        assert any("1" in line for line in board.dots(2.0))
        signs.one.want(SignFace())
        await signs.pulse.until(lambda: board.texts() == [""])
        assert not any("1" in line for line in board.dots())
    async with hall(port(board), DRIVER, [0], [board], {**FAST, "overflow": "shorten"}) as signs:
        signs.one.want(face(text))
        await signs.pulse.until(lambda: board.texts() == [text[:8]])


async def test_characters_the_font_lacks_are_replaced_and_told() -> None:
    board = CxHBoard()
    async with hall(port(board), DRIVER, [0], [board], FAST) as signs:
        signs.one.want(face("张喆"))
        await signs.pulse.until(lambda: board.texts() == ["张□"])
        await signs.pulse.until(lambda: any("喆" in status.detail for status in signs.one.statuses))


async def test_a_lost_datagram_and_a_power_cut_are_mended_by_the_next_sending() -> None:
    board = CxHBoard(0, Options(rows=2))
    async with hall(port(board), DRIVER, [0], [board], {**FAST, "rows": 2}) as signs:
        board.mute(True)
        signs.one.want(face("A012", "3号窗口"))
        await signs.pulse.until(lambda: signs.one.shows)
        board.mute(False)
        await signs.pulse.until(lambda: board.texts() == ["A012", "3号窗口"])
        board.power_off()
        board.power_on()
        await signs.pulse.until(lambda: board.texts() == ["A012", "3号窗口"])
        assert {status.state for status in signs.one.statuses} == {DeviceState.ONLINE}


async def test_a_card_the_network_cannot_reach_is_silent_and_right_within_a_second_of_its_return() -> None:
    board = CxHBoard()
    where = port(board)
    async with hall(where, DRIVER, [0], [board], FAST, timing=HASTY) as signs:
        signs.one.want(face("A012"))
        await signs.pulse.until(lambda: board.texts() == ["A012"])
        await where.unplug()
        await signs.pulse.until(lambda: signs.one.code == "sign.silent")
        signs.one.want(face("A013"))
        await signs.pulse.until(lambda: signs.one.errors)
        assert signs.one.errors[-1].code == "sign.silent"
        statuses = len(signs.one.statuses)
        returned = signs.now()
        await where.plug()
        await signs.pulse.until(lambda: board.texts() == ["A013"])
        assert signs.now() - returned < 1.0
        await signs.pulse.until(lambda: signs.one.state is DeviceState.ONLINE)
        # One word when it went, one when it came back.
        assert len(signs.one.statuses) == statuses + 1


async def test_all_rows_come_back_at_once() -> None:
    rows = [f"A{number:03}" for number in range(12)]
    board = CxHBoard(0, Options(rows=12))
    where = port(board)
    options = {**CALM, "silent_poll_s": 0.1, "rows": 12}
    async with hall(where, DRIVER, [0], [board], options, timing=HASTY) as signs:
        signs.one.want(face(*rows))
        await signs.pulse.until(lambda: board.texts() == rows and signs.one.shows)
        board.power_off()
        await where.unplug()
        signs.one.want(face("B000", *rows[1:]))
        await signs.pulse.until(lambda: signs.one.code == "sign.silent")
        board.power_on()
        await where.plug()
        await signs.pulse.until(lambda: board.texts() == ["B000", *rows[1:]])


async def test_pages_take_turns_and_a_test_can_be_seen() -> None:
    board = CxHBoard()
    async with hall(port(board), DRIVER, [0], [board], CALM) as signs:
        signs.one.want(SignFace((page("暂停服务", seconds=0.5), page("张三", seconds=0.5))))
        for text in ("暂停服务", "张三", "暂停服务"):
            await signs.pulse.until(lambda text=text: board.texts() == [text])
        signs.one.want(face("A001"))
        await signs.pulse.until(lambda: board.texts() == ["A001"])
        await signs.devices[0].test()
        await signs.pulse.until(lambda: board.texts() == ["测试"])


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        build(None, 1, Options(), None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"options\.partitions"):
        Options(rows=10, first_partition=7)
