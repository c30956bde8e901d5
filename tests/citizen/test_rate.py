"""The rating face: paired once, asked by the hub, private, and through losses of the network."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from PIL import Image
from playwright.async_api import Page, expect

from kioskd.access.roles import Role
from kioskd.hall.commands import Tick
from kioskd.hub.desk import SYSTEM
from kioskd.journal.records import BEFORE_ALL
from kioskd.web.catalogue import OptionText
from kioskd.web.pages import ROOT
from tests.citizen.conftest import People, fits, picture, serious
from tests.web.conftest import Hall, Time
from tests.workers import offline

MARKS = """() => {
    const text = document.querySelector(".options h2 span").firstChild;
    const em = parseFloat(getComputedStyle(text.parentElement).fontSize);
    const range = document.createRange();
    return [...text.data.matchAll(/[“”]/g)].map((found) => {
        range.setStart(text, found.index);
        range.setEnd(text, found.index + 1);
        return range.getBoundingClientRect().width / em;
    });
}"""
"""How wide the quotation marks are, in em."""

TABLET, UPRIGHT = (1280, 800), (800, 1280)


async def paired(hall: Hall, people: People, size: tuple[int, int] = TABLET, window: str = "1") -> Page:
    page = await people.page(f"/rate?window={window}", size)
    code = (await hall.post(f"windows/{window}/face-code", {}, Role.TECHNICIAN, key=None)).json["code"]
    for letter in code.replace("-", ""):
        await page.click(f".pair__keys .key:text-is('{letter}')")
    await page.click(".pair .primary")
    await expect(page.locator(".pair")).to_have_count(0)
    return page


async def served(hall: Hall, window: str = "1") -> Any:
    """Serve somebody and ask for the rating."""
    ticket = await hall.ticket()
    teller = (await hall.get("tellers", Role.LEAD)).json[0]["id"]
    await hall.login(window, teller)
    for act, body in (("call", {"ticket": ticket["id"]}), ("start", {}), ("evaluate", {})):
        answer = await hall.post(f"windows/{window}/{act}", body, Role.TELLER)
        assert answer.status == 200, answer.raw
    return ticket


async def levels(hall: Hall, ticket: Any) -> list[int | None]:
    view = (await hall.get(f"tickets/{ticket['id']}", Role.LEAD)).json
    return [one.get("level") for one in view["ratings"]]


async def test_it_is_paired_rated_and_the_teller_sees_nothing(hall: Hall, people: People) -> None:
    page = await people.page("/rate?window=1", TABLET)
    await expect(page.locator(".pair")).to_be_visible()
    await picture(page, "rate-pair")
    assert await serious(page) == []
    await page.context.close()
    page = await paired(hall, people)
    await hall.login("1", (await hall.get("tellers", Role.LEAD)).json[0]["id"])
    await expect(page.locator(".card__name")).to_be_visible()
    await picture(page, "rate-idle")
    assert await serious(page) == []
    ticket = await served(hall)
    await expect(page.locator(".level")).to_have_count(5)
    await picture(page, "rate-levels")
    assert await serious(page) == []
    await page.click(".level--2")
    options = (await hall.get("rating-options?level=2")).json["levels"][0]["options"]
    await expect(page.locator(".chip")).to_have_count(len(options))
    await page.click(f".chip >> text={options[0]['text']}")
    await page.fill("textarea", "等得太久")
    await page.fill("input[type=tel]", "138-0000 1234（机主）")
    await expect(page.locator("input[type=tel]")).to_have_value("138-0000 1234")
    await picture(page, "rate-options")
    assert await serious(page) == []
    await page.click(".options .primary")
    await expect(page.locator(".words h2")).to_have_text("感谢您的评价")
    await picture(page, "rate-thanks")
    for _ in range(50):
        if await levels(hall, ticket) == [2]:
            break
        await page.wait_for_timeout(100)
    assert await levels(hall, ticket) == [2]
    seen = (await hall.get(f"tickets/{ticket['id']}", Role.TELLER)).json["ratings"]
    assert seen[0]["state"] == "closed"
    assert "level" not in seen[0]
    given = next(one for one in hall.journal.read(BEFORE_ALL, 10_000) if one.kind == "rating.given")
    reference = msgspec.json.decode(given.body)["contact"].partition(" ")[0]
    kept = hall.journal.private(reference)
    assert kept is not None
    assert kept.data == b"138-0000 1234"
    await page.reload()
    await expect(page.locator(".card__name, .words")).to_be_visible()


async def test_whoever_reads_english_reads_why_they_rate_so(hall: Hall, people: People) -> None:
    table = hall.site.catalogue.evaluation
    options = {**table.options["2"], "207": OptionText(zh="没有提供材料样本")}
    evaluation = replace(table, options={**table.options, "2": options})
    hall.site.catalogue = replace(hall.site.catalogue, evaluation=evaluation)
    page = await paired(hall, people)
    ticket = await served(hall)
    await expect(page.locator(".level")).to_have_count(5)
    await page.click("#language")
    await page.click(".level--2")
    await expect(page.locator(".options h2")).to_have_text("You chose “Dissatisfied”")
    marks = await page.evaluate(MARKS)
    assert len(marks) == 2
    assert max(marks) < 0.8, "the marks of Chinese are as wide as a hanzi"
    chips = page.locator(".chip")
    await expect(chips).to_have_count(8)
    assert await chips.all_inner_texts() == [one.en or one.zh for one in options.values()]
    await expect(chips.first).to_have_text("没有提供材料样本")
    await expect(chips.first).to_have_attribute("lang", "zh-CN")
    await picture(page, "rate-options-english")
    assert await serious(page) == []
    assert await fits(page)
    await chips.last.click()
    await page.click("#language")
    await expect(chips.last).to_have_text("服务态度生硬")
    await expect(chips.last).to_have_attribute("aria-pressed", "true")
    await page.click(".options .primary")
    for _ in range(100):
        if await levels(hall, ticket) == [2]:
            break
        await page.wait_for_timeout(100)
    given = next(one for one in hall.journal.read(BEFORE_ALL, 10_000) if one.kind == "rating.given")
    assert msgspec.json.decode(given.body)["options"] == [214], "the codes are the nation's"


async def test_a_level_that_was_touched_counts_when_the_next_service_starts(
    hall: Hall, people: People
) -> None:
    page = await paired(hall, people, UPRIGHT)
    ticket = await served(hall)
    await expect(page.locator(".level")).to_have_count(5)
    await picture(page, "rate-levels-upright")
    assert await fits(page)
    await page.click(".level--4")
    await served(hall)
    for _ in range(100):
        if await levels(hall, ticket) == [4]:
            break
        await page.wait_for_timeout(100)
    assert await levels(hall, ticket) == [4]


async def test_an_answer_survives_the_loss_of_the_network(hall: Hall, people: People) -> None:
    page = await paired(hall, people)
    ticket = await served(hall)
    await page.click(".level--5")
    async with offline(page):
        await page.click(".options .primary")
        await expect(page.locator(".words h2")).to_contain_text("已保存")
        await picture(page, "rate-kept")
        assert await levels(hall, ticket) == [None]
    for _ in range(200):
        if await levels(hall, ticket) == [5]:
            break
        await page.wait_for_timeout(100)
    assert await levels(hall, ticket) == [5]


async def test_a_pause_is_said(hall: Hall, people: People) -> None:
    page = await paired(hall, people)
    await hall.login("1", (await hall.get("tellers", Role.LEAD)).json[0]["id"])
    await hall.post("windows/1/pause", {"reason": "开会", "minutes": 15}, Role.TELLER)
    await expect(page.locator(".words h2")).to_have_text("暂停服务")
    await picture(page, "rate-paused")
    assert await serious(page) == []


@pytest.mark.asyncio(loop_scope="session")
async def test_a_face_has_one_window_and_one_tablet(hall: Hall) -> None:
    async def pair(window: str) -> str:
        code = (await hall.post(f"windows/{window}/face-code", {}, Role.LEAD, key=None)).json["code"]
        assert (await hall.post("stations/pair", {"code": code}, key=None)).code == "pairing_wrong"
        return str((await hall.post("rating-faces/pair", {"code": code}, key=None)).json["token"])

    async def face(token: str, window: str) -> tuple[int, str]:
        answer = await hall.get(f"windows/{window}/face", Authorization=f"Bearer {token}")
        return answer.status, answer.code

    first = await pair("1")
    assert await face(first, "1") == (200, "")
    assert await face(first, "2") == (403, "other_window")
    ticket = await served(hall, "2")
    told = {"Authorization": f"Bearer {first}"}
    body = {"ticket": ticket["id"], "level": 1}
    assert (await hall.post("windows/2/rating", body, **told)).code == "other_window"
    assert (await hall.post("windows/1/rating", body, **told)).code == "no_rating_asked"
    assert (await hall.post("tickets", {"queue": "general"}, **told)).code == "not_allowed"
    second = await pair("1")
    assert await face(first, "1") == (401, "token_unknown")
    assert await face(second, "1") == (200, "")


NEWER_THAN_83 = r"\?\?=|\|\|=|&&=|\.replaceAll\(|#\w+\(|Promise\.any\(|\bWeakRef\b"


@pytest.mark.parametrize("name", ["rate", "shared"])
def test_its_scripts_are_read_by_an_old_tablet(name: str) -> None:
    """Chromium 83 knows neither private methods nor flexible boxes with gaps."""
    for file in sorted((Path(ROOT) / name).glob("*.*s")):
        text = file.read_text("utf-8")
        if file.suffix == ".js":
            assert not re.search(NEWER_THAN_83, text), file
        elif name == "rate":
            for rule in re.findall(r"{([^{}]*)}", text):
                assert not ("display: flex" in rule and "gap:" in rule), rule


async def test_whoever_serves_is_shown_and_a_hand_may_write(hall: Hall, people: People, time: Time) -> None:
    teller = (await hall.get("tellers", Role.LEAD)).json[0]["id"]
    out = io.BytesIO()
    Image.new("RGB", (300, 400), "#7a8fa6").save(out, "JPEG")
    body = {"image": base64.b64encode(out.getvalue()).decode()}
    assert (await hall.post(f"tellers/{teller}/photo", body, Role.ADMIN, key=None)).status == 204
    page = await paired(hall, people)
    await hall.login("1", teller)
    await expect(page.locator(".card__photo")).to_be_visible()
    assert await page.evaluate("() => document.querySelector('.card__photo').naturalWidth") == 360
    await picture(page, "rate-photo")
    assert await serious(page) == []

    ticket = await served(hall)
    await page.click(".level--1")
    await page.click(".way >> text=手写")
    box = await page.locator(".writing__field").bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 60, box["y"] + 80)
    await page.mouse.down()
    await page.mouse.move(box["x"] + 220, box["y"] + 80, steps=8)
    await page.mouse.up()
    await page.mouse.move(box["x"] + 140, box["y"] + 40)
    await page.mouse.down()
    await page.mouse.move(box["x"] + 140, box["y"] + 180, steps=8)
    await page.mouse.up()
    await picture(page, "rate-writing")
    assert await serious(page) == []
    assert await fits(page)
    await page.click(".options .primary")
    await expect(page.locator(".words h2")).to_have_text("感谢您的评价")
    for _ in range(100):
        if await levels(hall, ticket) == [1]:
            break
        await page.wait_for_timeout(100)
    time.ms += 120_000  # the last answer counts, so it is known when the slot has closed
    for _ in range(3):  # a tick does one thing after the other
        await hall.desk.submit(Tick(by=SYSTEM))
    (item,) = (await hall.get("poor-ratings", Role.LEAD)).json
    words = (await hall.get(f"poor-ratings/{item['rating']}/words", Role.LEAD)).json
    assert words["comment"] is None
    assert words["writing"].count("<path") == 2
    events = b"".join(one.body for one in hall.journal.read(BEFORE_ALL, 2000))
    assert b"<path" not in events, "what was written lies sealed, apart from the events"
