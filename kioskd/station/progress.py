"""Which loops are at work, and which of them too long: what the watchdog is fed by."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import structlog

from kioskd.station.clock import Clock, Wake

log = structlog.get_logger(__name__)

RESTART_S = 1.0
"""Before a loop that failed begins again."""


async def keep_going(name: str, loop: Callable[[], Awaitable[None]], clock: Clock) -> None:
    """Run a loop; one that fails, which none should, is logged and begun anew."""
    while True:
        try:
            return await loop()
        except Exception:
            log.exception("loop.failed", loop=name)
        await Wake(clock).wait(RESTART_S)


class Progress:
    """Work in progress by name.

    A loop that waits for something to happen is healthy however long it waits; one that began a
    piece of work and neither ends nor gives up within the limit it set itself is stuck.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._busy: dict[str, tuple[float, float]] = {}

    @contextmanager
    def working(self, name: str, limit: float) -> Iterator[None]:
        """Mark a piece of work that must end within ``limit`` seconds. One at a time for a name."""
        self._busy[name] = (self._clock.steady(), limit)
        try:
            yield
        finally:
            self._busy.pop(name, None)

    def stalled(self) -> tuple[str, ...]:
        """Return the names of work beyond its limit."""
        now = self._clock.steady()
        return tuple(name for name, (since, limit) in self._busy.items() if now - since > limit)
