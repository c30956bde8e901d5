"""A demo hall in its own process, and people who open its pages in a real browser."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
import pytest
import pytest_asyncio

from tests import started
from tests.demo.hall import DemoHall

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page, Request

ARGUMENTS, CHROMIUM, browser = started.ARGUMENTS, started.CHROMIUM, started.browser
PATIENCE_MS = int(os.environ.get("KIOSKD_PATIENCE_MS", "30000"))
SIZES = {"small": (1024, 768), "middle": (1366, 768), "large": (1920, 1080)}
PHONE = {"phone": (360, 800)}
POCKET = {"pocket": (390, 844)}
"""What most people have with them: pages made for a desk are not for it, and are not moved sideways there."""
SCREENS = os.environ.get("KIOSKD_SCREENS", "")
"""Folder that pictures of the pages are put into, if anywhere."""


@pytest.fixture(autouse=True)
def patient() -> None:
    from playwright.async_api import expect

    expect.set_options(timeout=PATIENCE_MS)


class Hall(DemoHall):
    """A demo hall and what tests do to it beside the pages."""

    @property
    def password(self) -> str:
        return str(json.loads((self.data / "accounts.json").read_text())["password"])

    async def post(self, role: str, path: str, body: Any = None) -> Any:
        headers = {
            "Authorization": f"Bearer {self.tokens[role]}",
            "Idempotency-Key": uuid.uuid4().hex,
        }
        url = f"{self.url}api/v1/{path}"
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, json=body or {}, headers=headers) as answer,
        ):
            raw = await answer.read()
            assert answer.status < 400, raw
            return json.loads(raw) if raw else None

    async def get(self, role: str, path: str) -> Any:
        headers = {"Authorization": f"Bearer {self.tokens[role]}"}
        url = f"{self.url}api/v1/{path}"
        async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
            return await answer.json()

    async def take(self, **body: Any) -> str:
        """Take a number at the desk (the kiosk asks staff after three in a minute)."""
        return str((await self.post("guide", "tickets", {"queue": "general", **body}))["number"])

    async def tidy(self) -> None:
        """Leave no ticket of an earlier test, in hand or waiting, and everybody on duty."""
        for window in await self.get("lead", "windows"):
            path = f"windows/{window['id']}"
            if window.get("pause"):
                await self.post("lead", f"{path}/resume")
            if window.get("ticket"):
                await self.post("lead", f"{path}/finish")
        for row in range(1, 7):
            await self.post("lead", f"windows/{row}/login", {"teller": f"d{row:02}"})
            while ahead := (await self.get("lead", f"windows/{row}/counter"))["ahead"]:
                for one in ahead:
                    await self.post("lead", f"tickets/{one['ticket']['id']}/void", {"reason": "tidy"})

    async def press(self, window: str, key: str) -> None:
        """Press a key of a window's hardware keypad."""
        wish = {"act": "press", "device": f"keypad-{window}", "key": key}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.url}virtual/act", json=wish) as answer,
        ):
            assert answer.status == 200, await answer.text()

    async def shows(self, device: str, done: Callable[[Any], bool]) -> None:
        """Wait until a device at the end of its line shows what it should."""
        seen: Any = None
        try:
            async with (
                asyncio.timeout(PATIENCE_MS / 1000),
                aiohttp.ClientSession(read_bufsize=1 << 20) as session,
                session.get(f"{self.url}virtual/events") as stream,
            ):
                async for line in stream.content:
                    told = json.loads(line[6:]) if line.startswith(b"data: ") else {}
                    # What the hub knows of it comes too; a bed's device says whether it is plugged in.
                    bed = [one for one in told.get("devices", [told]) if "plugged" in one]
                    seen = next((one for one in bed if one["id"] == device), seen)
                    if seen is not None and done(seen):
                        return
        except TimeoutError:
            raise AssertionError(seen) from None


ENDLESS = re.compile(r"/events|_worker\.js")
"""Streams end with their page only, and of a shared worker's script Playwright never hears the end."""

QUIET = """() => new Promise((done) => {
    let timer = setTimeout(done, 300);
    const again = () => { clearTimeout(timer); timer = setTimeout(done, 300); };
    new MutationObserver(again).observe(document.body, { childList: true, subtree: true });
    setTimeout(done, 3000);
})"""
"""Waits until nothing on the page has changed for a moment, or it seems to change all the time."""


class Person:
    """Somebody at a browser, and everything that went wrong in it."""

    def __init__(self, hall: Hall, context: BrowserContext, page: Page, name: str = "") -> None:
        self.hall = hall
        self.name = name
        self.context = context
        self.page = page
        self.wrong: list[str] = []
        self.asked: set[str] = set()
        self.under_way: dict[Page, set[Request]] = {}
        self.answered = 0
        self.watch(page)

    def watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("request", lambda request: self.asked.add(request.url))
        page.on("dialog", lambda dialog: self.wrong.append(f"dialog {dialog.message}"))
        under_way = self.under_way[page] = set()

        def done(request: Request) -> None:
            under_way.discard(request)
            self.answered += 1

        page.on("request", lambda request: None if ENDLESS.search(request.url) else under_way.add(request))
        page.on("requestfinished", done)
        page.on("requestfailed", done)

    async def settled(self, page: Page | None = None) -> None:
        """Wait until the page has all that it asked the hub for, and has shown it."""
        page = page or self.page
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while True:
                before = self.answered
                await page.evaluate(QUIET)
                if not self.under_way[page] and self.answered == before:
                    return

    def at(self, path: str) -> str:
        return self.hall.url.rstrip("/") + path

    async def sign_in(self, name: str, path: str = "/home", password: str | None = None) -> None:
        await self.page.goto(self.at(path))
        await self.page.fill("[name=name]", name)
        await self.page.fill("[name=password]", password or self.hall.password)
        await self.page.click("#enter")
        await self.page.wait_for_url(lambda url: urlsplit(url).path == path)

    async def picture(self, name: str, page: Page | None = None) -> None:
        if SCREENS:
            await (page or self.page).wait_for_timeout(300)
            await (page or self.page).screenshot(path=str(Path(SCREENS) / f"{name}.png"))


async def press(page: Page, key: str) -> None:
    """Press a key of the call page once it can be pressed: one thing is done at a time."""
    await page.wait_for_selector(f'[aria-keyshortcuts="{key.upper()}"][aria-disabled="false"]')
    await page.keyboard.press(key)


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    with Hall(tmp_path_factory.mktemp("hall")) as hall:
        yield hall


@contextlib.asynccontextmanager
async def at_screen(
    hall: Hall, browser: Browser, screen: tuple[int, int], language: str = "zh-CN", name: str = ""
) -> AsyncIterator[Person]:
    """Give somebody a screen of so many pixels; afterwards nothing has gone wrong there."""
    width, height = screen
    context = await browser.new_context(viewport={"width": width, "height": height}, locale=language)
    context.set_default_timeout(PATIENCE_MS)
    person = Person(hall, context, await context.new_page(), name)
    try:
        yield person
    finally:
        await context.close()
    assert person.wrong == []
    assert all(url.startswith((hall.url, "data:", "blob:")) for url in person.asked), "no outside requests"


def somebody(
    hall: Hall, browser: Browser, size: str = "small", language: str = "zh-CN"
) -> AbstractAsyncContextManager[Person]:
    """Give somebody a screen of a size that has a name."""
    return at_screen(hall, browser, (SIZES | PHONE)[size], language)


@pytest_asyncio.fixture(loop_scope="session")
async def tidy_hall(hall: Hall) -> Hall:
    """The hall with nobody in it."""
    await hall.tidy()
    return hall


@pytest_asyncio.fixture(loop_scope="session")
async def person(tidy_hall: Hall, browser: Browser) -> AsyncIterator[Person]:
    async with somebody(tidy_hall, browser) as person:
        yield person
