"""Signs on a bus, with owners, for tests of drivers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from drivers import registry
from drivers.caller_display.api import Colour, Page, Row, SignFace
from drivers.device import ShowDevice
from drivers.simulator import Simulator
from drivers.transport.line import open_line
from drivers.transport.simulated import PtyPort, TcpPort
from drivers.transport.simulated_udp import UdpPort
from drivers.transport.stream import Timing
from tests.drivers.owner import Owner, Pulse

FAST = {"poll_s": 0.2, "silent_poll_s": 0.1, "answer_ms": 60.0}
"""Options with which a test doesn't wait for what a hall can wait for."""


LAG_STEP_S = 0.01


def row(*texts: str, colour: Colour = Colour.RED, flash: bool = False) -> Row:
    return Row(texts, colour, flash)


def face(*rows: Row | str) -> SignFace:
    return SignFace((page(*rows),))


def page(*rows: Row | str, seconds: float = 4.0) -> Page:
    return Page(tuple(Row((each,)) if isinstance(each, str) else each for each in rows), seconds)


class Hall:
    """Owners of the signs behind one port."""

    def __init__(self, pulse: Pulse, owners: list[Owner[SignFace]]) -> None:
        self.pulse = pulse
        self.owners = owners
        self.devices: list[ShowDevice[SignFace]] = []
        self._lost_s = 0.0

    @property
    def one(self) -> Owner[SignFace]:
        return self.owners[0]

    def now(self) -> float:
        """The loop's time without that for which this process was kept from its work by others."""
        return asyncio.get_running_loop().time() - self._lost_s

    async def measure_lag(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(LAG_STEP_S)
            self._lost_s += max(0.0, loop.time() - before - LAG_STEP_S)


@asynccontextmanager
async def hall(
    port: PtyPort | TcpPort | UdpPort,
    driver: str,
    units: Sequence[int],
    signs: Sequence[Simulator],
    options: dict[str, Any] | None = None,
    params: dict[str, str] | None = None,
    timing: Timing | None = None,
) -> AsyncIterator[Hall]:
    """Start the port, open its line and give every unit a driver with an owner."""
    pulse = Pulse()
    pulse.watch(*signs)
    made = Hall(pulse, [Owner(pulse, SignFace()) for _ in units])
    async with AsyncExitStack() as stack:
        lag = asyncio.create_task(made.measure_lag())
        stack.push_async_callback(_ended, lag)
        await port.start()
        stack.push_async_callback(port.stop)
        address = port.address
        address.params.update(params or {})
        line = await open_line(address, timing=timing)
        stack.push_async_callback(line.close)
        for owner, unit in zip(made.owners, units, strict=True):
            device = registry.build(driver, line, unit, FAST if options is None else options, owner)
            assert isinstance(device, ShowDevice)
            made.devices.append(device)
            await stack.enter_async_context(owner.owns(device))
        yield made


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])


def pty(tmp_path: Path, signs: Sequence[Simulator], baudrate: int | None = None) -> PtyPort:
    return PtyPort(tmp_path / "bus", signs, baudrate)
