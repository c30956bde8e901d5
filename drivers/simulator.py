"""What every device simulator is.

A simulator is the far end of a protocol: it takes the bytes a driver writes, answers as the device
would, and tells what a person standing there would see. `drivers.transport.simulated` puts one or
several of them behind a real pty or TCP socket.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class Simulator(Protocol):
    """The device end of a line. All calls happen on the event loop."""

    def connect(self, send: Callable[[bytes], None]) -> None:
        """Somebody opened the line; ``send`` carries bytes to them."""

    def disconnect(self) -> None:
        """The line is closed; what was not sent is gone."""

    def receive(self, data: bytes) -> None:
        """Bytes arrived, in chunks of any size; on a bus also those meant for others."""

    def view(self) -> dict[str, Any]:
        """What a person would see, as JSON-ready data drawn only from received bytes."""

    def on_change(self, notify: Callable[[], None]) -> None:
        """Call ``notify`` whenever `view` changes."""
