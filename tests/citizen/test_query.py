"""The query terminal as somebody in the self-service zone uses it."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from kioskd.access.roles import Role
from tests.citizen.conftest import People, fits, picture, serious
from tests.web.conftest import Hall, Time

LANDSCAPE, PORTRAIT, PHONE = (1920, 1080), (1080, 1920), (390, 844)


async def _type(page, number: str, check: str = "") -> None:  # type: ignore[no-untyped-def]
    await page.click(".tile--my")
    await page.click(f".pad__letters >> text={number[0]}")
    for digit in number[1:]:
        await page.click(f".pad__digits .key:text-is('{digit}')")
    if check:
        await page.click(".entry >> nth=1")
        for digit in check:
            await page.click(f".pad__digits .key:text-is('{digit}')")
    await page.click(".mine__fields .primary")


async def test_by_the_number_alone_one_sees_the_place_and_may_do_nothing(hall: Hall, people: People) -> None:
    await hall.ticket()
    mine = await hall.ticket()
    page = await people.page("/query", LANDSCAPE)
    await picture(page, "query-home")
    assert await serious(page) == []
    await _type(page, mine["number"])
    await expect(page.locator(".ticket__number")).to_have_text(mine["number"])
    await expect(page.locator(".figure strong").first).to_have_text("1")
    assert await page.locator(".mine__acts").count() == 0
    await picture(page, "query-number")
    assert await serious(page) == []


async def test_with_the_check_code_one_gives_up_the_number_once(hall: Hall, people: People) -> None:
    mine = await hall.ticket()
    page = await people.page("/query", PORTRAIT)
    await picture(page, "query-home-portrait")
    await _type(page, mine["number"], mine["check"])
    await picture(page, "query-number-portrait")
    await page.click(".mine__acts >> text=取消")
    await picture(page, "query-sure")
    assert (await hall.get(f"tickets/{mine['id']}", Role.LEAD)).json["state"] == "waiting"
    await page.click(".dialog .danger")
    await expect(page.locator(".ticket__state")).to_have_text("已取消")
    assert (await hall.get(f"tickets/{mine['id']}", Role.LEAD)).json["state"] == "cancelled"


async def test_a_wrong_check_code_opens_nothing(hall: Hall, people: People) -> None:
    mine = await hall.ticket()
    page = await people.page("/query", LANDSCAPE)
    await _type(page, mine["number"], "0000" if mine["check"] != "0000" else "1111")
    await expect(page.locator(".mine .wrong")).to_contain_text("核对码不对")
    assert await page.locator(".ticket").count() == 0


async def test_whoever_missed_a_call_joins_again(hall: Hall, people: People) -> None:
    mine = await hall.ticket()
    teller = (await hall.get("tellers", Role.LEAD)).json[0]["id"]
    await hall.login("1", teller)
    called = await hall.post("windows/1/call", {"ticket": mine["id"]}, Role.TELLER)
    assert called.status == 200, called.raw
    page = await people.page("/query", LANDSCAPE)
    await _type(page, mine["number"], mine["check"])
    await expect(page.locator(".ticket__state")).to_have_text("正在呼叫您")
    await picture(page, "query-called")
    answer = await hall.post("windows/1/no-show", {"ticket": mine["id"]}, Role.TELLER)
    assert answer.status == 200, answer.raw
    await expect(page.locator(".ticket__state")).to_have_text("已过号")
    await picture(page, "query-missed")
    await page.click(".mine__acts .primary")
    await page.click(".dialog .primary")
    await expect(page.locator(".ticket__state")).to_have_text("正在等候")
    assert (await hall.get(f"tickets/{mine['id']}", Role.LEAD)).json["state"] == "waiting"


@pytest.mark.asyncio(loop_scope="session")
async def test_slips_are_printed_without_staff_only_a_few_times(hall: Hall, time: Time) -> None:
    mine = await hall.ticket()
    name = f"{mine['number']}-{mine['check']}"
    codes = []
    for _ in range(4):
        time.ms += 60_000
        answer = await hall.post(f"tickets/{name}/reprint")
        codes.append(answer.code or str(answer.status))
    assert codes == ["200", "200", "reprint_at_desk", "reprint_at_desk"]
    time.ms += 60_000
    assert (await hall.post(f"tickets/{mine['id']}/reprint", {}, Role.GUIDE)).status == 200
    for action in ("return", "reprint", "cancel"):
        assert (await hall.post(f"tickets/{mine['number']}/{action}")).code == "code_needed"


async def test_guides_are_found_by_initials_and_shown_whole(hall: Hall, people: People) -> None:
    page = await people.page("/query", LANDSCAPE)
    await page.click(".tile--guides")
    everything = page.locator(".service")
    await expect(everything.first).to_be_visible()
    before = await everything.count()
    for letter in "YL":
        await page.click(f".keyboard .key:text-is('{letter}')")
    await expect(page.locator(".search")).to_have_value("yl")
    await expect(everything).not_to_have_count(before)
    await picture(page, "query-guides")
    assert await serious(page) == []
    code = (await hall.get("services?search=yl&limit=1")).json[0]["code"]
    detail = (await hall.get(f"services/{code}")).json
    await everything.first.click()
    sheet = page.locator(".sheet")
    for one in detail["guide_fields"]:
        await expect(sheet).to_contain_text(one["name"]["zh"])
        await expect(sheet.locator("dd", has_text=one["text"]["zh"][:20]).first).to_be_visible()
    for one in detail.get("materials", ()):
        await expect(sheet).to_contain_text(one["name"]["zh"])
    await picture(page, "query-guide")
    assert await serious(page) == []
    await page.emulate_media(media="print")
    await expect(page.locator(".sheet__foot")).to_be_visible()
    await expect(page.locator(".sheet__acts")).to_be_hidden()
    await picture(page, "query-guide-print")


async def test_the_map_shows_every_window_and_moves_with_the_hall(hall: Hall, people: People) -> None:
    mine = await hall.ticket()
    page = await people.page("/query", PORTRAIT, clock=True)
    await page.click(".tile--map")
    windows = (await hall.get("windows")).json
    await expect(page.locator(".window")).to_have_count(len(windows))
    teller = (await hall.get("tellers", Role.LEAD)).json[0]["id"]
    await hall.login("1", teller)
    await hall.post("windows/1/call", {"ticket": mine["id"]}, Role.TELLER)
    await page.clock.fast_forward(11_000)
    await expect(page.locator(".window strong", has_text=mine["number"])).to_be_visible()
    await picture(page, "query-map")
    assert await serious(page) == []


async def test_it_goes_home_and_forgets_when_nobody_touches_it(hall: Hall, people: People) -> None:
    mine = await hall.ticket()
    page = await people.page("/query", LANDSCAPE, clock=True)
    await page.click("#language")
    await expect(page.locator(".tile--my")).to_contain_text("My number")
    await _type(page, mine["number"], mine["check"])
    await expect(page.locator(".ticket")).to_be_visible()
    await page.clock.fast_forward(50_000)
    await expect(page.locator("#idle")).to_contain_text(re.compile("touch to stay"))
    await page.clock.fast_forward(11_000)
    await expect(page.locator(".tile--my")).to_contain_text("查我的号")
    await page.click(".tile--my")
    await expect(page.locator(".entry").first).not_to_contain_text(mine["number"][1:])
    assert mine["check"] not in await page.content()


async def test_it_fits_a_phone_and_says_when_the_hub_is_away(hall: Hall, people: People) -> None:
    page = await people.page("/query", PHONE, clock=True)
    for tile in ("my", "guides", "map"):
        await page.click(f".tile--{tile}")
        await page.wait_for_timeout(200)
        assert await fits(page), tile
        await picture(page, f"query-phone-{tile}")
        await page.click("#home")
    await page.context.set_offline(True)
    await page.clock.fast_forward(11_000)
    await expect(page.locator("#away")).to_be_visible()
