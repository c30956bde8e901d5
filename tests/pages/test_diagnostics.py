"""A technician with a phone in the hall, and one at a PC."""

from __future__ import annotations

import zipfile
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from PIL import Image
from playwright.async_api import expect

from tests.pages.conftest import PHONE, SIZES, Hall, somebody

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
SMALL = """() => [...document.querySelectorAll(".diag button, .diag .button")]
    .filter((one) => one.offsetParent && one.offsetHeight < 40).map((one) => one.textContent)"""


LIT = """() => {
    const canvas = document.querySelector(".led");
    const dots = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    let lit = 0;
    for (let at = 0; at < dots.length; at += 4) lit += Math.max(dots[at], dots[at + 1]) > 180;
    return lit;
}"""


async def serious(page: Page) -> list[Any]:
    """Return what axe finds serious or worse."""
    pytest.importorskip("axe_playwright_python", reason="axe is not installed")
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text("utf-8"))
    found = await page.evaluate("axe.run().then((result) => result.violations)")
    return [
        (one["id"], [node["html"][:160] for node in one["nodes"]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


async def act(hall: Hall, act: str, device: str) -> None:
    """Pull the plug of a simulated device, or put it back."""
    wish = {"act": act, "device": device}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{hall.url}virtual/act", json=wish) as answer,
    ):
        assert answer.status == 200, await answer.text()


@pytest.mark.parametrize(("size", "language"), [("phone", "zh-CN"), ("middle", "zh-CN"), ("large", "en")])
async def test_a_technicians_round(hall: Hall, browser: Browser, size: str, language: str) -> None:
    assert size in SIZES | PHONE
    async with somebody(hall, browser, size, language) as person:
        page = person.page
        await person.sign_in("technician", "/diagnostics")
        await page.wait_for_selector("#journal dd")
        await page.click("#show-all")
        await page.wait_for_selector('[data-key="sign-3"][data-kind="well"]')
        assert await page.locator(".diag__device").count() == int(await page.inner_text("#count-all")) > 10
        assert not await page.evaluate(WIDE)
        assert await page.evaluate(SMALL) == []
        assert await serious(page) == []
        await person.picture(f"diagnostics-all-{size}-{language}")

        await act(hall, "unplug", "sign-3")
        await page.click("#show-wrong")
        card = page.locator('[data-key="sign-3"][data-kind="wrong"]')
        await card.wait_for()
        assert (await card.locator(".diag__sentence").inner_text()).strip()
        assert (await card.locator(".diag__since").inner_text()).strip()
        assert not await page.evaluate(WIDE)
        assert await serious(page) == []
        await person.picture(f"diagnostics-wrong-{size}-{language}")
        await card.locator('[data-act="more"]').click()
        await page.wait_for_selector(".close__now .badge--wrong")
        assert (await page.inner_text(".close__now b")).strip(), "what is wrong stands in its window too"
        times = {"zh-CN": "连问 3 次", "en": "asked 3 times"}[language]
        await page.wait_for_selector(f".diag__facts dd:has-text('{times}')")
        assert not await page.evaluate(WIDE)
        assert await serious(page) == []
        await page.keyboard.press("Escape")
        await act(hall, "plug", "sign-3")
        await card.wait_for(state="detached")

        await page.fill("#search", "printer")
        printer = page.locator('[data-key="printer"]')
        await printer.locator('[data-act="test"]').click()
        await page.click(".dialog .primary")
        await page.wait_for_selector(".toast--done:has-text('printer')")
        await printer.locator('[data-act="more"]').click()
        await page.click('[data-tab="bytes"]')
        await page.wait_for_selector(".diag__frames code")
        assert not await page.evaluate(WIDE)
        assert await serious(page) == []
        await person.picture(f"diagnostics-detail-{size}-{language}")
        await page.keyboard.press("Escape")

        await hall.post("lead", "windows/3/login", {"teller": "d03"})
        await hall.post("lead", "windows/3/pause")
        await page.fill("#search", "sign-3")
        await page.click('[data-key="sign-3"] [data-act="more"]')
        await page.wait_for_selector(".close__texts:has-text('暂停服务')")
        await hall.post("lead", "windows/3/resume")
        assert await page.evaluate(LIT) > 100, "lamps shine on the picture of the sign"
        assert await serious(page) == []
        await person.picture(f"diagnostics-sign-{size}-{language}")
        await page.click('[data-tab="past"]')
        await page.wait_for_selector(".close__past .badge--wrong")
        assert not await page.evaluate(WIDE)
        assert await serious(page) == []
        await person.picture(f"diagnostics-past-{size}-{language}")
        await page.keyboard.press("Escape")

        await page.fill("#search", "keypad-2")
        await page.click('[data-key="keypad-2"] [data-act="more"]')
        await page.click('[data-tab="bytes"]')
        await page.click('[data-tab="test"]')
        await page.click('[data-level="internal"]')
        await page.wait_for_selector('.close__result[data-kind="well"]')
        await page.click(".close__panel section > button")
        await page.click(".dialog:not(.dialog--wide) .primary")
        await page.wait_for_selector(".close__keys li")
        await hall.press("2", "call")
        await page.wait_for_selector('.close__keys [data-key="call"][data-lit="true"]')
        await hall.press("2", "pause")
        await page.wait_for_selector('.close__keys [data-key="pause"][data-last="true"]')
        assert await page.locator('.close__keys [data-lit="true"]').count() == 2
        assert not await page.evaluate(WIDE)
        assert await page.evaluate(SMALL) == []
        assert await serious(page) == []
        await person.picture(f"diagnostics-keys-{size}-{language}")
        assert not (await hall.get("lead", "windows/2")).get("pause"), "a key that is tried out does nothing"
        await page.keyboard.press("Escape")
        await page.click('[data-key="keypad-2"] [data-act="more"]')
        await page.click('[data-tab="bytes"]')
        await page.wait_for_selector(".diag__meaning:has-text('Frame address=')")


async def test_the_focus_goes_back_to_a_card_that_was_drawn_anew(hall: Hall, browser: Browser) -> None:
    async with somebody(hall, browser, "middle") as person:
        page = person.page
        await person.sign_in("technician", "/diagnostics")
        await page.click("#show-all")
        card = page.locator('[data-key="sign-3"]')
        more = card.locator('[data-act="more"]')
        await more.click()
        await page.wait_for_selector(".close__now .badge--well")
        await act(hall, "unplug", "sign-3")
        await card.and_(page.locator('[data-kind="wrong"]')).wait_for()
        await page.keyboard.press("Escape")
        await expect(more).to_be_focused()
        # Where the card itself has gone, the page has it, not nothing.
        await page.click("#show-wrong")
        await more.click()
        await act(hall, "plug", "sign-3")
        await card.wait_for(state="detached")
        await page.keyboard.press("Escape")
        await expect(page.locator("#main")).to_be_focused()


@pytest.mark.parametrize(("language", "name"), [("zh-CN", "中区"), ("en", "Centre")])
async def test_a_zone_is_called_by_its_name(hall: Hall, browser: Browser, language: str, name: str) -> None:
    async with somebody(hall, browser, "middle", language) as person:
        await person.sign_in("technician", "/diagnostics")
        await person.page.click("#show-all")
        cards = person.page.locator(".diag__device h4 + small")
        await expect(cards.filter(has_text=name).first).to_be_visible()
        said = await cards.all_inner_texts()
        assert not any(zone in one for one in said for zone in ("centre", "east", "west")), said


async def test_the_log_and_the_bundle(hall: Hall, browser: Browser) -> None:
    async with somebody(hall, browser, "middle") as person:
        page = person.page
        await person.sign_in("technician", "/diagnostics")
        await act(hall, "unplug", "sign-5")
        try:
            await page.wait_for_selector("#logs li:has-text('device.down')")
            await page.fill("#log-text", "no such words")
            await page.wait_for_selector("#logs-empty:not([hidden])")
        finally:
            await act(hall, "plug", "sign-5")
        async with page.expect_download() as waiting:
            await page.click("#bundle")
        download = await waiting.value
        with zipfile.ZipFile(await download.path()) as archive:
            assert {"README.txt", "settings.json", "devices.json", "log.jsonl", "journal.json"} <= set(
                archive.namelist()
            )


async def test_a_lead_only_looks(hall: Hall, browser: Browser) -> None:
    async with somebody(hall, browser, "phone") as person:
        page = person.page
        await person.sign_in("lead", "/diagnostics")
        await page.wait_for_selector("#journal dd")
        await page.click("#show-all")
        await page.wait_for_selector('[data-key="printer"]')
        assert await page.locator('[data-act="test"], [data-act="roll"]').count() == 0
        assert await page.is_hidden("#bundle")
        assert await page.is_hidden("#logs-card")


@pytest.mark.parametrize("size", ["middle", "phone"])
async def test_settings_are_checked_applied_and_brought_back(hall: Hall, browser: Browser, size: str) -> None:
    async with somebody(hall, browser, size) as person:
        page = person.page
        await person.sign_in("technician", "/settings")
        await page.wait_for_selector("#text:not([disabled])")
        text = await page.input_value("#text")
        name = f"综合业务 {size}"
        await page.fill("#text", text.replace('prefix = "A"', 'prefix = "I"'))
        await page.click("#check")
        await page.click(".set__found button")
        chosen = "() => document.getElementById('text').value.slice(text.selectionStart, text.selectionEnd)"
        assert await page.evaluate(chosen) == 'prefix = "I"', "the line with the problem is shown"
        assert await page.get_attribute("#apply", "aria-disabled") == "true"
        assert not await page.evaluate(WIDE)
        assert await serious(page) == []
        await person.picture(f"settings-wrong-{size}")

        await page.fill("#text", text.replace('zh = "综合业务"', f'zh = "{name}"').replace("57600", "19200"))
        await page.keyboard.press("Control+s")
        await page.wait_for_selector(".set__good")
        assert await page.locator('.set__diff [data-kind="in"]').count() > 1
        assert await serious(page) == []
        await person.picture(f"settings-good-{size}")
        await page.click("#apply")
        await page.click(".dialog .primary")
        await page.wait_for_selector(".toast--done")
        await page.wait_for_selector("#pending:not([hidden])")
        queues = await hall.get("lead", "queues")
        assert name in [one["name"]["zh"] for one in queues]
        await person.picture(f"settings-applied-{size}")

        await page.click("#versions li:last-child button")
        await page.wait_for_selector(".set__good")
        await page.click("#apply")
        await page.click(".dialog .primary")
        await page.wait_for_selector("#pending[hidden]", state="attached")
        queues = await hall.get("lead", "queues")
        assert "综合业务" in [one["name"]["zh"] for one in queues]


async def test_a_tablet_is_paired_from_the_page(hall: Hall, browser: Browser) -> None:
    async with somebody(hall, browser, "phone") as person, somebody(hall, browser, "small") as tablet:
        page = person.page
        await person.sign_in("lead", "/diagnostics")
        await page.click("#windows >> text=4 号窗口")
        code = (await page.inner_text(".diag__code")).strip()
        assert await serious(page) == []
        assert not await page.evaluate(WIDE)
        await person.picture("diagnostics-pair-phone")
        await tablet.page.goto(tablet.at("/rate?window=4"))
        for letter in code.replace("-", ""):
            await tablet.page.click(f".pair__keys .key:text-is('{letter}')")
        await tablet.page.click(".pair .primary")
        await tablet.page.wait_for_selector(".pair", state="detached")
        await tablet.page.wait_for_selector("#window:has-text('4 号窗口')")


async def test_a_picture_is_put_in_its_place(hall: Hall, browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "face.jpg"
    Image.new("RGB", (2400, 3200), "#5b7083").save(file)
    async with somebody(hall, browser, "middle") as person:
        page = person.page
        await person.sign_in("admin", "/users")
        await page.wait_for_selector("#users tr")
        await page.click("#photos")
        one = page.locator('.photos [data-teller="d01"]')
        await one.locator("input").set_input_files(str(file))
        await one.locator("img:not([hidden])").wait_for()
        assert await serious(page) == []
        await person.picture("users-photos")
        await one.locator("button").click()
        await one.locator(".photos__mark:not([hidden])").wait_for()
