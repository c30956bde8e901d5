"""Pages on a slow network: what comes of an earlier wish does not take the place of a later one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Page, Route, expect

from tests.pages.conftest import Hall, Person

ID = r"tickets/t_[^/?]+"
"""A ticket by its id; people ask for it by its number."""


class Held:
    """Answers that are on their way, until ``let`` lets them come."""

    def __init__(self) -> None:
        self._arrived: asyncio.Queue[None] = asyncio.Queue()
        self._free = asyncio.Event()

    async def take(self, route: Route) -> None:
        if route.request.method == "GET" and not self._free.is_set():
            self._arrived.put_nowait(None)
            await self._free.wait()
        await route.continue_()

    async def asked(self, times: int = 1) -> None:
        """Wait until the page has asked so often."""
        for _ in range(times):
            await asyncio.wait_for(self._arrived.get(), 30)

    def let(self) -> None:
        self._free.set()


@asynccontextmanager
async def held(person: Person, path: str) -> AsyncIterator[Held]:
    """Hold back what the hub answers; afterwards all of it has come and is shown."""
    back = Held()
    pattern = re.compile(rf"/api/v1/{path}$")
    await person.page.route(pattern, back.take)
    yield back
    back.let()
    await person.settled()
    await person.page.unroute(pattern)


async def look(page: Page, number: str) -> None:
    await page.fill("#number", number)
    await page.click("#look")


async def test_a_guide_looks_for_another_ticket(hall: Hall, person: Person) -> None:
    """Whoever acts on the card acts on the citizen whose number stands in the field."""
    page, card = person.page, person.page.locator(".guide__ticket .guide__number")
    first, second = await hall.take(), await hall.take()
    await person.sign_in("guide", "/guide")
    async with held(person, f"tickets/{first}") as back:
        await look(page, first)
        await back.asked()
        await look(page, second)
        await expect(card).to_have_text(second)
    await expect(card).to_have_text(second)
    # Nor does one that is not there come after it, and the card of one that is goes when another is not.
    async with held(person, "tickets/A998") as back:
        await look(page, "A998")
        await back.asked()
        await expect(card).to_have_count(0)
        await look(page, first)
        await expect(card).to_have_text(first)
    await expect(card).to_have_text(first)
    await look(page, "A998")
    await expect(page.locator(".toast--wrong")).to_contain_text("A998")
    await expect(card).to_have_count(0)


async def test_a_guide_folds_a_ticket_away_while_it_is_looked_at_again(hall: Hall, person: Person) -> None:
    page, card = person.page, person.page.locator(".guide__ticket .guide__number")
    other, number = await hall.take(), await hall.take(priority="elderly")
    await person.sign_in("guide", "/guide")
    for after in (None, other):
        await look(page, number)
        await expect(card).to_have_text(number)
        async with held(person, ID) as back:
            confirmed = {"confirmed": after is None}
            await hall.post("guide", f"tickets/{number}/priority", confirmed)  # and an event tells of it
            await back.asked()
            if after is None:
                await page.click(".guide__ticket .quiet")
                await expect(card).to_have_count(0)
            else:
                await look(page, after)
                await expect(card).to_have_text(after)
        assert await card.all_inner_texts() == ([] if after is None else [after])


async def test_a_guide_takes_a_number_and_looks_for_another(hall: Hall, person: Person) -> None:
    page, card = person.page, person.page.locator(".guide__ticket .guide__number")
    number = await hall.take()
    await person.sign_in("guide", "/guide")
    async with held(person, ID) as back:
        await page.click("#take")
        await page.click(".dialog .guide__choices button >> nth=0")
        await back.asked()
        await page.click(".guide__taken .primary")
        await look(page, number)
        await expect(card).to_have_text(number)
    await expect(card).to_have_text(number)


async def test_a_guide_acts_and_looks_for_another(hall: Hall, person: Person) -> None:
    page, card = person.page, person.page.locator(".guide__ticket .guide__number")
    first, second = await hall.take(priority="elderly"), await hall.take()
    await person.sign_in("guide", "/guide")
    await look(page, first)
    answered = asyncio.Event()

    async def slow(route: Route) -> None:
        answer = await route.fetch()
        await answered.wait()
        await route.fulfill(response=answer)

    await page.route("**/priority", slow)
    await page.click("text=确认优先")
    await look(page, second)
    await expect(card).to_have_text(second)
    answered.set()
    await expect(page.locator(".toast")).to_contain_text(first)
    await expect(card).to_have_text(second)


async def test_a_service_is_touched_twice_at_the_query_terminal(hall: Hall, person: Person) -> None:
    page, services, sheet = person.page, person.page.locator(".service"), person.page.locator(".sheet")
    await page.goto(person.at("/query"))
    await page.click(".tile--guides")
    first, second = [await services.nth(n).locator("strong").inner_text() for n in (0, 1)]
    async with held(person, r"services/[^?]+") as back:
        await services.nth(0).click()
        await services.nth(0).click()
        await back.asked(2)
    await expect(sheet).to_have_count(1)
    await page.click(".sheet__acts button >> nth=0")
    await expect(sheet).to_have_count(0)
    await expect(services.first).to_be_visible()
    async with held(person, r"services/[^?]+") as back:
        await services.nth(0).click()
        await services.nth(1).click()
        await back.asked(2)
    await expect(sheet.locator("h2")).to_have_text(second)
    assert first != second
    await page.click(".sheet__acts button >> nth=0")
    async with held(person, r"services/[^?]+") as back:
        await services.nth(0).click()
        await back.asked()
        await page.click(".key:text-is('Y')")
    await expect(sheet).to_have_count(0)


async def test_another_number_is_typed_at_the_query_terminal(hall: Hall, person: Person) -> None:
    """What is done with a slip's check code is done to the number that is shown."""
    page = person.page
    first, second = await hall.take(), await hall.take()
    await page.goto(person.at("/query"))
    await page.click(".tile--my")
    await page.click(f".pad__letters >> text={first[0]}")
    async with held(person, f"tickets/{first}") as back:
        for number in (first, second):
            await page.click(".pad__digits .key--word >> nth=0")
            for digit in number[1:]:
                await page.click(f".pad__digits .key:text-is('{digit}')")
            await page.click(".mine__fields .primary")
            if number == first:
                await back.asked()
        await expect(page.locator(".ticket__number")).to_have_text(second)
    await expect(page.locator(".ticket__number")).to_have_text(second)


async def test_a_story_is_looked_for_twice(hall: Hall, person: Person) -> None:
    page, found = person.page, person.page.locator(".story__list button")
    first, second = await hall.take(), await hall.take()
    await person.sign_in("lead", "/story")
    await expect(page.locator("[name=date]")).not_to_have_value("")
    at = await page.evaluate("() => document.querySelector('#clock').textContent")
    await page.fill("[name=time]", at[:5])
    async with held(person, r"stories\?.*") as back:
        await page.click("#find button")
        await page.click("#find button")
        await back.asked(2)
    numbers = await found.locator("strong").all_inner_texts()
    assert second in numbers
    assert len(numbers) == len(set(numbers))

    await page.fill("[name=time]", "")
    async with held(person, rf"stories\?.*number={first}") as back:
        await page.fill("[name=number]", first)
        await page.click("#find button")
        await back.asked()
        await page.fill("[name=number]", second)
        await page.click("#find button")
        await expect(page.locator("#story h2")).to_contain_text(second)
    await expect(page.locator("#story h2")).to_have_count(1)
    await expect(page.locator("#story h2")).to_contain_text(second)
    await expect(found).to_have_count(0)

    # One of a list, and then another.
    await page.fill("[name=number]", "")
    await page.fill("[name=time]", at[:5])
    await page.click("#find button")
    async with held(person, r"stories/.*") as back:
        for number in (first, second):
            await page.click(f".story__list button:has(strong:text-is('{number}'))")
            await back.asked()
    await expect(page.locator("#story h2")).to_have_count(1)
    await expect(page.locator("#story h2")).to_contain_text(second)
