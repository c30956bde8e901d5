from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from drivers import registry
from drivers.caller_display.api import Colour, SignFace
from drivers.caller_display.dots import digits, strip
from drivers.caller_display.onbon_bx.codec import (
    HOST,
    CardError,
    Decoder,
    Packet,
    Ping,
    QueryStatus,
    Request,
    Switch,
    Update,
    encode_packet,
    parse_request,
)
from drivers.caller_display.onbon_bx.driver import BLIND_REFRESH, Options, build
from drivers.caller_display.onbon_bx.simulator import OnbonSign
from drivers.device import ShowDevice
from drivers.errors import ConfigurationError, TransientError
from drivers.status import DeviceState, ErrorAction
from drivers.transport.line import open_line
from drivers.transport.simulated import TcpPort
from tests.drivers.caller_display.signs import FAST, face, hall, page, pty, row
from tests.drivers.hostile import LATE, ONE_BYTE_AT_A_TIME, HostileWire, Weather
from tests.drivers.owner import Owner, Pulse

DRIVER = "caller_display.onbon_bx"
CALM = {**FAST, "poll_s": 60.0}
"""So rarely polled that only what is shown crosses the wire."""


def requests(owner: Owner[SignFace]) -> list[Request]:
    """What the driver has sent."""
    decoder = Decoder()
    packets = [packet for data in owner.sent() for packet in decoder.feed(data)]
    return [request for packet in packets if (request := parse_request(packet.data)) is not None]


def updates(owner: Owner[SignFace]) -> list[Update]:
    return [request for request in requests(owner) if isinstance(request, Update)]


async def test_a_call_stands_on_the_sign_dot_by_dot(tmp_path: Path) -> None:
    sign = OnbonSign(1)
    async with hall(pty(tmp_path, [sign]), DRIVER, [1], [sign]) as signs:
        signs.one.want(face(row("请A012到3号窗口办理", "请A012到3号窗口", colour=Colour.GREEN)))
        await signs.pulse.until(lambda: sign.texts() == ["请A012到3号窗口"] and signs.one.shows)
        assert signs.one.state is DeviceState.ONLINE
        # 15 of 16 cells: the blank half of a cell pair stands behind.
        assert sign.dots() == digits(strip([("请A012到3号窗口 ", Colour.GREEN)]))
        assert sign.view()["rows"][0]["runs"] == [["请A012到3号窗口", "green"]]


async def test_only_rows_that_change_are_sent(tmp_path: Path) -> None:
    options = {**CALM, "rows": 3}
    sign = OnbonSign(1, Options(rows=3))
    async with hall(pty(tmp_path, [sign]), DRIVER, [1], [sign], options) as signs:
        signs.one.want(face("3号窗口", "A012", "请到窗口"))
        await signs.pulse.until(lambda: sign.texts() == ["3号窗口", "A012", "请到窗口"] and signs.one.shows)
        (first,) = updates(signs.one)
        assert [area.id for area in first.areas] == [0, 1, 2]
        signs.one.want(face("3号窗口", "A013", "请到窗口"))
        await signs.pulse.until(lambda: sign.texts() == ["3号窗口", "A013", "请到窗口"])
        assert [area.id for area in updates(signs.one)[-1].areas] == [1]
        shown, frames = signs.one.shows, len(signs.one.sent())
        signs.one.want(face("3号窗口", "A013", "请到窗口"))
        await signs.pulse.until(lambda: signs.one.shows > shown)
        assert len(signs.one.sent()) == frames


async def test_rows_a_face_lacks_are_blank_and_rows_too_many_are_dropped(tmp_path: Path) -> None:
    sign = OnbonSign(1, Options(rows=2))
    async with hall(pty(tmp_path, [sign]), DRIVER, [1], [sign], {**FAST, "rows": 2}) as signs:
        signs.one.want(face("一", "二", "三"))
        await signs.pulse.until(lambda: sign.texts() == ["一", "二"])
        signs.one.want(face("四"))
        await signs.pulse.until(lambda: sign.texts() == ["四", ""])


async def test_a_board_of_many_rows_takes_several_frames(tmp_path: Path) -> None:
    options = Options(rows=16, columns=64)
    sign = OnbonSign(1, options)
    texts = [f"{index:02}" + "请到窗口办理" * 5 for index in range(16)]
    async with hall(pty(tmp_path, [sign]), DRIVER, [1], [sign], {**CALM, "rows": 16, "columns": 64}) as signs:
        signs.one.want(face(*texts))
        await signs.pulse.until(lambda: sign.texts() == texts and signs.one.shows)
        sent = updates(signs.one)
        assert len(sent) > 1
        assert sum(len(update.areas) for update in sent) == 16


@pytest.mark.parametrize(
    ("overflow", "text", "move"),
    [("scroll", "暂停服务请到其他窗口", "left"), ("shorten", "暂停服务", "still")],
)
async def test_a_text_too_long_scrolls_or_is_shortened(
    tmp_path: Path, overflow: str, text: str, move: str
) -> None:
    options = {**FAST, "columns": 8, "overflow": overflow}
    sign = OnbonSign(1, Options(columns=8))
    async with hall(pty(tmp_path, [sign]), DRIVER, [1], [sign], options) as signs:
        signs.one.want(face("暂停服务请到其他窗口"))
        await signs.pulse.until(lambda: sign.texts() == [text])
        assert sign.rows()[0].move == move


async def test_flashing_is_done_by_the_card(tmp_path: Path) -> None:
    sign = OnbonSign(1)
    async with hall(pty(tmp_path, [sign]), DRIVER, [1], [sign], CALM) as signs:
        signs.one.want(face(row("A012", flash=True)))
        await signs.pulse.until(lambda: sign.texts() == ["A012"] and signs.one.shows)
        assert sign.rows()[0].flash
        lit = [any("1" in line for line in sign.dots(at)) for at in (0.1, 0.6, 1.1, 1.6)]
        assert lit == [True, False, True, False]
        assert len(updates(signs.one)) == 1


async def test_several_pages_take_turns_and_one_page_stands(tmp_path: Path) -> None:
    sign = OnbonSign(1)
    seen: list[str] = []
    async with hall(pty(tmp_path, [sign]), DRIVER, [1], [sign], CALM) as signs:
        sign.on_change(lambda: (seen.extend(sign.texts()), signs.pulse.beat()))
        signs.one.want(SignFace((page("暂停服务", seconds=0.5), page("张三", seconds=0.5))))
        await signs.pulse.until(lambda: seen[-4:] == ["张三", "暂停服务", "张三", "暂停服务"])
        signs.one.want(face("欢迎光临"))
        await signs.pulse.until(lambda: seen[-1] == "欢迎光临" and signs.one.shows >= 2)
        frames = len(signs.one.sent())
        loop = asyncio.get_running_loop()
        later = loop.time() + 0.7
        loop.call_at(later, signs.pulse.beat)
        await signs.pulse.until(lambda: loop.time() >= later)
        assert len(signs.one.sent()) == frames


async def test_no_page_is_a_dark_sign(tmp_path: Path) -> None:
    sign = OnbonSign(1)
    async with hall(pty(tmp_path, [sign]), DRIVER, [1], [sign], CALM) as signs:
        signs.one.want(face("欢迎光临"))
        await signs.pulse.until(lambda: sign.texts() == ["欢迎光临"])
        await signs.pulse.until(lambda: Switch(True) in requests(signs.one))
        signs.one.want(SignFace())
        await signs.pulse.until(lambda: not sign.lit)
        assert not any("1" in line for line in sign.dots())
        signs.one.want(face("A001"))
        await signs.pulse.until(lambda: sign.lit and sign.texts() == ["A001"])
        switches = [request for request in requests(signs.one) if isinstance(request, Switch)]
        assert switches[-3:] == [Switch(True), Switch(False), Switch(True)]


async def test_characters_the_font_lacks_are_told_to_technicians(tmp_path: Path) -> None:
    sign = OnbonSign(1)
    async with hall(pty(tmp_path, [sign]), DRIVER, [1], [sign]) as signs:
        signs.one.want(face("张喆"))
        await signs.pulse.until(lambda: any("喆" in status.detail for status in signs.one.statuses))
        assert sign.texts() == ["张□"]
        assert signs.one.state is DeviceState.ONLINE
        signs.one.want(face("张三"))
        await signs.pulse.until(lambda: signs.one.statuses[-1].detail == "")


async def test_a_silent_sign_does_not_stop_its_bus_and_is_right_within_a_second_of_its_return(
    tmp_path: Path,
) -> None:
    bus = [OnbonSign(unit) for unit in range(1, 8)]
    async with hall(pty(tmp_path, bus), DRIVER, range(1, 8), bus) as signs:
        for index, owner in enumerate(signs.owners):
            owner.want(face(f"A{index:03}"))
        await signs.pulse.until(lambda: [sign.texts() for sign in bus] == [[f"A{i:03}"] for i in range(7)])
        bus[2].power_off()
        gone = signs.owners[2]
        await signs.pulse.until(lambda: gone.state is DeviceState.OFFLINE)
        assert gone.code == "sign.silent"
        assert gone.statuses[-1].action is ErrorAction.RESET
        # Nothing is lost on the others, and wanting something of the silent one fails at once.
        gone.want(face("B777"))
        for index, owner in enumerate(signs.owners):
            if owner is not gone:
                owner.want(face(f"B{index:03}"))
        others = [sign for sign in bus if sign is not bus[2]]
        await signs.pulse.until(lambda: all(sign.texts()[0].startswith("B") for sign in others))
        await signs.pulse.until(lambda: gone.errors)
        assert gone.errors[-1].code == "sign.silent"
        assert isinstance(gone.errors[-1], TransientError)
        assert {owner.state for owner in signs.owners if owner is not gone} == {DeviceState.ONLINE}
        returned = signs.now()
        bus[2].power_on()
        await signs.pulse.until(lambda: bus[2].texts() == ["B777"])
        assert signs.now() - returned < 1.0
        assert gone.state is DeviceState.ONLINE


async def test_default_times_keep_the_promise_on_a_9600_baud_bus(tmp_path: Path) -> None:
    bus = [OnbonSign(unit) for unit in range(1, 7)]
    async with hall(pty(tmp_path, bus, 9600), DRIVER, range(1, 7), bus, {"poll_s": 1.0}) as signs:
        for owner in signs.owners:
            owner.want(face("请A012到3号窗口"))
        await signs.pulse.until(lambda: all(sign.texts() == ["请A012到3号窗口"] for sign in bus))
        bus[4].mute(True)
        await signs.pulse.until(lambda: signs.owners[4].code == "sign.silent")
        signs.owners[4].want(face("请A013到5号窗口"))
        returned = signs.now()
        bus[4].mute(False)
        await signs.pulse.until(lambda: bus[4].texts() == ["请A013到5号窗口"])
        # One second and the wire time of the frame, the probe and their answers.
        assert signs.now() - returned < 1.0 + 0.25


async def test_a_power_cut_between_two_polls_is_noticed_and_mended(tmp_path: Path) -> None:
    sign, other = OnbonSign(1), OnbonSign(2)
    async with hall(pty(tmp_path, [sign, other]), DRIVER, [1, 2], [sign, other]) as signs:
        signs.one.want(face("请A012到3号窗口"))
        signs.owners[1].want(face("欢迎光临"))
        await signs.pulse.until(lambda: sign.texts() == ["请A012到3号窗口"])
        # The card's status has agreed with what was sent.
        polls = sign.frames
        await signs.pulse.until(lambda: sign.frames > polls + 1)
        sign.power_off()
        sign.power_on()
        await signs.pulse.until(lambda: sign.texts() == ["请A012到3号窗口"])
        assert [status.code for status in signs.one.statuses if status.state is DeviceState.OFFLINE] == [
            "sign.restarted"
        ]
        await signs.pulse.until(lambda: signs.one.state is DeviceState.ONLINE)
        assert {status.state for status in signs.owners[1].statuses} == {DeviceState.ONLINE}


async def test_a_card_that_cannot_tell_is_sent_its_rows_again_now_and_then(tmp_path: Path) -> None:
    sign = OnbonSign(1, knows_status=False)
    async with hall(pty(tmp_path, [sign]), DRIVER, [1], [sign]) as signs:
        signs.one.want(face("请A012到3号窗口"))
        await signs.pulse.until(lambda: sign.texts() == ["请A012到3号窗口"])
        await signs.pulse.until(lambda: any(isinstance(request, Ping) for request in requests(signs.one)))
        sign.power_off()
        sign.power_on()
        await signs.pulse.until(lambda: sign.texts() == ["请A012到3号窗口"])
        assert {status.state for status in signs.one.statuses} == {DeviceState.ONLINE}
        pings = [request for request in requests(signs.one) if isinstance(request, Ping)]
        assert len(pings) >= BLIND_REFRESH - 1
        assert sum(isinstance(request, QueryStatus) for request in requests(signs.one)) <= 2


async def test_such_a_card_too_is_right_within_a_second_when_known_to_be_silent(
    tmp_path: Path,
) -> None:
    sign = OnbonSign(1, knows_status=False)
    async with hall(pty(tmp_path, [sign]), DRIVER, [1], [sign]) as signs:
        signs.one.want(face("请A012到3号窗口"))
        await signs.pulse.until(lambda: sign.texts() == ["请A012到3号窗口"])
        sign.power_off()
        await signs.pulse.until(lambda: signs.one.code == "sign.silent")
        returned = signs.now()
        sign.power_on()
        await signs.pulse.until(lambda: sign.texts() == ["请A012到3号窗口"])
        assert signs.now() - returned < 1.0


async def test_a_status_that_never_agreed_is_not_believed(tmp_path: Path) -> None:
    class Forgetful(OnbonSign):
        """Shows its areas but lists none."""

        def _obey(self, request: Request) -> object:  # type: ignore[override]
            held, self._areas = self._areas, {} if isinstance(request, QueryStatus) else self._areas
            reply = super()._obey(request)
            if isinstance(request, QueryStatus):
                self._areas = held
            return reply

    sign = Forgetful(1)
    async with hall(pty(tmp_path, [sign]), DRIVER, [1], [sign]) as signs:
        signs.one.want(face("欢迎光临"))
        await signs.pulse.until(lambda: any(isinstance(request, Ping) for request in requests(signs.one)))
        assert len(updates(signs.one)) == 2, "once more: it might have been a power cut"
        assert [status.code for status in signs.one.statuses].count("sign.restarted") == 1


async def test_a_dip_before_the_first_question_is_noticed(tmp_path: Path) -> None:
    sign = OnbonSign(1)
    async with hall(pty(tmp_path, [sign]), DRIVER, [1], [sign]) as signs:
        signs.one.want(face("欢迎光临"))
        await signs.pulse.until(lambda: sign.texts() == ["欢迎光临"])
        sign.power_off()
        sign.power_on()
        await signs.pulse.until(lambda: sign.texts() == ["欢迎光临"])
        assert not any(isinstance(request, Ping) for request in requests(signs.one))


async def test_a_busy_card_is_asked_again(tmp_path: Path) -> None:
    sign = OnbonSign(1)
    async with hall(pty(tmp_path, [sign]), DRIVER, [1], [sign], CALM) as signs:
        await signs.pulse.until(lambda: signs.one.shows)
        sign.refuse_next(CardError.BUSY, 2)
        signs.one.want(face("A012"))
        await signs.pulse.until(lambda: sign.texts() == ["A012"])
        assert not signs.one.errors


async def test_a_card_that_refuses_is_reported_and_recovers_with_the_next_face(tmp_path: Path) -> None:
    sign = OnbonSign(1)
    async with hall(pty(tmp_path, [sign]), DRIVER, [1], [sign], CALM) as signs:
        await signs.pulse.until(lambda: signs.one.shows)
        sign.refuse_next(CardError.MEMORY)
        signs.one.want(face("A012"))
        await signs.pulse.until(lambda: signs.one.errors)
        assert signs.one.code == "sign.refused"
        assert signs.one.state is DeviceState.HARDWARE_ERROR
        assert signs.one.statuses[-1].action is ErrorAction.CONFIGURATION
        assert "card.no_memory" in signs.one.statuses[-1].detail
        assert isinstance(signs.one.errors[-1], ConfigurationError)
        signs.one.want(face("A013"))
        await signs.pulse.until(lambda: sign.texts() == ["A013"])
        await signs.pulse.until(lambda: signs.one.state is DeviceState.ONLINE)


async def test_the_latest_change_is_served_first_and_stale_faces_never(tmp_path: Path) -> None:
    units = range(1, 9)
    bus = [OnbonSign(unit) for unit in units]
    seen: list[tuple[int, str]] = []
    async with hall(pty(tmp_path, bus, 9600), DRIVER, units, bus, {"poll_s": 60.0}) as signs:
        for owner in signs.owners:
            owner.want(face("欢迎光临"))
        await signs.pulse.until(lambda: all(owner.shows > 1 for owner in signs.owners))

        def watch(sign: OnbonSign) -> None:
            sign.on_change(
                lambda: (seen.extend((sign.unit, text) for text in sign.texts()), signs.pulse.beat())
            )

        for sign in bus:
            watch(sign)
        for owner in signs.owners:
            owner.want(face("旧"))
        for index, owner in enumerate(signs.owners):
            owner.changed_at = asyncio.get_running_loop().time() + index * 1e-3
            owner.face = face(f"A{index:03}")
        await signs.pulse.until(lambda: all(sign.texts() == [f"A{i:03}"] for i, sign in enumerate(bus)))
        assert not [text for _, text in seen if text == "旧"]
        order = [unit for unit, _ in dict.fromkeys(seen)]
        # If the line was idle the first to ask began at once; from then on the latest goes first.
        assert [unit for unit in order if unit != 1] == [8, 7, 6, 5, 4, 3, 2]


@pytest.mark.parametrize(
    "weather",
    [ONE_BYTE_AT_A_TIME, LATE, Weather(single=True, loss=0.004, noise=0.004, delay=0.0005)],
    ids=["byte by byte", "late", "storm"],
)
async def test_a_bad_wire_delays_but_does_not_mislead(tmp_path: Path, weather: Weather) -> None:
    sign = OnbonSign(1)
    async with hall(pty(tmp_path, [HostileWire(sign, weather, seed=7)]), DRIVER, [1], [sign]) as signs:
        for number in range(12):
            text = f"请A{number:03}到3号窗口"
            signs.one.want(face(text))
            await signs.pulse.until(lambda text=text: sign.texts() == [text] and sign.lit)


async def test_garbage_on_the_bus_hurts_nobody(tmp_path: Path) -> None:
    sign = OnbonSign(1)
    async with hall(pty(tmp_path, [sign]), DRIVER, [1], [sign]) as signs:
        assert sign._send is not None
        for number in range(5):
            sign._send(
                b"\xa5\xa5\x00\x5a\xff\x5a" + encode_packet(Packet(HOST, 9, b"\xa0\x00\x00\x00\x00"))[:-3]
            )
            signs.one.want(face(f"A{number:03}"))
            await signs.pulse.until(lambda number=number: sign.texts() == [f"A{number:03}"])
        assert not signs.one.errors


async def test_the_answer_of_another_sign_is_not_ours(tmp_path: Path) -> None:
    class Impostor(OnbonSign):
        """Answers for everybody."""

        def receive(self, data: bytes) -> None:
            if self._send is not None:
                self._send(encode_packet(Packet(HOST, self.unit, b"\xa0\x00\x00\x00\x00")))

    other = Impostor(2)
    async with hall(pty(tmp_path, [other]), DRIVER, [1], [other]) as signs:
        await signs.pulse.until(lambda: signs.one.code == "sign.silent")


async def test_frames_for_others_are_left_alone(tmp_path: Path) -> None:
    one, two = OnbonSign(1), OnbonSign(2)
    async with hall(pty(tmp_path, [one, two]), DRIVER, [1], [one, two]) as signs:
        signs.one.want(face("A012"))
        await signs.pulse.until(lambda: one.texts() == ["A012"])
        assert two.texts() == []


async def test_a_test_can_be_seen_and_the_face_comes_back(tmp_path: Path) -> None:
    sign = OnbonSign(3, Options(rows=3))
    async with hall(pty(tmp_path, [sign]), DRIVER, [3], [sign], {**FAST, "rows": 3}) as signs:
        signs.one.want(face("一", "二", "三"))
        await signs.pulse.until(lambda: sign.texts() == ["一", "二", "三"])
        await signs.devices[0].test()
        assert sign.texts() == ["测试3"] * 3
        assert len({run[1] for shown in sign.rows() for run in shown.runs if run[0].strip()}) == 3
        signs.one.want(face("一", "二", "三"))
        await signs.pulse.until(lambda: sign.texts() == ["一", "二", "三"])


async def test_a_board_over_tcp(tmp_path: Path) -> None:
    options = {**FAST, "card": "6K", "rows": 6, "columns": 24, "overflow": "shorten", "align": "left"}
    board = OnbonSign(0, Options(card="6K", rows=6, columns=24))
    port = TcpPort("127.0.0.1", 0, [board])
    rows = [row(f"A{number:03} 请到{number}号窗口", flash=number == 1) for number in range(1, 7)]
    async with hall(port, DRIVER, [0], [board], options) as signs:
        signs.one.want(face(*rows))
        await signs.pulse.until(lambda: board.texts() == [each.texts[0] for each in rows])
        assert [shown.flash for shown in board.rows()] == [True] + [False] * 5
        assert (len(board.dots()), len(board.dots()[0])) == (96, 192)
        assert all(area.in_dots for update in updates(signs.one) for area in update.areas)


async def test_a_lost_line_ends_the_driver_and_a_new_one_shows_again(tmp_path: Path) -> None:
    sign = OnbonSign(1)
    port = pty(tmp_path, [sign])
    async with hall(port, DRIVER, [1], [sign]) as signs:
        signs.one.want(face("A012"))
        await signs.pulse.until(lambda: sign.texts() == ["A012"])
        await port.unplug()
        with pytest.raises(TransientError) as lost:
            await signs.one.ended()
        assert lost.value.code == "line.lost"
        sign.power_off()
        sign.power_on()
        await port.plug()
        line = await open_line(port.address)
        owner = Owner(signs.pulse, face("A013"))
        device = registry.build(DRIVER, line, 1, FAST, owner)
        assert isinstance(device, ShowDevice)
        async with owner.owns(device):
            await signs.pulse.until(lambda: sign.texts() == ["A013"])
        await line.close()


async def test_after_a_cancelled_show_the_sign_is_not_believed_to_hold_the_old_face(tmp_path: Path) -> None:
    sign = OnbonSign(1)
    async with hall(pty(tmp_path, [sign], 9600), DRIVER, [1], [sign], CALM) as signs:
        signs.one.want(face("A001"))
        await signs.pulse.until(lambda: sign.texts() == ["A001"] and signs.one.shows > 1)
        other = Owner(Pulse(), face("B002"))
        frames = len(signs.one.sent())
        show = asyncio.create_task(signs.devices[0].show(other))
        await signs.pulse.until(lambda: len(signs.one.sent()) > frames)
        show.cancel()
        await asyncio.gather(show, return_exceptions=True)
        await signs.pulse.until(lambda: sign.texts() == ["B002"])
        signs.one.want(face("A001"))
        await signs.pulse.until(lambda: sign.texts() == ["A001"])


def test_a_screen_number_must_be_possible() -> None:
    with pytest.raises(ConfigurationError):
        build(None, 65534, Options(), None)  # type: ignore[arg-type]


def test_a_5k_row_must_stand_on_whole_bytes() -> None:
    with pytest.raises(ValueError, match=r"options\.across"):
        Options(left_px=4)
    Options(card="6K", left_px=4)
