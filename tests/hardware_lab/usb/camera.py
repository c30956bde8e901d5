"""A document camera on a USB cable: UVC 1.0, Motion-JPEG over a bulk endpoint, two sizes.

Source: USB Device Class Definition for Video Devices 1.0a, and its payload of Motion-JPEG.
"""

from __future__ import annotations

import struct
import threading

from tests.hardware_lab.usb.device import Stall, UsbDevice, bus_of_controller, endpoint
from tests.hardware_lab.usb.wire import Setup

SIZES = ((640, 480), (1280, 960))
INTERVAL = 666_666
"""Between frames, in 100 ns: fifteen a second."""

_IN = 0x81
_PACKET = 64
_PAYLOAD = 32 * _PACKET
"""Of one transfer, header and all: what Linux asks for at once at full speed."""
_STREAMING = 1
_TERMINAL = 1
_SET, _GETS, _LENGTH, _INFO = 0x01, (0x81, 0x82, 0x83, 0x87), 0x85, 0x86
_END_OF_FRAME, _HEADER_ENDS = 0x02, 0x80
_PROBE = struct.Struct("<HBBIHHHHHII")
_CURRENT, _RANGE = 0x81, (0x82, 0x83, 0x84, 0x87)
_EXPOSES_ITSELF, _EXPOSURE, _FOCUS, _FOCUSES_ITSELF = 0x02, 0x04, 0x06, 0x08
_SETTINGS = {
    _EXPOSES_ITSELF: ("<B", (1, 8, 0b1001, 8)),
    _EXPOSURE: ("<I", (1, 10_000, 1, 333)),
    _FOCUS: ("<H", (0, 255, 1, 0)),
    _FOCUSES_ITSELF: ("<B", (0, 1, 1, 1)),
}
"""Of the camera terminal (4.2.2.1): how each is packed; least, most, step (of modes: which), default."""


class UsbCamera(UsbDevice):
    """A camera in socket ``port``; ``frames`` are the JPEGs it gives, by size."""

    product = 0x0CA0
    names = ("kioskd lab", "document camera", "CAM1")

    def __init__(self, port: int, frames: dict[tuple[int, int], bytes]) -> None:
        super().__init__()
        self.port = port
        self.frames = frames
        self.sent = 0
        self.settings = {selector: about[1][3] for selector, about in _SETTINGS.items()}
        """What the host has set, by selector."""
        self._chosen = 1
        self._streaming = threading.Event()
        self._ended = threading.Event()

    @property
    def place(self) -> str:
        """The socket as the kernel counts it."""
        return f"{bus_of_controller()}-{self.port + 1}"

    def plug_in(self) -> None:
        """Plug it in."""
        self._ended.clear()
        self.plug(self.port)
        threading.Thread(target=self._feed, name="usb camera", daemon=True).start()

    def pull_out(self) -> None:
        """Pull the cable."""
        self._ended.set()
        self._streaming.set()
        self.unplug()

    def interfaces(self) -> bytes:
        """Control and streaming."""
        association = bytes([8, 11, 0, 2, 0x0E, 3, 0, 0])
        # A camera whose exposure (D1, D3) and focus (D5, D17) can be set.
        units = bytes([18, 0x24, 2, 1, 0x01, 0x02, 0, 0, *bytes(6), 3, 0x2A, 0x00, 0x02])
        units += bytes([9, 0x24, 3, 2, 0x01, 0x01, 0, 1, 0])  # out over USB
        control = struct.pack("<BBBHHIBB", 13, 0x24, 1, 0x100, 13 + len(units), 48_000_000, 1, 1) + units
        formats = bytes([11, 0x24, 6, 1, len(SIZES), 1, 1, 0, 0, 0, 0])
        for number, (width, height) in enumerate(SIZES, 1):
            most = width * height * 2
            formats += struct.pack("<BBBBBHH", 30, 0x24, 7, number, 0, width, height)
            formats += struct.pack("<IIIIBI", 1_000_000, 100_000_000, most, INTERVAL, 1, INTERVAL)
        formats += bytes([6, 0x24, 13, 1, 1, 4])
        head = struct.pack("<BBBBHBBBBBBBB", 14, 0x24, 1, 1, 14 + len(formats), _IN, 0, 2, 0, 0, 0, 1, 0)
        return (
            association
            + bytes([9, 4, 0, 0, 0, 0x0E, 1, 0, 0])
            + control
            + bytes([9, 4, 1, 0, 1, 0x0E, 2, 0, 0])
            + head
            + formats
            + endpoint(_IN, 2, _PACKET, 0)
        )

    def control(self, setup: Setup, data: bytes) -> bytes:
        """Probe and commit: which size. And the settings of the camera terminal."""
        selector = setup.value >> 8
        if setup.index == _TERMINAL << 8 and selector in _SETTINGS:
            return self._setting(setup.request, selector, data)
        if setup.index & 0xFF != _STREAMING or selector not in (1, 2):
            raise Stall
        if setup.request == _SET:
            self._chosen = min(max(data[3], 1), len(SIZES))
            if selector == 2:
                self._streaming.set()
            return b""
        if setup.request in _GETS:
            width, height = SIZES[self._chosen - 1]
            values = (0, 1, self._chosen, INTERVAL, 0, 0, 0, 0, 0, width * height * 2, _PAYLOAD)
            return _PROBE.pack(*values)
        if setup.request == _LENGTH:
            return struct.pack("<H", _PROBE.size)
        if setup.request == _INFO:
            return b"\x03"
        raise Stall

    def _setting(self, request: int, selector: int, data: bytes) -> bytes:
        form, bounds = _SETTINGS[selector]
        if request == _SET:
            (self.settings[selector],) = struct.unpack(form, data)
            return b""
        if request == _CURRENT:
            return struct.pack(form, self.settings[selector])
        if request in _RANGE:
            return struct.pack(form, bounds[_RANGE.index(request)])
        if request == _LENGTH:
            return struct.pack("<H", struct.calcsize(form))
        if request == _INFO:
            return b"\x03"
        raise Stall

    def _feed(self) -> None:
        """Give frame after frame, as fast as they are taken."""
        toggle = 0
        while not self._ended.wait(INTERVAL / 1e7):
            self._streaming.wait()
            with self._lock:
                waiting = bool(self._said.get(_IN & 0x0F))
            if waiting or self._ended.is_set():
                continue
            jpeg = self.frames[SIZES[self._chosen - 1]]
            room = _PAYLOAD - 2
            for at in range(0, len(jpeg), room):
                last = at + room >= len(jpeg)
                flags = _HEADER_ENDS | toggle | (_END_OF_FRAME if last else 0)
                self.say(_IN & 0x0F, bytes([2, flags]) + jpeg[at : at + room])
            toggle ^= 1
            self.sent += 1
