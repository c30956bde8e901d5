"""An owner of show devices, as small as the contract allows, and ways to wait without sleeping."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, Generic, TypeVar

from drivers.device import Reading, ShowDevice
from drivers.errors import DeviceError
from drivers.simulator import Simulator
from drivers.status import DeviceState, DeviceStatus

Face = TypeVar("Face")

PATIENCE = 10.0


class Pulse:
    """Something happened somewhere: look again."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def beat(self) -> None:
        self._event.set()

    def watch(self, *simulators: Simulator) -> None:
        for simulator in simulators:
            simulator.on_change(self.beat)

    async def until(self, condition: Callable[[], Any], patience: float = PATIENCE) -> None:
        async with asyncio.timeout(patience):
            while not condition():
                self._event.clear()
                await self._event.wait()


class Owner(Generic[Face], AbstractAsyncContextManager["Owner[Face]"]):
    """Runs a device and shows: on every change of the face, and whenever it comes online."""

    def __init__(self, pulse: Pulse, face: Face) -> None:
        self.pulse = pulse
        self.face = face
        self.changed_at = 0.0
        self.statuses: list[DeviceStatus] = []
        self.readings: list[Reading] = []
        self.log: list[tuple[str, Any]] = []
        self.sent_at: list[float] = []
        """When each of `sent` was handed to the line."""
        self.errors: list[DeviceError] = []
        self.shows = 0
        self._again = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    # DeviceSink

    def status(self, status: DeviceStatus) -> None:
        self.statuses.append(status)
        if status.state is DeviceState.ONLINE:
            self._again.set()
        self.pulse.beat()

    def reading(self, reading: Reading) -> None:
        self.readings.append(reading)
        self.log.append(("reading", reading))
        self.pulse.beat()

    def recall(self, key: str) -> str:
        return ""

    def remember(self, key: str, value: str) -> None:
        pass

    def traffic(self, direction: str, data: bytes) -> None:
        self.log.append((direction, data))
        if direction == ">":
            self.sent_at.append(asyncio.get_running_loop().time())
        self.pulse.beat()

    # Wanted

    def newest(self) -> Face:
        return self.face

    def changed(self) -> float:
        return self.changed_at

    # test

    def want(self, face: Face) -> None:
        self.face = face
        self.changed_at = asyncio.get_running_loop().time()
        self._again.set()

    def owns(self, device: ShowDevice[Face]) -> Owner[Face]:
        self._tasks = [asyncio.create_task(device.run()), asyncio.create_task(self._keep(device))]
        return self

    def sent(self) -> list[bytes]:
        return [data for direction, data in self.log if direction == ">"]

    @property
    def state(self) -> DeviceState | None:
        return self.statuses[-1].state if self.statuses else None

    @property
    def code(self) -> str:
        return self.statuses[-1].code if self.statuses else ""

    async def ended(self) -> None:
        """Wait for the device's end and raise what it raised."""
        async with asyncio.timeout(PATIENCE):
            await self._tasks[0]

    async def _keep(self, device: ShowDevice[Face]) -> None:
        while True:
            await self._again.wait()
            self._again.clear()
            try:
                await device.show(self)
            except DeviceError as error:
                self.errors.append(error)
            else:
                self.shows += 1
            self.pulse.beat()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
