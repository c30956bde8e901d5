"""Before the doors open, in a real browser and both languages: 开门检查 window by window, and a date in doubt
that staff confirm with the hall's PIN while numbers go on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest_asyncio
from msgspec.structs import replace
from playwright.async_api import expect

from kioskd.access.pin import set_pin
from kioskd.access.roles import Role
from kioskd.hall.commands import By, ReportDevice
from kioskd.hall.refusal import Refusal
from kioskd.hall.rules import Ticketing
from kioskd.settings.read import load
from tests.overview.conftest import SAMPLE, Busy, Clocks, opened, picture
from tests.pages.looks import axe
from tests.web.conftest import running
from tests.web.people import add_person

if TYPE_CHECKING:
    from playwright.async_api import Browser

STATION = By(kind="device", id="pc", role="station", via="station")
PIN = "482915"
DAY_MS = 24 * 3600_000


@pytest_asyncio.fixture(loop_scope="session")
async def morning(tmp_path: Path) -> AsyncIterator[Busy]:
    """The sample hall with its own hours, on a Monday at 08:20; it opens at 08:30."""
    rules = load(SAMPLE).rules
    rules = replace(rules, policy=replace(rules.policy, ticketing=Ticketing(burst_slips=0)), roster=())
    time = Clocks()
    time.ms = 20 * 60_000
    async with running(tmp_path, time, rules=rules) as hall:
        busy = Busy(hall.url, hall.site, hall.journal, hall.session)
        busy.tokens, busy.time = hall.tokens, time
        add_person(busy, "lead", Role.LEAD, person="王主任")
        yield busy


async def report(hall: Busy, device: str, state: str, window: str | None, code: str = "") -> None:
    kind = {"sign": "caller_display", "pad": "rating_pad"}.get(device.partition("-")[0], "printer")
    said = ReportDevice(by=STATION, device=device, device_class=kind, state=state, code=code, window=window)
    assert not isinstance(await hall.desk.submit(said), Refusal)


async def test_what_has_not_come_up_is_listed_by_window_until_it_does(
    morning: Busy, browser: Browser
) -> None:
    for window in ("1", "2", "3"):
        await report(morning, f"sign-{window}", "online", window)
    await report(morning, "sign-1", "offline", "1", "transport.absent")
    await report(morning, "pad-1", "offline", "1")
    await report(morning, "printer", "userError", None, "printer.paper_out")
    async with opened(morning, browser) as page, opened(morning, browser, language="en") as reader:
        card, english = page.locator("#opening"), reader.locator("#opening")
        await expect(card.locator("h2")).to_have_text("开门检查（08:30 开门）")
        await expect(card.locator(".badge")).to_have_text("3 台没有就绪，共 5 台")
        places = card.locator(".overview__opening-list > li")
        await expect(places).to_have_count(2)
        await expect(places.nth(0)).to_contain_text("大厅")
        await expect(places.nth(0)).to_contain_text("取号机打印机：")
        await expect(places.nth(1)).to_contain_text("1 号窗口显示屏：")
        await expect(places.nth(1).locator("ul li")).to_have_count(2)
        await expect(english.locator(".badge")).to_contain_text("3")
        await expect(english).to_contain_text("Window 1")
        for one, name in ((page, "zh"), (reader, "en")):
            await picture(one, f"overview-opening-{name}")
            assert await axe(one) == []

        # A clerk switches it all on: it leaves the list by itself, and the rest stays.
        await report(morning, "sign-1", "online", "1")
        await report(morning, "pad-1", "online", "1")
        await expect(places).to_have_count(1)
        await report(morning, "printer", "online", None)
        await expect(card.locator(".badge")).to_have_text("5 台设备都已就绪")
        await expect(english.locator(".overview__opening-list")).to_have_count(0)
        await picture(page, "overview-opening-well")
        await morning.tick(11)  # the doors are open
        await expect(card).to_be_hidden()


async def test_a_date_in_doubt_takes_the_pin_and_numbers_go_on(morning: Busy, browser: Browser) -> None:
    set_pin(morning.journal.folder, PIN)
    async with opened(morning, browser) as page, opened(morning, browser, language="en") as reader:
        await expect(page.locator("#question")).to_be_hidden()
        day = (await morning.overview())["date"]
        morning.time.wall_ms = 40 * DAY_MS  # the battery of the PC's clock is flat
        await morning.tick(1)
        for one, name in ((page, "zh"), (reader, "en")):
            await expect(one.locator("#question")).to_be_visible()
            await expect(one.locator("#question-pin")).to_be_visible()
            await picture(one, f"overview-question-{name}")
            assert await axe(one) == []
        await expect(page.locator("#question-text")).to_contain_text("取号照常进行")
        first = await morning.ticket()
        assert first["number"], "numbers go on meanwhile"

        await page.fill("#question-date", day)
        await page.fill("#question-pin", "000111")
        await page.click("#question-form button")
        await expect(page.locator(".toast--wrong")).to_contain_text("大厅口令不对")
        await expect(page.locator("#question")).to_be_visible()
        assert (await morning.overview())["question"] is not None
        await expect(page.locator("#question-pin")).to_have_value("")
        await page.fill("#question-pin", PIN)
        await page.keyboard.press("Enter")
        for one in (page, reader):
            await expect(one.locator("#question")).to_be_hidden()
        after = await morning.overview()
        assert (after["question"], after["date"]) == (None, day)
        assert (await morning.ticket())["number"] > first["number"], "and never twice"
