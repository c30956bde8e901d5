"""The hall board in a real browser: how soon a call is on it, and what a long day does to it.

The hub is a process of its own with thirty windows. A call's time runs from its event (the hub's own
label of it, before it is committed) to the task after the frame that shows it. The day is eight hours of
300 calls each, fed by real commands as fast as they are answered; the page's clockwork runs as much
faster. Every call must have been on the page, in order, and what the page holds (heap after collection,
nodes) must not grow with the day.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.client import Connection
from benchmarks.hubs import bare_hall, hub
from benchmarks.report import Figure, p50, p95

WINDOWS = 30
CALLS = 120
"""Calls whose time is taken, one at a time."""
TURNS = 4
"""So often the board and the bare page take turns, that both meet the same machine."""
UP_S = 5.0
DAY_CALLS = 8 * 300
FASTER = 5
"""Milliseconds that the page's seconds take during the day."""

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")

WATCH = """() => {
    window.seen = [];
    const known = new Map();
    const look = () => {
        const rows = [...document.querySelectorAll(".call")].reverse();
        for (const row of rows) {
            if (known.has(row.dataset.key)) continue;
            const number = row.querySelector(".call__number").textContent;
            known.set(row.dataset.key, number);
            // The frame that this change belongs to is on the screen when the next task runs.
            setTimeout(() => window.seen.push([number, Date.now()]), 0);
        }
        for (const key of [...known.keys()].slice(0, -200)) known.delete(key);
    };
    look();
    new MutationObserver(look).observe(document.getElementById("rows"), { childList: true });
}"""
BARE = """() => new Promise((listening) => {
    window.seen = [];
    const row = document.body.appendChild(document.createElement("p"));
    const events = new EventSource("/api/v1/events");
    events.onopen = () => listening();
    events.addEventListener("ticket.called", (event) => {
        const { number } = JSON.parse(event.data);
        requestAnimationFrame(() => {
            row.textContent = number;
            setTimeout(() => window.seen.push([number, Date.now()]), 0);
        });
    });
})"""
"""The least that a page can do with a call: write its number in the next frame."""
HURRY = f"""() => {{
    const real = window.setInterval;
    window.setInterval = (work, ms, ...more) => real(work, ms === 1000 ? {FASTER} : ms, ...more);
}}"""
TAKE = "() => window.seen.splice(0)"


def run() -> Iterator[Figure]:
    """Measure; without a browser nothing can be."""
    browser = next(
        (found for name in ("chromium", "chromium-browser") if (found := shutil.which(name))), None
    )
    if browser is None:
        print("board: no Chromium is installed, nothing measured", flush=True)
        return
    yield from asyncio.run(_measure(browser))


async def _measure(browser: str) -> list[Figure]:
    from playwright.async_api import async_playwright

    with (
        tempfile.TemporaryDirectory() as folder,
        hub(_thirty(Path(folder)), Path(folder) / "data") as running,
    ):
        desk = Desk(await Connection.open(running.port, running.token))
        async with async_playwright() as playwright:
            chromium = await playwright.chromium.launch(executable_path=browser, args=list(ARGUMENTS))
            address = f"http://127.0.0.1:{running.port}/board?lang=both"
            found = await _latency(chromium, address, desk)
            found += await _day(chromium, address, desk)
            await chromium.close()
        desk.connection.close()
    return found


def _thirty(folder: Path) -> Path:
    """Write a hall of thirty windows that all call the same queue."""
    file = bare_hall(folder)
    text = file.read_text("utf-8")
    more = "".join(
        f'\n[[window]]\nid = "{n}"\nzone = "east"\nequipped = ["general"]\nskills = ["general"]\n'
        for n in range(7, WINDOWS + 1)
    )
    file.write_text(text + more, "utf-8")
    return file


class Desk:
    """Somebody who takes numbers and calls them."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._n = 0

    async def post(self, path: str, body: str = "{}") -> Any:
        self._n += 1
        status, answer = await self.connection.post(f"/api/v1/{path}", body.encode(), f"board-{self._n}")
        if status >= 300:
            raise RuntimeError(f"{path}: {status} {answer!r}")
        return json.loads(answer) if answer else None

    async def call(self, window: int) -> str:
        """Have somebody called and served at a window; return the number."""
        await self.post("tickets", '{"queue":"general"}')
        called = await self.post(f"windows/{window}/call-next")
        await self.post(f"windows/{window}/start")
        return str(called["ticket"]["number"])


async def _opened(chromium: Any, address: str, *scripts: str) -> Any:
    page = await chromium.new_page(viewport={"width": 1920, "height": 1080})
    for script in scripts:
        await page.add_init_script(f"({script})()")
    await page.goto(address)
    await page.locator(".tile").nth(WINDOWS - 1).wait_for()
    await page.evaluate("() => document.fonts.ready.then(() => undefined)")
    await page.evaluate(WATCH)
    return page


async def _all_seen(page: Any, wanted: int, seen: list[list[Any]], seconds: float) -> None:
    until = time.monotonic() + seconds
    while len(seen) < wanted and time.monotonic() < until:
        await asyncio.sleep(0.05)
        seen += await page.evaluate(TAKE)


async def _latency(chromium: Any, address: str, desk: Desk) -> list[Figure]:
    """Take turns with a page that does nothing but write the number: what machine, hub and browser take."""
    hub_url = address.partition("/board")[0]
    taken: dict[str, list[float]] = {"board": [], "bare": []}
    arrived: list[float] = []
    async with _events(hub_url) as heard:
        for turn in range(2 * TURNS):
            kind = ("bare", "board")[turn % 2]
            page = await (_opened(chromium, address) if kind == "board" else _bare(chromium, hub_url))
            # What was called before has been up for as long as a call keeps its place.
            await asyncio.sleep(UP_S)
            await page.evaluate(TAKE)
            seen: list[list[Any]] = []
            called: set[str] = set()
            for n in range(CALLS // TURNS):
                called.add(await desk.call(n % WINDOWS + 1))
                await _all_seen(page, n + 1, seen, 10)
                # Spread like a hall's calls, so that each row has been up for a while.
                await asyncio.sleep(0.7)
            await page.close()
            taken[kind] += [at - heard[number][0] for number, at in seen if number in called]
            arrived += [heard[number][1] - heard[number][0] for number in called if number in heard]
    board, bare = taken["board"], taken["bare"]
    note = (
        f"median {p50(board):.0f} ms; a bare page p95 {p95(bare):.0f} ms, median {p50(bare):.0f} ms, commit "
        f"and line {p50(arrived):.0f} ms of it; load of the machine {os.getloadavg()[0]:.0f}"
    )
    return [
        Figure("event → board changed in the browser, p95", p95(board), 100, "ms", "≤ 100 ms", note=note),
        Figure("calls that were not on the board", CALLS - len(board), 0, "calls", "none"),
    ]


@contextlib.asynccontextmanager
async def _events(hub_url: str) -> AsyncIterator[dict[str, tuple[float, float]]]:
    """Listen to the hub; give of every call the hub's own time of it and when it was heard here (ms)."""
    heard: dict[str, tuple[float, float]] = {}

    async def listen(stream: aiohttp.StreamReader) -> None:
        while line := await stream.readline():
            now = time.time() * 1000
            if line.startswith(b"data: "):
                event = json.loads(line[6:])
                if event.get("type") == "ticket.called":
                    heard[event["number"]] = (datetime.fromisoformat(event["at"]).timestamp() * 1000, now)

    timeout = aiohttp.ClientTimeout(total=None)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.get(f"{hub_url}/api/v1/events") as answer,
    ):
        listening = asyncio.create_task(listen(answer.content))
        yield heard
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def _bare(chromium: Any, hub_url: str) -> Any:
    page = await chromium.new_page(viewport={"width": 1920, "height": 1080})
    await page.goto(f"{hub_url}/pages/revision")
    await page.evaluate(BARE)
    return page


async def _day(chromium: Any, address: str, desk: Desk) -> list[Figure]:
    page = await _opened(chromium, address, HURRY)
    metrics = await page.context.new_cdp_session(page)
    await metrics.send("Performance.enable")
    seen: list[list[Any]] = await page.evaluate(TAKE)
    before = len(seen)
    called: list[str] = []
    held: list[dict[str, float]] = []
    for n in range(DAY_CALLS):
        called.append(await desk.call(n % WINDOWS + 1))
        if n % 50 == 49:
            seen += await page.evaluate(TAKE)
        if n + 1 in (DAY_CALLS // 4, DAY_CALLS):
            await _all_seen(page, before + len(called), seen, 60)
            held.append(await _held(metrics))
    shown = [number for number, _ in seen[before:]]
    await page.close()
    early, late = held
    return [
        Figure(
            "8 hours of 300 calls, 30 windows: calls missed", len(set(called) - set(shown)), 0, "calls", "0"
        ),
        Figure("calls shown out of order", float(shown != called), 0, "", "none"),
        Figure(
            "page's heap after the day, beside a quarter of it",
            late["JSHeapUsedSize"] / early["JSHeapUsedSize"],
            1.1,
            "×",
            "flat",
            note=f"{late['JSHeapUsedSize'] / 1e6:.1f} MB",
        ),
        Figure(
            "page's nodes after the day, beside a quarter of it",
            late["Nodes"] / early["Nodes"],
            1.1,
            "×",
            "flat",
            note=f"{late['Nodes']:.0f} nodes, {late['JSEventListeners']:.0f} listeners",
        ),
    ]


async def _held(metrics: Any) -> dict[str, float]:
    for _ in range(3):
        await metrics.send("HeapProfiler.collectGarbage")
    found = await metrics.send("Performance.getMetrics")
    return {one["name"]: one["value"] for one in found["metrics"]}
