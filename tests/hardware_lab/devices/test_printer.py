"""A USB ticket printer through the kernel: past its driver by libusb, and by its own file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import usb.core as usb_core

from drivers.discovery.look import look
from drivers.errors import ConfigurationError, TransientError
from drivers.printer.api import Outcome, PrintResult
from drivers.printer.escpos import paper
from drivers.printer.escpos.conversation import Timing
from drivers.printer.escpos.options import Mode, Options
from drivers.printer.escpos.simulator import EscposSimulator
from drivers.status import DeviceState
from drivers.transport.address import format_address
from drivers.transport.api import Address, Line
from drivers.transport.line import open_line
from tests.drivers.printer.booth import FONT, Booth, booth, printing, result
from tests.hardware_lab.devices.conftest import file_like, until
from tests.hardware_lab.usb.printer import UsbPrinter

DONE = PrintResult(Outcome.DONE)
OPTIONS = Options(poll=0.2, poll_printing=0.1, confirm_within=60)
RASTER = Options(poll=0.2, poll_printing=0.1, confirm_within=60, mode=Mode.RASTER, font=str(FONT))
PICTURE = b"\x1dv0"
INTERFACES = Path("/sys/bus/usb/devices")


class UsbBooth(Booth):
    """A printer in a socket of the lab's PC."""

    def __init__(self, printer: UsbPrinter) -> None:
        super().__init__(_Port(printer.address), printer.simulator)  # type: ignore[arg-type]
        self.printer = printer

    async def open_line(self) -> Line:
        return await open_line(self.port.address, traffic=self.traffic)

    async def plug_in(self) -> None:
        """Plug it in; wait for the kernel's own driver and for libusb, which udevd tells later."""
        self.printer.plug_in()
        await until(lambda: driver_of(self.printer) == "usblp", "usblp")
        number = int((INTERFACES / self.printer.place / "devnum").read_text())
        await until(lambda: usb_core.find(address=number) is not None, "libusb")

    async def pull_out(self) -> None:
        self.printer.pull_out()
        await until(lambda: not (INTERFACES / self.printer.place).exists(), "no printer")


class _Port:
    def __init__(self, address: Address) -> None:
        self.address = address


@pytest.fixture
def simulator() -> EscposSimulator:
    return EscposSimulator(speed=0)


@asynccontextmanager
async def usb(simulator: EscposSimulator) -> AsyncIterator[UsbBooth]:
    """A plugged-in printer at ``usb://``."""
    desk = UsbBooth(UsbPrinter(0, simulator))
    await desk.plug_in()
    try:
        yield desk
    finally:
        desk.printer.unblock()
        await desk.pull_out()


@asynccontextmanager
async def usblp(simulator: EscposSimulator) -> AsyncIterator[UsbBooth]:
    """The same at the kernel's own file, by the name that the project's udev rule gives it."""
    async with usb(simulator) as desk:
        name = await file_like("/dev/usb/by-path", "*")
        desk.port = _Port(Address("usblp", str(name)))  # type: ignore[assignment]
        yield desk


WAYS = {"usb": usb, "usblp": usblp}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def driver_of(printer: UsbPrinter) -> str:
    """The kernel driver that has the printer's interface."""
    link = INTERFACES / f"{printer.place}:1.0" / "driver"
    return link.resolve().name if link.exists() else ""


async def test_the_kernel_knows_it_for_a_printer(simulator: EscposSimulator) -> None:
    async with usb(simulator) as desk:
        about = INTERFACES / f"{desk.printer.place}:1.0"
        fields = ("bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol")
        assert [(about / field).read_text().strip() for field in fields] == ["07", "01", "02"]
        assert format_address(desk.printer.address) in {found.address for found in look()}


@pytest.mark.parametrize("options", [OPTIONS, RASTER], ids=["text", "raster"])
async def test_the_same_slip_is_the_same_paper_by_every_way(tmp_path: Path, options: Options) -> None:
    pictures, sent = set(), set()
    for kind in ("tcp", "pty", *WAYS):
        printer = EscposSimulator(speed=0)
        place = WAYS[kind](printer) if kind in WAYS else booth(kind, tmp_path, printer)
        async with place as desk, desk.driver(options, Timing()) as driver:
            assert await result(await printing(driver, "A001")) == DONE
            pictures.add(paper.render(printer.slips[-1], 576, FONT))
            frames = [data for direction, data in desk.frames if direction == ">"]
            # Beside the slip there are questions, as many as fit the time.
            sent.add(max(frames, key=len).partition(b"\x1d(H")[0])
    assert len(pictures) == 1
    assert len(sent) == 1


async def test_its_troubles_are_told_and_end(simulator: EscposSimulator, way: str) -> None:
    async with WAYS[way](simulator) as desk, desk.driver(OPTIONS, Timing()) as driver:
        await desk.online()
        for trouble, mend, code in (
            (simulator.empty, simulator.refill, "printer.paper_out"),
            (simulator.open_cover, simulator.close_cover, "printer.cover_open"),
        ):
            trouble()
            await desk.until(lambda: desk.code == code)  # noqa: B023
            assert await result(await printing(driver, "A002")) == PrintResult(Outcome.FAILED, code)
            mend()
            await desk.until(lambda: desk.statuses[-1].state is DeviceState.ONLINE and not desk.code)
        assert await result(await printing(driver, "A003")) == DONE
        assert desk.pieces_with("A002") == 0


async def test_it_is_claimed_alone_and_given_back(simulator: EscposSimulator) -> None:
    async with usb(simulator) as desk:
        line = await desk.open_line()
        assert driver_of(desk.printer) == "usbfs"
        with pytest.raises(ConfigurationError) as caught:
            await desk.open_line()
        assert caught.value.code == "line.busy"
        await line.close()
        await until(lambda: driver_of(desk.printer) == "usblp", "usblp again")


async def test_one_that_takes_nothing_is_stuck_and_says_why(simulator: EscposSimulator) -> None:
    async with usb(simulator) as desk:
        line = await desk.open_line()
        try:
            simulator.empty()
            desk.printer.block()
            with pytest.raises(TransientError) as caught:
                await asyncio.wait_for(line.write(b"A slip that it does not take\n"), 30)
            assert caught.value.code == "line.stuck"
            assert "usb.port_no_paper" in str(caught.value)
        finally:
            desk.printer.unblock()
            await line.close()


async def test_pulled_out_in_the_middle_of_a_slip_and_claimed_again(way: str) -> None:
    simulator = EscposSimulator(speed=0)
    async with WAYS[way](simulator) as desk:
        for life, number in enumerate(("A004", "A005")):
            async with desk.driver(RASTER, Timing()) as driver:
                await desk.online()
                # A picture of a slip is several transfers long; this printer takes one of them.
                desk.printer.block(after=1000)
                pictures = desk.sent(PICTURE)
                job = await printing(driver, number)
                await desk.until(lambda: desk.sent(PICTURE) > pictures)  # noqa: B023
                await desk.pull_out()
                ended = await result(job)
                assert (ended.outcome, ended.code) == (Outcome.UNKNOWN, "line.lost"), life
                with pytest.raises(TransientError) as absent:
                    await desk.open_line()
                assert absent.value.code == "line.absent"
            desk.printer.unblock()
            await desk.plug_in()
            await until(lambda: Path(desk.port.address.target).exists() or way == "usb", "its file")
            async with desk.driver(OPTIONS, Timing()) as driver:
                assert await result(await printing(driver, f"K00{life}")) == DONE
                assert desk.pieces_with(f"K00{life}") == 1
