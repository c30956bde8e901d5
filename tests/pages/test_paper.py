"""The ticket machine without paper, as the guide and the lead see it: what is said is what came of a slip."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
from playwright.async_api import Page, expect

from tests.pages.conftest import Hall, Person, somebody

if TYPE_CHECKING:
    from playwright.async_api import Browser

PRINTER = "printer"
"""Its id, which nobody in the hall has to know."""


async def act(hall: Hall, act: str) -> None:
    """Lend the simulated printer a hand, or take its paper."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{hall.url}virtual/act", json={"act": act, "device": PRINTER}) as answer,
    ):
        assert answer.status == 200, await answer.text()


async def slip(page: Page, said: str) -> None:
    await expect(page.locator(".guide__facts div", has_text="纸票")).to_contain_text(said)


async def test_a_slip_that_cannot_be_printed(tidy_hall: Hall, browser: Browser, person: Person) -> None:
    hall, page = tidy_hall, person.page
    number = await hall.take()
    await person.sign_in("guide", "/guide")
    await page.fill("#number", number)
    await page.click("#look")
    await slip(page, "已打出")
    await act(hall, "empty")
    await page.click(".guide__todo >> text=补打")
    await expect(page.locator(".toast--wrong")).to_contain_text(f"{number} 没有打出：缺纸")
    await expect(page.locator(".toast--done")).to_have_count(0)
    await slip(page, "没有打出")
    await expect(page.locator(".guide__ticket .wrong")).to_contain_text("再点“补打”")
    await person.picture("guide-not-printed")
    await page.click("#paper")
    choice = page.locator(".dialog .guide__choices button")
    assert PRINTER not in await choice.inner_text()
    await choice.click()
    await expect(page.locator(".toast--wrong").last).to_contain_text("“取号机打印机”还没有纸")
    await page.keyboard.press("Escape")

    async with somebody(hall, browser) as other, somebody(hall, browser, language="en") as reader:
        lead = other.page
        await other.sign_in("lead", "/overview")
        await expect(lead.locator("#devices")).to_contain_text("取号机打印机，")
        assert PRINTER not in await lead.locator("#devices").inner_text()
        await lead.click("#closing")
        left = lead.locator(".dialog [data-key=slips]")
        await expect(left).to_have_attribute("data-done", "no")
        await expect(left).to_contain_text("1 张票可能没有纸票：1 张没有打出")
        await expect(lead.locator(".dialog [data-key=devices]")).to_contain_text("取号机打印机")
        await other.picture("overview-closing-slips")
        await reader.sign_in("lead", "/overview")
        await reader.page.click("#closing")
        await expect(reader.page.locator(".dialog [data-key=slips]")).to_contain_text("1 not printed")
        await reader.picture("overview-closing-slips-en")

        # With paper it is still not printed until somebody asks.
        await act(hall, "refill")
        asked = page.locator("#papers li")
        await expect(asked).to_contain_text("取号机打印机：测试票的字迹清楚吗？")
        await person.picture("guide-test-slip")
        await slip(page, "没有打出")
        await asked.locator(".primary").click()
        await page.click(".guide__todo >> text=补打")
        await expect(page.locator(".toast--done").last).to_contain_text(f"{number} 已打出")
        await slip(page, "已打出")
        await expect(left).to_have_attribute("data-done", "yes")
