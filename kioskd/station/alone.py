"""One device by itself, for a technician: its line opened, its driver running, nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from drivers import registry
from drivers.device import Device, Reading
from drivers.errors import TransientError
from drivers.status import DeviceStatus
from drivers.transport.address import parse_address
from drivers.transport.line import open_line
from drivers.transport.stream import Traffic
from kioskd.station.config import DeviceSettings

T = TypeVar("T")


class Alone:
    """A running device. ``readings`` holds what people did there and nobody has taken yet."""

    def __init__(self) -> None:
        self.status_now: DeviceStatus | None = None
        self.readings: asyncio.Queue[Reading] = asyncio.Queue()
        self._device: Device | None = None
        self._news = asyncio.Event()
        self._run: asyncio.Task[None] | None = None

    # DeviceSink

    def status(self, status: DeviceStatus) -> None:
        self.status_now = status
        self._news.set()

    def reading(self, reading: Reading) -> None:
        self.readings.put_nowait(reading)

    def recall(self, key: str) -> str:
        """A technician's test begins anew."""
        return ""

    def remember(self, key: str, value: str) -> None:
        """See `recall`."""

    def traffic(self, direction: str, data: bytes) -> None:
        """The line tells every byte already."""

    # technician

    async def until(self, good: Callable[[DeviceStatus], bool], limit: float) -> DeviceStatus | None:
        """Wait for a status that is ``good``; after ``limit`` seconds return the latest, if any.

        Raises `DeviceError` when the line or the driver fails first.
        """
        with suppress(TimeoutError):
            await self._within(self._told(good), limit)
        return self.status_now

    async def test(self, limit: float) -> None:
        """Run the device's external health check.

        Raises `DeviceError`, and TimeoutError when it doesn't end in ``limit`` seconds.
        """
        assert self._device is not None
        await self._within(self._device.test(), limit)

    async def work(self, do: Callable[[Device], Coroutine[Any, Any, T]], limit: float) -> T:
        """Have the driver do something. Raises as `test` does."""
        assert self._device is not None
        return await self._within(do(self._device), limit)

    async def next_reading(self, limit: float) -> Reading | None:
        """What a person does next; None when nobody does anything. Raises `DeviceError`."""
        try:
            return await self._within(self.readings.get(), limit)
        except TimeoutError:
            return None

    async def watch(self, limit: float) -> None:
        """Let it run for ``limit`` seconds. Raises `DeviceError` when it fails."""
        with suppress(TimeoutError):
            await self._within(asyncio.Event().wait(), limit)

    async def _told(self, good: Callable[[DeviceStatus], bool]) -> None:
        while self.status_now is None or not good(self.status_now):
            self._news.clear()
            await self._news.wait()

    async def _within(self, work: Coroutine[Any, Any, T], limit: float) -> T:
        """Await work for ``limit`` seconds, unless the device ends before."""
        assert self._run is not None
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait((task, self._run), timeout=limit, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            if self._run.done():
                self._run.result()
                raise TransientError("driver.ended")
            raise TimeoutError
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    @asynccontextmanager
    async def _running(self, device: Device) -> AsyncIterator[None]:
        self._device = device
        self._run = asyncio.create_task(device.run())
        try:
            yield
        finally:
            self._run.cancel()
            await asyncio.gather(self._run, return_exceptions=True)


@asynccontextmanager
async def alone(settings: DeviceSettings, traffic: Traffic | None = None) -> AsyncIterator[Alone]:
    """Open a device's line and run its driver; ``traffic`` sees every byte.

    Of devices that share a line only this one is talked to. Raises `DeviceError` when the line
    cannot be opened or the driver cannot be built, such as while the daemon holds the port.
    """
    line = await open_line(parse_address(settings.address), traffic=traffic)
    try:
        made = Alone()
        device = registry.build(settings.driver, line, settings.unit, settings.options, made)
        async with made._running(device):
            yield made
    finally:
        await line.close()
