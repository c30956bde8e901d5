"""The city's office: who may look, what they see of the halls, and how a bad rating is worked off there."""

from __future__ import annotations

import asyncio
import contextlib
import io
import zipfile
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from msgspec import structs
from sqlalchemy import Table, select

from kioskd.access.passwords import Passwords
from kioskd.central import halls, retention, shared
from kioskd.central.bell import Bell
from kioskd.central.codes import digest
from kioskd.central.database import Database, Running
from kioskd.central.log import rotate
from kioskd.central.office import app as office
from kioskd.central.office import poor, users
from kioskd.central.office.accounts import OfficeRole
from kioskd.central.office.door import Door
from kioskd.central.office.tables import NOTED
from kioskd.central.office.users import UserAsked
from kioskd.central.schema import EVENT, SERVER
from kioskd.central.server import serving, wall_ms
from kioskd.central.shared import SHARED, Sealer
from kioskd.hall.commands import (
    AskApproval,
    By,
    CallNext,
    DecideApproval,
    FinishTicket,
    IssueTicket,
    Rate,
    SignIn,
    Tick,
)
from kioskd.hall.rules import Rules
from kioskd.hub.answers import Done
from kioskd.hub.desk import SYSTEM, Desk
from kioskd.hub.privacy import Privacy, PrivacySettings
from kioskd.journal.journal import Journal
from kioskd.sync import sharing
from kioskd.sync.uplink import Uplink
from tests.central.test_path import CODE, hub, join
from tests.web.rules import open_hall

PASSWORD = "Abcd-1234-efgh"
SUN, QIAN = (By(kind="person", id=name, role="lead", via="page") for name in ("sun", "qian"))
QUICK = Passwords(memory_kib=8, time_cost=1)


@pytest_asyncio.fixture
async def city(database: Database) -> AsyncIterator[int]:
    await database.write(partial(halls.add, "h1", "测试大厅", wall_ms()))
    await database.write(partial(halls.add, "h2", "城东大厅", wall_ms()))
    await database.write(partial(halls.invite, "h1", digest(CODE), wall_ms(), 600_000))
    bell = Bell(database, wall_ms)
    sealer = Sealer(b"k" * 32)
    mounts = (
        office.mount(database, bell, Door(database, QUICK), sealer=sealer),
        users.mount(database, "control"),
    )
    async with serving(
        database, "127.0.0.1", 0, bell=bell, readers=(poor.READER,), mounts=mounts, sealer=sealer
    ) as port:
        yield port


def prompt() -> Rules:
    """Return the rules of a hall where an answer stands at once: nobody here changes one."""
    rules = open_hall()
    rating = structs.replace(rules.policy.rating, change_within_s=0)
    return structs.replace(rules, policy=structs.replace(rules.policy, rating=rating))


class Somebody:
    """A browser's worth of a session."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.session = aiohttp.ClientSession(self.base, cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.csrf = ""

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        sent = {"Origin": self.base, "X-CSRF-Token": self.csrf, **headers}
        async with self.session.request(
            method, path, json=body, headers=sent, allow_redirects=False
        ) as answer:
            raw = await answer.read()
            if not raw or "json" not in answer.content_type:
                return answer.status, raw
            return answer.status, msgspec.json.decode(raw)

    async def get(self, path: str) -> Any:
        status, body = await self.ask("GET", f"/api/v1/office/{path}")
        assert status == 200, body
        return body

    async def sign_in(self, name: str, password: str) -> tuple[int, Any]:
        status, body = await self.ask("POST", "/api/v1/session", {"name": name, "password": password})
        self.csrf = body.get("csrf", "") if isinstance(body, dict) else ""
        return status, body


@pytest_asyncio.fixture
async def browser(city: int) -> AsyncIterator[Somebody]:
    somebody = Somebody(city)
    yield somebody
    await somebody.session.close()


async def entered(browser: Somebody, database: Database, role: OfficeRole) -> None:
    done = await users.do(database, UserAsked("add", "root", role.value, "某人", role), QUICK)
    status, view = await browser.sign_in(role.value, done.password)
    assert (status, view["state"]) == (200, "password")
    said = {"old": done.password, "new": PASSWORD}
    status, view = await browser.ask("POST", "/api/v1/session/password", said)
    assert (status, view["state"], view["role"]) == (200, "open", role.value), view
    browser.csrf = view["csrf"]


async def serve(desk: Desk, n: int, level: int) -> str:
    """Have somebody served and rate it; return the ticket."""
    ticket = f"t_{n}"
    await desk.submit(IssueTicket(by=SYSTEM, id=ticket, code=f"code{n}", queue="general"))
    await desk.submit(CallNext(by=SYSTEM, window="1"))
    await desk.submit(FinishTicket(by=SYSTEM, window="1", ticket=ticket, rate=True))
    await desk.submit(Rate(by=SYSTEM, ticket=ticket, level=level))
    return ticket


async def until(look: Any) -> Any:
    async with asyncio.timeout(30):
        while not (found := await look()):  # noqa: ASYNC110 - the other end is another server
            await asyncio.sleep(0.05)
    return found


async def test_the_office_sees_halls_and_works_off_a_bad_rating(
    database: Database, city: int, browser: Somebody, tmp_path: Path
) -> None:
    settings = await join(city, tmp_path / "hall")
    await entered(browser, database, OfficeRole.OFFICE)
    async with hub(tmp_path / "hall", prompt()) as (desk, journal):
        uplink = asyncio.create_task(Uplink(desk, journal, settings, tmp_path / "hall").run())
        await desk.submit(SignIn(by=SYSTEM, window="1", teller="li"))
        for n in range(3):
            await serve(desk, n, 5)
        await serve(desk, 3, 1)

        async def served() -> Any:
            rows = {row["id"]: row for row in (await browser.get("halls"))["halls"]}
            row = rows["h1"]
            figures = row.get("figures")
            rated = figures and figures["served"] == 4 and figures["ratings"]["levels"]["1"] == 1
            return rows if rated and row.get("windows") else None

        rows = await until(served)
        assert rows["h1"]["link"] == "going"
        assert rows["h2"]["link"] == "never"
        one = await browser.get("halls/h1")
        assert one["figures"]["windows"]["1"]["served"] == 4
        assert one["names"]["queue"]["general"]["zh"] == "综合业务"
        assert one["dates"] == [one["date"]]

        async def item() -> Any:
            await desk.submit(Tick(by=SYSTEM))
            return await browser.get("poor")

        found = (await until(item))[0]
        assert (found["state"], found["level"], found["overdue"]) == ("registered", 1, False)
        path = f"/api/v1/office/poor/h1/{found['rating']}"
        status, asked = await browser.ask(
            "POST", f"{path}/moves", {"step": "verify", "version": 0, "note": "属实"}
        )
        assert (status, asked["asked"]["step"]) == (202, "verify")
        status, _ = await browser.ask("POST", f"{path}/moves", {"step": "verify", "version": 0})
        assert status == 409  # one is under way

        async def verified() -> Any:
            _, one = await browser.ask("GET", path)
            return one if one["state"] == "verified" else None

        now = await until(verified)
        assert (now["moves"][0]["person"], now["moves"][0]["note"]) == ("central:office", "属实")
        assert "asked" not in now
        _, poor_state = await desk.read(lambda state: next(iter(state.poor.values())).state)
        assert poor_state == "verified"
        uplink.cancel()
        await asyncio.gather(uplink, return_exceptions=True)
    month = one["date"][:7]
    status, book = await browser.ask("GET", f"/api/v1/office/months/{month}.xlsx")
    assert status == 200
    with zipfile.ZipFile(io.BytesIO(book)) as sheets:
        assert len([name for name in sheets.namelist() if name.startswith("xl/worksheets/sheet")]) == 4
        assert "测试大厅" in sheets.read("xl/sharedStrings.xml").decode()
    found = await browser.get(f"anomalies?first={one['date']}&last={one['date']}")
    assert {row["anomaly"]["kind"] for row in found} >= {"zero_service"}
    for day in ("0000-00-00", "2026-02-30", "20260301"):
        for path in (f"anomalies?first={day}&last={day}", f"halls/h1?date={day}"):
            status, wrong = await browser.ask("GET", f"/api/v1/office/{path}")
            assert (status, wrong["code"]) == (400, "query_invalid"), path
    status, wrong = await browser.ask("GET", "/api/v1/office/months/0000-00.xlsx")
    assert (status, wrong["code"]) == (400, "bad_dates")
    assert (await browser.ask("GET", "/api/v1/office/months/9999-12.xlsx"))[0] == 200


WORDS, PHONE = "等了两个小时，态度不好", "13800001234"


async def rated_badly(desk: Desk, journal: Journal, n: int) -> None:
    """Serve somebody who says why, and how to be called back."""
    ticket = f"t_{n}"
    await desk.submit(IssueTicket(by=SYSTEM, id=ticket, code=f"code{n}", queue="general"))
    await desk.submit(CallNext(by=SYSTEM, window="1"))
    await desk.submit(FinishTicket(by=SYSTEM, window="1", ticket=ticket, rate=True))
    kept = Privacy(journal, PrivacySettings()).said(1, WORDS, PHONE, desk.now())
    rate = Rate(by=SYSTEM, ticket=ticket, level=1, comment=kept.comment, contact=kept.contact)
    await desk.submit(rate, private=kept.private)
    async with asyncio.timeout(30):
        while not await registered(desk, ticket):
            await asyncio.sleep(0.01)  # the hall's own clock goes on
            await desk.submit(Tick(by=SYSTEM))


async def registered(desk: Desk, ticket: str) -> bool:
    _, there = await desk.read(lambda state: any(item.ticket == ticket for item in state.poor.values()))
    return there


async def shared_boxes(database: Database) -> list[tuple[str, bytes]]:
    def script() -> Running[list[tuple[str, bytes]]]:
        return [(row.ref, bytes(row.box)) for row in (yield select(SHARED))]

    return await database.read(script)


async def boxes_of(database: Database, count: int) -> list[tuple[str, bytes]] | None:
    found = await shared_boxes(database)
    return found if len(found) >= count else None


async def test_what_a_citizen_wrote_goes_up_only_where_the_hall_says_so_and_apart_from_the_log(
    database: Database, city: int, browser: Somebody, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "LOOK_S", 0.1)
    settings = await join(city, tmp_path / "hall")
    await entered(browser, database, OfficeRole.OFFICE)

    @contextlib.asynccontextmanager
    async def linked(desk: Desk, journal: Journal, *share: Any) -> AsyncIterator[Uplink]:
        uplink = Uplink(desk, journal, structs.replace(settings, share=share), tmp_path / "hall")
        running = asyncio.create_task(uplink.run())
        yield uplink
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    async def item(n: int) -> Any:
        found = [one for one in await browser.get("poor") if one["number"] == f"A{n:03d}"]
        return found[0] if found else None

    async with hub(tmp_path / "hall", prompt()) as (desk, journal):
        await desk.submit(SignIn(by=SYSTEM, window="1", teller="li"))
        async with linked(desk, journal):
            await rated_badly(desk, journal, 1)
            await until(partial(item, 1))
        assert await shared_boxes(database) == []
        assert not await kept_place(tmp_path / "hall"), (
            "nothing is even looked at where the settings say nothing"
        )
        async with linked(desk, journal, "words"):
            await until(partial(kept_place, tmp_path / "hall"))
            await rated_badly(desk, journal, 2)
            await until(partial(boxes_of, database, 1))
            await until(partial(moved_on, tmp_path / "hall"))
            await until(partial(item, 2))
        async with linked(desk, journal, "words", "phone") as uplink:
            await rated_badly(desk, journal, 3)
            boxes = await until(partial(boxes_of, database, 3))
            second = await until(partial(item, 3))
            assert uplink.code == "going"
        kinds = sorted(ref.partition("/")[0] for ref, _ in boxes)
        assert kinds == ["comment", "comment", "contact"], "only what was named, and nothing of before"
        log = await database.read(partial(all_of, EVENT))
        everything = b"".join(bytes(row.body) for row in log) + b"".join(box for _, box in boxes)
        assert WORDS.encode() not in everything
        assert PHONE.encode() not in everything
        first = await item(1)
        path, nothing = "/api/v1/office/poor/h1/", {"words": None, "phone": None}
        assert (await browser.ask("GET", f"{path}{first['rating']}/said"))[1] == nothing
        said_ = f"{path}{second['rating']}/said"
        assert (await browser.ask("GET", said_))[1] == {"words": WORDS, "phone": None}, "the handler's alone"
        noted = [row for row in await database.read(partial(all_of, NOTED)) if "words_viewed" in row.action]
        assert len(noted) == 2, "every look is noted"
        gone = await retention.sweep(database, retention.Periods(), wall_ms() + 400 * 24 * 3600 * 1000)
        assert gone["shared"] == 3
        assert (await browser.ask("GET", said_))[1] == nothing
        # A database that was put back lacks them: they are sent again.
        await database.write(put_back)
        async with linked(desk, journal, "words", "phone"):
            await until(partial(shared_boxes, database))


def put_back() -> Running[None]:
    rows = yield select(SERVER.c.inc)
    yield from rotate(rows[0].inc)


async def kept_place(folder: Path) -> bool:
    return await asyncio.to_thread((folder / sharing.FILE).exists)


async def moved_on(folder: Path) -> bool:
    place = msgspec.json.decode(await asyncio.to_thread((folder / sharing.FILE).read_bytes))
    return bool(place["after"] != place["since"])


def all_of(table: Table) -> Running[list[Any]]:
    return list((yield select(table)))


async def test_what_two_persons_of_the_hall_erase_is_erased_here(
    database: Database, city: int, browser: Somebody, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "LOOK_S", 0.1)
    settings = structs.replace(await join(city, tmp_path / "hall"), share=("words", "phone"))
    await entered(browser, database, OfficeRole.OFFICE)

    async def both() -> Any:
        found = await browser.get("poor")
        return found if len(found) == 2 else None

    async def noted_() -> list[Any]:
        rows = await database.read(partial(all_of, NOTED))
        return [row for row in rows if row.action == "poor_rating.erased"]

    async with hub(tmp_path / "hall", prompt()) as (desk, journal):
        await desk.submit(SignIn(by=SYSTEM, window="1", teller="li"))
        uplink = Uplink(desk, journal, settings, tmp_path / "hall")
        running = asyncio.create_task(uplink.run())
        await until(partial(kept_place, tmp_path / "hall"))
        for n in (1, 2):
            await rated_badly(desk, journal, n)
        before = dict(await until(partial(boxes_of, database, 4)))
        register = {one["number"]: one for one in await until(both)}
        rating, other = (register[number]["rating"] for number in ("A001", "A002"))
        for one in (rating, other):
            step = {"step": "verify", "version": 0, "note": f"来电：{PHONE}"}
            status, _ = await browser.ask("POST", f"/api/v1/office/poor/h1/{one}/moves", step)
            assert status == 202

        async def notes(of: str) -> Any:
            _, item = await browser.ask("GET", f"/api/v1/office/poor/h1/{of}")
            return [move.get("note", "") for move in item.get("moves", ())]

        for one in (rating, other):
            assert await until(partial(notes, one)) == [f"来电：{PHONE}"]
        for person, wish in (
            ("sun", AskApproval(by=SUN, approval="a_1", about="words.erase", subject=rating, why="本人要求")),
            ("qian", DecideApproval(by=QIAN, approval="a_1", granted=True)),
        ):
            assert isinstance(await desk.submit(wish), Done), person
        (note,) = await until(noted_)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert (note.name, note.role, note.subject) == ("qian", "hall", rating)
    assert msgspec.json.decode(note.params) == {"hall": "h1", "asked_by": "sun", "values": 2}
    after = dict(await shared_boxes(database))
    gone = [ref for ref, box in after.items() if box == b""]
    assert len(gone) == 2
    assert {ref: box for ref, box in after.items() if box} == {
        r: b for r, b in before.items() if r not in gone
    }
    assert await notes(rating) == [""], "the office's note may repeat what the citizen said"
    assert await notes(other) == [f"来电：{PHONE}"]
    said_, nothing = "/api/v1/office/poor/h1/{}/said", {"words": None, "phone": None}
    assert (await browser.ask("GET", said_.format(rating)))[1] == nothing
    assert (await browser.ask("GET", said_.format(other)))[1]["words"] == WORDS, "what others wrote stays"
    # What was sent before it was erased may arrive afterwards.
    for ref in gone:
        await database.write(partial(shared.put, "h1", ref, wall_ms() + 1000, before[ref]))
    assert dict(await shared_boxes(database)) == after
    # The hall's log names it once more where this database was put back: again is the same.
    await database.write(partial(shared.erase, "h1", gone, wall_ms()))
    assert {ref for ref, box in await shared_boxes(database) if box == b""} == set(gone)


async def test_a_value_that_is_not_what_its_reference_says_is_refused(
    city: int, browser: Somebody, tmp_path: Path
) -> None:
    settings = await join(city, tmp_path / "hall")
    token = await asyncio.to_thread((tmp_path / "hall" / settings.token_file).read_text)
    ref = "comment/" + "0" * 32 + " " + "f" * 64
    value = {"ref": ref, "kind": "words", "salt": "00" * 16, "text": WORDS, "keep_ms": 1000}
    url = f"http://127.0.0.1:{city}/sync/v1/halls/h1/values"
    headers = {"Authorization": f"Bearer {token.strip()}"}
    async with browser.session.put(url, json=value, headers=headers) as answer:
        assert answer.status == 400
        assert WORDS not in await answer.text()


async def test_nobody_looks_without_signing_in_and_only_the_right_role_acts(
    database: Database, city: int, browser: Somebody
) -> None:
    assert (await browser.ask("GET", "/api/v1/office/halls"))[0] == 401
    status, _ = await browser.ask("GET", "/office")
    assert status == 303
    await entered(browser, database, OfficeRole.AUDITOR)
    assert (await browser.ask("GET", "/api/v1/office/halls"))[0] == 200
    assert (await browser.ask("GET", "/office"))[0] == 200
    step = {"step": "verify", "version": 0}
    assert (await browser.ask("POST", "/api/v1/office/poor/h1/t_1.1/moves", step))[0] == 403
    noted = await browser.get("noted")
    assert {row["action"] for row in noted} == {
        "account.added",
        "account.signed_in",
        "account.password_changed",
    }
    # A page of somebody else's site has no word from us.
    assert (await browser.ask("POST", "/api/v1/session/lock", {}, **{"X-CSRF-Token": "x"}))[0] == 403
    assert (await browser.ask("POST", "/api/v1/session/lock", {}, Origin="http://evil.example"))[0] == 403
    assert (await browser.ask("POST", "/api/v1/session/lock", {}))[0] == 204
    assert (await browser.ask("GET", "/api/v1/office/halls"))[0] == 401
    assert (await browser.ask("POST", "/api/v1/session/unlock", {"password": PASSWORD}))[0] == 200
    assert (await browser.ask("GET", "/api/v1/office/halls"))[0] == 200
    assert (await browser.ask("POST", "/api/v1/session/end", {}))[0] == 204
    assert (await browser.ask("GET", "/api/v1/office/halls"))[0] == 401


async def test_guessing_closes_the_door_at_every_server_and_a_closed_account_is_out_at_once(
    database: Database, city: int, browser: Somebody
) -> None:
    await entered(browser, database, OfficeRole.ADMIN)
    await users.do(database, UserAsked("add", "root", "second", "二", OfficeRole.ADMIN), QUICK)
    guessing = Somebody(city)
    codes = [(await guessing.sign_in("admin", "wrong"))[1]["code"] for _ in range(6)]
    assert codes == ["sign_in_wrong"] * 4 + ["sign_in_closed"] * 2
    await guessing.session.close()
    assert (await users.do(database, UserAsked("disable", "root", "admin"), QUICK)).refused == ""
    assert (await browser.ask("GET", "/api/v1/office/halls"))[0] == 401
    refused = await users.do(database, UserAsked("disable", "root", "second"), QUICK)
    assert refused.refused == "last_admin"


async def test_an_address_that_is_none_is_a_page_for_a_browser_and_a_problem_for_a_program(
    city: int, browser: Somebody
) -> None:
    accept = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    for path, home in (("/office/users", "/home"), ("/nonexist", "/")):
        for language, words in (("zh-CN", "没有这个页面"), ("en", "There is no such page")):
            status, page = await browser.ask("GET", path, **accept, **{"Accept-Language": language})
            assert (status, isinstance(page, bytes)) == (404, True), page
            assert page.startswith(b"<!doctype html>")
            assert words in page.decode()
            assert f'href="{home}"' in page.decode()
        status, said = await browser.ask("GET", path, Accept="*/*")
        assert (status, said["code"]) == (404, "not_found")
        assert (await browser.ask("POST", path, {}, **accept))[1]["code"] == "not_found"
    for path in ("/api/v1/nope", "/sync/v1/nope"):
        assert (await browser.ask("GET", path, **accept))[1]["code"] == "not_found"


async def test_home_leads_to_the_office(city: int, browser: Somebody) -> None:
    async with browser.session.get("/home", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/office")


@pytest.mark.parametrize("bad", ["2026-13.xlsx", "2026-00.xlsx"])
async def test_a_month_that_is_none_is_refused(
    database: Database, city: int, browser: Somebody, bad: str
) -> None:
    await entered(browser, database, OfficeRole.OFFICE)
    assert (await browser.ask("GET", f"/api/v1/office/months/{bad}"))[0] == 400
