"""Drivers that only report, on a real pty to a simulator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from drivers import registry
from drivers.device import Device, Reading
from drivers.simulator import Simulator
from drivers.status import DeviceStatus
from drivers.transport.api import Address
from drivers.transport.evdev import InputFiles, open_evdev
from drivers.transport.line import open_line
from drivers.transport.simulated import PtyPort
from drivers.transport.stream import Timing
from tests.drivers.owner import Pulse


class Ungrabbed(InputFiles):
    """A pty cannot be grabbed."""

    def grab(self, file: int) -> None:
        pass


class Heard:
    """A `DeviceSink` that remembers."""

    def __init__(self, pulse: Pulse) -> None:
        self.pulse = pulse
        self.statuses: list[DeviceStatus] = []
        self.readings: list[Reading] = []

    def status(self, status: DeviceStatus) -> None:
        self.statuses.append(status)
        self.pulse.beat()

    def reading(self, reading: Reading) -> None:
        self.readings.append(reading)
        self.pulse.beat()

    def traffic(self, direction: str, data: bytes) -> None:
        raise AssertionError("such a driver tells nothing of its traffic")


@asynccontextmanager
async def plugged_in(
    folder: Path, driver: str, far: Simulator, options: dict[str, Any] | None = None
) -> AsyncIterator[tuple[Heard, Device]]:
    """Give what a running driver tells; ``far`` is at the other end of its pty."""
    pulse = Pulse()
    pulse.watch(far)
    heard = Heard(pulse)
    async with AsyncExitStack() as stack:
        port = PtyPort(folder / "port", [far])
        await port.start()
        stack.push_async_callback(port.stop)
        if "evdev" in registry.DRIVERS[driver].schemes:
            line: Any = await open_evdev(Address("evdev", str(port.path)), None, Timing(), Ungrabbed())
        else:
            line = await open_line(Address("serial", str(port.path)))
        stack.push_async_callback(line.close)
        device = registry.build(driver, line, 0, options or {}, heard)
        running = asyncio.create_task(device.run())
        try:
            await pulse.until(lambda: heard.statuses)
            yield heard, device
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
