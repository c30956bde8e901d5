"""A lead's desk in a real browser: bad ratings worked off, approvals by two, the week's roster."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from kioskd.access.roles import Role
from kioskd.settings.read import load
from kioskd.web.catalogue import Catalogue
from tests.overview.conftest import SAMPLE, SIZES, Busy, opened, picture, sample_rules
from tests.pages.looks import axe
from tests.web.people import PASSWORD, add_person
from tests.web.test_readers import SIGNED
from tests.web.test_readers import Station as Pad

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

PHONE = "138 0000 1234"


async def rated(busy: Busy, level: int = 1, window: str = "1", **said: Any) -> str:
    """A bad rating that became an item."""
    ticket = await busy.ticket(services=["YL-001"], queue=None)
    await busy.serve(window)
    await busy.ok(f"windows/{window}/finish", {"rate": True})
    answer = await busy.post(f"tickets/{ticket['code']}/rating", {"level": level, **said})
    assert answer.status == 204, answer.raw
    await busy.tick(0.2)
    return str(ticket["id"])


async def step(page: Page, name: str, note: str = "", **chosen: str) -> None:
    """Press a step's button, fill its form and send it."""
    await page.click(f"#step-{name}")
    await page.wait_for_selector(".dialog")
    if note:
        await page.fill(".dialog [name=note]", note)
    for field, value in chosen.items():
        await page.select_option(f".dialog [name={field}]", value)
    await page.click(".dialog .actions button:last-child")
    await page.wait_for_selector(".dialog", state="detached")


@pytest.mark.parametrize("size", SIZES)
async def test_a_bad_rating_from_the_overview_to_its_end(busy: Busy, browser: Browser, size: str) -> None:
    await busy.duty("1", "t01")
    await rated(busy, comment="等了一小时", contact=PHONE)
    await rated(busy, level=2)
    async with opened(busy, browser, size) as page:
        await page.wait_for_selector("#ratings li")
        await picture(page, f"overview-ratings-{size}")
        assert await axe(page) == []
        await page.click("#ratings li:last-child a")
        await page.wait_for_selector("#step-verify")
        await page.click("#words-see")
        await expect(page.locator("#words")).to_contain_text("等了一小时")
        assert await page.locator("#contact-see").count() == 0, "nobody has taken it"
        assert await axe(page) == []
        await picture(page, f"poor-registered-{size}")
        await step(page, "verify", "属实，当天只开一个窗口")
        await page.click("#contact-see")
        await expect(page.locator("#phone")).to_have_text(PHONE)
        await step(page, "rectify", "增开潮汐窗口")
        await page.wait_for_selector("#step-follow_up")
        await picture(page, f"poor-rectified-{size}")
        await page.click("#step-follow_up")
        await page.wait_for_selector(".dialog")
        await picture(page, f"poor-follow-up-{size}")
        assert await axe(page) == []
        assert await page.locator(".dialog [value=anonymous]").count() == 0, "there is a phone number"
        await page.click(".dialog .actions button:last-child")
        await page.wait_for_selector(".dialog", state="detached")
        await expect(page.locator("#items li")).to_have_count(1)
        await page.click("#show-closed")
        await expect(page.locator("#items li")).to_have_count(1)
        await expect(page.locator("#items .badge")).to_have_text("回访满意")
        await picture(page, f"poor-closed-{size}")
        assert await axe(page) == []
        assert await page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(
    ("language", "reason"),
    [("zh-CN", "不满意；没有提供材料清单"), ("en", "Dissatisfied; No list of documents")],
)
async def test_why_somebody_rated_so_is_read_in_ones_language(
    busy: Busy, browser: Browser, language: str, reason: str
) -> None:
    busy.site.catalogue = Catalogue(evaluation=load(SAMPLE).evaluation)
    await busy.duty("1", "t01")
    await rated(busy, level=2, options=[208])
    async with opened(busy, browser, language=language) as page:
        await page.goto(busy.at("/poor-ratings"))
        await page.click("#items li button")
        await expect(page.locator(".poor__facts")).to_contain_text(reason)


async def test_nobody_is_asked_to_choose_where_there_is_nothing(busy: Busy, browser: Browser) -> None:
    await busy.duty("1", "t01")
    async with opened(busy, browser) as page:
        await page.goto(busy.at("/poor-ratings"))
        await expect(page.locator("#empty")).to_have_text("没有待办的差评。")
        await expect(page.locator("#choose")).to_be_hidden()
        await picture(page, "poor-empty")
        await rated(busy)
        await expect(page.locator("#items li")).to_have_count(1)
        await expect(page.locator("#choose")).to_be_visible()
        await page.click("#items button")
        await expect(page.locator("#step-verify")).to_be_visible()
        await expect(page.locator("#choose")).to_be_hidden()


async def test_by_keyboard_alone(busy: Busy, browser: Browser) -> None:
    await busy.duty("1", "t01")
    await rated(busy)
    async with opened(busy, browser) as page:
        await page.goto(busy.at("/poor-ratings"))
        await page.wait_for_selector("#items li")
        await page.focus("#items button")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("#step-verify")
        await page.focus("#step-verify")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".dialog")
        await page.keyboard.type("属实")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("#step-rectify")


async def test_an_appeal_and_a_void_take_another_person(busy: Busy, browser: Browser) -> None:
    add_person(busy, "second", Role.LEAD, person="钱副主任")
    await busy.duty("1", "t01")
    await rated(busy)
    good = await rated(busy, level=5)
    number = (await busy.get(f"tickets/{good}", Role.LEAD)).json["number"]
    async with opened(busy, browser) as first, opened(busy, browser, person="second") as second:
        await first.goto(busy.at("/poor-ratings"))
        await first.click("#items li button")
        await step(first, "appeal", "按错了", ground="mistaken")
        await expect(first.locator("#step-uphold")).to_be_disabled()
        await picture(first, "poor-appealed")
        # Any rating can be taken out of the count, from the ticket's story.
        await first.goto(busy.at("/story"))
        await first.wait_for_function("() => document.forms[0].elements.date.value")
        await first.fill("[name=number]", number)
        await first.keyboard.press("Enter")
        await first.click("#void")
        await first.fill("[name=why]", "柜员自己按的")
        assert await axe(first) == []
        await first.click(".dialog .danger")
        await first.wait_for_selector(".dialog", state="detached")
        await second.goto(busy.at("/poor-ratings"))
        await second.wait_for_selector("#approvals li")
        assert await axe(second) == []
        await picture(second, "poor-approval")
        await second.click("#approvals .danger")
        await second.click(".dialog .danger")
        await expect(second.locator("#approvals-box")).to_be_hidden()
        await second.click("#items li button")
        await step(second, "uphold", "监控属实")
        await expect(second.locator("#items li")).to_have_count(0)
    figures = (await busy.get("figures/day", Role.LEAD)).json["total"]["ratings"]["levels"]
    assert (figures["5"], figures["1"]) == (0, 0)


@pytest.mark.parametrize(("size", "language"), [("small", "zh-CN"), ("large", "en")])
async def test_what_a_citizen_wrote_is_erased_by_two(
    busy: Busy, browser: Browser, size: str, language: str
) -> None:
    add_person(busy, "second", Role.LEAD, person="钱副主任")
    await busy.duty("1", "t01")
    await rated(busy, comment="请删掉我写的话", contact=PHONE)
    async with (
        opened(busy, browser, size, language=language) as first,
        opened(busy, browser, size, "second", language) as second,
    ):
        for page in (first, second):
            await page.goto(busy.at("/poor-ratings"))
            await page.click("#items li button")
            await page.click("#words-see")
            await expect(page.locator("#words")).to_contain_text("请删掉我写的话")
        await step(first, "take", handler="lead")
        await first.click("#contact-see")
        await expect(first.locator("#phone")).to_have_text(PHONE)
        await picture(first, f"poor-erase-{size}")
        await first.click("#erase")
        await first.fill("[name=why]", "本人书面申请")
        assert await axe(first) == []
        await picture(first, f"poor-erase-asked-{size}")
        await first.click(".dialog .danger")
        await expect(first.locator("#approvals li")).to_have_count(1)
        assert await first.locator("#approvals .danger").count() == 0, "who asked does not decide"
        await expect(second.locator("#approvals .danger")).to_be_visible()
        assert await axe(second) == []
        await picture(second, f"poor-erase-second-{size}")
        assert await second.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        await second.click("#approvals .danger")
        await second.click(".dialog .danger")
        # It is gone from every screen that showed it, by itself.
        for page in (first, second):
            await expect(page.locator("#approvals-box")).to_be_hidden()
            await expect(page.locator("#words")).to_have_count(0)
            await expect(page.locator("#phone")).to_have_count(0)
            await expect(page.locator("#erase")).to_have_count(0)
            assert "请删掉" not in await page.inner_text("body")
        await picture(first, f"poor-erased-{size}")
        assert await axe(first) == []


async def test_empty_and_in_english(busy: Busy, browser: Browser) -> None:
    async with opened(busy, browser, language="en") as page:
        await page.goto(busy.at("/poor-ratings"))
        await expect(page.locator("#empty")).to_have_text("There is nothing to be done.")
        await picture(page, "poor-empty-en")


# --- roster -----------------------------------------------------------------------------------------

TABLE = """岗位,周一,周二,周三,周四,周五,周六,周日,AB角
1号窗口,{one},{one},{one},{one},{one},,,{two}
2号窗口,{two},{two},{two},{two},{two},,,
带班,孙芳,孙芳,钱进,钱进,孙芳,钱进,孙芳,
值班,周正,周正,周正,周正,周正,周正,周正,
"""


def names() -> dict[str, str]:
    tellers = {teller.id: teller.name for teller in sample_rules().tellers}
    return {"one": tellers["t01"], "two": tellers["t02"]}


@pytest.mark.parametrize("size", SIZES)
async def test_a_roster_is_looked_at_and_then_taken(busy: Busy, browser: Browser, size: str) -> None:
    good = TABLE.format(**names()).encode("gb18030")
    bad = good + "99号窗口,张三\n".encode("gb18030")
    async with opened(busy, browser, size) as page:
        await page.goto(busy.at("/roster"))
        await page.wait_for_selector("#rows tr")
        await page.click("#import")
        file = {"name": "排班.csv", "mimeType": "text/csv"}
        await page.set_input_files("[name=file]", [{**file, "buffer": bad}])
        await page.wait_for_selector("#faults li")
        await expect(page.locator(".dialog .primary")).to_be_disabled()
        await expect(page.locator("#faults li")).to_contain_text("第 6 行 A 列")
        await picture(page, f"roster-wrong-{size}")
        assert await axe(page) == []
        await page.set_input_files("[name=file]", [{**file, "buffer": good}])
        await expect(page.locator("#faults")).to_have_count(0)
        await page.click(".dialog .primary")
        await page.wait_for_selector(".dialog", state="detached")
        await expect(page.locator("#rows")).to_contain_text("孙芳")
        await picture(page, f"roster-{size}")
        assert await axe(page) == []
        assert await page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        await page.goto(busy.at("/overview"))
        await expect(page.locator("#notice-text")).to_contain_text("今天带班")


async def test_a_teller_reads_the_roster(busy: Busy, browser: Browser) -> None:
    table = base64.b64encode(TABLE.format(**names()).encode()).decode()
    await busy.ok("roster", {"content": table})
    async with opened(busy, browser, person="audit") as page:
        await page.goto(busy.at("/roster"))
        await expect(page.locator("#rows")).to_contain_text("孙芳")
        await expect(page.locator("#import")).to_be_hidden()


async def test_a_signature_is_asked_for_with_one_key(busy: Busy, browser: Browser) -> None:
    pad = Pad(busy)
    await busy.duty("1", "t01")
    await busy.ticket()
    await busy.ok("windows/1/call-next", {})
    add_person(busy, "desk", Role.TELLER, "t01", person="样员01")
    async with opened(busy, browser, person="audit") as page:
        await page.context.clear_cookies()
        await page.goto(busy.at("/call"))
        await page.fill("[name=name]", "desk")
        await page.fill("[name=password]", PASSWORD)
        await page.click("#enter")
        button = page.locator("#act-signature")
        await expect(button).to_have_attribute("aria-disabled", "false")
        await expect(button.locator("kbd")).to_have_text("S")
        await page.keyboard.press("s")
        await expect(button).to_contain_text("等群众签名")
        await picture(page, "call-signature")
        assert await axe(page) == []
        await page.keyboard.press("s")
        await expect(button).not_to_contain_text("等群众签名")
        await page.keyboard.press("s")
        await expect(button).to_contain_text("等群众签名")
        pad.says("signature-1", SIGNED, (await busy.get("windows/1", Role.LEAD)).json["ticket"]["id"])
        await expect(button).to_contain_text("已签名")
