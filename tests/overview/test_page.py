"""A lead's day on the overview, in a real browser."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from kioskd.access.roles import Role
from kioskd.hall.commands import By, ReportDevice, ReportJob
from kioskd.hall.events import AlertRaised
from kioskd.hall.refusal import Refusal
from kioskd.web.alert_words import AlertWords
from kioskd.web.language import Language
from tests.overview.conftest import Busy, opened, picture
from tests.workers import offline

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, Route

FOLDER = Path(str(files("ui") / "web" / "overview"))
WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
CUT = """() => [...document.querySelectorAll("button, .badge, h2, .fact")]
    .filter((one) => one.offsetParent && one.scrollWidth > one.clientWidth + 1)
    .map((one) => one.className + ": " + one.textContent)"""


ZH = {
    "取号机打印机：缺纸，请换纸。",
    "2 号窗口叫号器：连线断开，请检查插头；接好后自行恢复。",
    "音箱（speaker-east）：连线断开，请检查插头；接好后自行恢复。",
    "2 台设备同时断开：3 号窗口叫号器、3 号窗口显示屏。它们接在同一个 USB 集线器（pc/1-1）上，"
    "请检查集线器和它的供电。",
}
EN = {
    "Ticket printer: Out of paper. Put in a new roll.",
    "Call keypad of window 2: The line is gone. Check the plug; it goes on by itself.",
    "Speaker (speaker-east): The line is gone. Check the plug; it goes on by itself.",
    "2 devices went at once: Call keypad of window 3, Sign of window 3. They share a USB hub (pc/1-1): "
    "check the hub and its power.",
}


async def rush(hall: Busy) -> None:
    """A morning: nine windows at work, a long service, an empty window, a pause, many for employers."""
    for number in range(1, 10):
        narrowed = ["general", "card"] if number < 7 else ["employer"]
        await hall.duty(str(number), f"t{number:02}", skills=narrowed)
    for _ in range(9):
        await hall.ticket(queue="general")
    await hall.ticket(queue="card")
    for window in ("1", "2", "3", "4"):
        await hall.serve(window)
    await hall.ok("windows/5/pause", {"reason": "暂离", "minutes": 5})
    await hall.tick(31)
    for window in ("2", "3"):
        await hall.ok(f"windows/{window}/finish")
        await hall.serve(window)
    for _ in range(16):
        await hall.ticket(queue="employer")
    await hall.serve("7")
    await hall.tick(4)


async def bad_rating(hall: Busy, window: str = "2") -> str:
    view = (await hall.get(f"windows/{window}", Role.LEAD)).json["ticket"]
    await hall.ok(f"windows/{window}/evaluate")
    await hall.ok(f"tickets/{view['id']}/rating", {"level": 2}, Role.INTEGRATOR)
    await hall.tick(0.2)
    return str(view["number"])


@pytest.mark.parametrize("size", ["small", "middle", "large"])
async def test_the_hall_at_a_glance(busy: Busy, browser: Browser, size: str) -> None:
    await rush(busy)
    rated = await bad_rating(busy)
    async with opened(busy, browser, size) as page:
        await page.wait_for_selector("#windows li:nth-child(12)")
        await page.wait_for_selector(f"#ratings li:has-text('{rated}')")
        await page.wait_for_selector('#windows li[data-kind="long"]:has-text("A001")')
        assert await page.get_attribute('#windows li[data-key="6"]', "data-kind") == "empty"
        assert "等候" in await page.inner_text("#facts")
        assert await page.title() != "总览"
        await page.wait_for_selector("#tide:not([hidden])")
        await picture(page, f"overview-{size}")
        assert not await page.evaluate(WIDE)
        assert await page.evaluate(CUT) == []
        assert await serious(page) == []


async def serious(page: Page) -> list[str]:
    """What axe-core finds that keeps people from using the page."""
    axe = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
    await page.evaluate(axe)
    found = await page.evaluate("axe.run().then((result) => result.violations)")
    return [
        f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in ("serious", "critical")
    ]


async def test_a_lead_acts_and_sees_what_came_of_it(busy: Busy, browser: Browser) -> None:
    await rush(busy)
    rated = await bad_rating(busy)
    async with opened(busy, browser, "middle") as page:
        # An alert goes with one press; a bad rating stays in the list, as seen.
        await page.click(f"#alerts li:has-text('{rated}') button")
        await page.wait_for_selector(f"#ratings li[data-seen=yes]:has-text('{rated}')")
        await page.click("#alerts li:has-text('A001') button")
        await page.wait_for_selector("#alerts li[data-seen=yes]:has-text('A001')")

        # The suggestion is done with one press, shows on the window and ends by itself.
        before = (await busy.overview())["tide"]
        await page.click("#tide-do")
        pane = f"#windows li[data-key='{before['window']}']"
        await page.wait_for_selector(f"{pane}:has-text('潮汐至')")
        await page.wait_for_selector(f"{pane} .pane__skills:has-text('单位业务')")
        await busy.tick(61)
        await page.wait_for_selector(f"{pane}:not(:has-text('潮汐至'))")

        # By hand: another queue for half an hour, and back again.
        await page.click("#windows li[data-key='8'] .pane__foot button")
        await page.wait_for_selector(".dialog")
        await picture(page, "overview-move")
        assert await serious(page) == []
        await page.click(".dialog button.primary")
        await page.wait_for_selector(".dialog .wrong:has-text('没有改动')")
        await page.check(".dialog [name=general]")
        await page.uncheck(".dialog [name=employer]")
        await page.select_option(".dialog [name=minutes]", "30")
        await page.click(".dialog button.primary")
        await page.wait_for_selector(".dialog", state="detached")
        await page.wait_for_selector("#windows li[data-key='8'] .pane__skills:text-is('综合业务')")
        move = next(row for row in (await busy.overview())["windows"] if row["window"]["id"] == "8")["move"]
        assert (move["add"], move["remove"]) == (["general"], ["employer"])
        await page.click("#windows li[data-key='8'] .pane__foot button")
        await page.click(".dialog button:has-text('现在恢复')")
        await page.wait_for_selector("#windows li[data-key='8'] .pane__skills:text-is('单位业务')")

        # Ticketing of a queue, the notice, quiet, the order.
        await page.wait_for_selector(".dialog", state="detached")
        await page.click("#queues tr[data-key=card] button")
        await page.click(".dialog button.primary")
        await page.wait_for_selector("#queues tr[data-key=card]:has-text('已停止')")
        assert (await busy.post("tickets", {"queue": "card"}, Role.KIOSK)).code == "queue_closed"
        await page.click("#queues tr[data-key=card] button")
        await page.wait_for_selector("#queues tr[data-key=card]:has-text('开放')")
        await page.click("#notice")
        await page.fill(".dialog [name=zh]", "<b>今天 17:00 停电</b>")
        await page.click(".dialog button.primary")
        await page.wait_for_selector("#notice-text:has-text('<b>今天 17:00 停电</b>')")
        await page.click("#quiet")
        await page.click(".dialog button:has-text('30 分钟')")
        await page.wait_for_selector("#notice-text:has-text('安静模式到')")
        await page.click("#order")
        await picture(page, "overview-order")
        assert await serious(page) == []
        await page.select_option(".dialog [name=mode]", "k_in_n")
        await page.fill(".dialog [name=n]", "5")
        await page.click(".dialog button.primary")
        await page.wait_for_selector(".dialog", state="detached")
        order = (await busy.overview())["order"]
        assert (order["mode"], order["k"], order["n"], order["changed"]) == ("k_in_n", 1, 5, True)
        await page.click("#order")
        await page.click("#order-back")
        await page.wait_for_selector(".dialog", state="detached")
        assert not (await busy.overview())["order"]["changed"]
    async with opened(busy, browser, "small", person="audit") as page:
        assert await page.locator("#acts").is_hidden()


async def test_by_keyboard_one_alert_after_the_other_is_seen(busy: Busy, browser: Browser) -> None:
    await rush(busy)
    await bad_rating(busy)
    async with opened(busy, browser) as page:
        seen = page.locator("#alerts button")
        await expect(seen.first).to_be_visible()
        left = await seen.count()
        assert left > 2
        await seen.first.focus()
        while left:
            await page.keyboard.press("Enter")
            left -= 1
            await expect(seen).to_have_count(left)
            await expect(seen.first if left else page.locator(".card:has(#alerts) h2")).to_be_focused()


FAR = By(kind="device", id="pc", role="station", via="station")


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(("language", "said"), [("zh-CN", ZH), ("en", EN)])
async def test_a_lead_reads_what_people_call_a_device(busy: Busy, language: str, said: set[str]) -> None:
    gone = {"state": "offline", "code": "line.lost"}
    for device, kind, window, more in (
        ("printer", "printer", None, {"state": "userError", "code": "printer.paper_out"}),
        ("pad-2", "call_pad", "2", gone),
        ("speaker-east", "speaker", None, gone),
        ("speaker-west", "speaker", None, {"state": "online"}),
        ("sign-3", "caller_display", "3", {**gone, "behind": "usb:pc/1-1"}),
        ("pad-3", "call_pad", "3", {**gone, "behind": "usb:pc/1-1"}),
    ):
        report = ReportDevice(by=FAR, device=device, device_class=kind, window=window, **more)  # type: ignore[arg-type]
        assert not isinstance(await busy.desk.submit(report), Refusal)
    await busy.tick(1)
    read = (await busy.get("alerts", Role.LEAD, **{"Accept-Language": language})).json
    assert {one["sentence"] for one in read if one["about"] in ("device", "shared_usb")} == said
    refused = await busy.post("devices/pad-2/new-roll", {}, Role.GUIDE, **{"Accept-Language": language})
    assert "pad-2" not in refused.json["detail"]
    # What is sent to people outside says the same.
    _, state = await busy.desk.read(lambda state: state)
    words = AlertWords(Language(language))
    assert said == {
        words.sentence(
            state,
            AlertRaised(by=FAR, alert=one.id, about=one.about, subject=one.subject, params=one.params),
        )
        for one in state.alerts.values()
        if one.about in ("device", "shared_usb")
    }


async def test_the_day_ends_with_nobody_unseen(busy: Busy, browser: Browser) -> None:
    await busy.duty("1", "t01")
    await busy.ticket(queue="general")
    await busy.ticket(queue="general")
    await busy.serve("1")
    async with opened(busy, browser, "small") as page:
        await page.click("#closing")
        end = page.locator(".dialog button.danger")
        await page.wait_for_selector(".dialog li[data-key=busy][data-done=no]:has-text('1 个窗口')")
        assert await end.is_disabled()
        await picture(page, "overview-closing")
        assert await serious(page) == []
        await page.click(".dialog button:has-text('全部停止取号')")
        await page.wait_for_selector(".dialog li[data-key=giving][data-done=yes]")
        await busy.ok("windows/1/finish")
        await page.wait_for_selector(".dialog button.danger:has-text('作废 1 张并结束'):not([disabled])")

        # Somebody else changes the count between reading and pressing: it is refused and read again.
        async def late(route: Route) -> None:
            ticket = next(row["first"] for row in (await busy.overview())["queues"] if row["first"])
            await busy.ok(f"tickets/{ticket}/cancel")
            await route.continue_()

        await page.route("**/day/close", late, times=1)
        await end.click()
        await page.wait_for_selector(".dialog .wrong:has-text('人数刚刚变了')")
        await page.wait_for_selector(".dialog button.danger:has-text('结束今天的业务')")
        await end.click()
        await page.wait_for_selector(".dialog .note:has-text('今天的业务已结束')")
        await page.wait_for_selector("#notice-text:has-text('今天的业务已结束')")
        await picture(page, "overview-closed")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh-CN", "3 张票可能没有纸票：1 张没有打出、1 张不知是否打出、1 张等待打印"),
        ("en", "3 tickets may have no slip: 1 not printed, 1 perhaps printed, 1 to be printed"),
    ],
)
async def test_the_day_ends_with_no_slip_forgotten(
    busy: Busy, browser: Browser, language: str, said: str
) -> None:
    jobs: list[str] = []
    for _ in range(4):
        ticket = await busy.ticket()
        _, job = await busy.desk.read(lambda state, name=ticket["id"]: state.tickets[name].prints[1].job)
        jobs.append(job)
    for job, outcome in zip(jobs, ("failed", "unknown", "done"), strict=False):
        await busy.desk.submit(ReportJob(by=FAR, job=job, outcome=outcome, code=""))
    async with opened(busy, browser, language=language) as page:
        await page.click("#closing")
        left = page.locator(".dialog [data-key=slips]")
        await expect(left).to_contain_text(said)
        await expect(left).to_have_attribute("data-done", "no")
        listed = (await busy.get("diagnostics", Role.LEAD)).json["prints"]
        assert sorted(one["state"] for one in listed) == ["failed", "unknown"]
        await picture(page, f"overview-closing-slips-{language}")
        for job, outcome in ((jobs[0], "done"), (jobs[1], "done"), (jobs[3], "done")):
            await busy.desk.submit(ReportJob(by=FAR, job=job, outcome=outcome, code=""))
        await expect(left).to_have_attribute("data-done", "yes")


async def test_a_date_in_doubt_is_asked_for(busy: Busy, browser: Browser) -> None:
    await busy.duty("1", "t01")
    async with opened(busy, browser, "small") as page:
        await page.wait_for_selector("#question", state="hidden")
        busy.time.wall_ms = 40 * 24 * 3600_000
        await busy.tick(1)
        await page.wait_for_selector("#question:not([hidden])")
        await picture(page, "overview-question")
        assert await serious(page) == []
        date = (await busy.overview())["date"]
        await page.fill("#question-date", date)
        await page.click("#question-form button")
        await page.wait_for_selector("#question", state="hidden")
        assert (await busy.overview())["question"] is None


async def test_an_auditor_looks_and_changes_nothing(busy: Busy, browser: Browser) -> None:
    await rush(busy)
    await bad_rating(busy)
    async with opened(busy, browser, "middle", person="audit", language="en-GB") as page:
        await page.wait_for_selector("#tide:not([hidden])")
        await page.wait_for_selector("#alerts li")
        assert await page.locator("#overview button:visible").count() == 0
        assert "Very dissatisfied" in await page.inner_text(
            "#ratings"
        ) or "Dissatisfied" in await page.inner_text("#ratings")
        await picture(page, "overview-auditor-en")
        assert not await page.evaluate(WIDE)
        assert await serious(page) == []


async def test_a_hub_that_is_away_is_said_and_comes_back(busy: Busy, browser: Browser) -> None:
    async with opened(busy, browser, "small") as page:
        async with offline(page):
            await page.wait_for_selector("#away:not([hidden])")
        await page.wait_for_selector("#away", state="hidden")
        await busy.ticket(queue="advice")
        await page.wait_for_selector("#queues tr[data-key=advice]:has-text('W001')")


def test_the_page_says_the_same_in_both_languages() -> None:
    zh, en = (tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8")) for name in ("zh-CN", "en"))
    scripts = "".join(file.read_text("utf-8") for file in [*FOLDER.glob("*.js"), FOLDER / "body.html"])
    assert zh.keys() == en.keys()
    for key in zh:
        assert set(re.findall(r"{(\w+)}", zh[key])) == set(re.findall(r"{(\w+)}", en[key])), key
        stem = key.rpartition(".")[0] if "." in key else key
        head = key.partition(".")[0]
        assert f'"{key}"' in scripts or f"`{stem}.$" in scripts or f"`{head}.$" in scripts, (
            f"nobody says {key}"
        )
