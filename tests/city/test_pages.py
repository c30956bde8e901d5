"""The city's public pages in a real browser: waits, a time to come, one's own place, on a phone and wider."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import insert, update

from kioskd.central import appointments, booking, citizens, halls, pages, remote
from kioskd.central.bell import Bell
from kioskd.central.database import Running
from kioskd.central.persons import Persons
from kioskd.central.schema import APPOINTMENT, REMOTE, RULES
from kioskd.central.server import serving, wall_ms
from kioskd.central.slots import BookingPlan, Offer
from kioskd.central.sqlite import Sqlite
from kioskd.hall.rules import Name
from kioskd.sync.status import HallStatus, PlaceStatus, QueueStatus, ticket_digest
from tests.web.rules import open_hall

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

SCREENS = os.environ.get("KIOSKD_SCREENS", "")
"""Folder that pictures of the pages are put into, if anywhere."""
PERSON = "11010519491231002X"
SLIP = "c_7h3kq2mzp4x9secret"
SIZES = {"phone": (360, 740), "wide": (1100, 800)}

api = pytest.importorskip("playwright.async_api", reason="playwright is not installed")


def status(at: int) -> HallStatus:
    return HallStatus(
        at=at,
        open=True,
        waiting=14,
        notice=Name(
            zh="今天下午系统维护，请尽量上午来办。", en="Maintenance this afternoon: better come early."
        ),
        queues=(
            QueueStatus("general", Name(zh="综合业务", en="General"), True, 12, 4, 15, 25),
            QueueStatus("special", Name(zh="特殊业务", en="Special"), True, 2, 1),
            QueueStatus("advice", Name(zh="咨询", en="Advice"), True, 0, 1, 0, 0),
            QueueStatus("company", Name(zh="单位业务", en="Companies"), False, 0, 0),
        ),
        places={ticket_digest(SLIP): PlaceStatus("A012", "general", "waiting", 3, 8, 14)},
    )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def city(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[str, Sqlite]]:
    database = await Sqlite.open(tmp_path_factory.mktemp("city") / "central.db")
    now = wall_ms()
    for hall, name in (("h1", "城东社保服务大厅"), ("h2", "高新区社会保障综合服务大厅"), ("h3", "城西大厅")):
        await database.write(partial(halls.add, hall, name, now))
    plan = BookingPlan(
        offers=(
            Offer(
                queue="general",
                start="09:00",
                end="11:30",
                minutes=30,
                capacity=2,
                weekdays=(1, 2, 3, 4, 5, 6, 7),
            ),
            Offer(queue="special", start="14:00", end="16:00", minutes=60, weekdays=(1, 2, 3, 4, 5, 6, 7)),
        ),
        before_min=0,
    )
    await database.write(partial(booking.set_plan, "h1", plan, now))

    def know() -> Running[None]:
        rules = open_hall()
        ticketing = msgspec.structs.replace(rules.policy.ticketing, remote_most=5, remote_min=30)
        policy = msgspec.structs.replace(rules.policy, ticketing=ticketing)
        name = Name(zh="城东", en="East Social Security Hall")
        body = msgspec.json.encode(msgspec.structs.replace(rules, policy=policy, name=name))
        yield insert(RULES).values(hall="h1", body=body, wall=now)

    await database.write(know)
    await database.write(partial(halls.keep_statuses, [("h1", (msgspec.json.encode(status(now)), now))]))
    closed = msgspec.structs.replace(status(now), open=False, waiting=0, notice=None, places={})
    await database.write(
        partial(halls.keep_statuses, [("h2", (msgspec.json.encode(closed), now - 3_600_000))])
    )
    bell = Bell(database, wall_ms)
    mounts = (
        citizens.mount(database),
        appointments.mount(database, Persons(b"k" * 32), bell),
        remote.mount(database, Persons(b"k" * 32), bell),
        pages.mount,
    )
    async with serving(database, "127.0.0.1", 0, bell=bell, mounts=mounts) as port:
        yield f"http://127.0.0.1:{port}", database
    await database.close()


class Screens:
    """Pages of one size, their errors watched, pictures of them where wanted."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser = browser
        self.url = url
        self.wrong: list[str] = []

    async def open(self, path: str, size: str = "phone", language: str = "zh-CN") -> Page:
        width, height = SIZES[size]
        context = await self.browser.new_context(
            viewport={"width": width, "height": height}, locale=language, reduced_motion="reduce"
        )
        context.set_default_timeout(30_000)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on(
            "console",
            lambda said: self.wrong.append(said.text) if "Content Security" in said.text else None,
        )
        await page.goto(self.url + path)
        return page

    async def picture(self, page: Page, name: str) -> None:
        """Hold what is on the screen against what must be true of every screen."""
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} overflows"
        if SCREENS:
            await page.screenshot(path=Path(SCREENS) / f"city-{name}.png", full_page=True)
        axe = files("axe_playwright_python") / "axe.min.js"
        await page.evaluate(axe.read_text("utf-8"))
        found: Any = await page.evaluate("axe.run().then((result) => result.violations)")
        serious = [each["id"] for each in found if each["impact"] in ("serious", "critical")]
        assert not serious, (name, serious)


@pytest_asyncio.fixture(loop_scope="session")
async def screens(browser: Browser, city: tuple[str, Sqlite]) -> AsyncIterator[Screens]:
    screens = Screens(browser, city[0])
    yield screens
    assert screens.wrong == []


@pytest.mark.parametrize(("size", "language"), [("phone", "zh-CN"), ("phone", "en"), ("wide", "zh-CN")])
async def test_halls_and_their_waits(screens: Screens, size: str, language: str) -> None:
    page = await screens.open("/", size, language)
    # A hall that has told no English name keeps the city's.
    name = "城东社保服务大厅" if language == "zh-CN" else "East Social Security Hall"
    first = page.locator(".hall", has_text=name)
    await first.wait_for()
    await page.get_by_text("高新区社会保障综合服务大厅").wait_for()
    await screens.picture(page, f"halls-{size}-{language}")
    assert await page.locator(".hall").count() == 3
    states = await page.locator(".hall").evaluate_all("nodes => nodes.map((node) => node.dataset.state)")
    assert sorted(states) == ["open", "stale", "stale"]
    await first.click()
    await page.locator(".queue").first.wait_for()
    await page.get_by_role("heading", name=name).wait_for()
    assert page.url.endswith("/h/h1")
    said = await page.locator(".queue__wait").all_inner_texts()
    assert said[0] == ("约 15–25 分钟" if language == "zh-CN" else "about 15–25 min")
    await screens.picture(page, f"hall-{size}-{language}")
    await page.go_back()
    await first.wait_for()
    assert page.url.endswith("/")


@pytest.mark.parametrize(("size", "language"), [("phone", "zh-CN"), ("wide", "en")])
async def test_a_time_is_booked_looked_at_and_given_back(
    screens: Screens, city: tuple[str, Sqlite], size: str, language: str
) -> None:
    zh = language == "zh-CN"
    page = await screens.open("/h/h1/book", size, language)
    await page.get_by_role("button", name="综合业务" if zh else "General").click()
    await page.locator(".choices--row .choice").nth(3 if zh else 4).click()
    await page.locator(".choices--times .choice").first.click()
    field = page.locator("#person")
    await field.fill("110105194912310021")
    await page.locator("form .button").click()
    await page.get_by_text("证件号不对" if zh else "no document number").wait_for()
    await screens.picture(page, f"book-{size}-{language}")
    await field.fill(PERSON)
    await page.locator("form .button").click()
    code = await page.locator(".card__code").inner_text()
    assert await page.locator(".qr path").get_attribute("d")
    await screens.picture(page, f"booked-{size}-{language}")
    assert PERSON not in await page.content()
    await page.get_by_text("城东社保服务大厅" if zh else "East Social Security Hall").wait_for()
    elsewhere = await screens.open("/h/h1/book", size, language)
    await page.goto(elsewhere.url)
    told = (
        (page, "已有预约" if zh else "cancel that one"),
        (elsewhere, "可能已经有了" if zh else "may be one"),
    )
    for again, reason in told:  # who has the code is told why, who only knows the number is not
        await again.get_by_role("button", name="综合业务" if zh else "General").click()
        await again.locator(".choices--row .choice").nth(3 if zh else 4).click()
        await again.locator(".choices--times .choice").last.click()
        await again.locator("#person").fill(PERSON)
        await again.locator("form .button").click()
        await again.locator(".wrong", has_text=reason).wait_for()
    await page.locator("#mine").click()
    await page.locator(".kept__code").wait_for()
    await page.locator("#code").fill(code.lower())
    await page.locator("form .button").click()
    await page.locator(".card__code").wait_for()
    await screens.picture(page, f"mine-{size}-{language}")
    await page.locator(".card .button--danger").click()
    await screens.picture(page, f"cancel-{size}-{language}")
    await page.locator(".dialog .danger").click()
    await page.locator(".card--cancelled").wait_for()
    await page.locator("#code").fill("ABC-DEF-GHJ")
    await page.locator("form .button").click()
    await page.get_by_text("没有这个预约码" if zh else "No such code").wait_for()


async def test_states_an_appointment_may_be_in(screens: Screens, city: tuple[str, Sqlite]) -> None:
    page = await screens.open("/h/h1/book")
    await page.get_by_role("button", name="特殊业务").click()
    await page.locator(".choices--times .choice").first.click()
    await page.locator("#person").fill("E12345678")
    await page.locator("form .button").click()
    code = await page.locator(".card__code").inner_text()
    for state in ("refused", "arrived", "missed", "excused"):

        def become(state: str = state) -> Running[None]:
            number = "S003" if state == "arrived" else None
            yield (
                update(APPOINTMENT).where(APPOINTMENT.c.queue == "special").values(state=state, number=number)
            )

        await city[1].write(become)
        await page.goto(screens.url + "/a")
        await page.locator("#code").fill(code)
        await page.locator("form .button").click()
        await page.locator(f".card--{state}").wait_for()
        assert await page.locator(".qr").count() == 0
        await screens.picture(page, f"state-{state}")


async def test_ones_own_place_by_the_code_on_the_slip(screens: Screens, city: tuple[str, Sqlite]) -> None:
    _, database = city
    page = await screens.open(f"/h/h1/t/{SLIP}")
    await page.get_by_text("A012").wait_for()
    assert await page.locator(".figure strong").all_inner_texts() == ["3", "8–14"]
    await screens.picture(page, "place-waiting")
    now = wall_ms()
    called = PlaceStatus("A012", "general", "called", window="3")
    changed = msgspec.structs.replace(status(now), places={ticket_digest(SLIP): called})
    await database.write(partial(halls.keep_statuses, [("h1", (msgspec.json.encode(changed), now))]))
    began = time.monotonic()
    await page.get_by_text("正在叫您").wait_for()
    assert time.monotonic() - began < 25
    await screens.picture(page, "place-called")
    over = await screens.open("/h/h1/t/c_nobodys")
    await over.get_by_text("这张票不在等候中").wait_for()
    await screens.picture(over, "place-over")


async def test_a_number_is_taken_by_phone(screens: Screens, city: tuple[str, Sqlite]) -> None:
    page = await screens.open("/h/h1")
    await page.get_by_role("link", name="手机取号").click()
    await page.locator(".choice").first.click()
    await page.locator("#person").fill(PERSON)
    await screens.picture(page, "take")
    await page.locator("form .button").click()
    await page.get_by_text("正在向大厅取号").wait_for()
    await screens.picture(page, "take-asked")

    def refuse() -> Running[None]:
        yield update(REMOTE).values(state="refused", reason="remote_full")

    await city[1].write(refuse)
    await page.reload()
    await page.get_by_text("大厅没有给号").wait_for()
    await screens.picture(page, "take-refused")
    page = await screens.open("/h/h3/take")
    await page.get_by_text("不能用手机取号").wait_for()


async def test_what_cannot_be_shown_is_said(screens: Screens) -> None:
    page = await screens.open("/h/h3/book")
    await page.get_by_text("没有可以预约的时间").wait_for()
    await screens.picture(page, "book-nothing")
    page = await screens.open("/h/h9")
    await page.get_by_text("没有这个大厅").wait_for()
    page = await screens.open("/h/h3")
    await page.get_by_text("暂时联系不上").first.wait_for()
    await screens.picture(page, "hall-stale")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_a_hall_that_gives_no_times_offers_none(screens: Screens, language: str) -> None:
    zh = language == "zh-CN"
    book = "预约时间" if zh else "Book a time"
    page = await screens.open("/h/h1", language=language)
    await page.get_by_role("link", name=book).wait_for()
    await page.goto(screens.url + "/h/h2")
    await page.get_by_text("直接到大厅取号" if zh else "take one there").wait_for()
    await api.expect(page.locator(".acts")).to_be_hidden()
    await api.expect(page.get_by_role("link", name=book)).to_have_count(0)
    await screens.picture(page, f"hall-neither-{language}")
