"""A hall of thirty windows, somebody who calls in it, and its board in a real browser."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.client import Connection
from benchmarks.hubs import bare_hall, hub

WINDOWS = 30

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
TAKE = "() => window.seen.splice(0)"
"""Every call that came onto the board since this was asked last, with its moment (ms), in order."""


class Desk:
    """Somebody who takes numbers and calls them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._n = 0

    async def post(self, path: str, body: str = "{}") -> Any:
        """Ask the hub to do something. Raises RuntimeError when it does not."""
        self._n += 1
        status, answer = await self._connection.post(f"/api/v1/{path}", body.encode(), f"board-{self._n}")
        if status >= 300:
            raise RuntimeError(f"{path}: {status} {answer!r}")
        return json.loads(answer) if answer else None

    async def call(self, window: int) -> str:
        """Have somebody called and served at a window; return the number."""
        await self.post("tickets", '{"queue":"general"}')
        called = await self.post(f"windows/{window}/call-next")
        await self.post(f"windows/{window}/start")
        return str(called["ticket"]["number"])


@dataclass(frozen=True)
class Hall:
    """A running hub with thirty windows, and a browser."""

    url: str
    desk: Desk
    chromium: Any

    async def board(self, *scripts: str) -> Any:
        """Open the board; ``scripts`` run in the page before anything of its own."""
        page = await self.chromium.new_page(viewport={"width": 1920, "height": 1080})
        for script in scripts:
            await page.add_init_script(f"({script})()")
        await page.goto(f"{self.url}/board?lang=both")
        await page.locator(".tile").nth(WINDOWS - 1).wait_for()
        await page.evaluate("() => document.fonts.ready.then(() => undefined)")
        await page.evaluate(WATCH)
        return page


def browser() -> str | None:
    """Return the Chromium of this machine, None (and say so) when there is none."""
    found = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)
    if found is None:
        print("no Chromium is installed, nothing measured", flush=True)
    return found


@asynccontextmanager
async def hall(browser: str) -> AsyncIterator[Hall]:
    """Run a hub of thirty windows that all call the same queue, in a process of its own, and a browser."""
    from playwright.async_api import async_playwright

    with (
        tempfile.TemporaryDirectory() as folder,
        hub(_thirty(Path(folder)), Path(folder) / "data") as running,
    ):
        connection = await Connection.open(running.port, running.token)
        async with async_playwright() as playwright:
            chromium = await playwright.chromium.launch(executable_path=browser, args=list(ARGUMENTS))
            yield Hall(f"http://127.0.0.1:{running.port}", Desk(connection), chromium)
            await chromium.close()
        connection.close()


def _thirty(folder: Path) -> Path:
    file = bare_hall(folder)
    text = file.read_text("utf-8")
    more = "".join(
        f'\n[[window]]\nid = "{n}"\nzone = "east"\nequipped = ["general"]\nskills = ["general"]\n'
        for n in range(7, WINDOWS + 1)
    )
    file.write_text(text + more, "utf-8")
    return file


async def all_seen(page: Any, wanted: int, seen: list[list[Any]], seconds: float) -> None:
    """Wait until so many calls have been on the board, or for so long."""
    until = time.monotonic() + seconds
    while len(seen) < wanted and time.monotonic() < until:
        await asyncio.sleep(0.05)
        seen += await page.evaluate(TAKE)
