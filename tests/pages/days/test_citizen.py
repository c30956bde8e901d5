"""The citizen's: at the query terminal, and before the rating face."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.pages.conftest import Hall
from tests.pages.days.conftest import FACES, TERMINALS, issued, paired, seen, somebody
from tests.workers import offline

if TYPE_CHECKING:
    from playwright.async_api import Browser


@pytest.mark.parametrize("size", TERMINALS)
async def test_a_citizen_at_the_query_terminal(hall: Hall, browser: Browser, size: str) -> None:
    await hall.tidy()
    await issued(hall)
    mine = await issued(hall)
    async with somebody(hall, browser, TERMINALS[size], f"query-{size}") as person:
        page = person.page
        await page.goto(person.at("/query"))
        await seen(person, "home")
        await page.click(".tile--my")
        await seen(person, "keys")
        await page.click(f".pad__letters >> text={mine['number'][0]}")
        for digit in mine["number"][1:]:
            await page.click(f".pad__digits .key:text-is('{digit}')")
        await page.click(".entry >> nth=1")
        for digit in mine["check"]:
            await page.click(f".pad__digits .key:text-is('{digit}')")
        await page.click(".mine__fields .primary")
        await expect(page.locator(".ticket__number")).to_have_text(mine["number"])
        await seen(person, "number")
        await page.click(".mine__acts >> text=取消")
        await seen(person, "sure")
        await page.click(".dialog .danger")
        await expect(page.locator(".ticket__state")).to_have_text("已取消")
        await page.click("#home")
        await page.click(".tile--guides")
        await expect(page.locator(".service").first).to_be_visible()
        await seen(person, "guides")
        for letter in "YLBX":
            await page.click(f".keyboard .key:text-is('{letter}')")
        await seen(person, "found")
        await page.click(".service >> nth=0")
        await expect(page.locator(".sheet")).to_be_visible()
        await seen(person, "guide")
        await page.click("#home")
        await page.click(".tile--guides")
        for letter in "QQQQ":
            await page.click(f".keyboard .key:text-is('{letter}')")
        await expect(page.locator(".service")).to_have_count(0)
        await seen(person, "found-nothing")
        await page.click("#home")
        await page.click(".tile--map")
        await expect(page.locator(".window")).to_have_count(6)
        await seen(person, "map")
        await page.click("#home")
        await page.click("#language")
        await expect(page.locator(".tile--my")).to_contain_text("My number")
        await seen(person, "english")


@pytest.mark.parametrize("size", FACES)
async def test_a_citizen_at_the_rating_face(hall: Hall, browser: Browser, size: str) -> None:
    await hall.tidy()
    async with somebody(hall, browser, FACES[size], f"rate-{size}") as person:
        page = person.page
        await page.clock.install()
        await page.goto(person.at("/rate?window=5"))
        await seen(person, "pair")
        await expect(page.locator(".pair .primary")).to_be_in_viewport(ratio=1)
        await paired(hall, person, "5")
        await expect(page.locator(".card__name")).to_be_visible()
        await seen(person, "idle")
        ticket = await issued(hall)
        for act, body in (("call", {"ticket": ticket["id"]}), ("start", {}), ("evaluate", {})):
            await hall.post("teller", f"windows/5/{act}", body)
        await expect(page.locator(".level")).to_have_count(5)
        await seen(person, "levels")
        # A pause takes nothing from who was asked: it shows when the answer can be changed no more.
        await hall.post("teller", "windows/5/pause", {"reason": "开会", "minutes": 15})
        await expect(page.locator(".level")).to_have_count(5)
        await page.click(".level--2")
        await page.click(".chip >> nth=0")
        await page.fill("textarea", "等得太久")
        await seen(person, "options")
        await expect(page.locator(".options .primary")).to_be_in_viewport(ratio=1)
        await page.click(".way >> text=手写")
        await seen(person, "writing")
        await expect(page.locator(".options .primary")).to_be_in_viewport(ratio=1)
        async with offline(page):
            await page.click(".options .primary")
            await expect(page.locator(".words h2")).to_contain_text("已保存")
            await seen(person, "kept")
        await page.clock.run_for(4_000)  # and it is tried again
        await hall.until(
            f"/api/v1/tickets/{ticket['id']}",
            lambda view: [one.get("level") for one in view["ratings"]] == [2],
        )
        await page.clock.run_for(5_000)  # thanks have been read
        await expect(page.locator(".words h2")).to_have_text("暂停服务")
        await seen(person, "paused")
        await hall.post("teller", "windows/5/resume")
        await expect(page.locator(".card__name")).to_be_visible()
