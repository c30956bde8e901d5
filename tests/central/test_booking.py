"""A time is booked at the city, checked in at the hall, and told back: real journal, HTTP and database."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import select, update

from kioskd.central import appointments, booking, halls
from kioskd.central.bell import Bell
from kioskd.central.codes import digest
from kioskd.central.database import Database, Running
from kioskd.central.persons import OtherKeyError, Persons, is_marked, load, same_key
from kioskd.central.schema import APPOINTMENT, ORDERS, PERSON_DAY
from kioskd.central.server import serving
from kioskd.central.slots import BookingPlan, Offer
from kioskd.hall.commands import ApplySettings, IssueTicket
from kioskd.hall.refusal import Refusal
from kioskd.hub.appointments import appointment_digest
from kioskd.hub.desk import SYSTEM, Desk
from kioskd.sync.settings import CentralSettings
from kioskd.sync.uplink import Uplink
from tests.central.test_path import hub, keep_token, until
from tests.web.rules import open_hall

PERSON = "11010519491231002X"
OTHERS = (f"E{n:08d}" for n in itertools.count(1))
CODE = "ABCD2345"
DAY_MS = 24 * 3600 * 1000
MONDAY = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
"""Half past nine in the hall, when everything starts."""
PLAN = BookingPlan(
    offers=(Offer(queue="general", start="00:00", end="23:45", minutes=15, weekdays=(1, 2, 3, 4, 5, 6, 7)),),
    before_min=0,
    early_min=24 * 60,
)


class City:
    """A central server with one hall, and the clock both go by, which stands until the test moves it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.persons = Persons(b"k" * 32)
        self.now = int(MONDAY.timestamp() * 1000)
        self.keys = (f"key-of-this-wish-{n}" for n in itertools.count())
        self.port = 0
        self.session: aiohttp.ClientSession

    def wall(self) -> int:
        return self.now

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}"
        data = None if body is None else msgspec.json.encode(body)
        async with self.session.request(method, url, data=data, headers=headers) as got:
            return got.status, msgspec.json.decode(await got.read())

    async def times(self) -> list[tuple[str, str, int]]:
        _, said = await self.ask("GET", "halls/h1/slots")
        return [
            (day["date"], slot["start"], slot["left"])
            for offer in said["offers"]
            for day in offer["days"]
            for slot in day["slots"]
        ]

    async def book(
        self, when: tuple[str, str, int], person: str = PERSON, key: str = "", **more: Any
    ) -> tuple[int, Any]:
        body = {"queue": "general", "date": when[0], "start": when[1], "person": person, **more}
        headers = {"Idempotency-Key": key or next(self.keys)}
        return await self.ask("POST", "halls/h1/appointments", body, **headers)

    async def state(self, code: str) -> str:
        return str((await self.ask("GET", f"appointments/{code}"))[1]["state"])

    async def becomes(self, code: str, state: str) -> None:
        async with asyncio.timeout(30):
            while await self.state(code) != state:  # noqa: ASYNC110 - the other end is another server
                await asyncio.sleep(0.05)


@pytest_asyncio.fixture
async def city(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[City]:
    monkeypatch.setattr(appointments, "WRONG", 10_000)
    city = City(database)
    await database.write(partial(halls.add, "h1", "测试大厅", city.wall()))
    await database.write(partial(halls.invite, "h1", digest(CODE), city.wall(), 600_000))
    await database.write(partial(booking.set_plan, "h1", PLAN, city.wall()))
    bell = Bell(database, city.wall)
    mounts = (appointments.mount(database, city.persons, bell, city.wall),)
    async with (
        serving(
            database, "127.0.0.1", 0, bell=bell, readers=(booking.READER,), mounts=mounts, wall=city.wall
        ) as city.port,
        aiohttp.ClientSession() as city.session,
    ):
        yield city


@contextlib.asynccontextmanager
async def hall_of(city: City, folder: Path) -> AsyncIterator[Desk]:
    """A hub whose uplink runs, once the city has heard of its rules."""
    url = f"http://127.0.0.1:{city.port}"
    async with city.session.post(url + "/sync/v1/join", json={"code": CODE}) as joined:
        token = (await joined.json())["token"]
    await asyncio.to_thread(keep_token, folder, token)
    async with hub(folder, wall=city.wall) as (desk, journal):
        uplink = Uplink(desk, journal, CentralSettings(url=url, hall="h1", gather_s=0.1), folder)
        running = asyncio.create_task(uplink.run())
        async with asyncio.timeout(30):
            while not await city.times():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        yield desk
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def table(what: Any) -> Callable[[], Running[list[Any]]]:
    def script() -> Running[list[Any]]:
        return list((yield select(what)))

    return script


async def test_from_booking_to_arriving(city: City, tmp_path: Path) -> None:
    async with hall_of(city, tmp_path / "hall") as desk:
        times = await city.times()
        assert {left for _, _, left in times} == {1}
        status, given = await city.book(times[0], key="the same wish 000")
        assert status == 201, given
        assert (given["hall"], given["date"], given["start"]) == ("h1", *times[0][:2])
        again = await city.book(times[0], key="the same wish 000")
        assert (again[0], again[1]["code"]) == (200, given["code"])
        assert (await city.times())[0][2] == 0
        await city.becomes(given["code"], "booked")
        checked_in = IssueTicket(by=SYSTEM, id="t_1", code="c", appointment=appointment_digest(given["code"]))
        assert not isinstance(await desk.submit(checked_in), Refusal)
        await city.becomes(given["code"], "arrived")
        _, shown = await city.ask("GET", f"appointments/{given['code'].lower()}")
        assert shown["number"] == "A001"
        assert (await city.ask("POST", f"appointments/{given['code']}/cancel"))[1]["code"] == "not_waiting"


async def test_a_time_for_a_service(city: City, tmp_path: Path) -> None:
    async with hall_of(city, tmp_path / "hall") as desk:
        _, said = await city.ask("GET", "halls/h1/slots")
        services = said["offers"][0]["services"]
        assert services
        times = await city.times()
        assert (await city.book(times[0], service="no such"))[1]["code"] == "unknown_service"
        status, given = await city.book(times[0], service=services[0]["code"], key="for a service 00")
        assert (status, given["service"], given["service_name"]) == (201, *services[0].values())
        other = await city.book(times[0], key="for a service 00")
        assert other[1]["code"] == "key_reused", "the same key for something else"
        await city.becomes(given["code"], "booked")
        checked_in = IssueTicket(by=SYSTEM, id="t_1", code="c", appointment=appointment_digest(given["code"]))
        assert not isinstance(await desk.submit(checked_in), Refusal)
        _, ticket = await desk.read(lambda state: state.tickets["t_1"])
        assert ticket.services == (services[0]["code"],), "the window knows what for"


async def test_one_time_a_person_and_day_and_no_more_than_there_are(city: City, tmp_path: Path) -> None:
    async with hall_of(city, tmp_path / "hall"):
        times = await city.times()
        tomorrow = [when for when in times if when[0] > times[0][0]]
        status, given = await city.book(tomorrow[0])
        assert status == 201
        _, other = await city.book(times[0], next(OTHERS))
        for codes in ([], [other["code"]]):
            _, said = await city.book(tomorrow[1], codes=codes)
            assert (said["code"], said.get("params")) == ("person_refused", None), (
                "a number alone tells nothing"
            )
        _, said = await city.book(tomorrow[1], codes=[other["code"], given["code"]])
        assert (said["code"], said["params"]) == ("already_booked", {"date": tomorrow[0][0]})
        assert (await city.book(tomorrow[0], next(OTHERS)))[1]["code"] == "full"
        wishes = await asyncio.gather(*(city.book(tomorrow[2], next(OTHERS)) for _ in range(8)))
        assert sorted(status for status, _ in wishes) == [201, *[409] * 7]
        assert {said["code"] for status, said in wishes if status == 409} == {"full"}
        same = await asyncio.gather(*(city.book(when, "E99999999") for when in tomorrow[3:8]))
        assert sorted(status for status, _ in same) == [201, *[409] * 4]


async def test_a_time_given_back_is_somebody_elses(city: City, tmp_path: Path) -> None:
    async with hall_of(city, tmp_path / "hall") as desk:
        when = (await city.times())[-1]
        _, given = await city.book(when)
        await city.becomes(given["code"], "booked")
        status, said = await city.ask("POST", f"appointments/{given['code']}/cancel")
        assert (status, said["state"]) == (200, "cancelled")
        assert (await city.ask("POST", f"appointments/{given['code']}/cancel"))[0] == 200
        _, state = await desk.read(lambda state: state)
        await until(lambda: [a.state.value for a in state.appointments.values()] == ["cancelled"])
        assert (await city.book(when, next(OTHERS)))[0] == 201
        assert (await city.book((await city.times())[0]))[0] == 201
        soon = (await city.book((await city.times())[1], next(OTHERS)))[1]
        city.now += 3600 * 1000
        assert (await city.ask("POST", f"appointments/{soon['code']}/cancel"))[1]["code"] == "too_late"


async def test_what_the_hall_refuses_is_told_and_binds_nobody(city: City, tmp_path: Path) -> None:
    async with hall_of(city, tmp_path / "hall") as desk:
        rules = open_hall()
        when = (await city.times())[5]
        few = msgspec.structs.replace(
            rules, queues=tuple(q for q in rules.queues if q.id != "general"), services=()
        )
        windows = tuple(
            msgspec.structs.replace(w, equipped=tuple(q for q in w.equipped if q != "general"))
            for w in few.windows
        )
        tellers = tuple(msgspec.structs.replace(t, skills=()) for t in few.tellers)
        few = msgspec.structs.replace(few, windows=windows, tellers=tellers)
        wish = city.book(when)
        applied = await desk.submit(ApplySettings(by=SYSTEM, rules=few))
        assert not isinstance(applied, Refusal), applied
        status, given = await wish
        if status == 201:  # the city had not heard yet
            await city.becomes(given["code"], "refused")
        else:
            assert given["code"] == "not_offered"
        assert await city.database.read(table(PERSON_DAY)) == []


async def test_who_never_came_three_times_waits(city: City, tmp_path: Path) -> None:
    async with hall_of(city, tmp_path / "hall"):
        times = await city.times()
        days = sorted({day for day, _, _ in times})
        for day in days[1:4]:
            when = next(one for one in times if one[0] == day)
            status, given = await city.book(when)
            assert status == 201
            code = given["code"]

        def forget_to_come() -> Running[None]:
            yield update(APPOINTMENT).values(state="missed", date=days[0])

        await city.database.write(forget_to_come)
        status, said = await city.book(next(one for one in times if one[0] == days[5]))
        assert (status, said["code"], said.get("params")) == (409, "person_refused", None)
        status, said = await city.book(next(one for one in times if one[0] == days[5]), codes=[code])
        assert (status, said["code"]) == (409, "blocked")
        assert said["params"]["until"] > days[0]
        assert (await city.book(next(one for one in times if one[0] == days[5]), next(OTHERS)))[0] == 201


async def test_nothing_that_says_who_it_was_is_kept(city: City, tmp_path: Path) -> None:
    async with hall_of(city, tmp_path / "hall"):
        _, given = await city.book((await city.times())[0])
        plain = given["code"].replace("-", "")
        for what in (APPOINTMENT, PERSON_DAY, ORDERS):
            for row in await city.database.read(table(what)):
                assert PERSON not in str(tuple(row))
                assert plain not in str(tuple(row))
        city.now += 400 * DAY_MS
        await city.book(("2020-01-01", "08:00", 1), next(OTHERS))


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        ({"person": "110105194912310021"}, {}, 422, "person_invalid"),
        ({"date": "2020-01-06"}, {}, 409, "not_offered"),
        ({"start": "25:99"}, {}, 400, "body_invalid"),
        ({"queue": "none"}, {}, 409, "not_offered"),
        ({"more": 1}, {}, 400, "body_invalid"),
        ({}, {"Idempotency-Key": "short"}, 400, "key_missing"),
    ],
)
async def test_wishes_that_make_no_sense(
    city: City, body: dict[str, Any], headers: dict[str, str], status: int, code: str
) -> None:
    good = {"queue": "general", "date": "2026-03-04", "start": "09:00", "person": PERSON}
    given = {"Idempotency-Key": next(city.keys)} | headers
    assert await _code(city.ask("POST", "halls/h1/appointments", good | body, **given)) == (status, code)
    assert await _code(city.ask("POST", "halls/h9/appointments", good, **headers or given)) in (
        (404, "unknown_hall"),
        (400, "key_missing"),
    )


async def _code(asking: Any) -> tuple[int, str]:
    status, said = await asking
    return status, said["code"]


async def test_codes_cannot_be_tried(database: Database) -> None:
    city = City(database)
    bell = Bell(database, city.wall)
    mounts = (appointments.mount(database, city.persons, bell, city.wall),)
    async with (
        serving(database, "127.0.0.1", 0, mounts=mounts) as city.port,
        aiohttp.ClientSession() as city.session,
    ):
        answers = [(await city.ask("GET", f"appointments/{n:09d}"))[0] for n in range(12)]
        assert answers == [404] * 10 + [429] * 2
        elsewhere = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}
        assert (await city.ask("GET", "appointments/222222222", **elsewhere))[0] == 404


async def test_another_key_is_told_at_the_start(database: Database, tmp_path: Path) -> None:
    persons = await asyncio.to_thread(load, tmp_path)
    await database.write(partial(same_key, persons, tmp_path))
    await database.write(partial(same_key, await asyncio.to_thread(load, tmp_path), tmp_path))
    with pytest.raises(OtherKeyError):
        await database.write(partial(same_key, Persons(b"x" * 32), tmp_path))


async def test_no_key_is_made_beside_a_database_that_has_one(database: Database, tmp_path: Path) -> None:
    """Else the second process of a city leaves a wrong key behind where the right one is to be put."""
    first, second = tmp_path / "a", tmp_path / "b"
    assert not await database.read(is_marked)
    await database.write(partial(same_key, await asyncio.to_thread(load, first), first))
    assert await database.read(is_marked)
    with pytest.raises(OtherKeyError):
        load(second, may_make=False)
    assert not second.exists()
