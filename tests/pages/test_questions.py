"""Questions of the call page: one at a time, each about what is still so, and never answered by itself."""

from __future__ import annotations

import pytest
from playwright.async_api import Route, expect

from tests.pages.conftest import Hall, Person, press
from tests.pages.test_before_the_answer import held
from tests.pages.test_call import number, ready, state

GONE = "已经不由本窗口办理"


async def in_hand(hall: Hall, person: Person, window: str, **ticket: object) -> str:
    """Sign in at a window and call a ticket there; return its number."""
    wanted = await hall.take(**ticket)
    await person.sign_in(f"d0{window}", "/call")
    await ready(person.page)
    await hall.post("lead", f"windows/{window}/login", {"teller": f"d0{window}", "skills": ["general"]})
    await person.page.wait_for_selector(f"#line li:has-text('{wanted}')")
    await press(person.page, "1")
    await number(person.page, wanted)
    return wanted


async def refused(route: Route) -> None:
    await route.abort()


async def registered(hall: Hall, ticket: str) -> list[str]:
    return list((await hall.get("lead", f"tickets/{ticket}")).get("services", []))


# --- 登记事项 -------------------------------------------------------------------------------------------


async def test_enter_registers_what_the_field_says_now(hall: Hall, person: Person) -> None:
    """The list is still that of other words: whoever types on and presses Enter does not mean it."""
    page = person.page
    ticket = await in_hand(hall, person, "4")
    await press(page, "7")
    await page.keyboard.type("YL-003")
    await page.wait_for_selector(".found li:has-text('YL-003')")
    answer = await held(page, "services*")
    await page.keyboard.press("Control+a")
    async with page.expect_request("**/services?*YL-001"):
        await page.keyboard.type("YL-001")
        await page.keyboard.press("Enter")
    await expect(page.locator(".found li")).to_have_count(0)
    await expect(page.locator(".mine li")).to_have_count(0)
    await person.picture("services-looking")
    answer()
    await expect(page.locator('.mine li[data-key="YL-001"]')).to_be_visible()
    await expect(page.locator(".mine li")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(page.locator(".dialog")).to_have_count(0)
    await page.wait_for_selector(".guide__materials li")
    assert await registered(hall, ticket) == ["YL-001"]


async def test_a_code_and_enter_at_once(hall: Hall, person: Person) -> None:
    """A scanner is quicker than any list."""
    page = person.page
    ticket = await in_hand(hall, person, "4")
    answer = await held(page, "services*")
    await press(page, "7")
    await page.keyboard.type("YL-003")
    await page.keyboard.press("Enter")
    await expect(page.locator(".dialog")).to_be_visible()
    answer()
    await expect(page.locator('.mine li[data-key="YL-003"]')).to_be_visible()
    await page.keyboard.type("yl-001")
    await page.keyboard.press("Enter")
    await expect(page.locator(".mine li")).to_have_count(2)
    await page.click(".dialog .primary")
    await page.wait_for_selector(".guide__materials li")
    assert await registered(hall, ticket) == ["YL-003", "YL-001"]


async def test_saving_takes_what_was_typed(hall: Hall, person: Person) -> None:
    page = person.page
    ticket = await in_hand(hall, person, "4")
    await press(page, "7")
    await page.keyboard.type("YL-001")
    await page.wait_for_selector(".found li:has-text('YL-001')")
    await page.click(".dialog .primary")
    await expect(page.locator(".dialog")).to_have_count(0)
    await page.wait_for_selector(".guide__materials li")
    assert await registered(hall, ticket) == ["YL-001"]


async def test_saving_asks_which_of_several(hall: Hall, person: Person) -> None:
    page = person.page
    ticket = await in_hand(hall, person, "4")
    await press(page, "7")
    await page.keyboard.type("养老")
    await page.click(".dialog .primary")
    await expect(page.locator(".dialog")).to_contain_text("请在下面选一个")
    assert await page.locator(".found li").count() > 1
    await expect(page.locator(".mine li")).to_have_count(0)
    await person.picture("services-which")
    await page.click(".found li:first-child button")
    await expect(page.locator(".dialog")).not_to_contain_text("请在下面选一个")
    await page.click(".dialog .primary")
    await page.wait_for_selector(".guide__materials li")
    assert len(await registered(hall, ticket)) == 1


@pytest.mark.parametrize("way", ["Enter", "save"])
async def test_what_is_no_service_is_not_saved(hall: Hall, person: Person, way: str) -> None:
    page = person.page
    await in_hand(hall, person, "4")
    await press(page, "7")
    await page.keyboard.type("qqqq")
    await page.wait_for_selector(".dialog .note:has-text('没有这个事项')")
    if way == "Enter":
        await page.keyboard.press("Enter")
    else:
        await page.click(".dialog .primary")
    await expect(page.locator(".dialog .note")).to_contain_text("没有这个事项")
    await expect(page.locator(".dialog input")).to_have_value("qqqq")
    await person.picture(f"services-none-{way}")
    await expect(page.locator(".dialog")).to_be_visible()


async def test_a_look_up_that_failed_can_be_repeated(hall: Hall, person: Person) -> None:
    page = person.page
    await in_hand(hall, person, "4")
    await press(page, "7")
    await page.route("**/api/v1/services?*", refused)
    await page.keyboard.type("YL-001")
    await page.keyboard.press("Enter")
    await expect(page.locator(".toast--wrong").last).to_contain_text("主机没有回应")
    await expect(page.locator(".dialog input")).to_have_value("YL-001")
    await page.unroute("**/api/v1/services?*")
    await page.keyboard.press("Enter")
    await expect(page.locator('.mine li[data-key="YL-001"]')).to_be_visible()


# --- one at a time --------------------------------------------------------------------------------------


async def test_questions_do_not_lie_over_each_other(hall: Hall, person: Person) -> None:
    """The hub is slow to say who is on duty; a person who sees nothing presses again."""
    page = person.page
    await in_hand(hall, person, "5")
    answer = await held(page, "tellers")
    async with page.expect_request("**/tellers"):
        await press(page, "6")
    await page.keyboard.press("6")
    await page.keyboard.press("5")
    await person.picture("transfer-loading")
    await expect(page.locator(".veil")).to_have_count(1)
    answer()
    await page.fill(".dialog input", "")  # what was pressed over the question was typed into it
    await page.wait_for_selector(".groups button:has-text('样员')")
    await expect(page.locator(".veil")).to_have_count(1)
    await page.keyboard.press("Escape")
    await expect(page.locator(".veil")).to_have_count(0)


async def test_a_transfer_waits_for_the_people(hall: Hall, person: Person) -> None:
    page = person.page
    ticket = await in_hand(hall, person, "5")
    answer = await held(page, "tellers")
    await press(page, "6")
    await page.wait_for_selector(".groups:has-text('正在读取')")
    await page.keyboard.type("样员06")
    await page.keyboard.press("Enter")
    await expect(page.locator(".dialog")).to_be_visible()
    answer()
    await state(page, "open")
    assert (await hall.get("lead", f"tickets/{ticket}"))["state"] == "waiting"
    assert (await hall.get("lead", "windows/6/counter"))["ahead"][0]["ticket"]["number"] == ticket


async def test_people_who_cannot_be_read_do_not_keep_from_a_transfer(hall: Hall, person: Person) -> None:
    page = person.page
    ticket = await in_hand(hall, person, "5")
    await page.route("**/api/v1/tellers", refused)
    await press(page, "6")
    await page.wait_for_selector(".groups:has-text('读取不到')")
    await page.keyboard.type("咨询")
    await page.keyboard.press("Enter")
    await state(page, "open")
    assert (await hall.get("lead", f"tickets/{ticket}"))["queue"] == "advice"


async def test_nothing_is_asked_while_the_pause_is_looked_at(hall: Hall, person: Person) -> None:
    """Between a pause and its question the page waits for the hub: another key must not ask there."""
    page = person.page
    await in_hand(hall, person, "5")
    answer = await held(page, "windows/5/counter")
    async with page.expect_request("**/windows/5/counter"):
        await press(page, "0")
    await page.wait_for_selector('#now[aria-busy="false"]')
    await page.keyboard.press("5")
    await page.keyboard.press("9")
    answer()
    await page.wait_for_selector(".dialog:has-text('已经暂停')")
    await expect(page.locator(".veil")).to_have_count(1)


async def test_a_failed_answer_leaves_the_keys_free(hall: Hall, person: Person) -> None:
    page = person.page
    await in_hand(hall, person, "5")
    await page.route("**/windows/5/counter", refused)
    async with page.expect_request_finished(lambda one: one.url.endswith("/windows/5/recall")):
        await press(page, "2")
    await press(page, "5")
    await expect(page.locator(".dialog")).to_be_visible()


@pytest.mark.parametrize("key", ["5", "6", "7", "9", "p", "g"])
async def test_a_question_goes_with_its_ticket(hall: Hall, person: Person, key: str) -> None:
    page = person.page
    ticket = await in_hand(hall, person, "5")
    await press(page, key)
    await expect(page.locator(".dialog")).to_be_visible()
    await hall.post("lead", "windows/5/finish")
    await expect(page.locator(".veil")).to_have_count(0)
    await expect(page.locator(".toast").last).to_contain_text(f"{ticket} {GONE}")
    await person.picture(f"question-gone-{key}")
    await state(page, "open")


async def test_a_ticket_leaves_while_the_hub_is_asked(hall: Hall, person: Person) -> None:
    page = person.page
    await in_hand(hall, person, "5")
    answer = await held(page, "tellers")
    async with page.expect_request("**/tellers"):
        await press(page, "6")
    await hall.post("lead", "windows/5/finish")
    await state(page, "open")
    async with page.expect_request_finished(lambda one: one.url.endswith("/tellers")):
        answer()
    await person.settled()
    await expect(page.locator(".veil")).to_have_count(0)
    await expect(page.locator(".toast").last).to_contain_text(GONE)


async def test_whether_they_came_is_settled_by_another_hand(hall: Hall, person: Person) -> None:
    page = person.page
    ticket = await in_hand(hall, person, "5")
    await press(page, "1")
    await page.wait_for_selector(f".dialog:has-text('{ticket} 还没有开始办理')")
    await hall.post("lead", "windows/5/start", {"ticket": ticket})
    await expect(page.locator(".veil")).to_have_count(0)
    await expect(page.locator(".toast").last).to_contain_text(f"{ticket} 已经开始办理")


# --- 暂停服务 -------------------------------------------------------------------------------------------


async def test_the_question_about_a_pause_goes_with_it(hall: Hall, person: Person) -> None:
    page = person.page
    await person.sign_in("d05", "/call")
    await ready(page)
    await press(page, "0")
    await expect(page.locator(".dialog")).to_be_visible()
    await hall.post("lead", "windows/5/resume")
    await expect(page.locator(".veil")).to_have_count(0)
    await expect(page.locator(".toast").last).to_contain_text("已经恢复服务")
    await state(page, "open")


async def test_what_is_said_of_a_pause_too_late_begins_none(hall: Hall, person: Person) -> None:
    page = person.page
    await person.sign_in("d05", "/call")
    await ready(page)
    await press(page, "0")
    await page.fill(".dialog input >> nth=0", "送件")
    answer = await held(page, "windows/5/counter")
    await hall.post("lead", "windows/5/resume")
    async with page.expect_response("**/windows/5/pause"):
        await page.keyboard.press("Enter")
    assert "pause" not in await hall.get("lead", "windows/5")
    answer()
    await expect(page.locator(".toast").last).to_contain_text("已经恢复服务")
    await state(page, "open")


# --- 接下来 --------------------------------------------------------------------------------------------


async def test_only_one_has_waited_longest(hall: Hall, person: Person) -> None:
    page = person.page
    first, second, third = await hall.take(), await hall.take(), await hall.take()
    await person.sign_in("d05", "/call")
    rows = page.locator("#line li")
    await expect(rows).to_have_count(3)
    for row, ticket in enumerate((first, second, third)):
        await expect(rows.nth(row)).to_contain_text(ticket)
    assert (await page.inner_text("#line")).count("等候最久") == 1
    await expect(rows.nth(0)).to_contain_text("等候最久")
    urgent = await hall.take(priority="elderly")
    await expect(rows.nth(0)).to_contain_text(urgent)
    await expect(rows.nth(0)).to_contain_text("折算等候")
    await expect(page.locator("#line")).not_to_contain_text("等候最久")
    await person.picture("call-line")
