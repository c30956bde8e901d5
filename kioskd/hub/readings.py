"""What was just read at a reader: for whoever waits for it, in memory, and soon forgotten.

A code or a card is somebody's own. It is never written down; it goes once, to the one who asks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from drivers.barcode_reader.api import CodeScanned
from drivers.card_reader.api import CardRead, CardUnread

PassingReading = CodeScanned | CardRead | CardUnread

SHELF_S = 10.0
"""After this the person has gone on, or done something else."""


class Readings:
    """The last reading of each reader."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last: dict[str, tuple[float, PassingReading]] = {}
        self._waiting: dict[str, asyncio.Future[None]] = {}

    def put(self, device: str, reading: PassingReading, age_s: float = 0.0) -> None:
        """Something was read; it replaces what nobody has asked for."""
        self._last[device] = (self._clock() - age_s, reading)
        waiting = self._waiting.pop(device, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    def take(self, device: str) -> PassingReading | None:
        """Return the last reading, once, unless it is too old."""
        at, reading = self._last.pop(device, (float("-inf"), None))
        return reading if self._clock() - at < SHELF_S else None

    async def wait(self, device: str, seconds: float) -> PassingReading | None:
        """Do as `take`, waiting for a reading at most so long."""
        reading = self.take(device)
        if reading is not None or seconds <= 0:
            return reading
        waiting = self._waiting.get(device)
        if waiting is None or waiting.done():
            waiting = self._waiting[device] = asyncio.get_running_loop().create_future()
        await asyncio.wait((waiting,), timeout=seconds)
        return self.take(device)
