"""Figures over a year of a busy hall, 300,000 tickets, asked for as pages ask: the API's own reading.

What counts is processor time, which a busy machine does not lengthen; the wall clock is noted beside it.
"""

from __future__ import annotations

import datetime
import tempfile
import time
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import msgspec

from benchmarks.invented import fill, working_days
from benchmarks.report import Figure
from kioskd.figures import ranges
from kioskd.figures.ranges import By
from kioskd.figures.store import FILE_NAME, Store
from kioskd.settings.read import load

DAYS, TICKETS = 250, 300_000
LIMIT_MS = 300.0
ROUNDS = 5


def run() -> Iterator[Figure]:
    """Build a year of daily figures and ask for it by everything."""
    rules = load(Path(str(files("kioskd"))).parent / "config" / "sample" / "hall.toml").rules
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FILE_NAME
        store = Store(path)
        tickets = fill(store, rules, working_days(datetime.date(2026, 1, 1), DAYS), TICKETS / DAYS)
        store.close()
        store = Store(path)
        for by in By:
            rounds = [_asked(store, by) for _ in range(ROUNDS)]
            cpu, wall = max(cpu for cpu, _ in rounds), min(wall for _, wall in rounds)
            yield Figure(
                f"figures of a year by {by.value}",
                cpu * 1000,
                LIMIT_MS,
                "ms",
                "figures over a year",
                note=f"best wall {wall * 1000:.0f} ms, {tickets} tickets, {path.stat().st_size >> 20} MiB",
            )
        started = time.perf_counter()
        with store.look() as connection:
            msgspec.json.encode(ranges.heat(connection, "2026-01-01", "2026-12-31"))
        taken = (time.perf_counter() - started) * 1000
        yield Figure("heat map of a year", taken, LIMIT_MS, "ms", "figures over a year")
        store.close()


def _asked(store: Store, by: By) -> tuple[float, float]:
    began, started = time.process_time(), time.perf_counter()
    first, last = "2026-01-01", "2026-12-31"
    with store.look() as connection:
        msgspec.json.encode(
            (
                ranges.dates(connection, first, last),
                ranges.total(connection, first, last),
                ranges.rows(connection, by, first, last),
            )
        )
    return time.process_time() - began, time.perf_counter() - started
