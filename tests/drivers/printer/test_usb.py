"""A printer on USB: what only USB does to it."""

from __future__ import annotations

from pathlib import Path

from drivers.printer.api import Outcome
from drivers.printer.escpos import paper
from drivers.printer.escpos.simulator import EscposSimulator
from drivers.transport.simulated_usb import UsbPort
from tests.drivers.printer.booth import DONE, FONT, booth, printing, result


async def test_the_same_slip_over_tcp_pty_and_usb_is_the_same_paper(tmp_path: Path) -> None:
    pictures = set()
    for kind in ("tcp", "pty", "usb"):
        simulator = EscposSimulator(speed=0)
        async with booth(kind, tmp_path, simulator) as hall, hall.driver() as printer:
            assert await result(await printing(printer, "A001")) == DONE
            pictures.add(paper.render(simulator.slips[-1], 576, FONT))
    assert len(pictures) == 1


async def test_one_that_takes_nothing_costs_no_slip(tmp_path: Path) -> None:
    simulator = EscposSimulator(speed=0)
    async with booth("usb", tmp_path, simulator) as hall:
        port = hall.port
        assert isinstance(port, UsbPort)
        async with hall.driver() as printer:
            await hall.online()
            port.set_jammed(True)
            refused = await result(await printing(printer, "A001"))
            assert refused.outcome in (Outcome.FAILED, Outcome.UNKNOWN)
            assert hall.pieces_with("A001") == 0
            port.set_jammed(False)
        async with hall.driver() as printer:
            assert await result(await printing(printer, "A002")) == DONE
