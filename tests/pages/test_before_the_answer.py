"""Pages on a slow network: what needs the hub's first answer cannot be pressed before it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from playwright.async_api import Page, Route, expect

from tests.pages.conftest import Hall, Person


async def held(page: Page, path: str) -> Callable[[], None]:
    """Hold back what the hub answers to a request; return what lets it through."""
    answered = asyncio.Event()

    async def slow(route: Route) -> None:
        await answered.wait()
        await route.continue_()

    await page.route(f"**/api/v1/{path}", slow)
    return answered.set


async def test_the_roster_before_its_week_is_known(hall: Hall, person: Person) -> None:
    """Whoever pressed at once would be asked for a date they never chose."""
    page = person.page
    answer = await held(page, "roster")
    await person.sign_in("lead", "/roster")
    await expect(page.locator("#roster")).to_have_attribute("data-state", "loading")
    await expect(page.locator("#import")).to_be_hidden()
    await expect(page.locator("#before")).to_be_disabled()
    await expect(page.locator("#after")).to_be_disabled()
    await person.picture("roster-loading")
    answer()
    await page.click("#import")
    await expect(page.locator("[name=week]")).not_to_have_value("")
    await person.picture("roster-import")


async def test_accounts_before_the_tellers_are_known(hall: Hall, person: Person) -> None:
    """Whoever pressed at once would see no teller to give a picture or an account."""
    page = person.page
    answer = await held(page, "tellers")
    await person.sign_in("admin", "/users")
    await expect(page.locator("#search")).to_be_visible()
    await expect(page.locator("#photos")).to_be_hidden()
    await expect(page.locator("#add")).to_be_hidden()
    await person.picture("users-loading")
    answer()
    await page.click("#photos")
    await expect(page.locator(".photos li").first).to_be_visible()
    await page.keyboard.press("Escape")
    await page.click("#add")
    assert await page.locator("[name=teller] option").count() > 1
    await person.picture("users-add")


async def test_figures_before_the_halls_day_is_known(hall: Hall, person: Person) -> None:
    """A date chosen at once would be overwritten by the hall's own."""
    page = person.page
    answer = await held(page, "hall")
    await person.sign_in("lead", "/figures")
    await expect(page.locator("#empty")).to_be_visible()
    for name in ("#date", "#before", "#after"):
        await expect(page.locator(name)).to_be_disabled()
    await person.picture("figures-loading")
    answer()
    await expect(page.locator("#date")).not_to_have_value("")
    await page.fill("#date", "2026-03-18")
    await expect(page.locator("#span")).to_have_text("2026-03-16 – 2026-03-22")
    await expect(page.locator("#date")).to_have_value("2026-03-18")


async def test_the_guide_before_the_hall_is_known(hall: Hall, person: Person) -> None:
    """Whoever pressed at once would be told that there is no printer, or nothing at all."""
    page = person.page
    answer = await held(page, "hall")
    await person.sign_in("guide", "/guide")
    await expect(page.locator("#now")).to_have_text("正在读取……")
    for name in ("#take", "#paper", "#more"):
        await expect(page.locator(name)).to_be_disabled()
    await expect(page.locator("#help")).to_be_enabled()
    await person.picture("guide-loading")
    answer()
    await page.click("#paper")
    await expect(page.locator(".dialog .guide__choices button")).to_contain_text("取号机打印机")
    await page.keyboard.press("Escape")
    for name in ("#take", "#more"):
        await page.click(name)
        await expect(page.locator(".dialog")).to_be_visible()
        await page.keyboard.press("Escape")
