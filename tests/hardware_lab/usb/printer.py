"""A simulated ticket printer on a USB cable: class 07/01/02, a bulk endpoint each way.

Source: USB Device Class Definition for Printing Devices 1.1.
"""

from __future__ import annotations

import asyncio
import struct

from drivers.printer.escpos.simulator import EscposSimulator
from drivers.transport.api import Address
from tests.hardware_lab.usb.device import Stall, UsbDevice, bus_of_controller, endpoint, interface
from tests.hardware_lab.usb.wire import Setup

_IN, _OUT = 0x82, 0x01
_GET_DEVICE_ID, _GET_PORT_STATUS, _SOFT_RESET = (0xA1, 0), (0xA1, 1), (0x21, 2)
_DEVICE_ID = b"MFG:EPSON;CMD:ESC/POS;MDL:TM-T20;CLS:PRINTER;"
_NO_PAPER, _SELECTED, _NO_ERROR = 0x20, 0x10, 0x08


class UsbPrinter(UsbDevice):
    """A printer in socket ``port`` of the controller; the simulator behind it has its own power."""

    vendor = 0x04B8
    product = 0x0E15
    names = ("kioskd lab", "TM ticket printer", "PRN1")

    def __init__(self, port: int, simulator: EscposSimulator) -> None:
        super().__init__()
        self.port = port
        self.simulator = simulator
        self._loop = asyncio.get_running_loop()
        self._room: int | None = None

    @property
    def place(self) -> str:
        """The socket as the kernel counts it."""
        return f"{bus_of_controller()}-{self.port + 1}"

    @property
    def address(self) -> Address:
        """Where a driver finds it."""
        return Address("usb", f"{self.vendor:04x}:{self.product:04x}", {"port": self.place})

    def plug_in(self) -> None:
        """Plug it in."""
        self.plug(self.port)
        self.simulator.connect(lambda data: self.say(_IN & 0x0F, data))

    def pull_out(self) -> None:
        """Pull the cable."""
        self.unplug()
        self.simulator.disconnect()

    def block(self, after: int = 0) -> None:
        """Take so many bytes more, then nothing."""
        self._room = after

    def unblock(self) -> None:
        """Take everything again."""
        self._room = None
        self.go_on()

    def interfaces(self) -> bytes:
        """One printer."""
        return interface(0, (7, 1, 2), 2) + endpoint(_IN, 2, 64, 0) + endpoint(_OUT, 2, 64, 0)

    def control(self, setup: Setup, data: bytes) -> bytes:
        """Who it is and how its port is."""
        match (setup.kind, setup.request):
            case asked if asked == _GET_DEVICE_ID:
                return struct.pack(">H", len(_DEVICE_ID) + 2) + _DEVICE_ID
            case asked if asked == _GET_PORT_STATUS:
                out = self.simulator.view()["paper"] == "out"
                return bytes([_SELECTED | _NO_ERROR | (_NO_PAPER if out else 0)])
            case asked if asked == _SOFT_RESET:
                return b""
        raise Stall

    def take(self, endpoint: int, data: bytes) -> bool:
        """Hand it to the simulator, on its loop."""
        if self._room is not None:
            if self._room <= 0:
                return False
            self._room -= len(data)
        self._loop.call_soon_threadsafe(self.simulator.receive, data)
        return True
