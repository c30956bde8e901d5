"""The guide's day, on two phones and a tablet in one hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.pages.conftest import Hall
from tests.pages.days.conftest import HANDS, seen, somebody
from tests.workers import offline

if TYPE_CHECKING:
    from playwright.async_api import Browser


@pytest.mark.parametrize("size", HANDS)
async def test_a_guides_day(hall: Hall, browser: Browser, size: str) -> None:
    async with somebody(hall, browser, HANDS[size], f"guide-{size}") as person:
        page = person.page
        await person.sign_in("guide", "/guide")
        await expect(page.locator("#now")).to_contain_text("等候")
        await seen(person, "begin")
        for act in ("take", "paper", "help", "more"):
            box = await page.locator(f"#{act}").bounding_box()
            assert box is not None
            assert box["height"] >= 48, act
            assert box["y"] > HANDS[size][1] * 0.45, "where the thumb is"
            assert box["y"] + box["height"] <= HANDS[size][1], act

        await page.click("#take")
        await page.click(".guide__chip >> text=老年人")
        await seen(person, "take")
        await page.click(".guide__choices button >> nth=0")
        number = await page.locator(".guide__taken .guide__number").inner_text()
        await seen(person, "taken")
        await page.click(".guide__taken .primary")
        await page.click("text=确认优先")
        await expect(page.locator(".guide__facts")).to_contain_text("已确认")
        await page.click("text=改队列")
        await seen(person, "move")
        await page.click(".dialog .guide__choices button:has-text('社保卡')")
        await expect(page.locator(".guide__facts")).to_contain_text("社保卡")
        await expect(page.locator(".guide__facts")).to_contain_text("已打出")
        await page.click("text=补打")
        await expect(page.locator(".toast").last).to_contain_text("已打出")
        await seen(person, "ticket")

        ticket = await hall.get("lead", f"tickets/{number}")
        await hall.post("teller", "windows/1/call", {"ticket": ticket["id"]})
        await hall.post("teller", "windows/1/no-show", {"ticket": ticket["id"]})
        await page.click("text=过号恢复")
        await expect(page.locator(".guide__ticket .badge")).to_have_text("等候")

        await page.click("#help")
        await page.fill(".dialog input", "老人不舒服")
        await seen(person, "help")
        await page.click(".dialog >> text=取号区")
        await expect(page.locator(".toast").last).to_contain_text("已通知")
        await page.click("#paper")
        await seen(person, "paper")
        await page.click(".dialog .guide__choices button")
        await expect(page.locator("#papers li").first).to_contain_text("字迹清楚吗")
        await seen(person, "paper-asked")
        await page.click("#papers .primary")
        await expect(page.locator("#papers li")).to_have_count(0)
        await page.click("#more")
        await seen(person, "more")
        await page.click('[data-act="roll"]')
        await page.click(".guide__chip >> nth=2")
        first = 501 + 10 * list(HANDS).index(size)
        await page.fill("[name=first]", str(first))
        await page.fill("[name=last]", str(first + 2))
        await seen(person, "roll")
        await page.click(".dialog .primary")
        await expect(page.locator(".toast").last).to_contain_text("共 3 张")
        await page.click("#more")
        await page.click('[data-act="quiet"]')
        await page.click(".dialog >> text=15 分钟")
        await expect(page.locator("#now")).to_contain_text("安静模式已开")
        await page.click("#more")
        await page.click('[data-act="quiet"]')
        await page.click(".dialog >> text=现在恢复")
        await expect(page.locator("#now")).not_to_contain_text("安静模式")

        await page.fill("#number", "Z999")
        await page.click("#look")
        await expect(page.locator(".toast--wrong", has_text="Z999")).to_be_visible()
        async with offline(page):
            await page.click("#look")
            await expect(page.locator(".toast--wrong").last).to_contain_text("主机没有回应")
            await expect(page.locator("#away")).to_be_visible()
            await seen(person, "away")
        await expect(page.locator("#away")).to_be_hidden()
