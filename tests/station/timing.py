"""Time that moves when a test says so, and waiting for what must happen soon."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from itertools import count


class FakeTimer:
    def __init__(self, act: Callable[[], None]) -> None:
        self.act: Callable[[], None] | None = act

    def cancel(self) -> None:
        self.act = None


class FakeClock:
    """A `kioskd.station.clock.Clock` that stands still."""

    def __init__(self) -> None:
        self.boot = "boot-1"
        self.now = 1000.0
        self.date = 1_784_000_000.0
        self._timers: list[tuple[float, int, FakeTimer]] = []
        self._count = count()

    def steady(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.date

    def call_later(self, seconds: float, act: Callable[[], None]) -> FakeTimer:
        timer = FakeTimer(act)
        heapq.heappush(self._timers, (self.now + seconds, next(self._count), timer))
        return timer

    @property
    def pending(self) -> list[float]:
        """How far away the timers that still count are."""
        return sorted(round(at - self.now, 6) for at, _, timer in self._timers if timer.act is not None)

    async def advance(self, seconds: float) -> None:
        """Let so much time pass, timers going off in order and their work done in between."""
        end = self.now + seconds
        while self._timers and self._timers[0][0] <= end + 1e-6:
            at, _, timer = heapq.heappop(self._timers)
            self.date += at - self.now
            self.now = max(self.now, at)
            if timer.act is not None:
                act, timer.act = timer.act, None
                act()
                await settle()
        self.date += max(0.0, end - self.now)
        self.now = max(self.now, end)
        await settle()


async def settle() -> None:
    """Let everything happen that needs no time and no outside world."""
    for _ in range(20):
        await asyncio.sleep(0)


async def until(condition: Callable[[], object], what: str = "", seconds: float = 10.0) -> None:
    """Wait for something that involves a socket, a disk or a thread."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                if condition():
                    return
                await asyncio.sleep(0.001)
    except TimeoutError:
        raise AssertionError(f"never happened: {what or condition}") from None
