"""The teller's day on the call page, in a real browser against a real hall."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from tests.pages.conftest import SIZES, Hall, Person, press, somebody
from tests.workers import offline

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, Route

CUT = """() => [...document.querySelectorAll("button, .badge, .now__number, h2")]
    .filter((one) => one.offsetParent && one.scrollWidth > one.clientWidth + 1)
    .map((one) => one.className + ": " + one.textContent)"""
WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


async def state(page: Page, wanted: str) -> None:
    await page.wait_for_selector(f'#now[data-state="{wanted}"]')


async def number(page: Page, wanted: str) -> None:
    await page.wait_for_function(
        "wanted => document.getElementById('number').textContent === wanted", arg=wanted
    )


async def ready(page: Page) -> None:
    await page.wait_for_selector("#call:not([hidden])")
    await page.wait_for_function("() => document.querySelector('#act-next').getAttribute('aria-disabled')")


@pytest.mark.parametrize(("size", "window"), [("small", "1"), ("middle", "2"), ("large", "3")])
async def test_a_tellers_day(tidy_hall: Hall, browser: Browser, size: str, window: str) -> None:
    assert size in SIZES
    hall = tidy_hall
    async with somebody(hall, browser, size) as person:
        page = person.page
        first = await hall.take(services=["YL-001"], queue=None)
        second = await hall.take(priority="elderly")
        third = await hall.take()
        await person.sign_in(f"d0{window}", "/call")
        await ready(page)
        await page.wait_for_selector(f"#line li:has-text('{first}')")
        assert "折算等候 20 分钟" in await page.inner_text(f"#line li:has-text('{second}')")
        await person.picture(f"call-idle-{size}")

        await press(page, "1")
        await number(page, second)
        await state(page, "called")
        assert "优先" in await page.inner_text("#reason")
        await press(page, "y")
        await page.wait_for_selector("#verify", state="hidden")
        await page.keyboard.press("Numpad3")
        await state(page, "serving")
        await page.wait_for_selector("#timer:has-text('已办理')")

        await press(page, "7")
        await page.fill(".dialog input", "养老")
        await page.click(".found li:first-child button")
        await page.wait_for_selector(".mine li")
        await page.click(".dialog .primary")
        await page.wait_for_selector(".guide__materials li")
        await person.picture(f"call-serving-{size}")
        assert await page.evaluate(CUT) == []
        assert not await page.evaluate(WIDE)

        await press(page, "5")
        await page.wait_for_selector(".dialog")
        await person.picture(f"call-hold-{size}")
        await page.keyboard.press("2")
        await state(page, "open")
        await page.wait_for_selector(f"#aside li:has-text('{second}')")

        await press(page, "1")
        await number(page, first)
        await press(page, "3")
        await state(page, "serving")
        await press(page, "9")
        await page.wait_for_selector(".dialog select")
        await person.picture(f"call-finish-{size}")
        await page.fill(".dialog input[type=number] >> nth=0", "2")
        await page.keyboard.press("Enter")
        await state(page, "open")
        ticket = await hall.get("lead", f"tickets/{first}")
        assert (ticket["state"], ticket["items"], ticket["result"]) == ("finished", 2, "done")
        await page.wait_for_selector("#day dd:has-text('2')")

        await page.click("#amend")
        await page.select_option(".dialog select", "received")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".dialog", state="detached")
        assert (await hall.get("lead", f"tickets/{first}"))["result"] == "received"

        await press(page, "8")
        await page.fill(".dialog input", third.lower())
        await page.keyboard.press("Enter")
        await number(page, third)
        await press(page, "6")
        await page.wait_for_selector(".groups")
        await person.picture(f"call-transfer-{size}")
        await page.fill(".dialog input", "咨询")
        await page.keyboard.press("Enter")
        await state(page, "open")
        assert (await hall.get("lead", f"tickets/{third}"))["queue"] == "advice"

        await page.click(f"#aside li:has-text('{second}') button:has-text('呼叫')")
        await number(page, second)
        await press(page, "b")
        await state(page, "open")
        await press(page, "1")
        await number(page, second)
        await press(page, "e")
        await page.wait_for_selector("#window-state:has-text('正在请评价')")

        await press(page, "0")
        await page.wait_for_selector(".dialog")
        await page.fill(".dialog input >> nth=0", "送件")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("#queue:has-text('送件')")
        await person.picture(f"call-paused-{size}")
        assert (await hall.get("lead", f"windows/{window}"))["pause"]["reason"] == "送件"
        await press(page, "0")
        await state(page, "open")

        await page.click("#sign-off")
        await page.click(".dialog .primary")
        await page.wait_for_selector("#duty-windows button")
        await person.picture(f"call-duty-{size}")
        assert (await hall.get("lead", f"windows/{window}")).get("teller") is None
        await page.click("#duty-windows .primary")
        await ready(page)
        assert (await hall.get("lead", f"windows/{window}"))["teller"] == f"d0{window}"


async def test_two_presses_call_one(hall: Hall, person: Person) -> None:
    one, two = await hall.take(), await hall.take()
    await person.sign_in("d04", "/call")
    await ready(person.page)
    await hall.post("lead", "windows/4/login", {"teller": "d04", "skills": ["general"]})
    await person.page.wait_for_selector(f"#line li:has-text('{one}')")
    await person.page.evaluate(
        "() => { const key = () => document.body.dispatchEvent(new KeyboardEvent('keydown',"
        " {code: 'Digit1', key: '1', bubbles: true})); key(); key(); key();"
        " document.getElementById('act-next').click(); }"
    )
    await number(person.page, one)
    await person.page.wait_for_timeout(300)
    assert (await hall.get("lead", f"tickets/{two}"))["state"] == "waiting"
    assert await person.page.locator(".dialog").count() == 0
    await hall.post("lead", "windows/4/finish", {})
    await state(person.page, "open")
    await hall.post("lead", f"tickets/{two}/void", {"reason": "x"})


STRIP = {"width": 360, "height": 110}
FITS = "({scrollHeight, scrollWidth}) => scrollHeight <= innerHeight && scrollWidth <= innerWidth"
AT_EVERY_SIZE = pytest.mark.parametrize(("size", "window"), [("small", "4"), ("middle", "5"), ("large", "6")])


async def at_work(person: Person, hall: Hall, window: str) -> tuple[Page, Page]:
    """Open a teller's call page, and the strip from it."""
    page = person.page
    await person.sign_in(f"d0{window}", "/call")
    await ready(page)
    await hall.post("lead", f"windows/{window}/login", {"teller": f"d0{window}", "skills": ["general"]})
    async with person.context.expect_page() as opened:
        await page.click("#open-strip")
    strip = await opened.value
    person.watch(strip)
    await strip.set_viewport_size(STRIP)  # type: ignore[arg-type]
    return page, strip


@AT_EVERY_SIZE
async def test_keypad_page_and_strip_show_what_each_other_did(
    tidy_hall: Hall, browser: Browser, size: str, window: str
) -> None:
    hall = tidy_hall
    sign, keypad = f"sign-{window}", f"keypad-{window}"
    async with somebody(hall, browser, size) as person:
        page, strip = await at_work(person, hall, window)
        first, second, third = await hall.take(), await hall.take(), await hall.take()
        await page.wait_for_selector(f"#line li:has-text('{third}')")
        await hall.shows(keypad, lambda seen: seen["digits"].strip() == "3")

        # What the keypad does is on page and strip.
        await hall.press(window, "call")
        await number(page, first)
        await state(page, "called")
        await strip.wait_for_selector(f'#strip[data-state="called"] #number:has-text("{first}")')
        await asyncio.sleep(1)  # past the keypad's debounce
        await hall.press(window, "confirm")
        await state(page, "serving")
        await strip.wait_for_selector('#strip[data-state="serving"]')
        await person.picture(f"call-keypad-{size}")

        # What the page does is on keypad, sign and strip.
        await press(page, "1")
        await number(page, second)
        await hall.shows(sign, lambda seen: second in str(seen["rows"]))
        await hall.shows(keypad, lambda seen: seen["digits"].strip() == "1")
        await strip.wait_for_selector(f'#number:has-text("{second}")')
        await press(page, "3")
        await state(page, "serving")
        await press(page, "0")
        await page.wait_for_selector(".dialog")
        await page.keyboard.press("Escape")
        await strip.wait_for_selector("#pause:not([disabled]):has-text('恢复')")

        # A pause that the page began ends by the keypad's key.
        await hall.press(window, "pause")
        await page.wait_for_selector("#act-pause:has-text('暂停服务')")
        await strip.wait_for_selector("#pause:not([disabled]):has-text('暂停')")

        # What the strip does is on keypad, sign and page.
        await strip.click("#next")
        await number(page, third)
        await hall.shows(sign, lambda seen: third in str(seen["rows"]))
        await hall.shows(keypad, lambda seen: seen["digits"].strip() == "0")
        assert (await hall.get("lead", f"tickets/{second}"))["state"] == "finished"
        assert await strip.locator("html").evaluate(FITS)
        assert not await page.evaluate(WIDE)
        assert await page.evaluate(CUT) == []
        await hall.post("lead", f"windows/{window}/finish", {})
        await state(page, "open")


async def test_an_answer_that_is_lost_is_settled(hall: Hall, person: Person) -> None:
    """The hub did it and its answer got lost: the page asks again and nobody is called twice."""
    page = person.page
    await person.sign_in("d06", "/call")
    await ready(page)
    await hall.post("lead", "windows/6/login", {"teller": "d06", "skills": ["general"]})
    one, two = await hall.take(), await hall.take()
    await page.wait_for_selector(f"#line li:has-text('{two}')")
    keys: list[str] = []

    async def lose(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            await route.fetch()
            await route.abort()
        elif len(keys) == 2:
            await route.abort()
        else:
            await route.continue_()

    await page.route("**/call-next", lose)
    await press(page, "1")
    await page.wait_for_selector("#doubt:not([hidden])")
    assert "不会重复办理" in await page.inner_text("#doubt-text")
    await person.picture("call-unsure")
    await page.wait_for_selector(".toast:has-text('已确认办成')")
    await number(page, one)
    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert (await hall.get("lead", f"tickets/{two}"))["state"] == "waiting"
    await hall.post("lead", "windows/6/finish", {})
    await state(page, "open")
    await hall.post("lead", f"tickets/{two}/void", {"reason": "x"})


async def test_a_hub_that_is_away_is_said_and_a_person_decides(hall: Hall, person: Person) -> None:
    page = person.page
    await page.clock.install()
    await person.sign_in("d06", "/call")
    await ready(page)
    one = await hall.take()
    await page.wait_for_selector(f"#line li:has-text('{one}')")
    async with offline(page):
        await press(page, "1")
        await page.wait_for_selector('#doubt[data-state="unsure"]')
        for _ in range(12):
            await page.clock.fast_forward(2_500)
            await page.wait_for_timeout(50)
        await page.wait_for_selector('#doubt[data-state="doubt"]')
        assert "不知道“下一位”是否办成" in await page.inner_text("#doubt-text")
        await page.clock.fast_forward(60_000)
        await page.wait_for_selector("#away:not([hidden])")
        await person.picture("call-away")
    await page.wait_for_selector("#away", state="hidden")
    assert (await hall.get("lead", f"tickets/{one}"))["state"] == "waiting", "not called by itself"
    await page.click("#doubt-again")
    await number(page, one)
    await page.wait_for_selector("#doubt", state="hidden")
    await hall.post("lead", "windows/6/finish", {})
    await state(page, "open")


async def test_what_was_not_saved_is_said_to_be_undone(hall: Hall, person: Person) -> None:
    page = person.page
    await person.sign_in("d06", "/call")
    await ready(page)

    async def closed(route: Route) -> None:
        body = '{"code":"not_saved","title":"t","detail":"系统暂时无法保存。","status":503,"type":"x"}'
        await route.fulfill(status=503, content_type="application/problem+json", body=body)

    await page.route("**/call-next", closed)
    await press(page, "1")
    await page.wait_for_selector(".toast:has-text('什么也没有改变')")


@AT_EVERY_SIZE
async def test_the_strip(tidy_hall: Hall, browser: Browser, size: str, window: str) -> None:
    hall = tidy_hall
    async with somebody(hall, browser, size) as person:
        page, strip = await at_work(person, hall, window)
        one = await hall.take()
        await strip.wait_for_selector("#waiting:has-text('等候 1')")
        await person.picture("strip-idle", strip)
        await strip.click("#next")
        await strip.wait_for_selector(f"#number:has-text('{one}')")
        await number(page, one)
        await strip.click("#next")
        await strip.wait_for_selector("#question:not([hidden])")
        await person.picture("strip-question", strip)
        assert await strip.locator("html").evaluate(FITS)
        await strip.click("#came-yes")
        await state(page, "serving")
        await strip.click("#pause")
        await state(page, "serving")
        await page.wait_for_selector("#act-pause:has-text('恢复服务')")
        await strip.wait_for_selector("#pause:not([disabled]):has-text('恢复')")
        await strip.keyboard.press("0")
        await page.wait_for_selector("#act-pause:has-text('暂停服务')")
        await page.keyboard.press("Alt+l")
        await strip.wait_for_selector("#said:has-text('已锁定')")
        assert await strip.is_disabled("#next")
        assert await strip.locator("html").evaluate(FITS)
        await page.fill(".lock input", hall.password)
        await page.keyboard.press("Enter")
        await strip.wait_for_function("() => !document.getElementById('next').disabled")
        async with offline(strip):
            await strip.click("#next")
            await strip.wait_for_selector("#said[data-kind=wrong]:not(:empty)")
            await person.picture("strip-away", strip)
            assert await strip.locator("html").evaluate(FITS)
        await state(page, "open")  # asked again, and done once
        await strip.wait_for_selector("#number:text-is('—')")


async def test_the_page_in_english(tidy_hall: Hall, browser: Browser) -> None:
    hall = tidy_hall
    async with somebody(hall, browser, language="en-GB") as person:
        await person.sign_in("d06", "/call")
        await ready(person.page)
        await person.picture("call-english")
        assert await person.page.evaluate(CUT) == []
        text = await person.page.inner_text("body")
        names = {"样员06", "演示社会保险服务大厅"}
        assert not re.findall("[\u4e00-\u9fff]+", "".join(text.split("中文")).replace("样员06", "")), names
