"""The virtual hall in a real browser: touch, press, rate, unplug, and the hub going away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.demo.hall import DemoHall
from tests.pages.looks import CUT

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

api = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
expect = api.expect
PATIENCE_MS = 15_000

LIT = """canvas => {
    const dots = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    let lit = 0;
    for (let i = 0; i < dots.length; i += 4) if (dots[i] > 150 || dots[i + 1] > 150) lit += 1;
    return lit;
}"""


WORDS = """() => [...document.querySelectorAll(".key, .pad__key, .chip, .queue__name, .tool, .window__title")]
    .filter((one) => one.offsetParent)
    .filter((one) => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)
    .map((one) => one.className + ": " + one.textContent)"""
"""Words that run out of what they stand on, or are cut there: here those that end in … too."""

OUT = """() => [...document.querySelectorAll(".keypad, .pad, .sign, .horn, .board")].flatMap((machine) => {
    const whole = machine.getBoundingClientRect();
    return [...machine.querySelectorAll("button, .chip, .digits")].filter((one) => {
        const own = one.getBoundingClientRect();
        return own.width && (own.left < whole.left + 3 || own.right > whole.right - 3);
    }).map((one) => `${machine.className}: ${one.className}`);
})"""
"""What sticks out to the edge of its machine."""

LAID = """() => {
    const box = (where) => document.querySelector(where).getBoundingClientRect();
    const log = box(".log");
    const rows = [...document.querySelectorAll(".log__row")].filter((row) => {
        const { top, bottom } = row.getBoundingClientRect();
        return top >= log.top - 1 && bottom <= log.bottom + 1;
    });
    const horns = [...document.querySelectorAll(".horn")].map((horn) => horn.getBoundingClientRect());
    return {
        band: box(".board").bottom - box(".board .led-frame").bottom,
        rows: rows.length,
        hex: Math.min(...rows.flatMap((row) => [...row.querySelectorAll(".bytes code")].slice(0, 1))
            .map((code) => code.clientWidth)),
        lines: new Set(horns.map((horn) => Math.round(horn.top))).size,
        uneven: Math.max(...horns.map((horn) => Math.round(horn.width)))
            - Math.min(...horns.map((horn) => Math.round(horn.width))),
        listen: box(".voice__switch").top - box(".voice__title").bottom,
    };
}"""

CHINESE = """() => {
    const page = document.body.cloneNode(true);
    for (const part of page.querySelectorAll(".log, noscript")) part.remove(); // the log quotes the signs
    return page.textContent.match(/[\\u4e00-\\u9fff]+/g) || [];
}"""


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoHall]:
    with DemoHall(tmp_path_factory.mktemp("hall")) as hall:
        yield hall


class Visitor:
    """A page in a browser, and everything that went wrong in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.wrong: list[str] = []
        self.asked: set[str] = set()
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda line: self.wrong.append(line.text) if line.type == "error" else None)
        page.on("request", lambda request: self.asked.add(request.url))


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser) -> Visitor:
    page = await browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(PATIENCE_MS)
    return Visitor(page)


@pytest.fixture(autouse=True)
def patient() -> None:
    expect.set_options(timeout=PATIENCE_MS)


def sign(page: Page, window: str) -> str:
    return f'.window[data-window="{window}"] .sign canvas'


async def test_a_citizen_takes_a_number_is_called_served_and_rates(hall: DemoHall, visitor: Visitor) -> None:
    page = visitor.page
    await page.goto(hall.url)
    await expect(page.locator('[data-fact="link"]')).to_have_text("已连接")
    await expect(page.locator(".window")).to_have_count(6)
    await expect(page.locator('.window[data-window="1"] .window__teller')).to_have_text("样员01")

    await page.click('[data-queue="general"]')
    await expect(page.locator(".kiosk__number")).to_have_text(re.compile(r"^A\d{3}$"))
    number = await page.inner_text(".kiosk__number")
    slip = page.locator(".slip__picture")
    await expect(slip).to_be_visible()
    assert await slip.evaluate("picture => picture.complete && picture.naturalWidth > 400")
    await expect(page.locator(".log")).to_contain_text(f"发出号码 {number}")

    one = page.locator('.window[data-window="1"]')
    await expect(one.locator(".digits").first).to_have_attribute("aria-label", "等候 1 人")
    await one.get_by_role("button", name="呼叫", exact=True).click()
    canvas = page.locator(sign(page, "1"))
    await expect(canvas).to_have_attribute("aria-label", re.compile(f"请{number}到1号窗口"))
    drawn_in_dots = f"canvas => ({LIT})(canvas) > 500"  # with the next picture of the screen
    await page.wait_for_function(drawn_in_dots, arg=await canvas.element_handle())
    await expect(page.locator(".board canvas")).to_have_attribute("aria-label", re.compile(f"请{number}"))
    await expect(page.locator(".log")).to_contain_text("FF 68 03 03 68 01 01 0C 0E 16")

    await one.get_by_role("button", name="请评价", exact=True).click()
    pad = one.locator(".pad")
    await expect(pad).to_have_attribute("data-mode", "rate")
    await pad.get_by_role("button", name="非常满意", exact=True).click()
    await expect(pad).not_to_have_attribute("data-mode", "rate")
    await expect(page.locator(".log")).to_contain_text("1号窗口评价器按下“非常满意”")

    assert visitor.wrong == []
    assert all(url.startswith((hall.url, "data:")) for url in visitor.asked), "nobody else is asked"


async def test_the_page_says_what_is_wrong_and_when_it_is_right_again(
    hall: DemoHall, visitor: Visitor
) -> None:
    page = visitor.page
    await page.goto(hall.url)
    alerts = page.locator(".alerts")
    await expect(alerts).to_contain_text("一切正常")

    three = page.locator('.window[data-window="3"]')
    await three.locator(".sign .plug").click()
    await page.get_by_role("menuitem", name="拔下这台设备").click()
    await expect(alerts).to_contain_text("3号窗口屏没有回应")
    await expect(three.locator(".window__head .chip")).to_have_text("没有回应")

    await page.click(".slot .plug")
    await page.get_by_role("menuitem", name="抽走纸卷").click()
    await expect(alerts).to_contain_text("取号机缺纸")
    await page.click('[data-queue="card"]')
    number = await page.inner_text(".kiosk__number")
    await expect(page.locator(".kiosk__warn")).to_have_text(
        f"取号机缺纸，请记下号码 {number}，并到咨询台领取纸票"
    )

    await page.click(".slot .plug")
    await page.get_by_role("menuitem", name="装上新纸").click()
    await three.locator(".sign .plug").click()
    await page.get_by_role("menuitem", name="插回这台设备").click()
    await expect(alerts).to_contain_text("一切正常")
    assert visitor.wrong == []


async def test_keyboard_and_english(hall: DemoHall, visitor: Visitor) -> None:
    page = visitor.page
    await page.goto(hall.url)
    await page.get_by_role("button", name="Switch to English").click()
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await expect(page.locator(".window__title").first).to_have_text("Window 1")
    plug = page.locator(".board .plug")
    await plug.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitem", name="Unplug this device")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("menuitem", name="Switch off")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(plug).to_be_focused()
    assert visitor.wrong == []
    left = await page.evaluate(CHINESE)
    assert set(left) <= {"中文", "样员"}, "only names stay Chinese"
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("lang", "en")


SCREENS = ((1920, 1080), (1440, 900), (1366, 768), (1280, 800), (1024, 768), (390, 844))


async def drawn(page: Page) -> None:
    """Wait until the page has drawn what it was told."""
    await page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))")


async def test_it_fits_every_screen(hall: DemoHall, visitor: Visitor) -> None:
    page = visitor.page
    await page.goto(hall.url)
    await expect(page.locator(".window")).to_have_count(6)
    await expect(page.locator(".queue")).to_have_count(6)
    await expect(page.locator(".alerts")).to_contain_text("一切正常")
    for language in ("zh", "en"):
        for width, height in SCREENS:
            await page.set_viewport_size({"width": width, "height": height})
            await drawn(page)
            where = f"{language} {width}x{height}"
            assert await page.evaluate("() => document.documentElement.scrollWidth") <= width, where
            assert await page.evaluate(WORDS) == [], where
            assert await page.evaluate(CUT) == [], where
            assert await page.evaluate(OUT) == [], where
            if width == 1440:
                tall = await page.evaluate("() => document.documentElement.scrollHeight")
                assert tall <= height, f"{where}: the whole hall at a glance"
        await page.click("#tools .tool >> nth=-1")
    assert visitor.wrong == []


async def test_nothing_is_cut_at_a_device_that_is_unplugged(hall: DemoHall, visitor: Visitor) -> None:
    page = visitor.page
    await page.goto(hall.url)
    for machine in (".keypad", ".pad"):
        await page.click(f'.window[data-window="2"] {machine} .plug')
        await page.get_by_role("menuitem", name="拔下这台设备").click()
    for machine in (".keypad", ".pad"):
        chip = page.locator(f'.window[data-window="2"] {machine} .chip')
        await expect(chip).to_have_text("没有回应")
    for language in ("zh", "en"):
        for width, height in SCREENS:
            await page.set_viewport_size({"width": width, "height": height})
            await drawn(page)
            assert await page.evaluate(WORDS) == [], f"{language} {width}x{height}"
            assert await page.evaluate(OUT) == [], f"{language} {width}x{height}"
        await page.click("#tools .tool >> nth=-1")
    await page.set_viewport_size({"width": 1440, "height": 900})
    for machine in (".keypad", ".pad"):
        await page.click(f'.window[data-window="2"] {machine} .plug')
        await page.get_by_role("menuitem", name="插回这台设备").click()
    await expect(page.locator(".alerts")).to_contain_text("一切正常")
    assert visitor.wrong == []


async def test_who_may_sign_in_is_read_whole_on_every_screen(hall: DemoHall, visitor: Visitor) -> None:
    page = visitor.page
    await page.goto(hall.url)
    await expect(page.locator(".pages li")).not_to_have_count(0)
    button, panel = page.locator(".pages__place > .tool"), page.locator(".pages")
    for language in ("zh", "en"):
        for width, height in SCREENS:
            await page.set_viewport_size({"width": width, "height": height})
            await button.click()
            await expect(panel).to_be_visible()
            box = await panel.bounding_box()
            where = f"{language} {width}x{height}: {box}"
            assert box is not None, where
            assert box["x"] >= 0, where
            assert box["x"] + box["width"] <= width, where
            assert box["y"] + box["height"] <= height, where
            await page.keyboard.press("Escape")
            await expect(panel).to_be_hidden()
            await expect(button).to_be_focused()
        await page.click("#tools .tool >> nth=-1")
    assert visitor.wrong == []


async def test_the_room_is_used(tmp_path: Path, visitor: Visitor) -> None:
    """No dark band under the board, a log that can be followed, bytes that are bytes, zones side by side.

    With the city beside the hall: its card takes room as well.
    """
    page = visitor.page
    with DemoHall(tmp_path, "--city") as hall:
        await page.goto(hall.url)
        await expect(page.locator(".network__hall")).to_have_count(2)
        await expect(page.locator(".log__row .bytes >> nth=7")).to_be_attached()
        await expect(page.locator(".horn")).to_have_count(3)
        for language in ("zh", "en"):
            for width, height in SCREENS:
                await page.set_viewport_size({"width": width, "height": height})
                await drawn(page)
                laid = await page.evaluate(LAID)
                where = f"{language} {width}x{height}: {laid}"
                assert laid["hex"] >= 60, where
                assert laid["listen"] <= 16, where
                assert laid["uneven"] <= 2, where
                if width >= 1280:
                    assert laid["band"] <= 12, where
                    assert laid["rows"] >= 5, where
                    assert laid["lines"] == 1, where
            await page.click("#tools .tool >> nth=-1")
    assert all(url.startswith((hall.url, "data:")) for url in visitor.asked), "nobody else is asked"


async def test_the_page_notices_a_hub_that_goes_and_comes_back(tmp_path: Path, visitor: Visitor) -> None:
    page = visitor.page
    with DemoHall(tmp_path) as hall:
        await page.goto(hall.url)
        await expect(page.locator('[data-fact="link"]')).to_have_text("已连接")
        await page.click('[data-queue="general"]')
        await expect(page.locator(".kiosk__number")).to_have_text("A001")
        port = hall.port
    await expect(page.locator("#away")).to_be_visible()
    await expect(page.locator("#away")).to_contain_text("自动重连")
    with DemoHall(tmp_path, port=port):
        await expect(page.locator('[data-fact="link"]')).to_have_text("已连接")
        await expect(page.locator("#away")).to_be_hidden()
        await expect(page.locator('[data-fact="waiting"]')).to_have_text("1 人")
