"""A printer that stops in the middle of a slip: what became of it is said, and nothing is printed twice."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest
from pytest_mock import MockerFixture

from drivers.errors import TransientError
from drivers.printer.api import Outcome, PrintResult, Slip, Text
from drivers.printer.escpos import codec
from drivers.printer.escpos.driver import EscposPrinter
from drivers.printer.escpos.options import Mode
from drivers.printer.escpos.simulator import EscposSimulator
from tests.drivers.printer.booth import (
    DONE,
    FONT,
    OPTIONS,
    SLOW,
    TIMING,
    booth,
    printing,
    result,
    slip,
    with_options,
)


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
