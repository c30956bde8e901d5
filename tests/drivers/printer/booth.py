"""A printer driver on a real port with a simulator behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec

from drivers.device import Reading
from drivers.errors import DeviceError
from drivers.printer.api import Align, Code, Feed, Outcome, Pair, PrintResult, Rule, Slip, Text
from drivers.printer.escpos.driver import EscposPrinter, Options, Timing
from drivers.printer.escpos.simulator import EscposSimulator
from drivers.simulator import Simulator
from drivers.status import DeviceState, DeviceStatus
from drivers.transport.api import Line
from drivers.transport.line import open_line
from drivers.transport.simulated import PtyPort, TcpPort
from drivers.transport.simulated_usb import SimulatedBus, UsbPort
from drivers.transport.stream import Timing as LineTiming
from drivers.transport.usb import open_usb

FONT = Path(__file__).parents[3] / "ui" / "fonts" / "NotoSansSC-Regular-subset.otf"
PATIENCE = 20.0
TIMING = Timing(
    reply=3, quiet=0.005, handshake=5, late=0.05, grace=0.02, clear=5, unconfirmed=0.05, recover=3600
)
"""Short where the driver only waits to be sure, long where a loaded machine may be late."""
OPTIONS = Options(poll=0.05, poll_printing=0.02, confirm_within=60)
DONE = PrintResult(Outcome.DONE)
SLOW = 150.0
"""Millimetres a second at which a slip takes 0.6 s, so that a test can act in its middle."""


def with_options(**changes: object) -> Options:
    return msgspec.structs.replace(OPTIONS, **changes)


def slip(number: str) -> Slip:
    return Slip(
        (
            Text("社会保障服务大厅", size=2, align=Align.CENTER, bold=True),
            Rule(),
            Text(number, size=6, align=Align.CENTER, bold=True),
            Pair("前面等候", "5 人"),
            Text("请留意叫号，过号请到咨询台办理过号恢复。"),
            Code("https://hall.example/t/8f3kq29x"),
            Feed(2),
        )
    )


class Booth:
    """What a test needs of one printer: its driver, its simulator, the port between, what was told."""

    def __init__(self, port: PtyPort | TcpPort | UsbPort, simulator: EscposSimulator) -> None:
        self.port = port
        self.simulator = simulator
        self.statuses: list[DeviceStatus] = []
        self.frames: list[tuple[str, bytes]] = []
        self.notes: dict[str, str] = {}
        self.readings: list[Reading] = []
        self._news = asyncio.Event()
        simulator.on_change(self._news.set)

    # DeviceSink

    def status(self, status: DeviceStatus) -> None:
        self.statuses.append(status)
        self._news.set()

    def reading(self, reading: Reading) -> None:
        self.readings.append(reading)
        self._news.set()

    def recall(self, key: str) -> str:
        return self.notes.get(key, "")

    def remember(self, key: str, value: str) -> None:
        self.notes[key] = value

    def traffic(self, direction: str, data: bytes) -> None:
        self.frames.append((direction, data))
        self._news.set()

    # test

    @property
    def code(self) -> str:
        return self.statuses[-1].code if self.statuses else "not told"

    def sent(self, part: bytes) -> int:
        return sum(data.count(part) for direction, data in self.frames if direction == ">")

    def looked_since(self, command: bytes) -> bool:
        """Whether a whole look has been answered since ``command`` was last sent."""
        last = max(at for at, (way, data) in enumerate(self.frames) if way == ">" and command in data)
        since = self.frames[last:]
        asked = [at for at, (way, data) in enumerate(since) if way == ">" and data == b"\x10\x04\x04"]
        return bool(asked) and any(way == "<" for way, _ in since[asked[0] :])

    def pieces_with(self, text: str) -> int:
        return sum(text in piece.text for piece in self.simulator.slips)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def online(self) -> None:
        """Wait until the driver has brought the printer up, with automatic status where it is used."""

        def up() -> bool:
            status = self.statuses[-1] if self.statuses else None
            if status is None or status.state is not DeviceState.ONLINE:
                return False
            known = status.detail
            asked = "confirms_" in known and "unasked" not in known
            return "by_fence" in known or (asked and self.tells_changes)

        await self.until(up)

    @property
    def tells_changes(self) -> bool:
        return bool(self.simulator._mask)

    async def started(self, marks: int = 2) -> None:
        """Wait until a slip is on paper with its first lines, far from its end."""
        await self.until(lambda: len(self.simulator.view()["hanging"]) >= marks)

    @asynccontextmanager
    async def driver(
        self, options: Options = OPTIONS, timing: Timing = TIMING
    ) -> AsyncIterator[EscposPrinter]:
        """A driver on a fresh line, running; ready once it has told its first status."""
        self.statuses.clear()
        line = await self.open_line()
        printer = EscposPrinter(line, options, self, timing)
        running = asyncio.create_task(printer.run())
        try:
            async with asyncio.timeout(PATIENCE):
                await self.until(lambda: bool(self.statuses))
            yield printer
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError, DeviceError):
                await running
            await line.close()

    async def open_line(self) -> Line:
        """A line to the printer; on USB through the simulated bus."""
        if isinstance(self.port, UsbPort):
            return await open_usb(self.port.address, self.traffic, LineTiming(stuck=0.3), self.port.bus)
        return await open_line(self.port.address, traffic=self.traffic)


@asynccontextmanager
async def booth(
    kind: str,
    folder: Path,
    simulator: EscposSimulator,
    wire: Callable[[EscposSimulator], Simulator] = lambda simulator: simulator,
    *,
    baudrate: int | None = None,
) -> AsyncIterator[Booth]:
    """A plugged-in printer without a driver."""
    devices = [wire(simulator)]
    port: PtyPort | TcpPort | UsbPort
    if kind == "pty":
        port = PtyPort(folder / "printer", devices, baudrate)
    elif kind == "usb":
        port = UsbPort(SimulatedBus(), "1-1.2", devices[0])
    else:
        port = TcpPort("127.0.0.1", 0, devices, baudrate)
    await port.start()
    try:
        yield Booth(port, simulator)
    finally:
        await port.stop()
        simulator.power_off()


class Tampered:
    """A simulator whose answers pass through somebody's hands."""

    def __init__(self, simulator: EscposSimulator, hands: Callable[[bytes], bytes]) -> None:
        self._simulator = simulator
        self._hands = hands
        self.view = simulator.view
        self.on_change = simulator.on_change
        self.receive = simulator.receive
        self.disconnect = simulator.disconnect

    def connect(self, send: Callable[[bytes], None]) -> None:
        self._simulator.connect(lambda data: send(self._hands(data)))


async def printing(printer: EscposPrinter, number: str) -> asyncio.Task[PrintResult]:
    task = asyncio.create_task(printer.print(slip(number)))
    await asyncio.sleep(0)
    return task


async def result(task: asyncio.Task[PrintResult]) -> PrintResult:
    return await asyncio.wait_for(task, PATIENCE)


__all__ = [
    "DONE",
    "FONT",
    "OPTIONS",
    "SLOW",
    "TIMING",
    "Booth",
    "Tampered",
    "booth",
    "printing",
    "result",
    "slip",
    "with_options",
]
