"""The hall board in a real browser: how soon a call is on it.

The hub is a process of its own with thirty windows. A call's time runs from its event (the hub's own
label of it, before it is committed) to the task after the frame that shows it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any

import aiohttp

from benchmarks.board_hall import TAKE, WINDOWS, Hall, all_seen, browser, hall
from benchmarks.report import Figure, p50, p95

CALLS = 120
"""Calls whose time is taken, one at a time."""
TURNS = 4
"""So often the board and the bare page take turns, that both meet the same machine."""
UP_S = 5.0

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


def run() -> Iterator[Figure]:
    """Measure; without a browser nothing can be."""
    chromium = browser()
    if chromium is not None:
        yield from asyncio.run(_measure(chromium))


async def _measure(chromium: str) -> list[Figure]:
    async with hall(chromium) as there:
        return await _latency(there)


async def _latency(there: Hall) -> list[Figure]:
    """Take turns with a page that does nothing but write the number: what machine, hub and browser take."""
    taken: dict[str, list[float]] = {"board": [], "bare": []}
    arrived: list[float] = []
    async with _events(there.url) as heard:
        for turn in range(2 * TURNS):
            kind = ("bare", "board")[turn % 2]
            page = await (there.board() if kind == "board" else _bare(there))
            # What was called before has been up for as long as a call keeps its place.
            await asyncio.sleep(UP_S)
            await page.evaluate(TAKE)
            seen: list[list[Any]] = []
            called: set[str] = set()
            for n in range(CALLS // TURNS):
                called.add(await there.desk.call(n % WINDOWS + 1))
                await all_seen(page, n + 1, seen, 10)
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


async def _bare(there: Hall) -> Any:
    page = await there.chromium.new_page(viewport={"width": 1920, "height": 1080})
    await page.goto(f"{there.url}/pages/revision")
    await page.evaluate(BARE)
    return page
