"""The lead's day: the hall live, a bad rating to its end, roster, figures, a ticket's story, closing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.pages.conftest import SIZES, Hall
from tests.pages.days.conftest import issued, rated, seen, somebody

if TYPE_CHECKING:
    from playwright.async_api import Browser, FilePayload


ROSTER = (
    "岗位,周一,周二,周三,周四,周五,周六,周日\n1号窗口,{0},{0},{0},{0},{0},,\n带班,{1},{1},{1},{1},{1},,\n"
)


@pytest.mark.parametrize("size", SIZES)
async def test_a_leads_day(hall: Hall, browser: Browser, size: str) -> None:
    await hall.tidy()
    await hall.post("guide", "alerts/call-lead", {"place": f"{size} 窗口", "note": "设备坏了"})
    bad = await rated(hall, "1", 1)
    for _ in range(3):
        await issued(hall, "employer")
    async with somebody(hall, browser, SIZES[size], f"lead-{size}") as person:
        page = person.page
        await person.sign_in("lead", "/overview")
        await page.wait_for_selector("#windows li:nth-child(6)")
        alert = page.locator("#alerts li", has_text=f"{size} 窗口")
        await seen(person, "begin")
        await alert.locator("button").click()
        await expect(alert.locator("button")).to_have_count(0)

        await page.click("#notice")
        await page.fill(".dialog [name=zh]", "今天 15:00 后网络检修")
        await page.click(".dialog button.primary")
        await expect(page.locator("#notice-text")).to_contain_text("网络检修")
        await page.click("#windows li[data-key='2'] .pane__foot button")
        await page.uncheck(".dialog [name=card]")
        await seen(person, "move")
        await page.click(".dialog button.primary")
        await expect(page.locator("#windows li[data-key='2']")).to_contain_text("潮汐至")
        await page.click("#queues tr[data-key=card] button")
        await page.click(".dialog button.primary")
        await expect(page.locator("#queues tr[data-key=card]")).to_contain_text("已停止")
        await page.click("#queues tr[data-key=card] button")
        await expect(page.locator("#queues tr[data-key=card]")).to_contain_text("开放")
        await seen(person, "acted")

        await page.locator("#ratings li", has_text=bad["number"]).locator("a").click()
        for step, note in (("verify", "属实，已向群众致歉"), ("rectify", "增开窗口"), ("follow_up", "")):
            await page.click(f"#step-{step}")
            if note:
                await page.fill(".dialog [name=note]", note)
            await seen(person, f"poor-{step}")
            await page.click(".dialog .actions button:last-child")
            await expect(page.locator(".dialog")).to_have_count(0)
        await expect(page.locator("#step-follow_up")).to_have_count(0)
        await seen(person, "poor-done")

        await page.click(".top__menu a[href='/roster']")
        await page.click("#import")
        table = ROSTER.format("样员01", "样员91").encode()
        file: FilePayload = {"name": "排班.csv", "mimeType": "text/csv", "buffer": table}
        await page.set_input_files("[name=file]", file)
        await page.click(".dialog .primary:not([disabled])")
        await expect(page.locator("#rows")).to_contain_text("样员91")
        await seen(person, "roster")
        await page.click(".top__menu a[href='/figures']")
        await page.click("[data-span=day]")
        await expect(page.locator("#empty")).to_contain_text("都没有登记事项")
        await page.select_option("#by", "window")
        await expect(page.locator("#rows tr").first).to_be_visible()
        await seen(person, "figures")
        await page.click(".top__menu a[href='/story']")
        await expect(page.locator("[name=date]")).not_to_have_value("")
        await page.fill("[name=number]", bad["number"])
        await page.keyboard.press("Enter")
        await expect(page.locator(".story__line")).to_contain_text("非常不满意")
        await seen(person, "story")
        await page.click(".top__menu a[href='/overview']")
        await page.click("#notice")
        await page.click(".dialog >> text=撤下")
        await page.click("#windows li[data-key='2'] .pane__foot button")
        await page.click(".dialog button:has-text('现在恢复')")
        await expect(page.locator(".toast--done").first).to_be_visible()
        await page.click("#closing")
        await expect(page.locator(".dialog .overview__closing li").first).to_be_visible()
        assert await page.locator(".toast--done").count() == 0, "it would lie over the dialog's buttons"
        await seen(person, "closing")
        await page.keyboard.press("Escape")
        await page.click("#person .menu__button")
        await page.click("#sign-out")
        await page.wait_for_url("**/sign-in**")
