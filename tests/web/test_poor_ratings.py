"""差评 worked off by people with accounts, and ratings taken out of the count by two of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from kioskd.access.roles import Role
from kioskd.hall.commands import Tick
from kioskd.hub.desk import SYSTEM
from kioskd.journal.records import BEFORE_ALL
from tests.web.conftest import Hall, Time
from tests.web.people import PASSWORD, Browser, add_person

PHONE = "138 0000 1234"
WORDS = "等了一小时，态度不好"


@pytest.fixture
async def sun(hall: Hall) -> AsyncIterator[Browser]:
    async with Browser(hall) as browser:
        yield await _signed_in(browser, "sun")


@pytest.fixture
async def qian(hall: Hall) -> AsyncIterator[Browser]:
    async with Browser(hall) as browser:
        yield await _signed_in(browser, "qian")


async def _signed_in(browser: Browser, name: str, teller: str | None = None) -> Browser:
    add_person(browser.hall, name, Role.LEAD, teller)
    answer = await browser.post("session", {"name": name, "password": PASSWORD})
    assert answer.status == 200, answer.raw
    browser.csrf = answer.json["csrf"]
    return browser


async def _rated(hall: Hall, time: Time, level: int, **said: Any) -> tuple[str, str]:
    """A finished ticket with an answer that can no longer be changed: its id, and its item's."""
    await hall.login()
    issued = await hall.ticket()
    await hall.post("windows/1/call-next", {}, Role.TELLER)
    assert (await hall.post("windows/1/finish", {"rate": True}, Role.TELLER)).status == 200
    answer = await hall.post(f"tickets/{issued['code']}/rating", {"level": level, **said})
    assert answer.status == 204, answer.raw
    time.ms += 6000
    await hall.desk.submit(Tick(by=SYSTEM))
    return issued["id"], f"{issued['id']}.1"


def _audited(hall: Hall, action: str) -> list[tuple[str, str]]:
    noted = [
        msgspec.json.decode(event.body)
        for event in hall.journal.read(BEFORE_ALL, 10_000)
        if event.kind == "audit.noted"
    ]
    return [(one["by"]["id"], one.get("subject", "")) for one in noted if one["action"] == action]


async def test_from_the_slip_to_the_call_back(hall: Hall, time: Time, sun: Browser, qian: Browser) -> None:
    _, rating = await _rated(hall, time, 1, comment=WORDS, contact=PHONE)
    (item,) = (await sun.get("poor-ratings")).json
    assert (item["rating"], item["state"], item["has_comment"], item["has_contact"]) == (
        rating,
        "registered",
        True,
        True,
    )
    assert (item["person"], item["window"], item["handler"]) == ("李明", "1", "")
    path = f"poor-ratings/{rating}"

    # Nobody sees the phone before taking it, and then the handler alone; every look is noted first.
    assert (await sun.get(f"{path}/contact")).code == "not_the_handler"
    step = {"step": "verify", "version": 0, "note": "属实：当天少开两个窗口"}
    assert (await sun.post(f"{path}/moves", step)).json["state"] == "verified"
    assert (await qian.get(f"{path}/contact")).code == "not_the_handler"
    assert (await sun.get(f"{path}/contact")).json == {"phone": PHONE}
    assert _audited(hall, "poor_rating.contact_read") == [("sun", rating)]
    words = (await qian.get(f"{path}/words")).json
    assert words == {"comment": WORDS, "notes": {"1": step["note"]}}
    assert _audited(hall, "poor_rating.words_read") == [("qian", rating)]

    assert (await qian.post(f"{path}/moves", {"step": "rectify", "version": 1})).code == "not_the_handler"
    stale = await sun.post(f"{path}/moves", {"step": "verify", "version": 0})
    assert (stale.status, stale.code) == (409, "poor_rating_moved_on")
    assert (await sun.post(f"{path}/moves", {"step": "rectify", "version": 1})).status == 200
    done = await sun.post(f"{path}/moves", {"step": "follow_up", "version": 2, "result": "satisfied"})
    assert (done.json["state"], done.json["outcome"], len(done.json["moves"])) == ("closed", "satisfied", 3)
    assert done.json["moves"][0]["person"] == "P sun"
    assert (await sun.get("poor-ratings")).json == []
    assert len((await sun.get("poor-ratings?show=closed")).json) == 1

    bodies = b"".join(event.body for event in hall.journal.read(BEFORE_ALL, 10_000))
    for private in (PHONE, WORDS, step["note"]):
        assert str(private).encode() not in bodies


async def test_a_phone_number_with_a_good_rating_is_not_kept(hall: Hall, time: Time) -> None:
    await _rated(hall, time, 5, contact=PHONE)
    bodies = [event.body for event in hall.journal.read(BEFORE_ALL, 10_000) if event.kind == "rating.given"]
    assert b"contact" not in bodies[0]


async def test_what_is_no_phone_number_is_refused(hall: Hall, time: Time) -> None:
    await hall.login()
    issued = await hall.ticket()
    answer = await hall.post(f"tickets/{issued['code']}/rating", {"level": 1, "contact": "<b>call</b>"})
    assert answer.code == "body_invalid"


async def test_an_appeal_takes_two(hall: Hall, time: Time, sun: Browser, qian: Browser) -> None:
    _, rating = await _rated(hall, time, 2)
    path = f"poor-ratings/{rating}/moves"
    await sun.post(path, {"step": "appeal", "version": 0, "ground": "mistaken"})
    assert (await sun.post(path, {"step": "uphold", "version": 1})).code == "same_person"
    token = await hall.post(path, {"step": "uphold", "version": 1}, Role.LEAD)
    assert token.code == "named_account_needed"
    done = await qian.post(path, {"step": "uphold", "version": 1})
    assert (done.json["state"], done.json["outcome"]) == ("closed", "mistaken")
    overview = (await sun.get("overview")).json
    assert overview["ratings"] == []


async def test_nobody_works_off_their_own(hall: Hall, time: Time) -> None:
    _, rating = await _rated(hall, time, 1)
    async with Browser(hall) as browser:
        await _signed_in(browser, "li.lead", "li")
        answer = await browser.post(f"poor-ratings/{rating}/moves", {"step": "take", "version": 0})
        assert (answer.status, answer.code) == (403, "own_rating")


async def test_it_is_handed_to_who_can_handle_it(hall: Hall, time: Time, sun: Browser) -> None:
    _, rating = await _rated(hall, time, 1)
    add_person(hall, "li.only", Role.TELLER, "li")
    path = f"poor-ratings/{rating}/moves"
    for nobody in ("li.only", "nobody"):
        answer = await sun.post(path, {"step": "take", "version": 0, "handler": nobody})
        assert answer.code == "unknown_account"
    add_person(hall, "zhou", Role.LEAD, None, "周")
    taken = await sun.post(path, {"step": "take", "version": 0, "handler": "zhou"})
    assert (taken.json["handler"], taken.json["handler_name"]) == ("zhou", "周")


async def test_a_rating_leaves_the_count_by_two(hall: Hall, time: Time, sun: Browser, qian: Browser) -> None:
    ticket, _ = await _rated(hall, time, 5)
    before = (await sun.get("figures/day")).json["total"]["ratings"]["levels"]
    assert before["5"] == 1
    path = f"tickets/{ticket}/ratings/1/void"
    asked = await sun.post(path, {"why": "柜员自己按的"})
    assert asked.status == 201, asked.raw
    assert (asked.json["person_name"], asked.json["params"]["level"]) == ("P sun", 5)
    assert (await qian.post(path, {"why": "同上"})).code == "approval_open"
    (waiting,) = (await qian.get("approvals")).json
    decide = f"approvals/{waiting['approval']}/decide"
    assert (await sun.post(decide, {"granted": True})).code == "same_person"
    assert (await hall.post(decide, {"granted": True}, Role.ADMIN)).code == "named_account_needed"
    assert (await qian.post(decide, {"granted": True})).status == 204
    after = (await sun.get("figures/day")).json["total"]["ratings"]
    assert after["levels"]["5"] == 0
    assert (await sun.get("approvals")).json == []
    assert (await sun.post(path, {"why": "again"})).code == "not_rated"


async def test_what_a_citizen_wrote_is_erased_by_two(
    hall: Hall, time: Time, sun: Browser, qian: Browser
) -> None:
    _, rating = await _rated(hall, time, 1, comment=WORDS, contact=PHONE)
    path = f"poor-ratings/{rating}"
    step = {"step": "verify", "version": 0, "note": "属实"}
    assert (await sun.post(f"{path}/moves", step)).status == 200
    refs = [one async for one in _references(hall)]
    assert len(refs) == 3
    assert all(hall.journal.private(ref) is not None for ref in refs)
    assert (await hall.post(f"{path}/erase", {"why": "x"}, Role.ADMIN)).code == "named_account_needed"
    asked = await sun.post(f"{path}/erase", {"why": "本人要求"})
    assert asked.status == 201, asked.raw
    assert (await sun.get(f"{path}/words")).json["comment"] == WORDS, "asking does nothing yet"
    decide = f"approvals/{asked.json['approval']}/decide"
    assert (await sun.post(decide, {"granted": True})).code == "same_person"
    assert (await qian.post(decide, {"granted": True})).status == 204
    assert [hall.journal.private(ref) for ref in refs] == [None, None, None]
    assert (await sun.get(f"{path}/words")).json == {"comment": None, "notes": {}}
    assert (await sun.get(f"{path}/contact")).code == "no_contact"
    item = (await sun.get(path)).json
    assert (item["has_comment"], item["has_contact"]) == (False, False)
    assert "has_note" not in item["moves"][0]
    assert (await sun.post(f"{path}/erase", {"why": "again"})).code == "nothing_to_erase"
    assert (await sun.post("poor-ratings/t_9.1/erase", {"why": "x"})).code == "unknown_poor_rating"


async def _references(hall: Hall) -> AsyncIterator[str]:
    """Yield the names of all private values that events refer to."""
    seen = set()
    async for event in hall.journal.stream(BEFORE_ALL):
        body = msgspec.json.decode(event.body)
        for field in ("comment", "contact", "note"):
            if body.get(field) and (name := body[field].partition(" ")[0]) not in seen:
                seen.add(name)
                yield name


async def test_only_who_asked_takes_it_back(hall: Hall, time: Time, sun: Browser, qian: Browser) -> None:
    ticket, _ = await _rated(hall, time, 4)
    asked = (await sun.post(f"tickets/{ticket}/ratings/1/void", {"why": "x"})).json
    path = f"approvals/{asked['approval']}/withdraw"
    assert (await qian.post(path)).code == "not_the_asker"
    assert (await sun.post(path)).status == 204


async def test_a_rating_of_an_earlier_day_is_looked_up(
    hall: Hall, time: Time, sun: Browser, qian: Browser
) -> None:
    ticket, _ = await _rated(hall, time, 5)
    date = (await sun.get("hall")).json["date"]
    time.ms += 24 * 3600_000
    for _ in range(3):
        await hall.desk.submit(Tick(by=SYSTEM))
    for browser, name in ((sun, "sun"), (qian, "qian")):  # the pages locked meanwhile
        browser.csrf = (await browser.post("session", {"name": name, "password": PASSWORD})).json["csrf"]
    path = f"tickets/{ticket}/ratings/1/void"
    assert (await sun.post(path, {"why": "x"})).code == "not_rated", "not today's"
    asked = await sun.post(path, {"why": "x", "date": date})
    assert asked.status == 201, asked.raw
    decide = f"approvals/{asked.json['approval']}/decide"
    assert (await qian.post(decide, {"granted": True})).status == 204
    figures = (await sun.get(f"figures/range?from={date}&to={date}")).json
    assert figures["rows"][0]["figures"]["ratings"]["levels"]["5"] == 0
    assert (await sun.get(f"figures/day?date={date}")).json["total"]["ratings"]["levels"]["5"] == 0
    assert (await sun.post(path, {"why": "x", "date": date})).code == "not_rated"
