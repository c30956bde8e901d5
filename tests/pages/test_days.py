"""Every role's day on one hall: what each person does from signing in to going home, at three sizes.

A teller's day is in test_call.py, a technician's in test_diagnostics.py. Each test here is one person's whole
day, in order, and at each step nothing may run out of the page or of its button.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from kioskd.demo.run import HALL_FILE
from kioskd.settings.gather import MAIN, gather
from tests.pages.conftest import ARGUMENTS, CHROMIUM, PATIENCE_MS, SIZES, Hall, Person
from tests.pages.test_every_page import CUT, axe

if TYPE_CHECKING:
    from playwright.async_api import Browser, FilePayload

pytestmark = pytest.mark.asyncio(loop_scope="module")

DESKS = SIZES
HANDS = {"phone": (360, 800), "tall-phone": (412, 915), "tablet": (800, 1280)}
TERMINALS = {"upright": (1080, 1920), "wide": (1920, 1080), "old": (1280, 1024)}
FACES = {"tablet": (1280, 800), "upright": (800, 1280), "little": (1024, 600)}

EASY = """
[policy.calling]
need_announced = false
no_show_after_s = 0
no_show_calls = 1

[policy.rating]
change_within_s = 1
"""
"""A citizen may be found missing at once; what was answered stands after a second."""

TODAY = datetime.now(timezone(timedelta(hours=8)))
THIS_YEAR = TODAY.year
CALENDAR = f'year = {THIS_YEAR}\nholidays = ["{THIS_YEAR}-{"06" if TODAY.month < 6 else "01"}-01"]\n'
"""Of this year, with a holiday that is not today: the next year is still to be made."""

STATION = """\
# 本机也是工作站
id = "window-1"

[hub]
url = "https://10.20.0.2:8443"
ca_file = "hall-ca.pem"

[hub_lost]
hold_truth_s = 60.0
"""


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    folder = tmp_path_factory.mktemp("days")
    for name, content in gather(HALL_FILE).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    main = (folder / MAIN).read_text("utf-8").replace("needs_year_file = false", "needs_year_file = true")
    (folder / MAIN).write_text(f'calendars = ["{THIS_YEAR}.toml"]\n{main}{EASY}', "utf-8")
    (folder / f"{THIS_YEAR}.toml").write_text(CALENDAR, "utf-8")
    with Hall(folder / "data", "--hall", str(folder / MAIN)) as hall:
        yield hall


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    from playwright.async_api import async_playwright

    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@contextlib.asynccontextmanager
async def somebody(hall: Hall, browser: Browser, size: tuple[int, int], name: str) -> AsyncIterator[Person]:
    """Give somebody a screen; pictures of it begin with ``name``."""
    context = await browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN")
    context.set_default_timeout(PATIENCE_MS)
    person = Person(hall, context, await context.new_page(), name)
    try:
        yield person
    finally:
        await context.close()
    assert person.wrong == []
    assert all(url.startswith((hall.url, "data:", "blob:")) for url in person.asked), "no outside requests"


async def seen(person: Person, step: str) -> None:
    """Somebody looks at a step of the day: it fits its screen."""
    await person.picture(f"day-{person.name}-{step}")
    assert await person.page.evaluate(CUT) == [], f"{person.name}, {step}"


async def issued(hall: Hall, queue: str = "general", **more: Any) -> Any:
    return await hall.post("guide", "tickets", {"queue": queue, **more})


async def rated(hall: Hall, window: str, level: int) -> Any:
    """Serve somebody at a window, who rates it; return the ticket once it counts."""
    ticket = await issued(hall)
    for act, body in (("call", {"ticket": ticket["id"]}), ("start", {}), ("evaluate", {})):
        await hall.post("teller", f"windows/{window}/{act}", body)
    await hall.post("integrator", f"tickets/{ticket['id']}/rating", {"level": level})
    return ticket


# --- the guide --------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", HANDS)
async def test_a_guides_day(hall: Hall, browser: Browser, size: str) -> None:
    async with somebody(hall, browser, HANDS[size], f"guide-{size}") as person:
        page = person.page
        await person.sign_in("guide", "/guide")
        await expect(page.locator("#now")).to_contain_text("等候")
        await seen(person, "begin")
        for act in ("take", "paper", "help", "more"):
            box = await page.locator(f"#{act}").bounding_box()
            assert box is not None
            assert box["height"] >= 48, act
            assert box["y"] > HANDS[size][1] * 0.45, "where the thumb is"
            assert box["y"] + box["height"] <= HANDS[size][1], act

        await page.click("#take")
        await page.click(".guide__chip >> text=老年人")
        await seen(person, "take")
        await page.click(".guide__choices button >> nth=0")
        number = await page.locator(".guide__taken .guide__number").inner_text()
        await seen(person, "taken")
        await page.click(".guide__taken .primary")
        await page.click("text=确认优先")
        await expect(page.locator(".guide__facts")).to_contain_text("已确认")
        await page.click("text=改队列")
        await seen(person, "move")
        await page.click(".dialog .guide__choices button:has-text('社保卡')")
        await expect(page.locator(".guide__facts")).to_contain_text("社保卡")
        await page.click("text=补打")
        await expect(page.locator(".toast").last).to_contain_text("正在打印")
        await seen(person, "ticket")

        ticket = await hall.get("lead", f"tickets/{number}")
        await hall.post("teller", "windows/1/call", {"ticket": ticket["id"]})
        await hall.post("teller", "windows/1/no-show", {"ticket": ticket["id"]})
        await page.click("text=过号恢复")
        await expect(page.locator(".guide__ticket .badge")).to_have_text("等候")

        await page.click("#help")
        await page.fill(".dialog input", "老人不舒服")
        await seen(person, "help")
        await page.click(".dialog >> text=取号区")
        await expect(page.locator(".toast").last).to_contain_text("已通知")
        await page.click("#paper")
        await seen(person, "paper")
        await page.click(".dialog .guide__choices button")
        await expect(page.locator("#papers li").first).to_contain_text("字迹清楚吗")
        await seen(person, "paper-asked")
        await page.click("#papers .primary")
        await expect(page.locator("#papers li")).to_have_count(0)
        await page.click("#more")
        await seen(person, "more")
        await page.click('[data-act="roll"]')
        await page.click(".guide__chip >> nth=2")
        first = 501 + 10 * list(HANDS).index(size)
        await page.fill("[name=first]", str(first))
        await page.fill("[name=last]", str(first + 2))
        await seen(person, "roll")
        await page.click(".dialog .primary")
        await expect(page.locator(".toast").last).to_contain_text("共 3 张")
        await page.click("#more")
        await page.click('[data-act="quiet"]')
        await page.click(".dialog >> text=15 分钟")
        await expect(page.locator("#now")).to_contain_text("安静模式已开")
        await page.click("#more")
        await page.click('[data-act="quiet"]')
        await page.click(".dialog >> text=现在恢复")
        await expect(page.locator("#now")).not_to_contain_text("安静模式")

        await page.fill("#number", "Z999")
        await page.click("#look")
        await expect(page.locator(".toast--wrong")).to_contain_text("Z999")
        await person.context.set_offline(True)
        await page.click("#look")
        await expect(page.locator(".toast--wrong").last).to_contain_text("主机没有回应")
        await page.evaluate("window.dispatchEvent(new Event('online'))")  # begins the stream anew
        await expect(page.locator("#away")).to_be_visible()
        await seen(person, "away")
        await person.context.set_offline(False)
        await expect(page.locator("#away")).to_be_hidden()


# --- the lead ---------------------------------------------------------------------------------------

ROSTER = (
    "岗位,周一,周二,周三,周四,周五,周六,周日\n1号窗口,{0},{0},{0},{0},{0},,\n带班,{1},{1},{1},{1},{1},,\n"
)


@pytest.mark.parametrize("size", DESKS)
async def test_a_leads_day(hall: Hall, browser: Browser, size: str) -> None:
    await hall.tidy()
    await hall.post("guide", "alerts/call-lead", {"place": f"{size} 窗口", "note": "设备坏了"})
    bad = await rated(hall, "1", 1)
    for _ in range(3):
        await issued(hall, "employer")
    async with somebody(hall, browser, DESKS[size], f"lead-{size}") as person:
        page = person.page
        await person.sign_in("lead", "/overview")
        await page.wait_for_selector("#windows li:nth-child(6)")
        alert = page.locator("#alerts li", has_text=f"{size} 窗口")
        await seen(person, "begin")
        await alert.locator("button").click()
        await expect(alert.locator("button")).to_have_count(0)

        await page.click("#notice")
        await page.fill(".dialog [name=zh]", "今天 15:00 后网络检修")
        await page.click(".dialog button.primary")
        await expect(page.locator("#notice-text")).to_contain_text("网络检修")
        await page.click("#windows li[data-key='2'] .pane__foot button")
        await page.uncheck(".dialog [name=card]")
        await seen(person, "move")
        await page.click(".dialog button.primary")
        await expect(page.locator("#windows li[data-key='2']")).to_contain_text("潮汐至")
        await page.click("#queues tr[data-key=card] button")
        await page.click(".dialog button.primary")
        await expect(page.locator("#queues tr[data-key=card]")).to_contain_text("已停止")
        await page.click("#queues tr[data-key=card] button")
        await expect(page.locator("#queues tr[data-key=card]")).to_contain_text("开放")
        await seen(person, "acted")

        await page.locator("#ratings li", has_text=bad["number"]).locator("a").click()
        for step, note in (("verify", "属实，已向群众致歉"), ("rectify", "增开窗口"), ("follow_up", "")):
            await page.click(f"#step-{step}")
            if note:
                await page.fill(".dialog [name=note]", note)
            await seen(person, f"poor-{step}")
            await page.click(".dialog .actions button:last-child")
            await expect(page.locator(".dialog")).to_have_count(0)
        await expect(page.locator("#step-follow_up")).to_have_count(0)
        await seen(person, "poor-done")

        await page.click(".top__menu a[href='/roster']")
        await page.click("#import")
        table = ROSTER.format("样员01", "样员91").encode()
        file: FilePayload = {"name": "排班.csv", "mimeType": "text/csv", "buffer": table}
        await page.set_input_files("[name=file]", file)
        await page.click(".dialog .primary:not([disabled])")
        await expect(page.locator("#rows")).to_contain_text("样员91")
        await seen(person, "roster")
        await page.click(".top__menu a[href='/figures']")
        await page.click("[data-span=day]")
        await expect(page.locator("#empty")).to_contain_text("都没有登记事项")
        await page.select_option("#by", "window")
        await expect(page.locator("#rows tr").first).to_be_visible()
        await seen(person, "figures")
        await page.click(".top__menu a[href='/story']")
        await expect(page.locator("[name=date]")).not_to_have_value("")
        await page.fill("[name=number]", bad["number"])
        await page.keyboard.press("Enter")
        await expect(page.locator(".story__line")).to_contain_text("非常不满意")
        await seen(person, "story")
        await page.click(".top__menu a[href='/overview']")
        await page.click("#notice")
        await page.click(".dialog >> text=撤下")
        await page.click("#windows li[data-key='2'] .pane__foot button")
        await page.click(".dialog button:has-text('现在恢复')")
        await page.click("#closing")
        await expect(page.locator(".dialog .overview__closing li").first).to_be_visible()
        await seen(person, "closing")
        await page.keyboard.press("Escape")
        await page.click("#person .menu__button")
        await page.click("#sign-out")
        await page.wait_for_url("**/sign-in**")


# --- the auditor ------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", DESKS)
async def test_an_auditors_day(hall: Hall, browser: Browser, size: str) -> None:
    ticket = await rated(hall, "3", 2)
    async with somebody(hall, browser, DESKS[size], f"auditor-{size}") as person:
        page = person.page
        await person.sign_in("auditor")
        await seen(person, "home")
        await page.click("main a[href='/overview']")
        await page.wait_for_selector("#windows li:nth-child(6)")
        assert await page.locator("#overview button:visible").count() == 0, "looks and changes nothing"
        await seen(person, "overview")
        await page.click(".top__menu a[href='/figures']")
        await page.click("[data-span=day]")
        await expect(page.locator("#empty")).to_contain_text("都没有登记事项")
        await page.select_option("#by", "window")
        await expect(page.locator("#rows tr").first).to_be_visible()
        for kind in ("csv", "xlsx"):
            async with page.expect_download() as waiting:
                await page.click(f"#{kind}")
            assert (await waiting.value).suggested_filename.endswith(kind)
        await seen(person, "figures")
        await page.click(".top__menu a[href='/poor-ratings']")
        await page.locator("#items li", has_text=ticket["number"]).locator("button").click()
        await expect(page.locator("#detail")).to_contain_text(ticket["number"])
        assert await page.locator("[id^=step-]").count() == 0
        await seen(person, "poor")
        await page.click(".top__menu a[href='/roster']")
        await expect(page.locator("#roster")).not_to_have_attribute("data-state", "loading")
        await expect(page.locator("#import")).to_be_hidden()
        await page.click(".top__menu a[href='/story']")
        await expect(page.locator("[name=date]")).not_to_have_value("")
        await page.fill("[name=window]", "3")
        await page.keyboard.press("Enter")
        await seen(person, "story-list")
        await page.fill("[name=number]", ticket["number"])
        await page.keyboard.press("Enter")
        await expect(page.locator(".story__line")).to_contain_text("不满意")
        await page.emulate_media(media="print")
        await expect(page.locator("#find")).to_be_hidden()
        await person.picture(f"day-{person.name}-story-print")
        await page.emulate_media(media="screen")
        # What is not theirs says so, and leads on.
        await page.goto(person.at("/settings"))
        await expect(page.locator("h1")).to_be_visible()
        await seen(person, "not-theirs")
        await page.click("main a[href='/home']")
        await expect(page.locator(".home__pages")).to_be_visible()


# --- the admin --------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", DESKS)
async def test_an_admins_day(hall: Hall, browser: Browser, size: str) -> None:
    async with (
        somebody(hall, browser, DESKS[size], f"admin-{size}") as person,
        somebody(hall, browser, DESKS[size], f"new-{size}") as other,
    ):
        page, theirs = person.page, other.page
        name, secret = f"new.{size}", "Yi-ge-hao-mima-2026"
        await person.sign_in("admin", "/users")
        await page.wait_for_selector("#users tr")
        await seen(person, "users")
        await page.click("#add")
        await page.fill("[name=name]", name)
        await page.fill("[name=person]", "新来的")
        await page.select_option("[name=role]", "guide")
        await seen(person, "add")
        await page.click(".dialog .primary")
        once = (await page.locator(".secret code").inner_text()).strip()
        await seen(person, "secret")
        await page.click(".dialog .primary")

        await theirs.goto(other.at("/guide"))
        await theirs.fill("[name=name]", name)
        await theirs.fill("[name=password]", once)
        await theirs.click("#enter")
        await theirs.wait_for_url("**/password*")
        await theirs.fill("[name=old]", once)
        await theirs.fill("[name=new]", secret)
        await theirs.fill("[name=again]", "something else")
        await theirs.click("#save")
        await expect(theirs.locator("#wrong")).to_be_visible()
        await seen(other, "password")
        await theirs.fill("[name=again]", secret)
        await theirs.click("#save")
        await theirs.wait_for_url("**/guide")
        await theirs.context.clear_cookies()
        await theirs.goto(other.at("/sign-in"))
        for _ in range(5):
            await theirs.fill("[name=name]", name)
            await theirs.fill("[name=password]", "wrong")
            await theirs.click("#enter")
            await expect(theirs.locator("#wrong")).to_be_visible()
            await expect(theirs.locator("#enter")).to_be_enabled()
        await seen(other, "shut-out")
        await page.reload()
        row = page.locator("#users tr", has_text=name)
        await expect(row).to_contain_text("暂停登录")
        await seen(person, "shut-out")
        await row.locator("button", has_text="解除限制").click()
        await expect(row).not_to_contain_text("暂停登录")
        await other.sign_in(name, "/guide", secret)

        await row.locator("button", has_text="停用").click()
        await page.click(".dialog .danger")
        await expect(row).to_contain_text("已停用")
        await theirs.goto(other.at("/guide"))
        await theirs.wait_for_url("**/sign-in**")
        await page.fill("#search", "没有这个人")
        await expect(page.locator("#empty")).to_be_visible()
        await seen(person, "none")
        await page.click("#language")
        await expect(page.locator("h2")).to_have_text("Accounts")
        await seen(person, "english")
        await page.click("#language")
        await page.goto(person.at("/settings"))
        await page.wait_for_selector("#text:not([disabled])")
        await seen(person, "settings")


# --- the technician, once a year --------------------------------------------------------------------


async def settings_file(person: Person, name: str) -> None:
    await person.page.click(f"#files button:has-text('{name}')")
    await expect(person.page.locator("#files button[aria-pressed=true]")).to_contain_text(name)
    await expect(person.page.locator("#text")).to_be_enabled()


async def looked_at(person: Person, step: str) -> None:
    """A step as it is on every desk and on a phone."""
    for size, (width, height) in {**HANDS, **DESKS}.items():
        await person.page.set_viewport_size({"width": width, "height": height})
        await seen(person, f"{step}-{size}")
    assert await axe(person.page) == [], step


@pytest.mark.timeout(300)
async def test_a_new_year_and_this_pcs_station_on_the_settings_page(hall: Hall, browser: Browser) -> None:
    (hall.data / "hall" / "station.toml").write_text(STATION, "utf-8")  # the files that the demo runs with
    async with somebody(hall, browser, DESKS["middle"], "settings") as person:
        page, year = person.page, THIS_YEAR + 1
        await person.sign_in("technician", "/settings")
        await settings_file(person, f"新建 {year} 年历")
        await expect(page.locator("#about")).to_contain_text(f"{year} 年的年历还没有")
        await expect(page.locator("#none")).to_be_visible()
        await looked_at(person, "year-new")
        # Not even what the mouse lies on is unreadable.
        await page.hover("#files button[aria-pressed=true]")
        assert await axe(page) == []
        text = await page.input_value("#text")
        await page.fill("#text", text + "\n")
        await page.click("#check")
        await expect(page.locator(".set__found li")).to_have_count(1)
        await expect(page.locator("#apply")).to_have_attribute("aria-disabled", "true")
        await looked_at(person, "year-empty")
        await page.fill("#text", text.replace("元旦 · New Year\n", f'元旦 · New Year\n    "{year}-01-01",\n'))
        await page.click("#check")
        await expect(page.locator(".set__good")).to_be_visible()
        await looked_at(person, "year-good")
        await page.click("#apply")
        await page.click(".dialog .primary")
        await expect(page.locator(".toast--done")).to_be_visible()
        await expect(page.locator("#files")).not_to_contain_text("新建")
        await settings_file(person, f"年历 {year}")
        await settings_file(person, "大厅")
        assert f'{year}.toml"' in await page.input_value("#text"), "the hall names it by itself"

        await settings_file(person, "本机工作站")
        await expect(page.locator("#about")).to_contain_text("这台电脑作为工作站时用的设置")
        await page.fill("#text", STATION.replace("https://", "ftp://"))
        await page.click("#check")
        await expect(page.locator(".set__found li")).to_have_count(1)
        await looked_at(person, "station-wrong")
        await page.fill("#text", STATION.replace("60.0", "90.0"))
        await page.click("#check")
        await expect(page.locator(".set__what")).to_contain_text("本机工作站")
        await looked_at(person, "station-good")
        await page.click("#apply")
        await page.click(".dialog .primary")
        await expect(page.locator("#versions li")).to_have_count(2)
        await expect(page.locator("#pending")).to_be_hidden()  # nobody here knows what the station runs with
        await page.click("#versions li:last-child button")
        await expect(page.locator(".set__good")).to_be_visible()
        assert "60.0" in await page.input_value("#text")
        await looked_at(person, "station-back")
        await page.click("#reset")
        await page.click(".dialog .danger")
        await page.click("#language")
        await settings_file(person, "Station of this PC")
        await looked_at(person, "station-en")


# --- the business system ----------------------------------------------------------------------------


@pytest.mark.parametrize("size", DESKS)
async def test_a_business_systems_day(hall: Hall, browser: Browser, size: str) -> None:
    """A program hands a case over; teller and citizen see it on their screens."""
    await hall.tidy()
    ticket = await issued(hall)
    face = list(FACES.values())[list(DESKS).index(size)]
    async with (
        somebody(hall, browser, DESKS[size], f"case-{size}") as teller,
        somebody(hall, browser, face, f"case-face-{size}") as citizen,
    ):
        await paired(hall, citizen, "2")
        await teller.sign_in("d02", "/call")
        await teller.page.wait_for_selector(f"#line li:has-text('{ticket['number']}')")
        await teller.page.keyboard.press("1")
        await expect(teller.page.locator("#number")).to_have_text(ticket["number"])
        current = await hall.get("integrator", "windows/2/current")
        assert current["ticket"]["id"] == ticket["id"]
        case = {"ticket": ticket["id"], "project_no": "2026-000123", "task_name": "养老保险关系转移"}
        await hall.post("integrator", "windows/2/case", case)
        await expect(teller.page.locator("#facts")).to_contain_text("2026-000123")
        await seen(teller, "case")
        await hall.post("integrator", "windows/2/case", {**case, "rate": True})
        await expect(teller.page.locator("#window-state")).to_contain_text("请评价")
        await expect(citizen.page.locator(".level")).to_have_count(5)
        await hall.post("integrator", f"tickets/{ticket['id']}/rating", {"level": 5, "source": "1"})
        await expect(citizen.page.locator(".level")).to_have_count(0)


# --- the citizen ------------------------------------------------------------------------------------


async def paired(hall: Hall, person: Person, window: str) -> None:
    page = person.page
    await page.goto(person.at(f"/rate?window={window}"))
    code = (await hall.post("technician", f"windows/{window}/face-code"))["code"]
    for letter in code.replace("-", ""):
        await page.click(f".pair__keys .key:text-is('{letter}')")
    await page.click(".pair .primary")
    await expect(page.locator(".pair")).to_have_count(0)


@pytest.mark.parametrize("size", TERMINALS)
async def test_a_citizen_at_the_query_terminal(hall: Hall, browser: Browser, size: str) -> None:
    await hall.tidy()
    await issued(hall)
    mine = await issued(hall)
    async with somebody(hall, browser, TERMINALS[size], f"query-{size}") as person:
        page = person.page
        await page.goto(person.at("/query"))
        await seen(person, "home")
        await page.click(".tile--my")
        await seen(person, "keys")
        await page.click(f".pad__letters >> text={mine['number'][0]}")
        for digit in mine["number"][1:]:
            await page.click(f".pad__digits .key:text-is('{digit}')")
        await page.click(".entry >> nth=1")
        for digit in mine["check"]:
            await page.click(f".pad__digits .key:text-is('{digit}')")
        await page.click(".mine__fields .primary")
        await expect(page.locator(".ticket__number")).to_have_text(mine["number"])
        await seen(person, "number")
        await page.click(".mine__acts >> text=取消")
        await seen(person, "sure")
        await page.click(".dialog .danger")
        await expect(page.locator(".ticket__state")).to_have_text("已取消")
        await page.click("#home")
        await page.click(".tile--guides")
        await expect(page.locator(".service").first).to_be_visible()
        await seen(person, "guides")
        for letter in "YLBX":
            await page.click(f".keyboard .key:text-is('{letter}')")
        await seen(person, "found")
        await page.click(".service >> nth=0")
        await expect(page.locator(".sheet")).to_be_visible()
        await seen(person, "guide")
        await page.click("#home")
        await page.click(".tile--guides")
        for letter in "QQQQ":
            await page.click(f".keyboard .key:text-is('{letter}')")
        await expect(page.locator(".service")).to_have_count(0)
        await seen(person, "found-nothing")
        await page.click("#home")
        await page.click(".tile--map")
        await expect(page.locator(".window")).to_have_count(6)
        await seen(person, "map")
        await page.click("#home")
        await page.click("#language")
        await expect(page.locator(".tile--my")).to_contain_text("My number")
        await seen(person, "english")


@pytest.mark.parametrize("size", FACES)
async def test_a_citizen_at_the_rating_face(hall: Hall, browser: Browser, size: str) -> None:
    await hall.tidy()
    async with somebody(hall, browser, FACES[size], f"rate-{size}") as person:
        page = person.page
        await page.clock.install()
        await page.goto(person.at("/rate?window=5"))
        await seen(person, "pair")
        await expect(page.locator(".pair .primary")).to_be_in_viewport(ratio=1)
        await paired(hall, person, "5")
        await expect(page.locator(".card__name")).to_be_visible()
        await seen(person, "idle")
        ticket = await issued(hall)
        for act, body in (("call", {"ticket": ticket["id"]}), ("start", {}), ("evaluate", {})):
            await hall.post("teller", f"windows/5/{act}", body)
        await expect(page.locator(".level")).to_have_count(5)
        await seen(person, "levels")
        # A pause takes nothing from who was asked: it shows when the answer can be changed no more.
        await hall.post("teller", "windows/5/pause", {"reason": "开会", "minutes": 15})
        await expect(page.locator(".level")).to_have_count(5)
        await page.click(".level--2")
        await page.click(".chip >> nth=0")
        await page.fill("textarea", "等得太久")
        await seen(person, "options")
        await expect(page.locator(".options .primary")).to_be_in_viewport(ratio=1)
        await page.click(".way >> text=手写")
        await seen(person, "writing")
        await expect(page.locator(".options .primary")).to_be_in_viewport(ratio=1)
        await person.context.set_offline(True)
        await page.click(".options .primary")
        await expect(page.locator(".words h2")).to_contain_text("已保存")
        await seen(person, "kept")
        await person.context.set_offline(False)
        await page.clock.run_for(4_000)  # and it is tried again
        await hall.until(
            f"/api/v1/tickets/{ticket['id']}",
            lambda view: [one.get("level") for one in view["ratings"]] == [2],
        )
        await page.clock.run_for(5_000)  # thanks have been read
        await expect(page.locator(".words h2")).to_have_text("暂停服务")
        await seen(person, "paused")
        await hall.post("teller", "windows/5/resume")
        await expect(page.locator(".card__name")).to_be_visible()
