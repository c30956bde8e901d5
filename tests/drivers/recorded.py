"""Recorded devices: a file of bytes from a real device (or a simulator) as the far end of a driver.

``kioskd devices record`` makes such a file. Put it into tests/drivers/recordings and play it:

    async with playing("call_pad.ff68", KeypadFace(waiting=3)) as played:
        await played.end()
        assert played.owner.readings == [KeyPressed(Key.CALL)]

The driver is built as it was for the recording; nothing of the device but its bytes is needed.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from drivers import registry
from drivers.device import Device, ShowDevice
from drivers.recording.format import Recording, load
from drivers.recording.playback import Playback
from drivers.transport.line import open_line
from drivers.transport.simulated import PtyPort, TcpPort
from drivers.transport.simulated_udp import UdpPort
from tests.drivers.owner import Owner, Pulse

FOLDER = Path(__file__).parent / "recordings"


def recording(name: str) -> Recording:
    """A file of tests/drivers/recordings."""
    return load(FOLDER / f"{name}.jsonl")


def names() -> list[str]:
    return sorted(file.stem for file in FOLDER.glob("*.jsonl"))


class Played:
    """A driver at the near end of a recording."""

    def __init__(self, playback: Playback, owner: Owner[Any], pulse: Pulse, device: Device) -> None:
        self.playback = playback
        self.owner = owner
        self.pulse = pulse
        self.device = device

    async def end(self) -> None:
        """Wait until the driver has come to the end of the recording."""
        await self.pulse.until(lambda: self.playback.finished or self.playback.strange)
        assert not self.playback.strange, f"not in the recording: {self.playback.strange.hex(' ')}"


@asynccontextmanager
async def playing(name: str, face: Any = None, *, pace: float = 0.0) -> AsyncIterator[Played]:
    """Play a recording to its driver; a show device is made to show ``face``."""
    recorded = recording(name)
    header = recorded.header
    pulse = Pulse()
    playback = Playback(recorded, pace=pace)
    playback.on_change(pulse.beat)
    owner: Owner[Any] = Owner(pulse, face)
    async with AsyncExitStack() as stack:
        port = _port(header.scheme, playback, stack)
        await port.start()
        stack.push_async_callback(port.stop)
        line = await open_line(port.address)
        stack.push_async_callback(line.close)
        device = registry.build(header.driver, line, header.unit, header.options, owner)
        if isinstance(device, ShowDevice):
            await stack.enter_async_context(owner.owns(device))
        else:
            running = asyncio.create_task(device.run())
            stack.push_async_callback(_ended, running)
        yield Played(playback, owner, pulse, device)


async def _ended(running: asyncio.Task[None]) -> None:
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def _port(scheme: str, playback: Playback, stack: AsyncExitStack) -> PtyPort | TcpPort | UdpPort:
    if scheme == "tcp":
        return TcpPort("127.0.0.1", 0, [playback])
    if scheme == "udp":
        return UdpPort("127.0.0.1", 0, [playback])
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    return PtyPort(Path(folder) / "port", [playback])
