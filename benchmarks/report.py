"""A measured figure beside its limit."""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence
from pathlib import Path

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """One row of the report: ``value`` must not exceed ``limit`` (or fall below it, with ``at_least``)."""

    what: str
    value: float
    limit: float
    unit: str
    target: str
    at_least: bool = False
    note: str = ""

    @property
    def reached(self) -> bool:
        """Whether the target is met."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def line(self) -> str:
        """Return the row as text."""
        ratio = self.value / self.limit if self.limit else float("inf")
        mark = "ok  " if self.reached else "MISS"
        sign = "≥" if self.at_least else "≤"
        return (
            f"{mark} {self.what:<52} {self.value:>10.3f} {self.unit:<5} {sign} {self.limit:>10.3f}"
            f"  ×{ratio:5.2f}  {self.target}{'  · ' + self.note if self.note else ''}"
        )


def p50(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    """Return the 95th percentile."""
    return statistics.quantiles(values, n=20, method="inclusive")[18]


def cpu_s(pid: int) -> float:
    """Return the CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
