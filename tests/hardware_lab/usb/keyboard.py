"""A keypad or rating pad that is a USB keyboard, as one or as two input devices.

Source: Device Class Definition for HID 1.11, appendix B (the report descriptor of a boot keyboard) and
HID Usage Tables, chapter 10 (usages of keys).
"""

from __future__ import annotations

import asyncio

from drivers.hid.keys import code_of
from tests.hardware_lab.usb.device import Stall, UsbDevice, endpoint, interface
from tests.hardware_lab.usb.wire import Setup

_REPORTS = bytes.fromhex(
    "05010906a101050719e029e71500250175019508810295017508810395057501050819012905910295017503910395067508"
    "150025650507190029658100c0"
)
_REPORT = 8
_HELD_S = 0.03
_HID, _REPORT_DESCRIPTOR = 0x21, 0x22
_GET_DESCRIPTOR, _GET_REPORT = (0x81, 6), (0xA1, 1)
_SET_REPORT, _SET_IDLE, _SET_PROTOCOL = (0x21, 9), (0x21, 10), (0x21, 11)
_NUM_LOCK = 0x01

USAGES = {
    **{f"KEY_{n}": 0x1D + n for n in range(1, 10)},
    "KEY_0": 0x27,
    "KEY_ENTER": 0x28,
    "KEY_NUMLOCK": 0x53,
    "KEY_KPSLASH": 0x54,
    "KEY_KPASTERISK": 0x55,
    "KEY_KPMINUS": 0x56,
    "KEY_KPPLUS": 0x57,
    "KEY_KPENTER": 0x58,
    **{f"KEY_KP{n}": 0x58 + n for n in range(1, 10)},
    "KEY_KP0": 0x62,
    "KEY_KPDOT": 0x63,
}
"""What the keys of a numeric keypad send."""


class UsbKeyboard(UsbDevice):
    """A keyboard with ``nodes`` interfaces, each an input device to the kernel."""

    vendor = 0x1209
    product = 0x0002
    names = ("kioskd lab", "numeric keypad", "KEY1")

    def __init__(self, nodes: int = 1) -> None:
        super().__init__()
        self.blinks = 0
        """How often the Num Lock lamp went on."""
        self._nodes = nodes

    def interfaces(self) -> bytes:
        """Boot keyboards."""
        about = bytes([9, _HID, 0x11, 0x01, 0, 1, _REPORT_DESCRIPTOR, len(_REPORTS), 0])
        return b"".join(
            interface(n, (3, 1, 1), 1) + about + endpoint(0x81 + n, 3, _REPORT, 10)
            for n in range(self._nodes)
        )

    def control(self, setup: Setup, data: bytes) -> bytes:
        """What keyboards are asked and told."""
        match (setup.kind, setup.request):
            case asked if asked == _GET_DESCRIPTOR and setup.value >> 8 == _REPORT_DESCRIPTOR:
                return _REPORTS
            case asked if asked == _GET_REPORT:
                return bytes(_REPORT)
            case asked if asked == _SET_REPORT:
                self.blinks += bool(data[0] & _NUM_LOCK)
                return b""
            case asked if asked in (_SET_IDLE, _SET_PROTOCOL):
                return b""
        raise Stall

    async def press(self, name: str, node: int = 0) -> None:
        """Press and release a key (``KEY_…``) of an interface. Raises ValueError for one it hasn't."""
        if name not in USAGES:
            code_of(name)
            raise ValueError(f"this keypad has no {name}")
        self.say(1 + node, bytes([0, 0, USAGES[name], 0, 0, 0, 0, 0]))
        await asyncio.sleep(_HELD_S)
        self.say(1 + node, bytes(_REPORT))
        await asyncio.sleep(_HELD_S)
