"""A printer on every kind of port: it works, it cannot, it tells how it is."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import pytest

from drivers import registry
from drivers.errors import MaintenanceError, OutcomeUnknownError
from drivers.printer.api import Code, Outcome, PrintResult, Slip, Text
from drivers.printer.escpos import codec, driver
from drivers.printer.escpos.driver import EscposPrinter
from drivers.printer.escpos.options import Confirm, Cut, Mode, Options, Qr
from drivers.printer.escpos.simulator import EscposSimulator
from drivers.status import Cover, DeviceState, Paper
from tests.drivers.printer.booth import (
    DONE,
    FONT,
    OPTIONS,
    TIMING,
    Tampered,
    booth,
    printing,
    result,
    slip,
    with_options,
)

GS_H = b"\x1d(H"


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


QUIET = with_options(poll=600)
"""Nothing is asked of the printer but for a slip."""


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Slip]:
    """Every slip that the driver turned into bytes, right after it had asked the printer."""
    slips: list[Slip] = []
    encode = codec.encode

    def noted(slip: Slip, options: Options, *, asb: bool) -> bytes:
        slips.append(slip)
        return encode(slip, options, asb=asb)

    monkeypatch.setattr(codec, "encode", noted)
    return slips


async def test_what_was_made_ready_is_not_done_again(
    kind: str, tmp_path: Path, process_id: bool, drawn: list[Slip]
) -> None:
    simulator = EscposSimulator(process_id=process_id, speed=0)
    async with booth(kind, tmp_path, simulator) as hall, hall.driver(QUIET) as printer:
        await hall.online()
        coming = slip("A001")
        await printer.prepare(coming)
        assert drawn == [coming]
        assert simulator.printed == 0
        assert await printer.print(coming) == DONE
        assert drawn == [coming]
        assert hall.pieces_with("A001") == 1


async def test_another_slip_than_was_made_ready(tmp_path: Path) -> None:
    async with booth("pty", tmp_path, EscposSimulator(speed=0)) as hall, hall.driver(QUIET) as printer:
        await hall.online()
        await printer.prepare(slip("A001"))
        assert await printer.print(slip("A002")) == DONE
        assert (hall.pieces_with("A001"), hall.pieces_with("A002")) == (0, 1)


async def test_what_was_made_ready_long_ago_is_done_again(
    tmp_path: Path, drawn: list[Slip], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "FRESH_S", -1.0)
    async with booth("pty", tmp_path, EscposSimulator(speed=0)) as hall, hall.driver(QUIET) as printer:
        await hall.online()
        coming = slip("A001")
        await printer.prepare(coming)
        assert await printer.print(coming) == DONE
        assert drawn == [coming, coming]


async def test_a_cover_opened_after_all_was_ready(tmp_path: Path) -> None:
    async with booth("pty", tmp_path, EscposSimulator(speed=0)) as hall, hall.driver(QUIET) as printer:
        await hall.online()
        coming = slip("A001")
        await printer.prepare(coming)
        hall.simulator.open_cover()
        await hall.until(lambda: hall.code == "printer.cover_open")
        assert await printer.print(coming) == PrintResult(Outcome.FAILED, "printer.cover_open")
        assert hall.sent(b"A001") == 0


async def test_a_printer_that_cannot_says_so_when_it_is_to_print(tmp_path: Path) -> None:
    async with booth("pty", tmp_path, EscposSimulator(speed=0)) as hall, hall.driver(QUIET) as printer:
        await hall.online()
        hall.simulator.open_cover()
        await hall.until(lambda: hall.code == "printer.cover_open")
        coming = slip("A001")
        await printer.prepare(coming)
        assert await printer.print(coming) == PrintResult(Outcome.FAILED, "printer.cover_open")


async def test_how_it_confirms_is_asked_once(tmp_path: Path) -> None:
    async with booth("pty", tmp_path, EscposSimulator(speed=0)) as hall, hall.driver() as printer:
        await hall.online()
        assert "confirms_by_id" in hall.statuses[-1].detail
        for number in ("A001", "A002"):
            assert await result(await printing(printer, number)) == DONE
        assert hall.sent(GS_H) == 1 + 2


async def test_a_printer_that_lacks_process_ids_is_not_asked_again(tmp_path: Path) -> None:
    simulator = EscposSimulator(process_id=False, speed=0)
    async with booth("pty", tmp_path, simulator) as hall, hall.driver() as printer:
        await hall.online()
        assert "confirms_by_fence" in hall.statuses[-1].detail
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
        await hall.until(lambda: "confirms_nothing" in hall.statuses[-1].detail)
        busy = False
        await hall.until(lambda: "confirms_by_id" in hall.statuses[-1].detail)
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
        await hall.until(lambda: "confirms_nothing" in hall.statuses[-1].detail)
        simulator.open_cover()
        await hall.until(lambda: hall.code == "printer.cover_open")
        closed = True
        simulator.close_cover()
        await hall.until(lambda: "confirms_by_id" in hall.statuses[-1].detail)
        assert await result(await printing(printer, "A001")) == DONE


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
        await hall.until(lambda: "confirms_by" in hall.statuses[-1].detail)
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
        codes = [status.code for status in hall.statuses if "unasked" not in status.detail]
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
