"""Trying whether a device at another socket is the one that was lost.

The lost line's own drivers are built on the line that may be it, apart from the station's devices:
nothing they report reaches the hub. A press on it says yes; a sign shows a number and a printer prints
one, for a person to type where the hub asks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, cast

import structlog
from msgspec import structs

from drivers.caller_display.api import Page, Row, SignFace
from drivers.device import Reading, ShowDevice
from drivers.errors import DeviceError
from drivers.hid.codec import has_press
from drivers.printer.api import Align, Feed, Slip, Text, TicketPrinter
from drivers.registry import DRIVERS, DeviceClass
from kioskd.station.clock import Clock
from kioskd.station.config import DeviceSettings
from kioskd.station.managed import ManagedDevice
from kioskd.station.progress import Progress
from kioskd.station.supervisor import LineKeeper

log = structlog.get_logger(__name__)

SHOW_S = 30.0

_PRESSED = frozenset({DeviceClass.CALL_PAD, DeviceClass.RATING_PAD})


def by_press(devices: Sequence[DeviceSettings]) -> bool:
    """Whether a press can say that this is the line; else a number is shown or printed on it."""
    return any(DRIVERS[own.driver].device_class in _PRESSED for own in devices if own.driver in DRIVERS)


class Trial:
    """One line that may be the lost one. ``pressed`` is called with the id of a device that was pressed.

    ``listening`` is called once a press would be heard.
    """

    def __init__(
        self,
        address: str,
        devices: Sequence[DeviceSettings],
        code: str,
        clock: Clock,
        random: Callable[[], float],
        pressed: Callable[[str], None],
        listening: Callable[[], None],
    ) -> None:
        self.address = address
        self.code = code
        self.listens = False
        self._listening = listening
        # Its troubles are no reason to restart the station.
        progress = Progress(clock)
        self._devices = [
            ManagedDevice(structs.replace(own, address=address), clock, progress)
            for own in devices
            if own.enabled and own.driver in DRIVERS
        ]
        self._keeper = LineKeeper(address, self._devices, clock, progress, random, quiet=True)
        self._shown: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        for device in self._devices:
            device.quiet = True
            device.on_status = partial(self._changed, device)
            device.on_reading = partial(self._read, device, pressed)
            if address.startswith("evdev://"):
                device.on_bytes = partial(self._heard, device, pressed)

    def start(self) -> None:
        """Begin."""
        self._go(self._keeper.run(), f"trial {self.address}")

    async def stop(self) -> None:
        """Let the line go, so that it can be opened anew."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _go(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _read(self, device: ManagedDevice, pressed: Callable[[str], None], reading: Reading) -> None:
        pressed(device.id)

    def _heard(
        self, device: ManagedDevice, pressed: Callable[[str], None], direction: str, data: bytes
    ) -> None:
        # Any key will do, also one that the profile has no meaning for.
        if direction == "<" and has_press(data):
            pressed(device.id)

    def _changed(self, device: ManagedDevice) -> None:
        if device.reachable and not self.listens:
            self.listens = True
            self._listening()
        if device.reachable and device.id not in self._shown:
            self._shown.add(device.id)
            self._go(self._show(device), f"trial {device.id}")

    async def _show(self, device: ManagedDevice) -> None:
        driver = device.driver
        try:
            if device.device_class is DeviceClass.CALLER_DISPLAY:
                sign = cast(ShowDevice[SignFace], driver)
                await device.call("show", SHOW_S, sign.show(_Code(self.code)))
            elif device.device_class is DeviceClass.PRINTER:
                printer = cast(TicketPrinter, driver)
                await device.call("print", SHOW_S, printer.print(_slip(self.code)))
        except (DeviceError, TimeoutError) as error:
            log.info("trial.not_shown", device=device.id, reason=str(error) or "timeout")
            self._shown.discard(device.id)


class _Code:
    """A `drivers.device.Wanted` that is a number."""

    def __init__(self, code: str) -> None:
        texts = (f"确认号码 {code}", f"确认 {code}", code)
        self._face = SignFace((Page((Row(texts),)),))

    def newest(self) -> SignFace:
        return self._face

    def changed(self) -> float:
        return 0.0


def _slip(code: str) -> Slip:
    return Slip(
        (
            Text("打印机换了插口", size=2, align=Align.CENTER, bold=True),
            Text("请在设备页输入 · type on the device page", align=Align.CENTER),
            Text(code, size=4, align=Align.CENTER, bold=True),
            Feed(1),
        )
    )
