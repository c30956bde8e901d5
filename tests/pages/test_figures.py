"""The page of figures: a real hub with invented days, in a real browser at three sizes."""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from benchmarks.invented import fill, working_days
from kioskd.access.roles import Role
from kioskd.figures.store import Store
from kioskd.journal.records import BEFORE_ALL
from kioskd.web.rollups import LiveRollups
from tests.pages.conftest import PATIENCE_MS, POCKET, SCREENS, SIZES
from tests.web.conftest import Hall, Time, running
from tests.web.people import PASSWORD, add_person
from tests.web.rules import open_hall

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

DAY = 86_400_000
TODAY = "2026-03-18"


class Invented(LiveRollups):
    """Figures that come from no journal."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def current(self) -> Store:
        return self.store

    async def run(self) -> None:
        return None


@pytest_asyncio.fixture(loop_scope="session")
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    time = Time()
    time.ms = 9 * DAY + 5 * 3_600_000
    rules = open_hall()
    store = Store(tmp_path / "invented.db")
    fill(store, rules, working_days(datetime.date(2026, 3, 2), 13), 260, seed=4)
    async with running(tmp_path, time, rules=rules) as hall:
        hall.site.rollups = Invented(store)
        add_person(hall, "zhou.lead", Role.LEAD, person="周带班")
        add_person(hall, "li.ming", Role.TELLER, teller="li", person="李明")
        yield hall
    store.close()


async def opened(hall: Hall, browser: Browser, name: str, size: str, language: str = "zh-CN") -> Page:
    width, height = (SIZES | POCKET)[size]
    context = await browser.new_context(viewport={"width": width, "height": height}, locale=language)
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    await page.goto(f"{hall.url}/figures")
    await page.fill("[name=name]", name)
    await page.fill("[name=password]", PASSWORD)
    await page.click("#enter")
    await page.wait_for_selector("#rows tr")
    await page.fill("#date", TODAY)
    await page.wait_for_selector("#span:has-text('2026-03-16 – 2026-03-22')")
    await page.wait_for_selector("#rows tr")
    return page


async def picture(page: Page, name: str) -> None:
    if SCREENS:
        await page.wait_for_timeout(300)
        await page.screenshot(path=str(Path(SCREENS) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize("size", sorted(SIZES | POCKET))
async def test_a_lead_reads_a_week(hall: Hall, browser: Browser, size: str) -> None:
    page = await opened(hall, browser, "zhou.lead", size)
    await page.wait_for_selector("#journals tr")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    total = (await hall.get("figures/range?from=2026-03-16&to=2026-03-22&by=service", Role.LEAD)).json
    foot = await page.inner_text("#foot")
    assert str(total["total"]["served"]) in foot
    assert str(total["total"]["served"]) in await page.inner_text("#tiles")
    assert "较上一段" in await page.inner_text("#tiles")
    assert not any("echarts" in url for url in asked)
    wide = "() => document.documentElement.scrollWidth <= window.innerWidth"
    assert await page.evaluate(wide), "only tables scroll sideways"
    await page.click("#show-chart")
    await page.wait_for_selector("#chart canvas")
    assert sum("echarts" in url for url in asked) == 1
    assert await page.evaluate(wide)
    await picture(page, f"figures-{size}")
    await page.select_option("#by", "teller")
    await page.wait_for_selector("#rows tr:has-text('李明')")
    await page.click("[data-span=month]")
    await page.wait_for_selector("#span:has-text('2026-03-01 – 2026-03-31')")
    await page.click("#before")
    await page.wait_for_selector("#empty:has-text('没有业务')")
    await picture(page, f"figures-empty-{size}")
    await page.context.close()


async def test_a_day_is_signed(hall: Hall, browser: Browser) -> None:
    page = await opened(hall, browser, "zhou.lead", "middle")
    row = "#journals tr:has-text('2026-03-17')"
    await page.click(f"{row} button")
    await page.wait_for_selector(".dialog")
    await page.select_option(".dialog [name=attitude]", "well")
    await picture(page, "figures-sign")
    async with page.expect_response(lambda one: one.url.endswith("/sign")) as answer:
        await page.click(".dialog button.primary")
    assert (await answer.value).status == 204
    await page.wait_for_selector(".dialog", state="detached")
    noted = hall.journal.read(BEFORE_ALL, 10_000)
    assert any(b"day_journal.signed" in event.body and b"2026-03-17" in event.body for event in noted)
    await page.context.close()


SIGNED = """async ([well, lacking]) => {
    const { showJournals } = await import("/pages/figures/journal.js");
    const signed = { wall: "2026-03-17T18:00:00+08:00", by: "x" };
    for (const name of well) signed[name] = "well";
    for (const name of lacking) signed[name] = "lacking";
    const day = { date: "2026-03-17", served: 1, items: 1, materials: 1, scans: 1, closed: true };
    showJournals([{ ...day, changed: false, signatures: [signed] }], false, () => {});
    return document.querySelector("#journals td:nth-child(6)").textContent;
}"""
"""What a signed day says of four things that somebody looked at."""


@pytest.mark.parametrize(
    ("language", "lacking", "well"),
    [
        ("zh-CN", "工作纪律、服务态度 不符合", "工作纪律、服务态度 符合"),
        ("en-GB", "Not met: Discipline, Attitude", "Met: Discipline, Attitude"),
    ],
)
async def test_what_was_looked_at_is_listed_as_the_language_does(
    hall: Hall, browser: Browser, language: str, lacking: str, well: str
) -> None:
    page = await opened(hall, browser, "zhou.lead", "middle", language)
    looks = ["discipline", "attitude"]
    assert await page.evaluate(SIGNED, [[], looks]) == lacking
    assert await page.evaluate(SIGNED, [looks, []]) == well
    await page.context.close()


async def test_a_teller_has_their_own_days_and_nothing_else(hall: Hall, browser: Browser) -> None:
    page = await opened(hall, browser, "li.ming", "small")
    assert await page.is_hidden("#by")
    for card in ("#heat-card", "#journal-card", "#anomaly-card", "#csv"):
        assert await page.is_hidden(card), card
    await picture(page, "figures-teller")
    await page.context.close()


async def test_axe_finds_nothing_serious_in_either_language(hall: Hall, browser: Browser) -> None:
    pytest.importorskip("axe_playwright_python", reason="axe is not installed")
    axe = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
    for language in ("zh-CN", "en-GB"):
        page = await opened(hall, browser, "zhou.lead", "small", language)
        await page.wait_for_selector("#journals tr")
        await page.evaluate(axe)
        found: list[dict[str, Any]] = await page.evaluate("axe.run().then((result) => result.violations)")
        grave = [
            (one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")
        ]
        assert grave == [], language
        await picture(page, f"figures-{language[:2]}")
        await page.context.close()
