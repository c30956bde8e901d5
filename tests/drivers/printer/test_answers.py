"""Answers that come late, wrong, in pieces or not at all: no slip is believed that is not there."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import msgspec
import pytest

from drivers.printer.api import Outcome, PrintResult
from drivers.printer.escpos.options import Confirm
from drivers.printer.escpos.simulator import EscposSimulator
from tests.drivers.hostile import ALL_WEATHERS, LATE, ONE_BYTE_AT_A_TIME, HostileWire, Weather
from tests.drivers.printer.booth import DONE, SLOW, TIMING, Tampered, booth, printing, result, with_options

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
