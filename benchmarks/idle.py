"""What the daemon costs when nothing happens, with the sample hall's devices there."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.hubs import hub
from benchmarks.report import Figure

SECONDS = 20.0
TICKS = os.sysconf("SC_CLK_TCK")


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _rss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS")


def run() -> Iterator[Figure]:
    """Measure after things have settled, with every device simulated in this process."""
    from benchmarks.devices import simulated_sample_hall

    with (
        tempfile.TemporaryDirectory(prefix="kioskd-bench-") as name,
        simulated_sample_hall(Path(name)) as file,
        hub(file, Path(name) / "data") as running,
    ):
        pid = running.process.pid
        time.sleep(8)
        before = _cpu(pid)
        time.sleep(SECONDS)
        share = (_cpu(pid) - before) / SECONDS * 100
        rss = _rss_mb(pid)
    yield Figure("sample hall idle, share of a core", share, 1.0, "%", "≤ 1 % of a core")
    yield Figure("sample hall idle, memory", rss, 90.0, "MB", "≤ 90 MB RSS")
