"""A board shows the hall as soon as it was told of it, whatever else fails, and says so where it was not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.board import scenes
from tests.board.conftest import CLOCK, PATIENCE_MS, Screens, api
from tests.board.stage import staged
from tests.board.test_layout import LOOKED_AT, SIZES

if TYPE_CHECKING:
    from playwright.async_api import Page

expect = api.expect
PATIENCE = {"timeout": PATIENCE_MS}

NO_STREAM = "window.SharedWorker = class { constructor() { this.port = { postMessage() {}, close() {} }; } };"
NO_FRAMES = "window.requestAnimationFrame = () => 1;"
HIDDEN = "Object.defineProperty(document, 'hidden', { get: () => true });"
TROUBLES = {"stream": NO_STREAM, "frames": NO_FRAMES, "hidden": NO_FRAMES + HIDDEN}
SAID = {"zh": "还收不到叫号", "en": "No calls here yet", "both": "还收不到叫号"}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
async def test_the_hall_waits_for_neither_stream_nor_frames(screens: Screens, trouble: str) -> None:
    context = await screens.browser.new_context()
    await context.add_init_script(trouble)
    async with staged(scenes.hall(6)) as stage:
        page = await context.new_page()
        await page.goto(f"{stage.url}/board")
        await expect(page.locator("#clock")).to_have_text(CLOCK, **PATIENCE)
        await expect(page.locator(".tile")).to_have_count(6, **PATIENCE)
        assert await page.locator("#quiet").is_hidden()


async def test_a_hall_that_nothing_is_known_of_is_said(screens: Screens) -> None:
    async with staged(scenes.hall(6)) as stage:
        stage.dumb = True

        async def waits(page: Page, language: str) -> None:
            for width, height in SIZES:
                await page.set_viewport_size({"width": width, "height": height})
                await page.goto(f"{stage.url}/board?lang={language}")
                await expect(page.locator("#quiet-title")).to_contain_text(SAID[language], **PATIENCE)
                assert await page.evaluate(LOOKED_AT) == [], (language, width)

        # Each of them waits for seconds at every size: all at once.
        pages = {language: await screens.browser.new_page() for language in SAID}
        await asyncio.gather(*(waits(page, language) for language, page in pages.items()))
        stage.dumb = False
        for page in pages.values():
            await expect(page.locator("#clock")).to_have_text(CLOCK, **PATIENCE)
            await expect(page.locator(".tile")).to_have_count(6, **PATIENCE)
            assert await page.locator("#quiet").is_hidden()


async def test_an_answer_that_never_comes_is_not_waited_for(screens: Screens) -> None:
    """Of the hall, and of the sentences of another language."""
    async with staged(scenes.hall(6)) as stage:
        page = await screens.browser.new_page()
        for address in ("**/pages/board/en.json", "**/api/v1/hall"):
            await page.route(address, lambda route: None, times=1)
        await page.goto(f"{stage.url}/board?lang=en")
        await expect(page.locator("#clock")).to_have_text(CLOCK, **PATIENCE)
