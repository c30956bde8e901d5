"""Papers at a window: seen live, taken with one key, put to their material, and filed with the service."""

from __future__ import annotations

import aiohttp
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.pages.conftest import ARGUMENTS, CHROMIUM, SIZES, Hall, Person, press, somebody
from tests.pages.looks import CUT, axe

LONG = 60_000
"""Milliseconds: the first page waits for a worker process to begin, beside everything else on two cores."""


BESIDE = """() => {
    const right = document.querySelector(".scan__right").getBoundingClientRect().left;
    return [...document.querySelectorAll(".scan__bar > *")]
        .every((one) => one.getBoundingClientRect().right < right);
}"""


async def begin(hall: Hall, person: Person) -> Page:
    page = person.page
    await hall.tidy()
    number = await hall.take()
    await person.sign_in("d01", "/call")
    await press(page, "1")
    await expect(page.locator("#number")).to_have_text(number)
    await press(page, "p")
    await expect(page.get_by_role("dialog")).to_be_visible()
    return page


async def test_pages_are_taken_with_one_key_and_filed(hall: Hall, person: Person) -> None:
    page = await begin(hall, person)
    live = page.locator(".scan__live")
    await expect(live).to_be_visible(timeout=LONG)
    await page.wait_for_function(
        "() => document.querySelector('.scan__live').naturalWidth >= 640", timeout=LONG
    )
    pages = page.locator(".scan__page")
    await page.keyboard.press("Space")
    await expect(pages).to_have_count(1, timeout=LONG)
    still = page.locator(".dialog--scan")
    await expect(still).to_have_attribute("aria-busy", "false", timeout=LONG)
    await page.keyboard.press("Space")
    await expect(pages).to_have_count(2, timeout=LONG)
    await page.wait_for_function(
        "() => [...document.querySelectorAll('.scan__page img')].every((one) => one.naturalWidth > 100)",
        timeout=LONG,
    )
    await person.picture("scan-pages")
    assert await axe(page) == []
    assert await page.evaluate(CUT) == []
    await page.get_by_role("button", name="旋转").click()
    await expect(still).to_have_attribute("aria-busy", "false", timeout=LONG)
    await page.keyboard.press("Delete")
    await expect(pages).to_have_count(1, timeout=LONG)
    await page.get_by_role("button", name="完成", exact=True).click()
    await expect(page.locator("#toasts")).to_contain_text("已拍 1 页")
    await hall.post("lead", "windows/1/finish")
    figures = await hall.get("lead", "figures/day")
    assert figures["windows"]["1"]["scans"] == 1
    assert person.wrong == []


async def at_camera(hall: Hall, act: str) -> None:
    wish = {"act": act, "device": "camera-1"}
    async with aiohttp.ClientSession() as session, session.post(f"{hall.url}virtual/act", json=wish) as done:
        assert done.status == 200, await done.text()


async def test_the_paper_that_is_missing_is_chosen(tidy_hall: Hall, browser: Browser) -> None:
    await tidy_hall.take(services=["YL-001"], queue=None)
    async with somebody(tidy_hall, browser, "small", "en") as person:
        page = person.page
        await person.sign_in("d01", "/call")
        await press(page, "1")
        await press(page, "p")
        papers = page.locator(".scan__paper")
        await expect(papers.first).to_have_attribute("aria-checked", "true")
        # In long words on the smallest desk: nothing lies over another or beyond the edge.
        for width, height in (SIZES["small"], SIZES["middle"]):
            await page.set_viewport_size({"width": width, "height": height})
            await expect(page.get_by_role("button", name="Done")).to_be_in_viewport(ratio=1)
            assert await page.evaluate(BESIDE), width
        await page.wait_for_function(
            "() => document.querySelector('.scan__live')?.naturalWidth >= 640", timeout=LONG
        )
        await page.keyboard.press("Space")
        await expect(page.locator(".scan__page")).to_have_count(1, timeout=LONG)
        await expect(papers.first).to_contain_text("1 p.", timeout=LONG)
        await page.wait_for_function(
            "() => document.querySelector('.scan__page img').naturalWidth > 100", timeout=LONG
        )
        await person.picture("scan-papers-en")
        assert await axe(page) == []
        assert await page.evaluate(CUT) == []


async def taken(page: Page, said: str) -> None:
    """Take a page of which something is said. A camera on a busy machine may give no picture in time: it is
    asked again, as a person would.
    """
    note = page.locator(".scan__note")
    while True:
        await page.keyboard.press("Space")
        await expect(page.locator(".dialog--scan")).to_have_attribute("aria-busy", "false", timeout=LONG)
        if "没有拍到" not in await note.inner_text():
            return await expect(note).to_contain_text(said, timeout=LONG)


async def test_what_is_wrong_under_the_camera_is_said(hall: Hall, person: Person) -> None:
    page = await begin(hall, person)
    live, note, still = (
        page.locator(".scan__live"),
        page.locator(".scan__note"),
        page.locator(".dialog--scan"),
    )
    await expect(live).to_be_visible(timeout=LONG)
    for acts, said in ((("lay_empty",), "空白"), (("lay_form", "lamp_off"), "光线太暗")):
        for act in acts:
            await at_camera(hall, act)
        await taken(page, said)
        await expect(still).to_have_attribute("aria-busy", "false", timeout=LONG)
    await at_camera(hall, "lamp_on")
    await at_camera(hall, "unplug")
    await expect(live).to_have_count(0, timeout=LONG)
    await expect(page.locator(".scan__picture")).to_contain_text("请检查", timeout=LONG)
    await person.picture("scan-away")
    await page.keyboard.press("Space")
    await expect(note).to_contain_text("高拍仪没有拍到", timeout=LONG)
    await at_camera(hall, "plug")
    await page.wait_for_function(
        "() => document.querySelector('.scan__live')?.naturalWidth >= 640", timeout=LONG
    )
    assert len((await hall.get("lead", "windows/1/pages"))["pages"]) == 2


async def test_a_notice_of_what_is_missing_comes_out_once(hall: Hall, person: Person) -> None:
    page = person.page
    await hall.tidy()
    number = await hall.take()
    await person.sign_in("d01", "/call")
    await press(page, "1")
    await expect(page.locator("#number")).to_have_text(number)
    window = await hall.get("lead", "windows/1")
    services = await hall.get("lead", "services")
    code = next(one["code"] for one in services if one["queue"] == "general" and one.get("materials"))
    await hall.post("lead", f"tickets/{window['ticket']['id']}/services", {"services": [code]})
    await press(page, "g")
    papers = page.locator(".notice__paper input")
    await expect(papers.first).to_be_checked()
    await papers.nth(0).uncheck()
    await papers.nth(0).check()
    await page.get_by_role("button", name="打印告知单").click()
    await expect(page.locator(".notice [role=status]")).to_have_text("已打印。", timeout=LONG)
    await person.picture("notice")
    printed = await hall.get("lead", "windows/1/notices")
    assert [(one["paper"], one["state"], one["printer"]) for one in printed["notices"]] == [
        ("notice", "done", "ticket")
    ]
    await page.keyboard.press("Escape")


async def test_where_nothing_can_take_a_picture(hall: Hall, person: Person) -> None:
    """Window 5 has no camera and this browser neither: there is nothing to press, and one sentence why."""
    page = person.page
    await hall.tidy()
    number = await hall.take()
    await person.sign_in("d05", "/call")
    await press(page, "1")
    await expect(page.locator("#number")).to_have_text(number)
    await press(page, "p")
    await expect(page.locator(".scan__picture")).to_contain_text("没有高拍仪")
    await expect(page.locator(".scan__picture")).to_contain_text("没有找到摄像头，请找技术员")
    await expect(page.locator(".scan__shutter")).to_be_disabled()
    await expect(page.get_by_role("button", name="完成", exact=True)).to_be_focused()
    await page.keyboard.press("Space")
    await expect(page.locator(".scan__note")).to_be_empty()
    await expect(page.locator(".scan")).not_to_contain_text("空格")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await person.picture("scan-no-camera")
    assert await axe(page) == []


async def test_no_picture_is_asked_for_before_there_is_a_camera(hall: Hall, person: Person) -> None:
    """The browser still asks whether its camera may be used: the window has none to take a page with."""
    page = person.page
    await hall.tidy()
    number = await hall.take()
    await page.add_init_script("navigator.mediaDevices.getUserMedia = () => new Promise(() => {})")
    await person.sign_in("d05", "/call")
    await press(page, "1")
    await expect(page.locator("#number")).to_have_text(number)
    async with page.expect_response("**/windows/5/pages"):
        await press(page, "p")
    await expect(page.locator(".scan__paper").first).to_be_visible()
    await page.keyboard.press("Space")
    await expect(page.locator(".scan__note")).to_be_empty()
    await expect(page.locator(".scan__shutter")).to_have_attribute("aria-disabled", "true")


async def test_a_browsers_own_camera(hall: Hall) -> None:
    """Window 3 has no camera of its own: the browser's takes its place."""
    arguments = [*ARGUMENTS, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        await hall.tidy()
        number = await hall.take()
        async with somebody(hall, browser) as person:
            page = person.page
            await person.sign_in("d03", "/call")
            await press(page, "1")
            await expect(page.locator("#number")).to_have_text(number)
            await press(page, "p")
            await page.wait_for_function(
                "() => (document.querySelector('video.scan__live') || {}).videoWidth > 0", timeout=LONG
            )
            await page.keyboard.press("Space")
            await expect(page.locator(".scan__page")).to_have_count(1, timeout=LONG)
            listed = await hall.get("lead", "windows/3/pages")
            # What lies before a test camera is no paper, and that is said.
            assert listed["pages"][0]["warnings"]
        await browser.close()
