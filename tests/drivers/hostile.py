"""A bad wire between a port and a simulator.

``PtyPort(path, [HostileWire(simulator, Weather(single=True, loss=0.02), seed)])``: the driver and
the simulator are the real ones, only the bytes between them suffer.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec

from drivers.simulator import Simulator


class Weather(msgspec.Struct, frozen=True):
    """What happens to bytes, both ways. Shares are per byte; ``delay`` is the longest, in seconds."""

    single: bool = False
    loss: float = 0.0
    noise: float = 0.0
    delay: float = 0.0


CLEAR = Weather()
ONE_BYTE_AT_A_TIME = Weather(single=True)
LOSSY = Weather(loss=0.05)
NOISY = Weather(noise=0.05)
LATE = Weather(single=True, delay=0.002)
STORM = Weather(single=True, loss=0.02, noise=0.02, delay=0.001)
ALL_WEATHERS = (ONE_BYTE_AT_A_TIME, LOSSY, NOISY, LATE, STORM)


class _Way:
    """One direction: bytes arrive in order, mangled and late."""

    def __init__(self, weather: Weather, dice: random.Random, sink: Callable[[bytes], None]) -> None:
        self.weather = weather
        self._dice = dice
        self._sink = sink
        self._late: deque[tuple[float, bytes]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def push(self, data: bytes) -> None:
        mangled = self._mangle(data)
        step = 1 if self.weather.single else max(1, len(mangled))
        for at in range(0, len(mangled), step):
            self._later(mangled[at : at + step])

    def clear(self) -> None:
        self._late.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _mangle(self, data: bytes) -> bytes:
        out = bytearray()
        for byte in data:
            if self._dice.random() < self.weather.noise:
                out.append(self._dice.randrange(256))
            if self._dice.random() >= self.weather.loss:
                out.append(byte)
        return bytes(out)

    def _later(self, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        last = self._late[-1][0] if self._late else 0.0
        self._late.append((max(last, loop.time() + self._dice.random() * self.weather.delay), data))
        if self._timer is None:
            self._timer = loop.call_at(self._late[0][0], self._arrive)

    def _arrive(self) -> None:
        # One timer at a time: timers due at one instant fire in no promised order.
        _, data = self._late.popleft()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(self._late[0][0], self._arrive) if self._late else None
        self._sink(data)


class HostileWire:
    """A `Simulator` that is another one at the end of a bad wire. The same seed does the same."""

    def __init__(
        self, simulator: Simulator, weather: Weather, seed: int = 0, *, answers_only: bool = False
    ) -> None:
        self._simulator = simulator
        self._weather = weather
        self._dice = random.Random(seed)
        self._inward = _Way(CLEAR if answers_only else weather, self._dice, simulator.receive)
        self._outward: _Way | None = None

    def settle(self) -> None:
        """The weather clears: from now on every byte arrives as it was sent."""
        self._inward.weather = CLEAR
        if self._outward is not None:
            self._outward.weather = CLEAR
        self._weather = CLEAR

    def connect(self, send: Callable[[bytes], None]) -> None:
        self._outward = _Way(self._weather, self._dice, send)
        self._simulator.connect(self._outward.push)

    def disconnect(self) -> None:
        self._inward.clear()
        if self._outward is not None:
            self._outward.clear()
        self._simulator.disconnect()

    def receive(self, data: bytes) -> None:
        self._inward.push(data)

    def view(self) -> dict[str, Any]:
        return self._simulator.view()

    def on_change(self, notify: Callable[[], None]) -> None:
        self._simulator.on_change(notify)
