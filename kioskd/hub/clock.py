"""The hall's clock: the only place that reads time for the heart."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from kioskd.hall.moment import Moment

MAX_GAP_MS = 12 * 3600 * 1000
"""Longest stretch of hall time that may pass between two starts: a wall clock that jumped by more
(a dead battery, 1970, a wrong year) must not age tickets by years."""


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


def _boot_ms() -> int:
    # CLOCK_BOOTTIME goes on while the machine sleeps; CLOCK_MONOTONIC would hand out stale ages.
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


def boot_id() -> str:
    """Return what names this boot of the machine."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return "unknown"


class Clock:
    """Hall time and the wall's label for it.

    Hall time starts where the journal left off plus the time that passed on the wall since, between
    nothing and `MAX_GAP_MS`, and then follows the machine's steady clock. ``speed`` scales hall time
    (a simulated hall); the wall then runs at the same speed from ``start``.
    """

    def __init__(
        self,
        *,
        speed: float = 1.0,
        start: int | None = None,
        wall: Callable[[], int] = _wall_ms,
        steady: Callable[[], int] = _boot_ms,
    ) -> None:
        self.speed = speed
        self._wall = wall
        self._steady = steady
        self._zero = steady()
        self._virtual_wall = start
        if speed != 1.0 and start is None:
            self._virtual_wall = wall()
        self._base_at = self._virtual_wall if self._virtual_wall is not None else wall()

    def resume(self, last: Moment) -> None:
        """Go on after the last instant the journal knows. Called once, before the first `moment`."""
        now = self._now_wall()
        if self._virtual_wall is not None and now < last.wall:
            self._virtual_wall += last.wall - now
            now = last.wall
        self._zero = self._steady()
        if self._virtual_wall is not None:
            self._virtual_wall = now
        self._base_at = last.at + min(max(now - last.wall, 0), MAX_GAP_MS)

    def moment(self) -> Moment:
        """Return the present instant."""
        return Moment(at=self._base_at + self._passed(), wall=self._now_wall())

    def seconds_until(self, at: int) -> float:
        """Return how long to wait, in real seconds, until hall time ``at`` (0 when it has passed)."""
        return max(0.0, (at - self.moment().at) / 1000 / self.speed)

    def _passed(self) -> int:
        return int((self._steady() - self._zero) * self.speed)

    def _now_wall(self) -> int:
        if self._virtual_wall is not None:
            return self._virtual_wall + self._passed()
        return self._wall()
