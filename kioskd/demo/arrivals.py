"""When citizens come to a simulated hall: a Poisson process shaped like a working day.

Pure: all chance comes from the random generator handed in, so a seed and a date give the same day
again, also after a restart in the middle of it. Times are hours of the hall's own clock.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise

import msgspec

CITIZENS_A_DAY = 1250.0


class DayShape(msgspec.Struct, frozen=True):
    """How busy each hour is: points of (hour, relative intensity), joined by lines; nothing outside."""

    points: tuple[tuple[float, float], ...]

    def at(self, hour: float) -> float:
        """Return the relative intensity at an hour of the day."""
        for (left, low), (right, high) in pairwise(self.points):
            if left <= hour < right:
                return low + (high - low) * (hour - left) / (right - left)
        return 0.0

    @property
    def area(self) -> float:
        """The whole day's intensity times hours."""
        return sum((right - left) * (low + high) / 2 for (left, low), (right, high) in pairwise(self.points))

    @property
    def peak(self) -> float:
        """The greatest relative intensity."""
        return max(height for _, height in self.points)


WORKING_DAY = DayShape(
    points=(
        (8.5, 0.75),  # those who waited at the door
        (9.25, 1.05),
        (10.0, 1.6),
        (11.0, 1.6),
        (11.75, 0.85),
        (12.5, 0.4),  # noon
        (13.5, 0.5),
        (14.5, 1.2),
        (15.5, 1.2),
        (16.25, 0.6),
        (17.0, 0.25),
    )
)
"""Opening rush, peak 10–11, quiet noon, a smaller peak 14:30–15:30, tickets until 17:00."""

ALL_DAY = DayShape(points=((0.0, 1.0), (24.0, 1.0)))
"""The same at every hour: for watching in real time, whatever the hour."""


def arrivals(shape: DayShape, citizens: float, rng: random.Random, *, after: float = 0.0) -> Iterator[float]:
    """Yield the hours at which citizens come, ascending, those later than ``after``.

    ``citizens`` is the expected number of a whole day. Thinning (Lewis & Shedler 1979): candidates
    at the peak rate, each kept with the share that its hour has of the peak. The same generator
    state gives the same day whatever ``after`` is.
    """
    hour, end = shape.points[0][0], shape.points[-1][0]
    rate = citizens * shape.peak / shape.area
    while True:
        hour += rng.expovariate(rate)
        if hour >= end:
            return
        if rng.random() * shape.peak < shape.at(hour) and hour > after:
            yield hour
