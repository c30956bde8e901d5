"""The office's pages in a real browser: late answers, long tables on a small screen, both languages.

What a page shows is answered here, so that a test says which answer comes late; who is signed in is real.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio

from kioskd.access.passwords import Passwords
from kioskd.central import citizens, halls, pages
from kioskd.central.bell import Bell
from kioskd.central.office import accounts
from kioskd.central.office import app as office
from kioskd.central.office.accounts import OfficeRole
from kioskd.central.office.door import Door
from kioskd.central.server import serving, wall_ms
from kioskd.central.sqlite import Sqlite

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, Route

SCREENS = os.environ.get("KIOSKD_SCREENS", "")
"""Folder that pictures of the pages are put into, if anywhere."""
PATIENCE_MS = int(os.environ.get("KIOSKD_PATIENCE_MS", "30000"))
PASSWORD = "Abcd-1234-efgh"
QUICK = Passwords(memory_kib=8, time_cost=1)
SIZES = {"phone": (390, 844), "small": (1366, 768)}
HALL, HALL_EN = "市民中心社会保险服务大厅", "Civic Centre Social Security Hall"
NOON = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)

api = pytest.importorskip("playwright.async_api", reason="playwright is not installed")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def city(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    database = await Sqlite.open(tmp_path_factory.mktemp("office") / "central.db")
    for hall, name in (("h1", HALL), ("h2", "城东社会保险服务大厅")):
        await database.write(partial(halls.add, hall, name, wall_ms()))
    kept = await asyncio.to_thread(QUICK.hash, PASSWORD)
    add = partial(
        accounts.add, "root", "样员97", OfficeRole.ADMIN, kept, wall_ms(), by="test", one_time=False
    )
    await database.write(add)
    bell = Bell(database, wall_ms)
    mounts = (office.mount(database, bell, Door(database, QUICK)), citizens.mount(database), pages.mount)
    async with serving(database, "127.0.0.1", 0, bell=bell, mounts=mounts) as port:
        yield f"http://127.0.0.1:{port}"
    await database.close()


async def sign_in(page: Page, url: str) -> None:
    await page.goto(url)
    await page.fill("[name=name]", "root")
    await page.fill("[name=password]", PASSWORD)
    await page.click("#enter")


class Desk:
    """Somebody of the office at a browser, whose time stands still."""

    def __init__(self, city: str, page: Page) -> None:
        self.city = city
        self.page = page
        self.still = False
        self.wrong: list[str] = []
        page.on("pageerror", lambda error: self.wrong.append(str(error)))

    async def answers(self, path: str, answer: Any) -> None:
        """Answer what the page asks for at a path; ``answer`` is the answer or makes it of the query."""

        async def give(route: Route) -> None:
            await route.fulfill(json=answer(query(route)) if callable(answer) else answer)

        await self.page.route(at(path), give)

    async def held(self, path: str) -> Held:
        """Hold back all answers at a path."""
        held = Held()

        async def keep(route: Route) -> None:
            held.asked.put_nowait(route)

        await self.page.route(at(path), keep)
        return held

    async def open(self, path: str) -> None:
        if not self.still:
            await self.page.clock.install(time=NOON)
            await self.page.clock.pause_at(NOON + timedelta(seconds=1))
        self.still = True
        await self.page.goto(self.city + path)

    async def heard(self) -> None:
        """Return when the page has heard its answers, and what it asked for meanwhile is known here."""
        await self.page.evaluate("fetch('/pages/revision').then((answer) => answer.text())")

    async def picture(self, name: str) -> None:
        """Nothing of the page lies beside the screen."""
        if SCREENS:
            await self.page.screenshot(path=Path(SCREENS) / f"office-{name}.png", full_page=True)
        wide: Any = await self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide[0] <= wide[1], f"{name} overflows"


class Held:
    """What a page asked for and has no answer to yet, in the order in which it asked."""

    def __init__(self) -> None:
        self.asked: asyncio.Queue[Route] = asyncio.Queue()

    async def next(self, **wanted: str) -> Route:
        """Wait for the next question, which must be this one."""
        async with asyncio.timeout(PATIENCE_MS / 1000):
            route = await self.asked.get()
        assert {key: query(route).get(key, "") for key in wanted} == wanted
        return route


def at(path: str) -> re.Pattern[str]:
    return re.compile(rf"/api/v1/office/{re.escape(path)}(\?|$)")


def query(route: Route) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(route.request.url).query).items()}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def visit(city: str, chromium: Browser) -> Any:
    """Return the cookies of somebody who has signed in."""
    context = await chromium.new_context(locale="zh-CN")
    page = await context.new_page()
    await sign_in(page, f"{city}/sign-in?next=/office")
    await page.locator("#halls tr").first.wait_for()
    state = await context.storage_state()
    await context.close()
    return state


Opened = Callable[..., Any]


@pytest_asyncio.fixture(loop_scope="session")
async def desk(city: str, visit: Any, browser: Browser) -> AsyncIterator[Opened]:
    """Return what gives somebody who is signed in a screen."""
    opened: list[Desk] = []

    async def give(size: str = "small", language: str = "zh-CN") -> Desk:
        width, height = SIZES[size]
        context = await browser.new_context(
            viewport={"width": width, "height": height}, locale=language, storage_state=visit
        )
        context.set_default_timeout(PATIENCE_MS)
        api.expect.set_options(timeout=PATIENCE_MS)
        opened.append(Desk(city, await context.new_page()))
        return opened[-1]

    yield give
    assert [wrong for one in opened for wrong in one.wrong] == []


async def test_whoever_signs_in_comes_to_the_halls(city: str, browser: Browser) -> None:
    page = await (await browser.new_context(locale="zh-CN")).new_page()
    await sign_in(page, f"{city}/sign-in")
    await page.wait_for_url("**/office")
    await page.locator("#halls tr").first.wait_for()


def figures(served: int = 3) -> dict[str, Any]:
    times = {"count": served, "mean_s": 300, "p90_s": 600}
    levels = {"5": served, "4": 0, "3": 0, "2": 0, "1": 0}
    ratings = {"levels": levels, "missed": 0, "good_rate": 1.0, "missed_rate": 0.0}
    return {
        "tickets": served,
        "served": served,
        "no_shows": 0,
        "wait": times,
        "service": times,
        "ratings": ratings,
    }


DATES = ["2026-03-18", "2026-03-17", "2026-03-16", "2026-03-13", "2026-03-12"]


def one_hall(date: str = DATES[0], served: int = 3) -> dict[str, Any]:
    hours = {hour: figures(n) for n, hour in enumerate(("08", "09", "10", "11"), 1)}
    return {
        "hall": {"id": "h1", "name": HALL, "name_en": HALL_EN, "link": "going", "at": 1_773_000_000_000},
        "queues": [],
        "date": date,
        "dates": DATES,
        "figures": {
            "total": figures(served),
            "hours": hours,
            "queues": {},
            "windows": {},
            "tellers": {},
            "services": {},
        },
        "anomalies": [],
        "names": {},
    }


async def test_hours_stand_in_their_order(desk: Opened) -> None:
    at = await desk()
    await at.answers("halls/h1", one_hall())
    await at.open("/office/hall?id=h1")
    hours = at.page.locator("#rows tbody td:first-child")
    await api.expect(hours).to_have_text(["08:00", "09:00", "10:00", "11:00"])
    await at.picture("hall")


async def test_a_day_that_was_chosen_is_the_one_shown_and_asked_for(desk: Opened) -> None:
    """Each change of the date began a loop of its own, and whichever answer came last was shown."""
    at = await desk()
    held = await at.held("halls/h1")
    await at.open("/office/hall?id=h1")
    await (await held.next()).fulfill(json=one_hall())
    late = []
    for date in DATES[1:]:
        await at.page.select_option("#date", date)
        late.append((date, await held.next(date=date)))
    served = at.page.locator("#tiles strong").nth(1)
    for n, (date, route) in reversed(list(enumerate(late))):
        await route.fulfill(json=one_hall(date, 100 + n))
        await at.heard()
        await api.expect(served).to_have_text("103")
    await at.page.clock.run_for(10_001)
    await (await held.next(date=DATES[-1])).fulfill(json=one_hall(DATES[-1], 200))
    await api.expect(served).to_have_text("200")
    await at.heard()
    assert held.asked.empty()


def item(number: str, state: str = "registered", **more: Any) -> dict[str, Any]:
    return {
        "hall": "h1",
        "hall_name": HALL,
        "hall_name_en": HALL_EN,
        "rating": f"t_{number}.1",
        "number": number,
        "date": "2026-03-10",
        "window": "3",
        "level": 1,
        "due": "2026-03-25",
        "state": state,
        "overdue": False,
        **more,
    }


async def test_bad_ratings_of_another_kind_are_not_shown_as_these(desk: Opened) -> None:
    at = await desk()
    page = at.page
    await at.answers("halls", {"now": 0, "halls": [{"id": "h1", "name": "一"}, {"id": "h2", "name": "二"}]})
    held = await at.held("poor")
    await at.open("/office/ratings")
    await (await held.next(show="open", hall="")).fulfill(json=[item("A001")])
    await page.get_by_text("A001").wait_for()
    closed = page.get_by_role("button", name="已办结")
    await closed.click()
    await api.expect(closed).to_have_attribute("aria-pressed", "true")
    await api.expect(page.get_by_role("button", name="未办结")).to_have_attribute("aria-pressed", "false")
    await api.expect(page.locator("#items tr")).to_have_count(0)
    first = await held.next(show="closed")
    await page.select_option("#hall", "h2")
    second = await held.next(show="closed", hall="h2")
    await second.fulfill(json=[item("A002", "closed", outcome="satisfied")])
    await page.get_by_text("A002").wait_for()
    await first.fulfill(json=[item("A003", "closed", outcome="satisfied")])
    await at.heard()
    await page.clock.run_for(5_001)
    again = await held.next(show="closed", hall="h2")
    await at.heard()
    assert held.asked.empty()
    await api.expect(page.get_by_text("A003")).to_have_count(0)
    await again.fulfill(json=[item("A004", "closed", outcome="satisfied")])
    await page.get_by_text("A004").wait_for()
    await at.picture("poor")


async def test_halls_are_those_of_the_newest_question(desk: Opened) -> None:
    """After an unlock there were two questions, and whichever answer came last was shown."""
    at = await desk()
    page = at.page
    held = await at.held("halls")
    await at.open("/office")
    first = await held.next()
    async with page.expect_response("**/api/v1/session/lock"):
        await page.keyboard.press("Alt+l")
    await page.fill(".lock [name=password]", PASSWORD)
    await page.click(".lock .primary")
    second = await held.next()
    rows = [{"id": "h1", "name": "一", "link": "never"}]
    await second.fulfill(json={"now": 1_773_000_000_000, "halls": rows})
    await page.get_by_role("link", name="一").wait_for()
    await first.fulfill(json={"now": 1_773_000_000_000, "halls": []})
    await at.heard()
    await api.expect(page.locator("#halls tr")).to_have_count(1)
    await page.clock.run_for(2_001)
    await (await held.next()).fulfill(json={"now": 1_773_000_000_000, "halls": rows})
    await at.heard()
    assert held.asked.empty()
    await api.expect(page.locator("#halls tr")).to_have_count(1)


NOTED = [
    ("hall.viewed", "h1", {"date": "2026-11-24"}),
    ("account.signed_in", "root", {"address": "127.0.0.1"}),
    ("account.added", "li", {"role": "admin"}),
    ("poor_rating.step_asked", "t_01JQ8.1", {"hall": "h1", "step": "verify", "number": "A001"}),
    ("poor_rating.words_viewed", "t_01JQ8.1", {"hall": "h1"}),
    ("retention.run", "", {"log": 3, "places": 0, "figures": 1}),
    ("hall.viewed", "h1", {"odd": "kept"}),
]


def notes() -> list[dict[str, Any]]:
    return [
        {
            "at": 1_773_000_000_000 - n,
            "name": "root",
            "role": "admin",
            "action": action,
            "subject": subject,
            "params": params,
        }
        for n, (action, subject, params) in enumerate(NOTED)
    ]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_records_say_what_they_are_about(desk: Opened, language: str) -> None:
    at = await desk(language=language)
    await at.answers("noted", notes())
    await at.open("/office/records")
    said = at.page.locator("#rows tr td:last-child")
    zh = [
        "日期：2026-11-24",
        "地址：127.0.0.1",
        "角色：管理员",
        "大厅：h1 · 步骤：核实属实 · 号码：A001",
        "大厅：h1",
    ]
    zh += ["大厅日志：3 · 排队位置：0 · 每日统计：1", "odd：kept"]
    en = ["date: 2026-11-24", "address: 127.0.0.1", "role: administrator"]
    en += [
        "hall: h1 · step: verified as true · number: A001",
        "hall: h1",
        "hall logs: 3 · places: 0 · daily figures: 1",
        "odd: kept",
    ]
    await api.expect(said).to_have_text(zh if language == "zh-CN" else en)
    await api.expect(at.page.locator("#rows")).not_to_contain_text("words_viewed")
    await at.picture(f"records-{language}")


def anomalies() -> list[dict[str, Any]]:
    kinds = (("zero_service", "key", 4), ("mass_passes", "ongoing", 5), ("out_of_hours", "general", None))
    return [
        {
            "hall": "h1",
            "hall_name": HALL,
            "hall_name_en": HALL_EN,
            "date": "2026-03-18",
            "person": "样员11",
            "anomaly": {
                "wall": 1_773_000_000_000,
                "audit_class": audit,
                "kind": kind,
                "value": value,
                "number": "A001",
                "window": "3",
                "teller": "d01",
            },
        }
        for kind, audit, value in kinds
    ]


NARROW = """() => [...document.querySelectorAll("td")].filter((cell) => cell.textContent.trim().length > 4
    && cell.getBoundingClientRect().height > 3.5 * 24).map((cell) => cell.textContent)"""
"""Cells whose text stands in more than three lines."""


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("size", list(SIZES))
async def test_tables_can_be_read_on_a_phone(desk: Opened, size: str, language: str) -> None:
    at = await desk(size, language)
    page = at.page
    await at.answers("noted", notes())
    await at.answers("anomalies", anomalies())
    await at.answers("export", {"counts": {"sent": 3}, "oldest": None, "error": ""})
    await at.answers(
        "halls", {"now": 0, "halls": [{"id": "h1", "name": HALL, "name_en": HALL_EN, "link": "never"}]}
    )
    await at.answers("halls/h1", one_hall())
    await at.answers(
        "poor",
        [item("A001", overdue=True, handler="central:zhang"), item("A002", "closed", outcome="satisfied")],
    )
    for name, rows in (
        ("records", "#rows tr"),
        ("reports", "#rows tr"),
        ("ratings", "#items tr"),
        ("hall?id=h1", "#rows tr"),
    ):
        await at.open(f"/office/{name}")
        await page.locator(rows).first.wait_for()
        assert await page.evaluate(NARROW) == [], name
        if name != "records":
            await api.expect(page.locator("main")).to_contain_text(HALL if language == "zh-CN" else HALL_EN)
            await api.expect(page.locator("main")).not_to_contain_text(
                HALL_EN if language == "zh-CN" else HALL
            )
        await at.picture(f"{name.partition('?')[0]}-{size}-{language}")
