"""How soon and how light each page of the hub comes to a browser that has never seen it.

Every page of staff and of the public, signed in as who may open most, its cache off: the time from asking for
it to the first thing painted, and the bytes that came over the wire. Fonts are counted apart: they come after
the first paint, and a browser keeps them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.board_hall import ARGUMENTS, browser
from benchmarks.hubs import bare_hall, hub
from benchmarks.people import account, sign_in
from benchmarks.report import Figure, p50
from kioskd.access.roles import Role
from kioskd.web.pages import PAGES
from kioskd.web.staff_pages import STAFF

LOADS = 5
"""Of each page; the median counts."""

SETTLE_MS = 500
"""What a page asks for once it has begun is part of its weight."""

PAINT_MS, WEIGHT_KB = 300, 150
NAME = "bench"
PAINTED = "performance.getEntriesByName('first-contentful-paint')"


@contextlib.asynccontextmanager
async def signed_in(chromium: str) -> AsyncIterator[tuple[Any, str]]:
    """Give a browser's context in which an administrator is signed in, and the hub's address."""
    from playwright.async_api import async_playwright

    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kioskd-bench-")))
        data = folder / "data"
        account(data, NAME, Role.ADMIN)
        running = stack.enter_context(hub(bare_hall(folder), data))
        playwright = await stack.enter_async_context(async_playwright())
        found = await playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        stack.push_async_callback(found.close)
        context = await found.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
        page, url = await context.new_page(), f"http://127.0.0.1:{running.port}"
        await sign_in(page, f"{url}/sign-in", NAME)
        await page.wait_for_url("**/home")
        await page.close()
        yield context, url


async def load(context: Any, address: str) -> tuple[float, float]:
    """Open a page for the first time; return its first paint (ms) and weight (KB)."""
    page = await context.new_page()
    try:
        client = await context.new_cdp_session(page)
        weights: dict[str, int] = {}
        fonts: set[str] = set()

        def answered(got: dict[str, Any]) -> None:
            if "/fonts/" in got["response"]["url"]:
                fonts.add(got["requestId"])

        client.on("Network.responseReceived", answered)
        client.on(
            "Network.loadingFinished",
            lambda done: weights.update({done["requestId"]: done["encodedDataLength"]}),
        )
        await client.send("Network.enable")
        await client.send("Network.setCacheDisabled", {"cacheDisabled": True})
        await page.goto(address)
        if urlsplit(page.url).path != urlsplit(address).path:
            raise RuntimeError(f"{address} led to {page.url}")
        await page.wait_for_function("() => document.readyState === 'complete'")
        await page.wait_for_function(f"() => {PAINTED}.length")
        await page.wait_for_timeout(SETTLE_MS)
        paint = await page.evaluate(f"() => {PAINTED}[0].startTime")
        return paint, sum(size for request, size in weights.items() if request not in fonts) / 1024
    finally:
        await page.close()


async def _measure(chromium: str) -> list[Figure]:
    paints: dict[str, float] = {}
    weights: dict[str, float] = {}
    async with signed_in(chromium) as (context, url):
        for path in dict.fromkeys([*(page.path for page in STAFF), *PAGES]):
            loads = [await load(context, url + path) for _ in range(LOADS)]
            paints[path] = p50([paint for paint, _ in loads])
            weights[path] = max(weight for _, weight in loads)
    slowest, heaviest = max(paints, key=paints.__getitem__), max(weights, key=weights.__getitem__)
    note = f"{slowest}; {len(paints)} pages from {min(paints.values()):.0f} ms, median of {LOADS} loads each"
    return [
        Figure(
            "first paint of the slowest page",
            paints[slowest],
            PAINT_MS,
            "ms",
            f"≤ {PAINT_MS} ms",
            note=f"{note}; load of the machine {os.getloadavg()[0]:.0f}",
        ),
        Figure(
            "heaviest page, first load without fonts",
            weights[heaviest],
            WEIGHT_KB,
            "KB",
            f"≤ {WEIGHT_KB} KB",
            note=f"{heaviest}; {len(weights)} pages from {min(weights.values()):.0f} KB",
        ),
    ]


def run() -> Iterator[Figure]:
    """Measure; without a browser nothing can be."""
    chromium = browser()
    if chromium is not None:
        yield from asyncio.run(_measure(chromium))
