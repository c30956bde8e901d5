"""Keeps every device of the station going, whatever becomes of the others.

One task for each line: open it, build the drivers of the devices on it, run them, and when the line
is lost begin anew. Nothing that happens to one line or device reaches another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import NoReturn

import structlog
from msgspec import structs

from drivers import registry
from drivers.device import Device
from drivers.errors import ConfigurationError, DeviceError, TransientError
from drivers.facts import fact
from drivers.transport.address import normal, parse_address, presence_of
from drivers.transport.api import Line
from drivers.transport.line import open_line
from kioskd.station.backoff import Retry
from kioskd.station.clock import Clock, Wake
from kioskd.station.managed import HELD_S, ManagedDevice, Sink
from kioskd.station.progress import Progress

log = structlog.get_logger(__name__)

LOOK_S = 0.5
"""How often the path of an absent port is looked at, so that a replugged one is opened at once."""

OPEN_LIMIT_S = 20.0
"""Far more than any line takes to open or close by its own limits."""


class Supervisor:
    """All lines of a station."""

    def __init__(
        self,
        devices: Sequence[ManagedDevice],
        clock: Clock,
        progress: Progress,
        random: Callable[[], float],
    ) -> None:
        shared: dict[str, list[ManagedDevice]] = {}
        for device in devices:
            own = device.settings
            if not own.enabled:
                device.disabled()
            elif device.device_class is None:
                device.down(ConfigurationError("driver.unknown", fact("driver.no_such", driver=own.driver)))
            else:
                shared.setdefault(normal(own.address), []).append(device)
        self.lines = tuple(LineKeeper(address, on, clock, progress, random) for address, on in shared.items())

    def keeper(self, device: str) -> LineKeeper | None:
        """Return the line a device is on."""
        return next((line for line in self.lines if any(own.id == device for own in line.devices)), None)

    async def run(self) -> None:
        """Keep all devices until cancelled."""
        async with asyncio.TaskGroup() as group:
            for line in self.lines:
                group.create_task(line.run(), name=f"line {line.address}")

    def wake(self, name: str) -> bool:
        """Try a device (by id) or line (by address, its parameters left out or not) again at once.

        For whoever learns of a hot-plug. False when nothing here has that name.
        """
        wanted = normal(name)
        found = False
        for line in self.lines:
            if wanted in (line.address, line.address.partition("?")[0]):
                line.hurry()
                found = True
            for device in line.devices:
                if device.id == name:
                    line.hurry(device)
                    found = True
        return found


class LineKeeper:
    """One line and the devices on it."""

    def __init__(
        self,
        address: str,
        devices: Sequence[ManagedDevice],
        clock: Clock,
        progress: Progress,
        random: Callable[[], float],
        *,
        quiet: bool = False,
    ) -> None:
        self.address = address
        self._quiet = quiet
        self._held = False
        self._moved = asyncio.Event()
        self.devices = tuple(devices)
        self._shared = len(self.devices) > 1
        self._clock = clock
        self._progress = progress
        self._retry = Retry(clock, random)
        self._wake = Wake(clock)
        self._device_retry = {device.id: Retry(clock, random) for device in devices}
        self._device_wake = {device.id: Wake(clock) for device in devices}

    def hurry(self, device: ManagedDevice | None = None) -> None:
        """End the pauses of the line and of this device (None: of all on it)."""
        self._retry.reset()
        self._wake.set()
        for one in (device,) if device else self.devices:
            self._device_retry[one.id].reset()
            self._device_wake[one.id].set()

    @property
    def absent(self) -> bool:
        """Whether the line is not open because nothing is plugged in there."""
        return not self._held and _missing(self.address)

    @property
    def down(self) -> bool:
        """Whether the line itself has failed, with all that is on it."""
        return not self._held and all(device.status.code.startswith("line.") for device in self.devices)

    def move(self, address: str) -> None:
        """Go on at another address, at once."""
        self.address = address
        for device in self.devices:
            device.settings = structs.replace(device.settings, address=address)
        self._moved.set()
        self.hurry()

    async def run(self) -> None:
        """Open the line and keep its devices, again and again."""
        while True:
            began = self._clock.steady()
            try:
                await self._hold()
            except DeviceError as error:
                failure = error
            except Exception as error:
                if self.devices[0].status.code != "line.failed" and not self._quiet:
                    log.exception("line.failed", address=self.address)
                failure = TransientError("line.failed", fact("program.error", text=repr(error)))
            if self._clock.steady() - began >= HELD_S:
                self._retry.reset()
            self._down(failure)
            await self._pause(self._retry.pause(isinstance(failure, ConfigurationError)))

    async def _hold(self) -> None:
        """Open the line and run what is on it until the line is lost; raise why."""
        address = parse_address(self.address)
        self._wake.clear()
        self._moved.clear()
        with self._progress.working(f"line {self.address}: open", OPEN_LIMIT_S):
            line = await open_line(address, traffic=None if self._shared else self.devices[0].crossed)
        keepers = [
            asyncio.create_task(self._keep(device, line), name=f"device {device.id}")
            for device in self.devices
        ]
        lost = asyncio.create_task(line.wait_lost(), name=f"line {self.address} lost")
        moved = asyncio.create_task(self._moved.wait(), name=f"line {self.address} moved")
        self._held = True
        try:
            done, _ = await asyncio.wait((lost, moved, *keepers), return_when=asyncio.FIRST_COMPLETED)
            for task in done - {moved}:
                await task
            raise TransientError("line.lost", fact("line.moved"))
        except DeviceError as error:
            self._down(error)
            raise
        finally:
            self._held = False
            for task in (lost, moved, *keepers):
                task.cancel()
            with self._progress.working(f"line {self.address}: close", OPEN_LIMIT_S):
                await asyncio.gather(lost, moved, *keepers, return_exceptions=True)
                await line.close()

    async def _keep(self, device: ManagedDevice, line: Line) -> None:
        """Run the device's drivers on this line; raise when it takes a new line to go on."""
        retry, wake = self._device_retry[device.id], self._device_wake[device.id]
        own = device.settings
        while True:
            wake.clear()
            sink = Sink(device, self._shared)
            try:
                driver = registry.build(own.driver, line, own.unit, own.options, sink)
                await self._live(device, driver)
            except DeviceError as error:
                failure = error
            except Exception as error:
                if device.status.code != "driver.failed":
                    log.exception("driver.failed", device=device.id)
                failure = TransientError("driver.failed", fact("program.error", text=repr(error)))
            finally:
                sink.open = False
            if not self._shared or failure.code.startswith("line."):
                raise failure
            device.down(failure)
            await wake.wait(retry.pause(isinstance(failure, ConfigurationError)))

    async def _live(self, device: ManagedDevice, driver: Device) -> NoReturn:
        began = self._clock.steady()
        device.started(driver)
        try:
            await driver.run()
        finally:
            device.stopped()
            if self._clock.steady() - began >= HELD_S:
                self._device_retry[device.id].reset()
        raise TransientError("driver.ended")

    def _down(self, error: DeviceError) -> None:
        for device in self.devices:
            device.down(error)

    async def _pause(self, seconds: float) -> None:
        """Wait; no longer than it takes a missing port to come back."""
        missing = _missing(self.address)
        end = self._clock.steady() + seconds
        while (left := end - self._clock.steady()) > 0:
            if await self._wake.wait(min(left, LOOK_S) if missing else left):
                return
            if missing and not _missing(self.address):
                self.hurry()


def _missing(address: str) -> bool:
    """Whether the address names a port that does not exist (other lines can only be tried)."""
    try:
        file = presence_of(parse_address(address))
    except ConfigurationError:
        return False
    # One look at a folder kept in memory (/dev, /sys), not at a disk.
    return file is not None and not file.exists()
