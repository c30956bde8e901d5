"""Listens in on a simulated line, so that people can see the bytes behind what they see."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from drivers.simulator import Simulator

KEPT_BYTES = 600
"""Bytes kept of one burst: more than any frame of a sign or pad, enough of a slip to recognise it."""

KEPT_BURSTS = 40
"""Bursts kept of one line: a slip and the status questions asked while it prints."""

SILENCE_S = 0.2
"""Bytes further apart than this belong to different bursts; at 9600 baud a port hands on 16 bytes
every 17 ms."""


class Burst(msgspec.Struct):
    """Bytes that crossed a line one way without a pause. ``length`` counts also those not kept."""

    to_host: bool
    data: bytearray
    length: int
    last: float
    number: int

    def shown(self) -> dict[str, Any]:
        """The burst as the page shows it."""
        return {"toHost": self.to_host, "hex": self.data.hex(" ").upper(), "length": self.length}


class Tap:
    """Stands between a port and the simulators behind it, passing everything on."""

    def __init__(
        self, simulators: Sequence[Simulator], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._simulators = tuple(simulators)
        self._monotonic = monotonic
        self._bursts: deque[Burst] = deque(maxlen=KEPT_BURSTS)
        self.number = 0
        """How many bursts there have been."""

    def connect(self, send: Callable[[bytes], None]) -> None:
        """Somebody opened the line."""

        def tapped(data: bytes) -> None:
            self._note(True, data)
            send(data)

        for simulator in self._simulators:
            simulator.connect(tapped)

    def disconnect(self) -> None:
        """The line is closed."""
        for simulator in self._simulators:
            simulator.disconnect()

    def receive(self, data: bytes) -> None:
        """Bytes arrived from the host."""
        self._note(False, data)
        for simulator in self._simulators:
            simulator.receive(data)

    def view(self) -> dict[str, Any]:
        """Nothing of its own to see."""
        return {}

    def on_change(self, notify: Callable[[], None]) -> None:
        """Its simulators are watched one by one."""

    def latest(self, count: int, *, to_host: bool | None = None, after: int = 0) -> list[dict[str, Any]]:
        """Return the last bursts, oldest first, of one direction and later than number ``after`` if asked."""
        fitting = [
            burst
            for burst in self._bursts
            if burst.number > after and (to_host is None or burst.to_host is to_host)
        ]
        return [burst.shown() for burst in fitting[-count:]]

    def _note(self, to_host: bool, data: bytes) -> None:
        now = self._monotonic()
        last = self._bursts[-1] if self._bursts else None
        if last is None or last.to_host is not to_host or now - last.last > SILENCE_S:
            self.number += 1
            last = Burst(to_host, bytearray(), 0, now, self.number)
            self._bursts.append(last)
        last.data += data[: max(0, KEPT_BYTES - len(last.data))]
        last.length += len(data)
        last.last = now
