"""How long to wait before trying again."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from kioskd.station.clock import Clock


class Backoff(msgspec.Struct, frozen=True):
    """Exponential back-off with full jitter: each pause is random between 0 and a growing ceiling.

    Full jitter keeps forty devices that lost power together from knocking together.
    """

    first: float = 0.2
    """Ceiling of the first pause: a cable that only wobbled is back before anybody notices."""
    near: float = 0.8
    """Highest ceiling while ``near_for`` lasts: a sign must be right within a second of its return,
    and one attempt a second costs a hall's network nothing."""
    near_for: float = 300.0
    """So long after a loss somebody is probably standing there, mending it."""
    far: float = 15.0
    """Highest ceiling afterwards, for devices that are off all night."""
    configuration: float = 60.0
    """Highest ceiling where only changed settings or permissions can help. The first tries are still
    quick: a port just plugged in belongs to root until udev has set its group."""

    def ceiling(self, attempt: int, gone_for: float, configuration: bool) -> float:
        """Return the longest pause after ``attempt`` failures (0 is the first) in ``gone_for`` seconds."""
        highest = self.near if gone_for < self.near_for else self.far
        if configuration:
            highest = self.configuration
        # 2 ** 16 is far above every ceiling; beyond it the power would only grow into an overflow.
        return min(highest, self.first * 2.0 ** min(attempt, 16))


class Retry:
    """Counts the failures of one thing and says how long to pause."""

    def __init__(self, clock: Clock, random: Callable[[], float], backoff: Backoff | None = None) -> None:
        self._clock = clock
        self._random = random
        self._backoff = backoff or Backoff()
        self._attempt = 0
        self._gone_since: float | None = None

    def reset(self) -> None:
        """The thing is well again, or something changed: the next failure is a first one."""
        self._attempt = 0
        self._gone_since = None

    def pause(self, configuration: bool = False) -> float:
        """Count a failure; return the seconds to wait."""
        now = self._clock.steady()
        if self._gone_since is None:
            self._gone_since = now
        ceiling = self._backoff.ceiling(self._attempt, now - self._gone_since, configuration)
        self._attempt += 1
        return self._random() * ceiling
