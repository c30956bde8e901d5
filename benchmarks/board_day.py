"""The hall board through a long day: nothing is left out, and what the page holds does not grow.

Eight hours of 300 calls each at thirty windows, two hundred times as fast: a call every 60 ms by real
commands to a real hub, while the page's clockwork (its looks at the time, each second) runs as much faster.
Every call must have been on the page, in order. Heap (after collection), nodes and listeners are taken at
the end of each hour.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.board_hall import TAKE, WINDOWS, all_seen, browser, hall
from benchmarks.report import Figure

HOURS = 8
CALLS_AN_HOUR = 300
FASTER = 200
EVERY_S = 3600 / CALLS_AN_HOUR / FASTER
SETTLED_H = 2
"""By then whatever a page keeps for good is there; later hours are compared with this one."""
SHOWN_S = 60.0

HURRY = f"""() => {{
    const real = window.setInterval;
    window.setInterval = (work, ms, ...more) => real(work, ms === 1000 ? {1000 // FASTER} : ms, ...more);
}}"""


def run() -> Iterator[Figure]:
    """Measure, some three minutes long; without a browser nothing can be."""
    chromium = browser()
    if chromium is not None:
        yield from asyncio.run(_day(chromium))


async def _day(chromium: str) -> list[Figure]:
    async with hall(chromium) as there:
        page = await there.board(HURRY)
        metrics = await page.context.new_cdp_session(page)
        await metrics.send("Performance.enable")
        seen: list[list[Any]] = []
        called: list[str] = []
        held: list[dict[str, float]] = []
        behind = 0.0
        began = time.monotonic()
        for hour in range(1, HOURS + 1):
            begins = time.monotonic()
            for n in range(CALLS_AN_HOUR):
                called.append(await there.desk.call(len(called) % WINDOWS + 1))
                if n % 50 == 49:
                    seen += await page.evaluate(TAKE)
                due = begins + (n + 1) * EVERY_S - time.monotonic()
                behind = max(behind, -due)
                await asyncio.sleep(max(0.0, due))
            await all_seen(page, len(called), seen, SHOWN_S)
            held.append(await _held(metrics))
            print(
                f"board: hour {hour}, {len(called)} calls, {len(seen)} on the board,"
                f" heap {held[-1]['JSHeapUsedSize'] / 1e6:.2f} MB, {held[-1]['Nodes']:.0f} nodes",
                flush=True,
            )
        took = time.monotonic() - began
        await page.close()
    shown = [number for number, _ in seen]
    pace = f"{len(called)} calls in {took:.0f} s, at most {behind:.1f} s behind their time"
    return [
        Figure(
            "8 hours of 300 calls, 30 windows: calls missed",
            len(set(called) - set(shown)),
            0,
            "calls",
            "0",
            note=pace,
        ),
        Figure("calls shown out of order or twice", float(shown != called), 0, "", "none"),
        _flat("page's heap", [one["JSHeapUsedSize"] / 1e6 for one in held], "MB", 2),
        _flat("page's nodes", [one["Nodes"] for one in held], "nodes", 0),
        _flat("page's listeners", [one["JSEventListeners"] for one in held], "listeners", 0),
    ]


def _flat(what: str, hourly: Sequence[float], unit: str, digits: int) -> Figure:
    settled, later = hourly[SETTLED_H - 1], max(hourly[SETTLED_H:])
    values = " ".join(f"{value:.{digits}f}" for value in hourly)
    return Figure(
        f"{what}, the most of later hours beside hour {SETTLED_H}",
        later / settled,
        1.1,
        "×",
        "flat",
        note=f"by the hour: {values} {unit}",
    )


async def _held(metrics: Any) -> dict[str, float]:
    for _ in range(3):
        await metrics.send("HeapProfiler.collectGarbage")
    found = await metrics.send("Performance.getMetrics")
    return {one["name"]: one["value"] for one in found["metrics"]}
