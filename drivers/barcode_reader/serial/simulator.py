"""A bar code reader on a serial line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drivers.barcode_reader.serial.codec import encode


class SimulatedSerialBarcodeReader:
    """A `drivers.simulator.Simulator`: a person holds codes before it."""

    def __init__(self) -> None:
        self.powered = True
        self.scans = 0
        self._send: Callable[[bytes], None] | None = None
        self._notify: Callable[[], None] = lambda: None

    def connect(self, send: Callable[[bytes], None]) -> None:
        """Somebody opened the line."""
        self._send = send

    def disconnect(self) -> None:
        """The line is closed."""
        self._send = None

    def receive(self, data: bytes) -> None:
        """Such readers take no orders."""

    def scan(self, code: str, encoding: str = "utf-8") -> None:
        """Hold a code before it."""
        self.scans += 1
        if self.powered and self._send is not None:
            self._send(encode(code, encoding))
        self._notify()

    def view(self) -> dict[str, Any]:
        """How often something was scanned."""
        return {"kind": "barcode_reader", "powered": self.powered, "scans": self.scans}

    def on_change(self, notify: Callable[[], None]) -> None:
        """Call ``notify`` on every scan."""
        self._notify = notify
