"""A bar code reader that looks like a USB keyboard."""

from __future__ import annotations

from typing import Any

from drivers.barcode_reader.wedge.codec import type_out
from drivers.hid.codec import EV_KEY, REPORT, Event, encode
from drivers.hid.simulator import SimulatedKeys


class SimulatedWedgeBarcodeReader(SimulatedKeys):
    """A person holds codes before it; it types them as fast as USB lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.scans = 0

    def scan(self, code: str) -> None:
        """Hold a code before it. Raises ValueError for one that a keyboard cannot type."""
        data = b"".join(
            encode(Event(self._clock(), EV_KEY, key, value)) + encode(REPORT) for key, value in type_out(code)
        )
        self.scans += 1
        if self.powered and self._send is not None:
            self._send(data)
        self._notify()

    def view(self) -> dict[str, Any]:
        """How often something was scanned."""
        return {"kind": "barcode_reader", "powered": self.powered, "scans": self.scans}
