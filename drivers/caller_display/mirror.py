"""What a sign shows, reckoned only from the bytes that were sent to it.

The far end of the sign's own protocol listens along and never answers. It shows what the sign should
show: a wire that is cut further on, or a burnt row of lamps, it cannot know.
"""

from __future__ import annotations

import importlib
from typing import Any

import msgspec

from drivers.caller_display.simulated import SimulatedSign
from drivers.errors import ConfigurationError
from drivers.registry import options_type

_FAR_ENDS = {
    "caller_display.a090": "A090Board",
    "caller_display.alpha": "AlphaSign",
    "caller_display.cd5220": "Cd5220Display",
    "caller_display.cx_h": "CxHBoard",
    "caller_display.huidu": "HuiduBoard",
    "caller_display.modbus_digits": "ModbusDigits",
    "caller_display.onbon_bx": "OnbonSign",
    "caller_display.pinganlihe": "PinganliheBoard",
}


class Mirror:
    """Listens along on the way to one sign."""

    def __init__(self, far_end: SimulatedSign) -> None:
        self._far_end: SimulatedSign | None = far_end
        self._unread: list[bytes] = []
        far_end.only_listens = True

    def sent(self, data: bytes) -> bool:
        """These bytes are going to the sign; whether somebody should have them read soon.

        Nothing is made of them yet: a sign must not wait for its picture.
        """
        self._unread.append(data)
        return len(self._unread) == 1

    def read(self) -> None:
        """Make of what was sent what the sign makes of it."""
        unread, self._unread = self._unread, []
        try:
            for data in unread:
                if self._far_end is not None:
                    self._far_end.receive(data)
        except Exception:
            # A picture for a technician is not worth a device: from now on there is none.
            self._far_end = None

    def interrupted(self) -> None:
        """The line was lost or opened anew: half a frame will not be completed."""
        self.read()
        if self._far_end is not None:
            self._far_end.disconnect()

    def view(self) -> dict[str, Any] | None:
        """What the sign shows, as `drivers.caller_display.simulated` describes it; None: nobody knows."""
        self.read()
        return self._far_end.view() if self._far_end is not None else None


def mirror_of(driver: str, unit: int, options: dict[str, Any]) -> Mirror | None:
    """Return the mirror of a sign with its driver's options; None for what is none or cannot be built."""
    name = _FAR_ENDS.get(driver)
    if name is None:
        return None
    try:
        typed = msgspec.convert(options, options_type(driver))
        module = importlib.import_module(f"drivers.{driver}.simulator")
        return Mirror(getattr(module, name)(unit, typed))
    except (msgspec.ValidationError, ConfigurationError, ValueError):
        return None  # building the driver says what is wrong
