"""The page of the week's roster."""

from __future__ import annotations

import asyncio

from playwright.async_api import Route, expect

from tests.pages.conftest import Hall, Person


async def test_nothing_is_done_with_a_week_that_is_not_known_yet(hall: Hall, person: Person) -> None:
    """On a slow network whoever presses at once would be asked for a date they never chose."""
    page = person.page
    answered = asyncio.Event()

    async def slow(route: Route) -> None:
        await answered.wait()
        await route.continue_()

    await page.route("**/api/v1/roster", slow)
    await person.sign_in("lead", "/roster")
    await expect(page.locator("#roster")).to_have_attribute("data-state", "loading")
    await expect(page.locator("#import")).to_be_hidden()
    await expect(page.locator("#before")).to_be_disabled()
    await expect(page.locator("#after")).to_be_disabled()
    await person.picture("roster-loading")
    answered.set()
    await page.click("#import")
    await expect(page.locator("[name=week]")).not_to_have_value("")
    await person.picture("roster-import")
