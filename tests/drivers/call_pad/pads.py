"""Pads on a line, with owners, for tests of drivers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from drivers import registry
from drivers.device import ShowDevice
from drivers.ff68.codec import Decoder, Frame
from drivers.simulator import Simulator
from drivers.transport.line import open_line
from drivers.transport.simulated import PtyPort
from tests.drivers.owner import Owner, Pulse


class Clock:
    """A pad's timer that runs only when told to."""

    def __init__(self) -> None:
        self.due: list[Callable[[], None]] = []

    def __call__(self, delay: float, action: Callable[[], None]) -> Clock.Entry:
        self.due.append(action)
        return Clock.Entry(self, action)

    def ring(self) -> None:
        """Let the time pass."""
        due, self.due = self.due, []
        for action in due:
            action()

    class Entry:
        def __init__(self, clock: Clock, action: Callable[[], None]) -> None:
            self._clock = clock
            self._action = action

        def cancel(self) -> None:
            if self._action in self._clock.due:
                self._clock.due.remove(self._action)


class Deaf:
    """A pad that doesn't hear the first ``times`` frames."""

    def __init__(self, pad: Any, times: int = 1) -> None:
        self.pad = pad
        self.left = times
        self._decoder = Decoder()

    def connect(self, send: Callable[[bytes], None]) -> None:
        self.pad.connect(send)

    def disconnect(self) -> None:
        self.pad.disconnect()

    def receive(self, data: bytes) -> None:
        if self.left and self._decoder.feed(data):
            self.left -= 1
        elif not self.left:
            self.pad.receive(data)

    def view(self) -> dict[str, Any]:
        view: dict[str, Any] = self.pad.view()
        return view

    def on_change(self, notify: Callable[[], None]) -> None:
        self.pad.on_change(notify)


class Echo(Deaf):
    """A pad on an RS-485 adapter that hears itself."""

    def connect(self, send: Callable[[bytes], None]) -> None:
        self._send = send
        super().connect(send)

    def receive(self, data: bytes) -> None:
        self._send(data)
        self.pad.receive(data)


def frames(owner: Owner[Any]) -> list[Frame]:
    """What the driver has sent."""
    decoder = Decoder()
    return [frame for data in owner.sent() for frame in decoder.feed(data)]


@asynccontextmanager
async def pads(
    path: Path,
    driver: str,
    units: Sequence[int],
    simulators: Sequence[Simulator],
    face: Any,
    options: dict[str, Any] | None = None,
    baudrate: int | None = None,
) -> AsyncIterator[tuple[Pulse, list[Owner[Any]]]]:
    """Give every unit on one port a driver with an owner."""
    pulse = Pulse()
    pulse.watch(*simulators)
    owners: list[Owner[Any]] = [Owner(pulse, face) for _ in units]
    async with AsyncExitStack() as stack:
        port = PtyPort(path / "bus", simulators, baudrate)
        await port.start()
        stack.push_async_callback(port.stop)
        line = await open_line(port.address)
        stack.push_async_callback(line.close)
        for owner, unit in zip(owners, units, strict=True):
            device = registry.build(driver, line, unit, options or {}, owner)
            assert isinstance(device, ShowDevice)
            await stack.enter_async_context(owner.owns(device))
        await pulse.until(lambda: all(owner.shows for owner in owners))
        yield pulse, owners
