"""A real headless Chromium and the boards in it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

PATIENCE_MS = 30_000
CLOCK = re.compile(r"^\d\d:\d\d$")
SETTLED = """() => document.fonts.ready.then(() => new Promise((done) =>
    requestAnimationFrame(() => requestAnimationFrame(() => done()))))"""
STANDING = """async () => ({
    hidden: document.hidden,
    says: document.body.innerText,
    frames: await Promise.race([new Promise((done) => requestAnimationFrame(() => done(true))),
        new Promise((done) => setTimeout(() => done(false), 2000))]),
    asked: performance.getEntriesByType("resource").map((one) => [one.name, one.startTime, one.responseEnd]),
})"""
"""What may tell why a board is not there yet: a request without an end is not in the list."""

api = pytest.importorskip("playwright.async_api", reason="playwright is not installed")


class Screens:
    """Boards in one browser, and everything that went wrong in them."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.wrong: list[str] = []
        self.asked: set[str] = set()

    async def board(
        self, url: str, query: str = "", size: tuple[int, int] = (1920, 1080), *, still: bool = True
    ) -> Page:
        """Open a board and wait until it shows the hall; ``still`` asks for reduced motion."""
        page = await self.browser.new_page(
            viewport={"width": size[0], "height": size[1]},
            reduced_motion="reduce" if still else "no-preference",
        )
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("request", lambda request: self.asked.add(request.url))
        await page.goto(f"{url}/board{query}")
        try:
            await api.expect(page.locator("#clock")).to_have_text(CLOCK, timeout=PATIENCE_MS)
        except AssertionError as error:
            raise AssertionError(f"no clock: {await page.evaluate(STANDING)}, {self.wrong}") from error
        await page.evaluate(SETTLED)
        return page


@pytest_asyncio.fixture(loop_scope="session")
async def screens(browser: Browser) -> AsyncIterator[Screens]:
    """Boards that nobody has opened yet."""
    screens = Screens(browser)
    yield screens
    assert screens.wrong == []
