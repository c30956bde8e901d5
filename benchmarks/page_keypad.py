"""Call page and hardware keypad side by side: how soon each shows what the other did.

The hub is a process of its own; keypad and window sign are simulators on real ptys at the pace of their
wires, and a teller's call page and call strip are open in a real browser. A key's time runs from the moment
before the keypad sends its frame to the task after the page shows the number; a click's from the click to the
last byte at the keypad, which shows how many wait, and at the sign.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.board_hall import ARGUMENTS, Desk, browser
from benchmarks.client import Connection
from benchmarks.hubs import DEMO_HALL, HubProcess, bare_hall, hub
from benchmarks.people import account, sign_in
from benchmarks.report import Figure, p50, p95
from kioskd.access.roles import Role
from kioskd.demo.bed import Bed
from kioskd.settings import load

ROUNDS = 60
LIMIT_MS = 100
DEBOUNCE_S = 0.85
"""The keypad's own: presses closer together are one."""

DEVICES = ("keypad-1", "sign-1")
TELLER = "d01"

WATCH = """() => {
    window.seen = {};
    new MutationObserver(() => {
        const number = document.getElementById("number").textContent;
        // The frame that this change belongs to is on the screen when the next task runs.
        setTimeout(() => { window.seen[number] = window.seen[number] || Date.now(); }, 0);
    }).observe(document.getElementById("number"), { childList: true, characterData: true, subtree: true });
}"""
CLICK = """() => {
    const at = Date.now();
    document.getElementById("act-next").click();
    return at;
}"""


class Counter:
    """Window 1: its page and strip in a browser, its keypad and its sign."""

    def __init__(self, desk: Desk, page: Any, strip: Any, bed: Bed) -> None:
        self.desk, self.page, self.strip = desk, page, strip
        self.keypad = bed.devices["keypad-1"].simulator
        self.sign = bed.devices["sign-1"].simulator
        self.taken: dict[str, list[float]] = {name: [] for name in ("page", "strip", "keypad", "sign")}

    async def ready(self) -> str:
        """Have somebody come whom nobody has called; return the number once all is quiet."""
        number = str((await self.desk.post("tickets", '{"queue":"general"}'))["number"])
        await self.page.wait_for_selector(f"#line li:has-text('{number}')")
        await self.page.wait_for_selector('#act-next[aria-disabled="false"]')
        await shown(self.keypad, lambda: self.keypad.digits.strip() == "1", "who waits, at the keypad")
        await asyncio.sleep(DEBOUNCE_S)
        return number

    async def finish(self) -> None:
        """Let the citizen go, on every screen."""
        await self.desk.post("windows/1/finish")
        await self.page.wait_for_selector('#now[data-state="open"]')

    async def key(self) -> None:
        """Press the keypad's key; take when page and strip show whom it called."""
        number = await self.ready()
        begin = time.time() * 1000
        self.keypad.press("call")
        for name, screen in (("page", self.page), ("strip", self.strip)):
            at = await screen.evaluate_handle(
                "number => new Promise((done) => { const look = () => window.seen[number]"
                " ? done(window.seen[number]) : setTimeout(look, 5); look(); })",
                number,
            )
            self.taken[name].append(await at.json_value() - begin)
        await self.finish()

    async def click(self) -> None:
        """Press the page's key; take when keypad and sign have what it changes."""
        number = await self.ready()
        came = {
            "keypad": shown(
                self.keypad, lambda: self.keypad.digits.strip() == "0", f"{number}, at the keypad"
            ),
            "sign": shown(
                self.sign, lambda: number in str(self.sign.view()["rows"]), f"{number}, at the sign"
            ),
        }
        waiting = {name: asyncio.create_task(one) for name, one in came.items()}
        await asyncio.sleep(0)  # both are looked at from here on
        begin = await self.page.evaluate(CLICK)
        for name, one in waiting.items():
            self.taken[name].append(await one - begin)
        await self.finish()


async def shown(simulator: Any, done: Callable[[], bool], what: str) -> float:
    """Wait until a simulator shows something; return when, in a browser's ms."""
    came: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def look() -> None:
        if not came.done() and done():
            came.set_result(time.time() * 1000)

    simulator.on_change(look)
    look()
    try:
        async with asyncio.timeout(20):
            return await came
    except TimeoutError:
        raise RuntimeError(f"never came: {what}") from None


def _file(folder: Path, bed: Bed) -> Path:
    """Write the demo hall with the bed's devices alone."""
    file = bare_hall(folder)
    blocks = DEMO_HALL.read_text("utf-8").split("\n[[device]]")[1:]
    addresses = {device.id: device.address for device in bed.settings()}
    text = file.read_text("utf-8")
    for block in blocks:
        table = block.partition("\n\n")[0]
        if (name := re.search(r'^id = "(.+)"$', table, re.MULTILINE)) and name[1] in addresses:
            here = f'address = "{addresses[name[1]]}"'
            table = re.sub(r'^address = ".*"$', here, table, flags=re.MULTILINE)
            text += f"\n[[device]]{table}\n"
    file.write_text(text, "utf-8")
    return file


@contextlib.asynccontextmanager
async def counter(chromium: str) -> AsyncIterator[Counter]:
    """Open everything at window 1."""
    from playwright.async_api import async_playwright

    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kioskd-bench-")))
        bed = Bed([one for one in load(DEMO_HALL).station.devices if one.id in DEVICES], folder / "dev")
        await bed.start()
        stack.push_async_callback(bed.stop)
        account(folder / "data", TELLER, Role.TELLER, teller=TELLER)
        # The devices live in this loop, so what waits for the hub must not hold it up.
        running: HubProcess = await asyncio.to_thread(
            stack.enter_context, hub(_file(folder, bed), folder / "data")
        )
        line = await Connection.open(running.port, running.token)
        stack.callback(line.close)
        desk = Desk(line)
        await desk.post("windows/1/login", '{"teller":"d01","skills":["general"]}')
        playwright = await stack.enter_async_context(async_playwright())
        found = await playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        stack.push_async_callback(found.close)
        context = await found.new_context(viewport={"width": 1024, "height": 768}, locale="zh-CN")
        page, url = await context.new_page(), f"http://127.0.0.1:{running.port}"
        await sign_in(page, f"{url}/call", TELLER)
        await page.wait_for_selector("#call:not([hidden])")
        strip = await context.new_page()
        await strip.set_viewport_size({"width": 360, "height": 110})
        await strip.goto(f"{url}/call/strip")
        await strip.wait_for_selector("#waiting:not(:empty)")
        for screen in (page, strip):
            await screen.evaluate(WATCH)
        yield Counter(desk, page, strip, bed)


async def _measure(chromium: str) -> list[Figure]:
    async with counter(chromium) as there:
        for _ in range(ROUNDS):
            await there.key()
            await there.click()
    load_of = f"load of the machine {os.getloadavg()[0]:.0f}"
    names = {
        "page": "key of the keypad → call page in the browser, p95",
        "strip": "key of the keypad → call strip in the browser, p95",
        "keypad": "press on the call page → keypad's digits, p95",
        "sign": "press on the call page → window sign, p95",
    }
    return [
        Figure(
            what,
            p95(there.taken[name]),
            LIMIT_MS,
            "ms",
            f"≤ {LIMIT_MS} ms",
            note=f"median {p50(there.taken[name]):.0f} ms of {len(there.taken[name])}; {load_of}",
        )
        for name, what in names.items()
    ]


def run() -> Iterator[Figure]:
    """Measure; without a browser nothing can be."""
    chromium = browser()
    if chromium is not None:
        yield from asyncio.run(_measure(chromium))
