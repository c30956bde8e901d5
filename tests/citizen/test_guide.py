"""The guide's page on a phone."""

from __future__ import annotations

from playwright.async_api import expect

from kioskd.access.roles import Role
from tests.citizen.conftest import People, fits, picture, serious
from tests.web.conftest import Hall

PHONE = (390, 844)


async def test_a_number_is_taken_for_someone_and_put_right(hall: Hall, people: People) -> None:
    page = await people.signed_in("guide", "/guide", PHONE)
    await expect(page.locator("#now")).to_contain_text("等候 0 人")
    await picture(page, "guide")
    assert await serious(page) == []
    assert await fits(page)
    await page.click("#take")
    await picture(page, "guide-take")
    assert await serious(page) == []
    priority = (await hall.get("hall")).json["priorities"][0]["name"]["zh"]
    await page.click(f".guide__chip >> text={priority}")
    await page.click(".guide__choices button >> nth=0")
    await expect(page.locator(".guide__taken .guide__number")).to_have_text("A001")
    await picture(page, "guide-taken")
    view = (await hall.get("tickets/A001", Role.LEAD)).json
    assert (view["assisted_by"], view["priority_state"]) == ("guide", "pending")
    await page.click(".guide__taken .primary")
    await expect(page.locator(".guide__ticket")).to_be_visible()
    await picture(page, "guide-ticket")
    assert await serious(page) == []
    await page.click("text=确认优先")
    await expect(page.locator(".guide__facts")).to_contain_text("已确认")
    await page.click("text=改队列")
    await page.click(".dialog .guide__choices button >> nth=1")
    await expect(page.locator(".veil")).to_have_count(0)
    moved = (await hall.get("tickets/A001", Role.LEAD)).json
    assert (moved["priority_state"], moved["issued_at"]) == ("confirmed", view["issued_at"])
    assert moved["queue"] != view["queue"]


async def test_whoever_missed_a_call_is_put_back(hall: Hall, people: People) -> None:
    mine = await hall.ticket()
    await hall.login("1", (await hall.get("tellers", Role.LEAD)).json[0]["id"])
    await hall.post("windows/1/call", {"ticket": mine["id"]}, Role.TELLER)
    answer = await hall.post("windows/1/no-show", {"ticket": mine["id"]}, Role.TELLER)
    assert answer.status == 200, answer.raw
    page = await people.signed_in("guide", "/guide", PHONE)
    await page.fill("#number", mine["number"].lower())
    await page.click("#look")
    await page.click("text=过号恢复")
    await expect(page.locator(".guide__ticket .badge")).to_have_text("等候")
    assert (await hall.get(f"tickets/{mine['id']}", Role.LEAD)).json["state"] == "waiting"
    await page.fill("#number", "Z999")
    await page.click("#look")
    await expect(page.locator(".toast--wrong")).to_contain_text("Z999")


async def test_the_lead_is_called_once_and_has_come(hall: Hall, people: People) -> None:
    page = await people.signed_in("guide", "/guide", PHONE)
    await expect(page.locator("#now")).to_contain_text("等候")
    await page.click("#help")
    await page.fill(".dialog input", "老人不舒服")
    await picture(page, "guide-help")
    assert await serious(page) == []
    await page.click(".dialog >> text=咨询台")
    await expect(page.locator(".toast")).to_contain_text("已通知")
    [alert] = [one for one in (await hall.get("alerts", Role.LEAD)).json if one["about"] == "help"]
    assert alert["sentence"] == "王晓芳 请带班领导到咨询台：老人不舒服。"
    again = {"place": "咨询台", "note": "老人不舒服"}
    position = hall.journal.head
    assert (await hall.post("alerts/call-lead", again, Role.GUIDE)).status == 204
    assert hall.journal.head != position, "another person's call is another alert"
    position = hall.journal.head
    assert (await hall.post("alerts/call-lead", again, Role.GUIDE)).status == 204
    assert hall.journal.head == position, "asking twice calls once"
    await hall.post(f"alerts/{alert['id']}/acknowledge", {}, Role.LEAD)
    left = [one["id"] for one in (await hall.get("alerts", Role.LEAD)).json if one["about"] == "help"]
    assert alert["id"] not in left


async def test_a_roll_of_paper_keeps_the_hall_going(hall: Hall, people: People) -> None:
    page = await people.signed_in("guide", "/guide", PHONE)
    await expect(page.locator("#now")).to_contain_text("等候 0 人")
    await page.click("#more")
    await picture(page, "guide-more")
    await page.click('[data-act="roll"]')
    enter = page.locator(".dialog .primary")
    await page.click(".guide__chip >> nth=0")
    await page.fill("[name=first]", "31")
    await page.fill("[name=last]", "29")
    await expect(enter).to_be_disabled()
    await page.fill("[name=last]", "35")
    await expect(page.locator(".guide__sum")).to_have_text("A031 到 A035，共 5 张")
    await picture(page, "guide-roll")
    assert await serious(page) == []
    assert await fits(page)
    await enter.click()
    await expect(page.locator(".toast")).to_contain_text("A031 到 A035")
    await expect(page.locator("#now")).to_contain_text("等候 5 人")
    assert (await hall.get("tickets/A033", Role.LEAD)).json["state"] == "waiting"
    # The same numbers again are no five people more.
    await page.click("#more")
    await page.click('[data-act="roll"]')
    await page.click(".guide__chip >> nth=0")
    await page.fill("[name=first]", "35")
    await page.fill("[name=last]", "36")
    await enter.click()
    await expect(page.locator(".toast--wrong")).to_contain_text("A035")
    assert (await hall.get("hall")).json["waiting"] == 5


async def test_the_voice_is_lowered_for_a_while(hall: Hall, people: People) -> None:
    page = await people.signed_in("guide", "/guide", PHONE)
    await expect(page.locator("#now")).to_contain_text("等候")
    await page.click("#more")
    await page.click('[data-act="quiet"]')
    await picture(page, "guide-quiet")
    assert await serious(page) == []
    await page.click(".dialog >> text=30 分钟")
    await expect(page.locator("#now")).to_contain_text("安静模式已开")
    assert (await hall.get("hall")).json["quiet"]
    await page.click("#more")
    await page.click('[data-act="quiet"]')
    await page.click(".dialog >> text=现在恢复")
    await expect(page.locator("#now")).not_to_contain_text("安静模式")
    assert not (await hall.get("hall")).json["quiet"]
