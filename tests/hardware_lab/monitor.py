"""Hands inside the PC that reach out of it: QEMU's own USB devices, plugged in and out, and their far ends.

QEMU's monitor (QMP) and the far end of each serial line are sockets of the host that come back into the PC
as virtio ports, so a test that runs in it holds both ends.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from drivers.simulator import Simulator

_PORTS = Path("/sys/class/virtio-ports")
_PATIENCE_S = 20.0
_CHUNK = 4096
LINES = ("line1", "line2")
_CONTROLLER = "0x10"
SERIAL_SOCKET, KEYBOARD_SOCKET = "1", "2"
"""Of QEMU's USB controller."""
SERIAL_PATH = Path(f"/dev/serial/by-path/pci-0000:00:10.0-usb-0:{SERIAL_SOCKET}:1.0-port0")


def hardware() -> list[str]:
    """QEMU's arguments: a USB controller, the monitor and the lines."""
    words = ["-device", f"qemu-xhci,id=xhci,addr={_CONTROLLER}"]
    for name in ("monitor", *LINES):
        path = f"path={{folder}}/{name}"
        words += ["-chardev", f"socket,id={name},{path},server=on,wait=off"]
        words += ["-chardev", f"socket,id={name}-far,{path}"]
        words += ["-device", f"virtserialport,chardev={name}-far,name=lab.{name}"]
    return [*words, "-mon", "chardev=monitor,mode=control"]


class MonitorError(Exception):
    """QEMU refused."""


class FarEnd:
    """The other side of a virtio port, on the event loop."""

    def __init__(self, name: str, heard: Callable[[bytes], None]) -> None:
        self._heard = heard
        self._loop = asyncio.get_running_loop()
        self._file = os.open(_port(f"lab.{name}"), os.O_RDWR | os.O_NONBLOCK)
        self._loop.add_reader(self._file, self._read)

    def send(self, data: bytes) -> None:
        """Send; what doesn't fit is lost, as on any wire that nobody reads."""
        os.write(self._file, data)

    def close(self) -> None:
        """Let go of it."""
        self._loop.remove_reader(self._file)
        os.close(self._file)

    def _read(self) -> None:
        if data := os.read(self._file, _CHUNK):
            self._heard(data)


@asynccontextmanager
async def far_end(name: str, simulator: Simulator) -> AsyncIterator[None]:
    """Have a simulator at the far end of a serial line."""
    end = FarEnd(name, simulator.receive)
    simulator.connect(end.send)
    try:
        yield
    finally:
        simulator.disconnect()
        end.close()


class Monitor:
    """QEMU's hands."""

    def __init__(self) -> None:
        self._buffer = b""
        self._answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._gone: asyncio.Queue[str] = asyncio.Queue()
        self._end = FarEnd("monitor", self._hear)

    async def plug_serial(self, name: str, line: str) -> None:
        """Plug in a serial adapter (FTDI's) with ``line`` behind it."""
        await self._ask(
            "device_add",
            driver="usb-serial",
            id=name,
            chardev=line,
            bus="xhci.0",
            port=SERIAL_SOCKET,
            serial=name.upper(),
            **{"always-plugged": True},
        )

    async def plug_keyboard(self, name: str) -> None:
        """Plug in a keyboard."""
        await self._ask(
            "device_add", driver="usb-kbd", id=name, bus="xhci.0", port=KEYBOARD_SOCKET, serial=name.upper()
        )

    async def unplug(self, name: str) -> None:
        """Pull a plug; returns once QEMU has taken the device away."""
        await self._ask("device_del", id=name)
        async with asyncio.timeout(_PATIENCE_S):
            while await self._gone.get() != name:
                pass

    async def press(self, *keys: str) -> None:
        """Press keys of the keyboard together and release them, by QEMU's names for them (``kp_5``)."""
        for down, order in ((True, keys), (False, keys[::-1])):
            for key in order:
                stroke = {"down": down, "key": {"type": "qcode", "data": key}}
                await self._ask("input-send-event", events=[{"type": "key", "data": stroke}])

    def close(self) -> None:
        """Let go of it."""
        self._end.close()

    async def start(self) -> None:
        """Begin the conversation, or go on with that of somebody before."""
        with suppress(MonitorError):
            await self._ask("qmp_capabilities")

    async def _ask(self, command: str, **arguments: Any) -> None:
        while not self._answers.empty():
            self._answers.get_nowait()
        self._end.send(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        async with asyncio.timeout(_PATIENCE_S):
            answer = await self._answers.get()
        if "error" in answer:
            raise MonitorError(f"{command}: {answer['error']}")

    def _hear(self, data: bytes) -> None:
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            said = json.loads(line)
            if "return" in said or "error" in said:
                self._answers.put_nowait(said)
            elif said.get("event") == "DEVICE_DELETED" and "device" in said["data"]:
                self._gone.put_nowait(said["data"]["device"])


@asynccontextmanager
async def monitor() -> AsyncIterator[Monitor]:
    """QEMU's monitor for the block."""
    hands = Monitor()
    try:
        await hands.start()
        yield hands
    finally:
        hands.close()


def _port(name: str) -> Path:
    for entry in _PORTS.iterdir():
        if (entry / "name").read_text("ascii").strip() == name:
            return Path("/dev") / entry.name
    raise LookupError(f"the PC has no port {name}")
