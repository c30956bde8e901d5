"""Papers at a window: seen live, taken with one key, put to their material, and filed with the service."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.pages.conftest import Hall, Person, press

LONG = 60_000
"""Milliseconds: the first page waits for a worker process to begin, beside everything else on two cores."""


async def begin(hall: Hall, person: Person) -> Page:
    page = person.page
    await hall.tidy()
    number = await hall.take()
    await person.sign_in("d01", "/call")
    await press(page, "1")
    await expect(page.locator("#number")).to_have_text(number)
    await press(page, "p")
    await expect(page.get_by_role("dialog")).to_be_visible()
    return page


async def test_pages_are_taken_with_one_key_and_filed(hall: Hall, person: Person) -> None:
    page = await begin(hall, person)
    live = page.locator(".scan__live")
    await expect(live).to_be_visible(timeout=LONG)
    await page.wait_for_function(
        "() => document.querySelector('.scan__live').naturalWidth >= 640", timeout=LONG
    )
    pages = page.locator(".scan__page")
    await page.keyboard.press("Space")
    await expect(pages).to_have_count(1, timeout=LONG)
    still = page.locator(".dialog--scan")
    await expect(still).to_have_attribute("aria-busy", "false", timeout=LONG)
    await page.keyboard.press("Space")
    await expect(pages).to_have_count(2, timeout=LONG)
    await page.wait_for_function(
        "() => [...document.querySelectorAll('.scan__page img')].every((one) => one.naturalWidth > 100)",
        timeout=LONG,
    )
    await person.picture("scan-pages")
    await page.get_by_role("button", name="旋转").click()
    await expect(still).to_have_attribute("aria-busy", "false", timeout=LONG)
    await page.keyboard.press("Delete")
    await expect(pages).to_have_count(1, timeout=LONG)
    await page.get_by_role("button", name="完成", exact=True).click()
    await expect(page.locator("#toasts")).to_contain_text("已拍 1 页")
    await hall.post("lead", "windows/1/finish")
    figures = await hall.get("lead", "figures/day")
    assert figures["windows"]["1"]["scans"] == 1
    assert person.wrong == []
