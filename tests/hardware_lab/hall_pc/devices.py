"""The hall's devices on this PC: tables of its settings, cables, and how to see that they work."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from drivers.call_pad.api import Key
from drivers.call_pad.ff68.simulator import SimulatedKeypad
from drivers.printer.escpos.simulator import EscposSimulator
from tests.hardware_lab.hall_pc.hall import Hall
from tests.hardware_lab.monitor import LINES, SERIAL_PATH, Monitor, far_end, monitor
from tests.hardware_lab.usb.device import bus_of_controller
from tests.hardware_lab.usb.keyboard import UsbKeyboard
from tests.hardware_lab.usb.printer import UsbPrinter

_PRINTER, _KEYPAD, _PAD, _ELSEWHERE = 0, 1, 2, 5
"""Sockets of the virtual USB controller."""
_AGAIN_S = 8.0
"""More than the pad's debounce, less than the question stands."""
_SPEED = 20.0
"""The printer's mechanics run so much faster than in life."""


def _input(socket: int) -> Path:
    return Path(f"/dev/input/by-path/platform-vhci_hcd.0-usb-0:{socket + 1}:1.0-event-kbd")


def tables() -> str:
    """Devices of the hall, for its settings."""
    return f"""
[[device]]
id = "printer"
driver = "printer.escpos"
address = "usb://04b8:0e15?port={bus_of_controller()}-{_PRINTER + 1}"
profile = "escpos-80mm"

[[device]]
id = "keypad-1"
driver = "call_pad.ff68"
address = "serial://{SERIAL_PATH}?baudrate=9600"
unit = 1
profile = "ff68-keypad"
window = "1"

[[device]]
id = "keypad-2"
driver = "call_pad.hid"
address = "evdev://{_input(_KEYPAD)}"
profile = "hid-keypad-numeric"
window = "2"

[[device]]
id = "pad-1"
driver = "rating_pad.hid"
address = "evdev://{_input(_PAD)}"
profile = "hid-pad-5"
window = "1"
"""


class Plugged:
    """A device of the hall by its id."""

    id = ""

    async def plug(self) -> None:
        """Put its plug into its socket."""
        raise NotImplementedError

    async def unplug(self) -> None:
        """Pull it. Safe to call twice."""
        raise NotImplementedError

    @property
    def there(self) -> bool:
        """Whether the system shows it by the name in the settings."""
        raise NotImplementedError

    async def works(self, hall: Hall) -> None:
        """Use it, and see what came of it in the hall."""
        raise NotImplementedError


class Printer(Plugged):
    """The ticket printer."""

    id = "printer"

    def __init__(self) -> None:
        self._printer = UsbPrinter(_PRINTER, EscposSimulator(speed=_SPEED))

    async def plug(self) -> None:
        self._printer.plug_in()

    async def unplug(self) -> None:
        self._printer.pull_out()

    @property
    def there(self) -> bool:
        return (Path("/sys/bus/usb/devices") / self._printer.place).exists()

    async def works(self, hall: Hall) -> None:
        number = (await hall.issue("advice"))["number"]
        state = ""

        async def printed() -> bool:
            nonlocal state
            state = (await hall.get(f"tickets/{number}"))["print"]["state"]
            return bool(state == "done")

        try:
            await hall.until(printed, f"{number} printed", self.id)
        except AssertionError as error:
            view = self._printer.simulator.view()
            raise AssertionError(f"{error}\n  its slip is {state}; the printer itself: {view}") from None
        assert any(number in piece.text for piece in self._printer.simulator.slips)


class SerialKeypad(Plugged):
    """Window 1's keypad, behind QEMU's serial adapter."""

    id = "keypad-1"

    def __init__(self, hands: Monitor, keypad: SimulatedKeypad) -> None:
        self._hands = hands
        self._keypad = keypad
        self._plugged = False

    async def plug(self) -> None:
        await self._hands.plug_serial("adapter", LINES[0])
        self._plugged = True

    async def unplug(self) -> None:
        if self._plugged:
            self._plugged = False
            await self._hands.unplug("adapter")

    @property
    def there(self) -> bool:
        return SERIAL_PATH.exists()

    async def works(self, hall: Hall) -> None:
        self._keypad.press(Key.CALL)
        await hall.serve_whom_it_called("1")


class UsbKeypad(Plugged):
    """Window 2's keypad, a USB keyboard."""

    id = "keypad-2"
    socket = _KEYPAD

    def __init__(self) -> None:
        self._keyboard = UsbKeyboard()

    async def plug(self) -> None:
        self._keyboard.plug(self.socket)

    async def plug_elsewhere(self) -> str:
        """Put its plug into another socket; returns its address there."""
        self._keyboard.plug(_ELSEWHERE)
        return f"evdev://{_input(_ELSEWHERE)}"

    async def unplug(self) -> None:
        self._keyboard.unplug()

    async def press_any(self) -> None:
        """Press a key."""
        await self._keyboard.press("KEY_KP5")

    @property
    def address(self) -> str:
        """Its address in the hall's settings."""
        return f"evdev://{_input(self.socket)}"

    @property
    def there(self) -> bool:
        return _input(self.socket).exists()

    async def works(self, hall: Hall) -> None:
        await self._keyboard.press("KEY_KPENTER")
        await hall.serve_whom_it_called("2")


class UsbPad(UsbKeypad):
    """Window 1's rating pad, two keyboards in one plug."""

    id = "pad-1"
    socket = _PAD

    def __init__(self) -> None:
        self._keyboard = UsbKeyboard(nodes=2)

    async def works(self, hall: Hall) -> None:
        number = await hall.serve_and_ask("1")
        due = time.monotonic()

        async def rated() -> bool:
            nonlocal due
            if time.monotonic() >= due:
                # A press that comes before the question stands at the pad counts for nobody, and nobody but
                # a program is so quick; who sees nothing happen presses again.
                await self._keyboard.press("KEY_5", node=1)
                due = time.monotonic() + _AGAIN_S
            ticket = await hall.get(f"tickets/{number}")
            return any(slot.get("level") == 5 for slot in ticket["ratings"])

        await hall.until(rated, f"{number} rated", self.id)


@asynccontextmanager
async def all_plugged_in() -> AsyncIterator[dict[str, Plugged]]:
    """All four, by id."""
    async with AsyncExitStack() as stack:
        hands = await stack.enter_async_context(monitor())
        keypad = SimulatedKeypad(1)
        await stack.enter_async_context(far_end(LINES[0], keypad))
        devices: tuple[Plugged, ...] = (Printer(), SerialKeypad(hands, keypad), UsbKeypad(), UsbPad())
        for device in devices:
            await device.plug()
            stack.push_async_callback(device.unplug)
        yield {device.id: device for device in devices}
