from __future__ import annotations

import asyncio
import contextlib
import tomllib
from pathlib import Path

import msgspec
import pytest
from pytest_mock import MockerFixture

from drivers import registry
from drivers.errors import MaintenanceError, OutcomeUnknownError, TransientError
from drivers.printer.api import Outcome, PrintResult, Slip, Text
from drivers.printer.escpos import codec
from drivers.printer.escpos.driver import EscposPrinter
from drivers.printer.escpos.options import Confirm, Cut, Mode, Options, Qr
from drivers.printer.escpos.simulator import EscposSimulator
from drivers.status import Cover, DeviceState, Paper
from tests.drivers.hostile import ALL_WEATHERS, LATE, ONE_BYTE_AT_A_TIME, HostileWire, Weather
from tests.drivers.printer.booth import FONT, OPTIONS, TIMING, Tampered, booth, printing, result, slip

DONE = PrintResult(Outcome.DONE)
GS_H = b"\x1d(H"
SLOW = 150.0
"""Millimetres a second at which a slip takes 0.6 s, so that a test can act in its middle."""


def with_options(**changes: object) -> Options:
    return msgspec.structs.replace(OPTIONS, **changes)


@pytest.fixture(params=["pty", "tcp", "usb"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[True, False], ids=["process_id", "fence"])
def process_id(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


# A printer that works


async def test_a_slip_comes_out_once_and_is_confirmed(kind: str, tmp_path: Path, process_id: bool) -> None:
    simulator = EscposSimulator(process_id=process_id, speed=20)
    async with booth(kind, tmp_path, simulator) as hall, hall.driver() as printer:
        await hall.online()
        for number in ("A001", "A002", "A003"):
            assert await result(await printing(printer, number)) == DONE
            # The end on paper, not the end of sending.
            assert hall.pieces_with(number) == 1
        assert simulator.printed == 3
        assert all(piece.complete for piece in simulator.slips)
        status = hall.statuses[-1]
        assert (status.state, status.code, status.paper, status.cover) == (
            DeviceState.ONLINE,
            "",
            Paper.FULL,
            Cover.CLOSED,
        )


async def test_how_it_confirms_is_asked_once(tmp_path: Path) -> None:
    async with booth("pty", tmp_path, EscposSimulator(speed=0)) as hall, hall.driver() as printer:
        await hall.online()
        assert "process_id" in hall.statuses[-1].detail
        for number in ("A001", "A002"):
            assert await result(await printing(printer, number)) == DONE
        assert hall.sent(GS_H) == 1 + 2


async def test_a_printer_that_lacks_process_ids_is_not_asked_again(tmp_path: Path) -> None:
    simulator = EscposSimulator(process_id=False, speed=0)
    async with booth("pty", tmp_path, simulator) as hall, hall.driver() as printer:
        await hall.online()
        assert "fence" in hall.statuses[-1].detail
        for number in ("A001", "A002"):
            assert await result(await printing(printer, number)) == DONE
        assert hall.sent(GS_H) == 1


async def test_an_honest_none(tmp_path: Path) -> None:
    async with (
        booth("pty", tmp_path, EscposSimulator(speed=0)) as hall,
        hall.driver(with_options(confirm=Confirm.NONE)) as printer,
    ):
        assert await result(await printing(printer, "A001")) == PrintResult(
            Outcome.UNKNOWN, "printer.unconfirmed"
        )
        assert hall.pieces_with("A001") == 1
        assert hall.sent(GS_H) == 0


async def test_a_confirmation_that_never_comes_leaves_the_outcome_unknown(tmp_path: Path) -> None:
    options = with_options(confirm=Confirm.PROCESS_ID, confirm_within=0.1)
    timing = msgspec.structs.replace(TIMING, handshake=0.05)
    simulator = EscposSimulator(process_id=False, speed=0)
    async with booth("pty", tmp_path, simulator) as hall, hall.driver(options, timing) as printer:
        unknown = PrintResult(Outcome.UNKNOWN, "printer.unconfirmed")
        assert await result(await printing(printer, "A001")) == unknown
        assert hall.pieces_with("A001") == 1


async def test_raster_and_drawn_codes(kind: str, tmp_path: Path) -> None:
    simulator = EscposSimulator(speed=0)
    async with booth(kind, tmp_path, simulator) as hall:
        for options in (with_options(mode=Mode.RASTER, font=str(FONT)), with_options(qr=Qr.RASTER)):
            async with hall.driver(options) as printer:
                await hall.online()
                assert await result(await printing(printer, "A001")) == DONE
        assert simulator.printed == 2


async def test_slips_asked_for_together_come_one_after_the_other(tmp_path: Path) -> None:
    async with booth("tcp", tmp_path, EscposSimulator(speed=50)) as hall, hall.driver() as printer:
        tasks = [await printing(printer, f"A00{n}") for n in range(1, 5)]
        assert [await result(task) for task in tasks] == [DONE] * 4
        assert [hall.pieces_with(f"A00{n}") for n in range(1, 5)] == [1] * 4
        assert hall.simulator.printed == 4


async def test_a_slip_that_cannot_be_is_refused(tmp_path: Path) -> None:
    from drivers.printer.api import Code

    async with booth("pty", tmp_path, EscposSimulator(speed=0)) as hall, hall.driver() as printer:
        refused = await printer.print(Slip((Text("A001"), Code("x" * 3000))))
        assert refused == PrintResult(Outcome.FAILED, "printer.slip")
        assert hall.simulator.view()["hanging"] == []


async def test_the_test_slip(tmp_path: Path) -> None:
    options = with_options(confirm_within=0.1)
    async with booth("pty", tmp_path, EscposSimulator(speed=0)) as hall:
        async with hall.driver(options) as printer:
            await printer.test()
            assert hall.pieces_with("打印测试") == 1
            hall.simulator.empty()
            with pytest.raises(MaintenanceError) as failed:
                await printer.test()
            assert failed.value.code == "printer.paper_out"
            hall.simulator.refill()
        async with hall.driver(with_options(confirm=Confirm.NONE)) as printer:
            with pytest.raises(OutcomeUnknownError):
                await printer.test()


# A printer that cannot: not one byte of the slip


@pytest.mark.parametrize("fault", ["empty", "open_cover", "jam"])
async def test_a_printer_that_cannot_print_gets_nothing(fault: str, kind: str, tmp_path: Path) -> None:
    code = {"empty": "printer.paper_out", "open_cover": "printer.cover_open", "jam": "printer.cutter"}[fault]
    mend = {"empty": "refill", "open_cover": "close_cover", "jam": "clear"}[fault]
    async with booth(kind, tmp_path, EscposSimulator(speed=20)) as hall, hall.driver() as printer:
        await hall.online()
        getattr(hall.simulator, fault)()
        assert await result(await printing(printer, "A001")) == PrintResult(Outcome.FAILED, code)
        await hall.until(lambda: hall.code == code)
        assert hall.sent(b"A001") == 0
        getattr(hall.simulator, mend)()
        await hall.until(lambda: hall.code == "")
        assert await result(await printing(printer, "A002")) == DONE
        assert [piece.text.count("A001") for piece in hall.simulator.slips] == [0]


async def test_a_driver_that_does_not_run_prints_nothing(tmp_path: Path) -> None:
    async with booth("pty", tmp_path, EscposSimulator(speed=0)) as hall:
        line = await hall.open_line()
        printer = EscposPrinter(line, OPTIONS, hall)
        assert await printer.print(slip("A001")) == PrintResult(Outcome.FAILED, "line.lost")
        await line.close()


async def test_a_silent_printer_gets_nothing(tmp_path: Path) -> None:
    timing = msgspec.structs.replace(TIMING, reply=0.05)
    async with booth("pty", tmp_path, EscposSimulator(speed=0)) as hall:
        hall.simulator.power_off()
        async with hall.driver(timing=timing) as printer:
            await hall.until(lambda: hall.code == "printer.silent")
            status = hall.statuses[-1]
            # Silence says nothing about paper.
            assert (status.state, status.paper) == (DeviceState.OFFLINE, Paper.UNKNOWN)
            silent = PrintResult(Outcome.FAILED, "printer.silent")
            assert await result(await printing(printer, "A001")) == silent
            hall.simulator.power_on()
            await hall.until(lambda: hall.code == "")
            assert hall.pieces_with("A001") == 0


# Status


async def test_paper_runs_low_and_is_renewed(tmp_path: Path) -> None:
    simulator = EscposSimulator(speed=0, paper_mm=3_050, near_end_mm=3_000)
    async with booth("pty", tmp_path, simulator) as hall, hall.driver() as printer:
        await hall.online()
        assert await result(await printing(printer, "A001")) == DONE
        await hall.until(lambda: hall.code == "printer.paper_low")
        status = hall.statuses[-1]
        assert (status.state, status.paper) == (DeviceState.ONLINE, Paper.LOW)
        assert await result(await printing(printer, "A002")) == DONE
        simulator.refill()
        await hall.until(lambda: hall.code == "")


async def test_a_change_is_told_without_waiting_for_the_next_look(tmp_path: Path) -> None:
    options = with_options(poll=60)
    async with booth("pty", tmp_path, EscposSimulator(speed=0)) as hall, hall.driver(options):
        await hall.online()
        hall.simulator.open_cover()
        await hall.until(lambda: hall.code == "printer.cover_open")
        hall.simulator.close_cover()
        await hall.until(lambda: hall.code == "")


async def test_changes_are_found_by_looking_where_nothing_is_told(tmp_path: Path) -> None:
    options = with_options(asb=False)
    async with booth("pty", tmp_path, EscposSimulator(speed=0)) as hall, hall.driver(options):
        await hall.until(lambda: "confirms by" in hall.statuses[-1].detail)
        hall.simulator.empty()
        await hall.until(lambda: hall.code == "printer.paper_out")
        hall.simulator.refill()
        await hall.until(lambda: hall.code == "")
        assert hall.sent(b"\x1da\x0e") == 0


async def test_every_change_is_reported_once(tmp_path: Path) -> None:
    async with booth("pty", tmp_path, EscposSimulator(speed=0)) as hall, hall.driver():
        await hall.online()
        for _ in range(3):
            hall.simulator.empty()
            await hall.until(lambda: hall.code == "printer.paper_out")
            hall.simulator.refill()
            await hall.until(lambda: hall.code == "")
        codes = [status.code for status in hall.statuses if "not yet" not in status.detail]
        assert codes == ["", *["printer.paper_out", ""] * 3]


async def test_a_power_cycle_is_noticed_and_status_is_told_again(kind: str, tmp_path: Path) -> None:
    timing = msgspec.structs.replace(TIMING, reply=0.1)
    async with booth(kind, tmp_path, EscposSimulator(speed=0)) as hall, hall.driver(timing=timing):
        await hall.online()
        hall.simulator.power_off()
        await hall.until(lambda: hall.code == "printer.silent")
        hall.simulator.power_on()
        await hall.until(lambda: hall.code == "")
        told = len(hall.frames)
        await hall.until(
            lambda: any(way == "<" and b"\x10\0\0\0" in data for way, data in hall.frames[told:])
        )


# Stopped in the middle


async def test_paper_ends_in_the_middle_and_the_rest_is_forgotten(kind: str, tmp_path: Path) -> None:
    simulator = EscposSimulator(mm_per_s=SLOW)
    async with booth(kind, tmp_path, simulator) as hall, hall.driver() as printer:
        await hall.online()
        task = await printing(printer, "A001")
        await hall.started()
        simulator.empty()
        assert await result(task) == PrintResult(Outcome.FAILED, "printer.paper_out")
        simulator.speed = 20
        simulator.refill()
        await hall.until(lambda: hall.code == "")
        assert await result(await printing(printer, "A002")) == DONE
        # The torn-off beginning, then the new slip and nothing else.
        assert [piece.complete for piece in simulator.slips if piece.text] == [False, True]
        assert simulator.slips[-1].text.count("社会保障服务大厅") == 1
        assert hall.pieces_with("A002") == 1


async def test_a_printer_that_cannot_forget_leaves_the_outcome_unknown(kind: str, tmp_path: Path) -> None:
    simulator = EscposSimulator(mm_per_s=SLOW, process_id=False)
    timing = msgspec.structs.replace(TIMING, clear=0.05)
    async with booth(kind, tmp_path, simulator) as hall, hall.driver(timing=timing) as printer:
        await hall.online()
        task = await printing(printer, "A001")
        await hall.started(marks=1)
        simulator.empty()
        assert await result(task) == PrintResult(Outcome.UNKNOWN, "printer.paper_out")
        simulator.speed = 20
        simulator.refill()
        # The printer goes on by itself; the driver must not have sent anything a second time.
        assert await result(await printing(printer, "A002")) == DONE
        assert hall.sent(b"A001") == 1
        text = "\n".join(piece.text for piece in simulator.slips)
        assert text.count("A001") == 1
        assert text.count("A002") == 1
        assert simulator.slips[-1].text.count("社会保障服务大厅") == 1


async def test_the_cutter_jams_and_is_freed(kind: str, tmp_path: Path) -> None:
    simulator = EscposSimulator(mm_per_s=SLOW)
    # Freed between two looks: only what the printer tells of itself shows that somebody was there.
    options = with_options(poll=60)
    async with booth(kind, tmp_path, simulator) as hall, hall.driver(options) as printer:
        await hall.online()
        task = await printing(printer, "A001")
        await hall.started()
        simulator.jam()
        assert await result(task) == PrintResult(Outcome.FAILED, "printer.cutter")
        await hall.until(lambda: hall.sent(codec.RECOVER) == 1 and hall.looked_since(codec.RECOVER))
        simulator.speed = 20
        simulator.clear()
        await hall.until(lambda: hall.code == "")
        assert await result(await printing(printer, "A002")) == DONE
        assert [piece.text.count("A00") for piece in simulator.slips if piece.complete and piece.text] == [1]


@pytest.mark.parametrize("fault", ["open_cover", "jam"])
async def test_what_an_abandoned_slip_left_does_not_head_the_next(fault: str, tmp_path: Path) -> None:
    simulator = EscposSimulator(mm_per_s=SLOW)
    async with booth("pty", tmp_path, simulator) as hall, hall.driver() as printer:
        await hall.online()
        task = await printing(printer, "A001")
        await hall.started()
        getattr(simulator, fault)()
        assert (await result(task)).outcome is Outcome.FAILED
        simulator.speed = 20
        # Somebody frees the cutter but leaves the paper as it hangs.
        simulator._jammed = False
        simulator.open_cover()
        simulator.close_cover()
        await hall.until(lambda: hall.code == "")
        assert await result(await printing(printer, "A002")) == DONE
        assert simulator.slips[-1].text.count("社会保障服务大厅") == 1
        assert hall.pieces_with("A002") == 1


async def test_power_goes_in_the_middle(kind: str, tmp_path: Path, process_id: bool) -> None:
    simulator = EscposSimulator(mm_per_s=SLOW, process_id=process_id)
    timing = msgspec.structs.replace(TIMING, reply=0.1)
    async with booth(kind, tmp_path, simulator) as hall, hall.driver(timing=timing) as printer:
        await hall.online()
        task = await printing(printer, "A001")
        await hall.started()
        simulator.power_off()
        assert await result(task) == PrintResult(Outcome.UNKNOWN, "printer.silent")
        simulator.speed = 20
        simulator.power_on()
        await hall.until(lambda: hall.code == "")
        assert await result(await printing(printer, "A002")) == DONE
        assert hall.sent(b"A001") == 1
        assert [piece.complete for piece in simulator.slips if "A001" in piece.text] in ([], [False])


async def test_unplugged_in_the_middle(kind: str, tmp_path: Path, process_id: bool) -> None:
    simulator = EscposSimulator(mm_per_s=SLOW, process_id=process_id)
    async with booth(kind, tmp_path, simulator) as hall:
        line = await hall.open_line()
        printer = EscposPrinter(line, OPTIONS, hall, TIMING)
        running = asyncio.create_task(printer.run())
        await hall.online()
        task = await printing(printer, "A001")
        await hall.started()
        await hall.port.unplug()
        assert await result(task) == PrintResult(Outcome.UNKNOWN, "line.lost")
        with pytest.raises(TransientError) as lost:
            await asyncio.wait_for(running, 5)
        assert lost.value.code == "line.lost"
        assert await printer.print(slip("A002")) == PrintResult(Outcome.FAILED, "line.lost")
        await line.close()
        # The printer itself goes on; a new driver prints the next slip and never the old one again.
        simulator.speed = 20
        await hall.port.plug()
        async with hall.driver() as printer:
            await hall.online()
            assert await result(await printing(printer, "A003")) == DONE
        assert hall.pieces_with("A001") == 1
        assert hall.pieces_with("A002") == 0
        assert hall.pieces_with("A003") == 1


async def test_lost_while_the_slip_is_on_its_way(kind: str, tmp_path: Path) -> None:
    # More than the system's buffers hold, so that the end has not even been handed over.
    long = Slip(tuple(Text(f"第{n:02}行", size=8) for n in range(60)))
    options = with_options(mode=Mode.RASTER, font=str(FONT))
    simulator = EscposSimulator(speed=0)
    async with (
        booth(kind, tmp_path, simulator, baudrate=921_600) as hall,
        hall.driver(options) as printer,
    ):
        await hall.online()
        task = asyncio.create_task(printer.print(long))
        await hall.started()
        await hall.port.unplug()
        assert await result(task) == PrintResult(Outcome.UNKNOWN, "line.lost")


async def test_lost_before_the_first_byte(tmp_path: Path, mocker: MockerFixture) -> None:
    async with booth("pty", tmp_path, EscposSimulator(speed=0)) as hall, hall.driver() as printer:
        await hall.online()
        mocker.patch.object(printer._talk, "slip", side_effect=TransientError("line.lost", "gone"))
        assert await result(await printing(printer, "A001")) == PrintResult(Outcome.FAILED, "line.lost")


async def test_cancelled_in_the_middle(tmp_path: Path) -> None:
    simulator = EscposSimulator(mm_per_s=SLOW)
    async with booth("pty", tmp_path, simulator) as hall, hall.driver() as printer:
        await hall.online()
        task = await printing(printer, "A001")
        await hall.started()
        task.cancel()
        await asyncio.wait({task})
        simulator.speed = 20
        assert await result(await printing(printer, "A002")) == DONE
        assert hall.pieces_with("A001") == hall.pieces_with("A002") == 1


# Answers that belong to something else


async def test_an_answer_to_an_old_fence_confirms_nothing_new(tmp_path: Path) -> None:
    simulator = EscposSimulator(mm_per_s=SLOW, process_id=False)
    options = with_options(confirm_within=0.01)
    async with booth("pty", tmp_path, simulator) as hall, hall.driver(options) as printer:
        await hall.online()
        unknown = PrintResult(Outcome.UNKNOWN, "printer.unconfirmed")
        assert await result(await printing(printer, "A001")) == unknown
        assert simulator.printed == 0
        task = await printing(printer, "A002")
        simulator.speed = 2
        await hall.until(lambda: simulator.printed == 1)
        # The first slip's fence has now been answered; the second is not on paper yet.
        outcome = await result(task)
        assert (outcome == DONE) <= (hall.pieces_with("A002") == 1)


async def test_a_fence_still_due_is_waited_for(tmp_path: Path) -> None:
    held = 0

    def hands(data: bytes) -> bytes:
        nonlocal held
        if held and data == b"\x00":
            held -= 1
            simulator._notify()  # wakes the test
            return b"" if held == 0 else data
        return data

    simulator = EscposSimulator(mm_per_s=SLOW, process_id=False)
    options = with_options(confirm_within=0.01, confirm=Confirm.FENCE)
    timing = msgspec.structs.replace(TIMING, late=20)
    async with (
        booth("pty", tmp_path, simulator, lambda end: Tampered(end, hands)) as hall,
        hall.driver(options, timing) as printer,
    ):
        await hall.online()
        unknown = PrintResult(Outcome.UNKNOWN, "printer.unconfirmed")
        assert await result(await printing(printer, "A001")) == unknown
        held = 2  # the old slip's answer passes, that to the question before the next one comes late
        task = await printing(printer, "A002")
        await hall.until(lambda: held == 0)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                await hall.until(lambda: hall.sent(b"A002") > 0)
        simulator._answer(b"\x00")
        assert (await result(task) == DONE) <= (hall.pieces_with("A002") == 1)


async def test_a_false_alarm_does_not_cost_a_slip(tmp_path: Path) -> None:
    simulator = EscposSimulator(mm_per_s=SLOW)
    async with booth("pty", tmp_path, simulator) as hall, hall.driver() as printer:
        await hall.online()
        task = await printing(printer, "A001")
        await hall.started()
        simulator._answer(b"\x18\x00\x0f\x00")  # as if the paper were out
        assert await result(task) == DONE
        assert hall.sent(b"\x10\x14\x08") == 0


async def test_one_answer_too_few_is_not_silence(tmp_path: Path) -> None:
    drop = 0

    def hands(data: bytes) -> bytes:
        nonlocal drop
        if drop and data == b"\x12":
            drop -= 1
            return b""
        return data

    timing = msgspec.structs.replace(TIMING, reply=0.1)
    simulator = EscposSimulator(speed=0)
    async with (
        booth("pty", tmp_path, simulator, lambda end: Tampered(end, hands)) as hall,
        hall.driver(timing=timing) as printer,
    ):
        await hall.online()
        drop = 1
        await hall.until(lambda: not drop)
        assert await result(await printing(printer, "A001")) == DONE
        assert {status.code for status in hall.statuses} == {""}


async def test_one_bad_reading_is_not_believed(tmp_path: Path) -> None:
    lies = 0

    def hands(data: bytes) -> bytes:
        nonlocal lies
        if lies and data == b"\x12":
            lies -= 1
            return b"\x7e"  # paper out, or an error, or offline
        return data

    async with (
        booth("pty", tmp_path, EscposSimulator(speed=0), lambda end: Tampered(end, hands)) as hall,
        hall.driver() as printer,
    ):
        await hall.online()
        lies = 4
        assert await result(await printing(printer, "A001")) == DONE
        assert {status.code for status in hall.statuses} == {""}


async def test_a_fence_answered_by_a_printer_out_of_paper_proves_nothing(tmp_path: Path) -> None:
    simulator = EscposSimulator(mm_per_s=SLOW, process_id=False)
    options = with_options(poll_printing=60, poll=60)
    async with booth("pty", tmp_path, simulator) as hall, hall.driver(options) as printer:
        await hall.online()
        task = await printing(printer, "A001")
        await hall.started()
        simulator.empty()
        # As printers do that read ahead of their mechanics.
        simulator._answer(b"\x0f")
        assert await result(task) == PrintResult(Outcome.UNKNOWN, "printer.paper_out")


async def test_half_a_command_of_an_earlier_connection_swallows_nothing(kind: str, tmp_path: Path) -> None:
    timing = msgspec.structs.replace(TIMING, handshake=0.2)
    async with booth(kind, tmp_path, EscposSimulator(speed=0)) as hall:
        line = await hall.open_line()
        await line.write(b"\x1dv0\x00\x48\x00\x80\x00" + bytes(100))
        await line.close()
        async with hall.driver(timing=timing) as printer:
            await hall.online()
            assert await result(await printing(printer, "A001")) == DONE
            assert hall.pieces_with("A001") == 1


# A bad wire


@pytest.mark.parametrize("weather", [ONE_BYTE_AT_A_TIME, LATE])
async def test_slow_and_split_bytes_change_nothing(weather: Weather, kind: str, tmp_path: Path) -> None:
    simulator = EscposSimulator(speed=20)
    async with (
        booth(kind, tmp_path, simulator, lambda end: HostileWire(end, weather)) as hall,
        hall.driver() as printer,
    ):
        for number in ("A001", "A002"):
            assert await result(await printing(printer, number)) == DONE
            assert hall.pieces_with(number) == 1


@pytest.mark.parametrize("weather", ALL_WEATHERS)
async def test_after_any_storm_the_printer_prints_again(weather: Weather, tmp_path: Path) -> None:
    simulator = EscposSimulator(speed=20)
    timing = msgspec.structs.replace(TIMING, reply=0.1, misses=2, handshake=0.1, clear=0.1)
    options = with_options(confirm=Confirm.PROCESS_ID, confirm_within=0.2)
    wires: list[HostileWire] = []

    def wire(end: EscposSimulator) -> HostileWire:
        wires.append(HostileWire(end, weather, seed=1))
        return wires[0]

    async with booth("pty", tmp_path, simulator, wire) as hall, hall.driver(options, timing) as printer:
        outcomes = [await result(await printing(printer, f"A00{n}")) for n in range(2)]
        assert len(outcomes) == 2
        assert all(hall.sent(f"A00{n}".encode()) <= 1 for n in range(2))
        wires[0].settle()
        simulator.power_off()
        simulator.power_on()
        simulator.refill()
        await hall.until(lambda: hall.code == "")
        for _ in range(3):
            if await result(await printing(printer, "B001")) == DONE:
                break
        assert hall.pieces_with("B001") >= 1


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("weather", [Weather(loss=0.02), Weather(noise=0.02)])
async def test_bad_answers_never_make_a_false_outcome(
    weather: Weather, seed: int, process_id: bool, tmp_path: Path
) -> None:
    simulator = EscposSimulator(speed=20, process_id=process_id)
    timing = msgspec.structs.replace(TIMING, reply=0.1, handshake=0.1, clear=0.1)
    confirm = Confirm.PROCESS_ID if process_id else Confirm.FENCE
    options = with_options(confirm=confirm, confirm_within=0.2)

    def wire(end: EscposSimulator) -> HostileWire:
        return HostileWire(end, weather, seed, answers_only=True)

    async with booth("pty", tmp_path, simulator, wire) as hall, hall.driver(options, timing) as printer:
        for number in (f"A00{n}" for n in range(3)):
            outcome = (await result(await printing(printer, number))).outcome
            assert hall.sent(number.encode()) <= 1
            assert hall.pieces_with(number) <= 1
            if outcome is Outcome.DONE and process_id:
                assert hall.pieces_with(number) == 1
            if outcome is Outcome.FAILED:
                assert not any(piece.complete for piece in simulator.slips if number in piece.text)


# Profiles


def test_profiles_are_options() -> None:
    profiles = sorted((Path(__file__).parents[3] / "config" / "profiles").glob("escpos-*.toml"))
    assert len(profiles) >= 4
    for path in profiles:
        options = msgspec.convert(tomllib.loads(path.read_text()), Options)
        assert path.read_text().startswith("#"), path
        assert options.mode is Mode.TEXT or not options.font


async def test_the_registry_builds_it(tmp_path: Path) -> None:
    async with booth("pty", tmp_path, EscposSimulator(speed=0)) as hall:
        line = await hall.open_line()
        built = registry.build(
            "printer.escpos", line, 0, {"columns": 32, "width_dots": 384, "cut": "none"}, hall
        )
        assert isinstance(built, EscposPrinter)
        assert built._options.cut is Cut.NONE
        with pytest.raises(Exception, match="font"):
            registry.build("printer.escpos", line, 0, {"mode": "raster"}, hall)
        await line.close()


async def test_one_that_was_too_busy_to_say_how_it_confirms_is_asked_again(tmp_path: Path) -> None:
    busy = True

    def hands(answer: bytes) -> bytes:
        # It looks well, and leaves whatever stands in its print queue unanswered.
        return b"" if busy and answer[0] & 0x93 != 0x12 else answer

    simulator = EscposSimulator(speed=0)
    timing = msgspec.structs.replace(TIMING, handshake=0.02, ask_again=0.01)
    async with (
        booth("pty", tmp_path, simulator, lambda printer: Tampered(printer, hands)) as hall,
        hall.driver(OPTIONS, timing) as printer,
    ):
        await hall.until(lambda: "confirms by none" in hall.statuses[-1].detail)
        busy = False
        await hall.until(lambda: "confirms by process_id" in hall.statuses[-1].detail)
        assert await result(await printing(printer, "A001")) == DONE


async def test_one_that_was_open_when_asked_how_it_confirms_is_asked_when_it_is_well(tmp_path: Path) -> None:
    simulator = EscposSimulator(speed=0)
    timing = msgspec.structs.replace(TIMING, handshake=0.02, ask_again=3600)
    closed = False

    def hands(answer: bytes) -> bytes:
        return b"" if not closed and answer[0] & 0x93 != 0x12 else answer

    async with (
        booth("pty", tmp_path, simulator, lambda printer: Tampered(printer, hands)) as hall,
        hall.driver(OPTIONS, timing) as printer,
    ):
        await hall.until(lambda: "confirms by none" in hall.statuses[-1].detail)
        simulator.open_cover()
        await hall.until(lambda: hall.code == "printer.cover_open")
        closed = True
        simulator.close_cover()
        await hall.until(lambda: "confirms by process_id" in hall.statuses[-1].detail)
        assert await result(await printing(printer, "A001")) == DONE
