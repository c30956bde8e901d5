"""Counting for one row of figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import ceil

from kioskd.figures.model import Durations, EstimateError, Figures, Ratings

GOOD = (5, 4, 3)
"""Levels that are no 差评."""


class Spread:
    """Durations in milliseconds, each inside its target or not."""

    __slots__ = ("values", "within")

    def __init__(self) -> None:
        self.values: list[int] = []
        self.within = 0

    def add(self, ms: int, target_ms: int) -> None:
        self.values.append(ms)
        self.within += ms <= target_ms

    def remove(self, ms: int, target_ms: int) -> None:
        self.values.remove(ms)
        self.within -= ms <= target_ms

    def result(self) -> Durations:
        values = sorted(self.values)
        count = len(values)
        return Durations(
            count=count,
            mean_s=_seconds(sum(values) / count) if count else None,
            p50_s=_percentile(values, 50),
            p90_s=_percentile(values, 90),
            p95_s=_percentile(values, 95),
            within=share(self.within, count),
        )


class Promises:
    """Promised against real waits."""

    __slots__ = ("bias_ms", "count", "inside", "outside_ms")

    def __init__(self) -> None:
        self.count = 0
        self.inside = 0
        self.outside_ms = 0
        self.bias_ms = 0.0

    def add(self, waited_ms: int, low_min: int, high_min: int) -> None:
        low, high = low_min * 60_000, high_min * 60_000
        outside = max(low - waited_ms, waited_ms - high, 0)
        self.count += 1
        self.inside += outside == 0
        self.outside_ms += outside
        self.bias_ms += waited_ms - (low + high) / 2

    def result(self) -> EstimateError:
        count = self.count
        return EstimateError(
            count=count,
            inside=share(self.inside, count),
            outside_s=_seconds(self.outside_ms / count) if count else None,
            bias_s=_seconds(self.bias_ms / count) if count else None,
        )


class Answers:
    """Closed rating slots."""

    __slots__ = ("changed", "late", "levels", "missed", "unasked")

    def __init__(self) -> None:
        self.levels: Counter[int] = Counter()
        self.missed = 0
        self.unasked = 0
        self.late = 0
        self.changed = 0

    def add(self, level: int, asked: bool, late: bool, changed: bool) -> None:
        """Count one closed slot; ``level`` 0 is 未评价."""
        if level:
            self.levels[level] += 1
        else:
            self.missed += 1
            self.unasked += not asked
        self.late += late
        self.changed += changed

    def result(self) -> Ratings:
        given = self.levels.total()
        good = sum(self.levels[level] for level in GOOD)
        return Ratings(
            levels={level: self.levels[level] for level in (5, 4, 3, 2, 1)},
            missed=self.missed,
            unasked=self.unasked,
            late=self.late,
            changed=self.changed,
            good_rate=share(good, given + self.missed),
            active_good_rate=share(good, given),
            missed_rate=share(self.missed, given + self.missed),
        )


class Tally:
    """Everything counted for one row; ``count`` holds the plain counters of `Figures` by name."""

    __slots__ = ("count", "promises", "results", "service", "wait")

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.results: Counter[str] = Counter()
        self.wait = Spread()
        self.service = Spread()
        self.promises = Promises()

    def result(self, answers: Answers) -> Figures:
        """Return the row, with the answers that belong to it."""
        count = self.count
        return Figures(
            tickets=count["tickets"],
            served=count["served"],
            items=count["items"],
            materials=count["materials"],
            scans=count["scans"],
            no_shows=count["no_shows"],
            returned=count["returned"],
            transfers=count["transfers"],
            holds=count["holds"],
            requeues=count["requeues"],
            recalls=count["recalls"],
            cancelled=count["cancelled"],
            voided=count["voided"],
            ended=count["ended"],
            short=count["short"],
            results={name: n for name, n in sorted(self.results.items()) if n},
            wait=self.wait.result(),
            service=self.service.result(),
            ratings=answers.result(),
            estimate=self.promises.result(),
        )


def _percentile(values: Sequence[int], percent: int) -> float | None:
    if not values:
        return None
    return _seconds(values[max(ceil(len(values) * percent / 100), 1) - 1])


def _seconds(ms: float) -> float:
    return round(ms / 1000, 1)


def share(part: int, whole: int) -> float | None:
    """Return a part of the whole, None where there is no whole."""
    return round(part / whole, 4) if whole else None
