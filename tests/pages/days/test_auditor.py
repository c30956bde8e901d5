"""The auditor's day: everything is looked at, nothing can be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.pages.conftest import SIZES, Hall
from tests.pages.days.conftest import rated, seen, somebody

if TYPE_CHECKING:
    from playwright.async_api import Browser


@pytest.mark.parametrize("size", SIZES)
async def test_an_auditors_day(hall: Hall, browser: Browser, size: str) -> None:
    ticket = await rated(hall, "3", 2)
    async with somebody(hall, browser, SIZES[size], f"auditor-{size}") as person:
        page = person.page
        await person.sign_in("auditor")
        await seen(person, "home")
        await page.click("main a[href='/overview']")
        await page.wait_for_selector("#windows li:nth-child(6)")
        assert await page.locator("#overview button:visible").count() == 0, "looks and changes nothing"
        await seen(person, "overview")
        await page.click(".top__menu a[href='/figures']")
        await page.click("[data-span=day]")
        await expect(page.locator("#empty")).to_contain_text("都没有登记事项")
        await page.select_option("#by", "window")
        await expect(page.locator("#rows tr").first).to_be_visible()
        for kind in ("csv", "xlsx"):
            async with page.expect_download() as waiting:
                await page.click(f"#{kind}")
            assert (await waiting.value).suggested_filename.endswith(kind)
        await seen(person, "figures")
        await page.click(".top__menu a[href='/poor-ratings']")
        await page.locator("#items li", has_text=ticket["number"]).locator("button").click()
        await expect(page.locator("#detail")).to_contain_text(ticket["number"])
        assert await page.locator("[id^=step-]").count() == 0
        await seen(person, "poor")
        await page.click(".top__menu a[href='/roster']")
        await expect(page.locator("#roster")).not_to_have_attribute("data-state", "loading")
        await expect(page.locator("#import")).to_be_hidden()
        await page.click(".top__menu a[href='/story']")
        await expect(page.locator("[name=date]")).not_to_have_value("")
        await page.fill("[name=window]", "3")
        await page.keyboard.press("Enter")
        await seen(person, "story-list")
        await page.fill("[name=number]", ticket["number"])
        await page.keyboard.press("Enter")
        await expect(page.locator(".story__line")).to_contain_text("不满意")
        await page.emulate_media(media="print")
        await expect(page.locator("#find")).to_be_hidden()
        await person.picture(f"day-{person.name}-story-print")
        await page.emulate_media(media="screen")
        # What is not theirs says so, and leads on.
        await page.goto(person.at("/settings"))
        await expect(page.locator("h1")).to_be_visible()
        await seen(person, "not-theirs")
        await page.click("main a[href='/home']")
        await expect(page.locator(".home__pages")).to_be_visible()
