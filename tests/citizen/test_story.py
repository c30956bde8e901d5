"""The story of a ticket: found in two steps, told whole, printed, and looking is recorded."""

from __future__ import annotations

from typing import Any

from playwright.async_api import expect

from kioskd.access.roles import Role
from kioskd.hall.commands import ReportAnnounced, ReportDevice
from kioskd.hub.desk import SYSTEM
from tests.citizen.conftest import People, fits, picture, serious
from tests.web.conftest import Hall, Time

WIDE = (1366, 900)


async def a_day(hall: Hall, time: Time) -> Any:
    """Serve one citizen before another; return the other's ticket, rated badly."""
    tellers = (await hall.get("tellers", Role.LEAD)).json
    await hall.login("1", tellers[0]["id"])
    await hall.login("2", tellers[1]["id"])
    await hall.desk.submit(
        ReportDevice(by=SYSTEM, device="sign-1", device_class="caller_display", state="healthy")
    )
    first, mine = await hall.ticket(), await hall.ticket()
    time.ms += 4 * 60_000
    await hall.post("windows/2/pause", {"minutes": 10, "reason": "开会"}, Role.TELLER)
    await hall.post("windows/1/call-next", {}, Role.TELLER)
    await hall.post("windows/1/start", {}, Role.TELLER)
    time.ms += 9 * 60_000
    await hall.post("windows/1/finish", {}, Role.TELLER)
    await hall.post("windows/1/call", {"ticket": mine["id"]}, Role.TELLER)
    await hall.desk.submit(ReportAnnounced(by=SYSTEM, ticket=mine["id"], call=1, device="sign-1"))
    time.ms += 50_000
    await hall.post("windows/1/recall", {}, Role.TELLER)
    await hall.post("windows/1/start", {}, Role.TELLER)
    time.ms += 6 * 60_000
    await hall.post("windows/1/evaluate", {}, Role.TELLER)
    rated = await hall.post(f"tickets/{mine['id']}/rating", {"level": 2}, Role.STATION)
    assert rated.status == 204, rated.raw
    return first, mine


async def test_a_complaint_is_answered_from_one_page(hall: Hall, time: Time, people: People) -> None:
    first, mine = await a_day(hall, time)
    page = await people.signed_in("auditor", "/story", WIDE)
    await expect(page.locator("[name=date]")).not_to_have_value("")
    assert await serious(page) == []
    await page.fill("[name=number]", mine["number"].lower())
    await page.click("#find button")
    line = page.locator(".story__line")
    await expect(line).to_contain_text("前面 1 人")
    await expect(line).to_contain_text("已等候 13 分 0 秒")
    await expect(line).to_contain_text("已确认：窗口屏 sign-1")
    await expect(line).to_contain_text("没有窗口屏或语音的确认")
    await expect(line).to_contain_text("群众评价：不满意")
    sheet = page.locator("#story")
    await expect(sheet.locator("table").nth(0)).to_contain_text("暂停服务，预计 10 分钟")
    await expect(sheet.locator("table").nth(1)).to_contain_text(first["number"])
    await expect(sheet.locator(".story__foot")).to_contain_text("日志位置")
    await picture(page, "story")
    assert await serious(page) == []
    await page.emulate_media(media="print")
    await expect(page.locator("#find")).to_be_hidden()
    await expect(line).to_be_visible()
    await picture(page, "story-print")
    noted = [
        one for one in hall.journal.read(hall.journal.head.__class__(0, 0), 5000) if one.kind == "audit.noted"
    ]
    assert any(b"ticket.story_viewed" in one.body and mine["id"].encode() in one.body for one in noted)


async def test_it_is_found_by_window_or_time_too(hall: Hall, time: Time, people: People) -> None:
    first, mine = await a_day(hall, time)
    date = (await hall.get("hall")).json["date"]

    async def found(query: str) -> list[str]:
        answer = await hall.get(f"stories?date={date}&{query}", Role.LEAD)
        assert answer.status == 200, answer.raw
        return [one["number"] for one in answer.json]

    both = [first["number"], mine["number"]]
    assert await found("window=1") == both
    assert await found("window=2") == []
    assert await found("time=10:45") == both
    assert await found("time=14:45") == []
    assert await found(f"number={mine['number']}") == [mine["number"]]
    assert (await hall.get("stories?date=2020-01-01", Role.LEAD)).status == 404
    assert (await hall.get(f"stories/{mine['id']}?date={date}", Role.TELLER)).code == "not_allowed"
    assert (await hall.get(f"stories/t_none?date={date}", Role.LEAD)).code == "unknown_ticket"
    page = await people.signed_in("lead", "/story", (1024, 768))
    await expect(page.locator("[name=date]")).not_to_have_value("")
    await page.fill("[name=window]", "1")
    await page.click("#find button")
    await expect(page.locator(".story__list li")).to_have_count(2)
    await picture(page, "story-found")
    assert await serious(page) == []
    assert await fits(page)
    await page.click(".story__list button >> nth=1")
    await expect(page.locator("#story h2")).to_contain_text(mine["number"])
