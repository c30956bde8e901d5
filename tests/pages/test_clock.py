"""Pages show the hall's time, whatever the clock and the zone of the PC say that they are opened on."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from kioskd.web.staff_pages import STAFF
from tests.pages.conftest import PATIENCE_MS, SIZES, Hall, Person
from tests.workers import offline

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

WRONG = timedelta(days=-700, hours=-5, minutes=-17)
"""What the PC's clock is off by; its battery is flat and its zone is another."""

SHOWN = "times => times.includes(document.getElementById('clock').textContent)"


@contextlib.asynccontextmanager
async def at_a_wrong_pc(hall: Hall, browser: Browser, language: str = "zh-CN") -> AsyncIterator[Person]:
    width, height = SIZES["small"]
    context = await browser.new_context(
        viewport={"width": width, "height": height}, locale=language, timezone_id="America/St_Johns"
    )
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    await page.clock.install(time=datetime.now(UTC) + WRONG)
    person = Person(hall, context, page)
    yield person
    await context.close()
    assert person.wrong == []


async def of_the_hall(hall: Hall) -> str:
    """HH:MM on the hall's wall."""
    return str((await hall.get("lead", "hall"))["at"])[11:16]


def minutes(time: str, later: int) -> str:
    hour, minute = (int(part) for part in time.split(":"))
    whole = (hour * 60 + minute + later) % 1440
    return f"{whole // 60:02}:{whole % 60:02}"


async def clock_is_right(hall: Hall, page: Page) -> None:
    """The header shows the hall's minute; the next one too, as it may have begun meanwhile."""
    await page.wait_for_function(SHOWN, arg=[now := await of_the_hall(hall), minutes(now, 1)])


async def test_the_header_of_every_page_has_the_halls_clock(hall: Hall, browser: Browser) -> None:
    async with at_a_wrong_pc(hall, browser) as person:
        await person.sign_in("admin")
        for one in STAFF:
            if one.frame == "page":
                await person.page.goto(person.at(one.path))
                await clock_is_right(hall, person.page)


async def test_a_clock_that_is_set_while_the_page_is_open(hall: Hall, browser: Browser) -> None:
    """Somebody mends the PC's clock, or it wakes from sleep: the page asks the hub again."""
    async with at_a_wrong_pc(hall, browser) as person:
        await person.sign_in("lead")
        await clock_is_right(hall, person.page)
        before = await person.page.evaluate("() => Date.now()")
        await person.page.clock.set_system_time(datetime.now(UTC) + timedelta(hours=3))
        assert await person.page.evaluate("() => Date.now()") > before
        await person.page.clock.run_for(2_000)
        await clock_is_right(hall, person.page)


async def test_times_on_pages_are_the_halls(tidy_hall: Hall, browser: Browser) -> None:
    hall = tidy_hall
    await hall.post("lead", "windows/3/pause", {"reason": "送件"})
    await hall.post("guide", "alerts/call-lead", {"place": "3 号窗口", "note": "时间"})
    ticket = await hall.take()
    async with at_a_wrong_pc(hall, browser) as person:
        page = person.page
        await person.sign_in("d03", "/call")
        await page.wait_for_selector("#queue:has-text('送件')")
        since = str((await hall.get("lead", "windows/3"))["pause"]["since"])
        assert since[11:16] in await page.inner_text("#queue")
        await page.click("#act-pause")
        await page.wait_for_selector(f"#line li:has-text('{ticket}')")
        await page.click("#act-next")
        await page.wait_for_selector('#now[data-state="called"]')
        shown = await page.inner_text("#timer b")
        assert shown.startswith("0:"), f"called for {shown}"
        await person.context.clear_cookies()
        await person.sign_in("lead", "/overview")
        alert = page.locator("#alerts li", has_text="3 号窗口").first
        raised = next(
            one for one in (await hall.get("lead", "overview"))["alerts"] if "3 号窗口" in one["sentence"]
        )
        assert str(raised["since"])[11:16] in await alert.inner_text()
        # The hub goes: since when, by the hall's clock.
        before = await of_the_hall(hall)
        async with offline(page):
            await page.wait_for_selector("#away:not([hidden])")
            said = await page.inner_text("#away")
        after = await of_the_hall(hall)
        assert any(time in said for time in (minutes(before, -1), before, after)), said
