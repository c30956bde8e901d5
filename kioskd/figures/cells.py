"""Rows of figures as they are kept: numbers that add up, and durations that can be laid together.

Durations are kept each, rounded to the nearest second (two bytes; none is longer than 18 hours), so a
percentile over any range is that of the real values to within half a second. Sums are in milliseconds, so
means are exact.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate
from math import ceil

import msgspec

from kioskd.figures.model import Durations, EstimateError, Figures, Ratings
from kioskd.figures.tally import GOOD, Answers, Spread, Tally, share
from kioskd.hall.commands import Result

_LONGEST_S = 65_535
_MANY = 20_000
"""From so many values on, counting equal ones is quicker than sorting all."""

PLAIN = (
    "tickets",
    "served",
    "items",
    "materials",
    "scans",
    "no_shows",
    "returned",
    "transfers",
    "holds",
    "requeues",
    "recalls",
    "cancelled",
    "voided",
    "ended",
    "short",
)
RESULTS = tuple(result.value for result in Result)
LEVELS = (5, 4, 3, 2, 1)
COUNTS = (
    *PLAIN,
    *(f"result_{name}" for name in RESULTS),
    *("wait_ms", "wait_within", "service_ms", "service_within"),
    *("promises", "promises_inside", "promises_outside_ms", "promises_bias_ms"),
    *(f"level_{level}" for level in LEVELS),
    *("missed", "unasked", "late", "changed"),
)
"""Columns of a cell that add up, in the order of the table."""


class Cell(msgspec.Struct):
    """One row of figures over any number of days: ``counts`` as in `COUNTS`, durations as kept."""

    counts: Sequence[int]
    waits: bytes
    services: bytes

    def figures(self) -> Figures:
        """Return the row as it is published."""
        count = dict(zip(COUNTS, self.counts, strict=True))
        levels = {level: count[f"level_{level}"] for level in LEVELS}
        given, missed, promises = sum(levels.values()), count["missed"], count["promises"]
        good = sum(levels[level] for level in GOOD)
        results = {name: count[f"result_{name}"] for name in sorted(RESULTS)}
        return Figures(
            **{name: count[name] for name in PLAIN},
            results={name: n for name, n in results.items() if n},
            wait=durations(self.waits, count["wait_ms"], count["wait_within"]),
            service=durations(self.services, count["service_ms"], count["service_within"]),
            ratings=Ratings(
                levels=levels,
                missed=missed,
                unasked=count["unasked"],
                late=count["late"],
                changed=count["changed"],
                good_rate=share(good, given + missed),
                active_good_rate=share(good, given),
                missed_rate=share(missed, given + missed),
            ),
            estimate=EstimateError(
                count=promises,
                inside=share(count["promises_inside"], promises),
                outside_s=_mean_s(count["promises_outside_ms"], promises),
                bias_s=_mean_s(count["promises_bias_ms"], promises),
            ),
        )


def cell_of(tally: Tally, answers: Answers) -> Cell:
    """Return what was counted for one row of one day, as it is kept."""
    promises = tally.promises
    return Cell(
        counts=(
            *(tally.count[name] for name in PLAIN),
            *(tally.results[name] for name in RESULTS),
            *(sum(tally.wait.values), tally.wait.within),
            *(sum(tally.service.values), tally.service.within),
            *(promises.count, promises.inside, promises.outside_ms, round(promises.bias_ms)),
            *(answers.levels[level] for level in LEVELS),
            *(answers.missed, answers.unasked, answers.late, answers.changed),
        ),
        waits=packed(tally.wait),
        services=packed(tally.service),
    )


def packed(spread: Spread) -> bytes:
    """Return durations as kept: whole seconds, sorted, 16-bit little-endian."""
    return _bytes(array("H", sorted(min(_LONGEST_S, (ms + 500) // 1000) for ms in spread.values)))


def durations(kept: bytes, sum_ms: int, within: int) -> Durations:
    """Return the spread of kept durations; they may be those of many days, one after the other."""
    values = array("H", kept)
    if sys.byteorder == "big":
        values.byteswap()
    count = len(values)
    p50, p90, p95 = percentiles(values, (50, 90, 95))
    return Durations(
        count=count,
        mean_s=_mean_s(sum_ms, count),
        p50_s=p50,
        p90_s=p90,
        p95_s=p95,
        within=share(within, count),
    )


def percentiles(values: Sequence[int], percents: Iterable[int]) -> list[float | None]:
    """Return nearest-rank percentiles, None where there is nothing."""
    if not values:
        return [None for _ in percents]
    ranks = [max(ceil(len(values) * percent / 100), 1) for percent in percents]
    if len(values) < _MANY:
        ordered = sorted(values)
        return [float(ordered[rank - 1]) for rank in ranks]
    histogram = sorted(Counter(values).items())
    below = list(accumulate(n for _, n in histogram))
    return [float(histogram[bisect_left(below, rank)][0]) for rank in ranks]


def _bytes(values: array[int]) -> bytes:
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()


def _mean_s(ms: int, count: int) -> float | None:
    return round(ms / count / 1000, 1) if count else None
