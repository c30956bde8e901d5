"""A number by phone: asked at the city, given by the hall, found by its code."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest_asyncio
from sqlalchemy import select

from kioskd.central import booking, citizens, halls, remote
from kioskd.central.bell import Bell
from kioskd.central.codes import digest
from kioskd.central.database import Database, Running
from kioskd.central.schema import PERSON_DAY
from kioskd.central.server import serving
from kioskd.hall.commands import ApplySettings
from kioskd.hall.refusal import Refusal
from kioskd.hub.desk import SYSTEM, Desk
from kioskd.sync.settings import CentralSettings
from kioskd.sync.uplink import Uplink
from tests.central.test_booking import CODE, OTHERS, City
from tests.central.test_path import hub, keep_token
from tests.web.rules import open_hall


@pytest_asyncio.fixture
async def city(database: Database) -> AsyncIterator[City]:
    city = City(database)
    await database.write(partial(halls.add, "h1", "测试大厅", city.wall()))
    await database.write(partial(halls.give, "h1", digest("kc_" + CODE), city.wall()))
    bell = Bell(database, city.wall)
    mounts = (citizens.mount(database, city.wall), remote.mount(database, city.persons, bell, city.wall))
    readers = (booking.READER, remote.READER)
    async with (
        serving(
            database, "127.0.0.1", 0, bell=bell, readers=readers, mounts=mounts, wall=city.wall
        ) as city.port,
        aiohttp.ClientSession() as city.session,
    ):
        yield city


async def take(city: City, person: str = "", key: str = "") -> tuple[int, Any]:
    body = {"queue": "general", "person": person or next(OTHERS)}
    return await city.ask("POST", "halls/h1/tickets", body, **{"Idempotency-Key": key or next(city.keys)})


async def becomes(city: City, code: str, state: str) -> Any:
    async with asyncio.timeout(60):
        while True:
            status, said = await city.ask("GET", f"halls/h1/tickets/{code}")
            if status == 200 and said["place"]["state"] == state:
                return said["place"]
            await asyncio.sleep(0.05)


async def gives(desk: Desk, most: int) -> None:
    rules = open_hall()
    ticketing = msgspec.structs.replace(rules.policy.ticketing, remote_most=most)
    policy = msgspec.structs.replace(rules.policy, ticketing=ticketing)
    done = await desk.submit(ApplySettings(by=SYSTEM, rules=msgspec.structs.replace(rules, policy=policy)))
    assert not isinstance(done, Refusal)


def days() -> Running[list[str]]:
    return [row.appointment for row in (yield select(PERSON_DAY.c.appointment))]


async def test_a_number_by_phone(city: City, tmp_path: Path) -> None:
    url, folder = f"http://127.0.0.1:{city.port}", tmp_path / "hall"
    await asyncio.to_thread(keep_token, folder, "kc_" + CODE)
    assert (await take(city))[1]["code"] == "remote_off"
    async with hub(folder, wall=city.wall) as (desk, journal):
        await gives(desk, 1)
        uplink = Uplink(desk, journal, CentralSettings(url=url, hall="h1", gather_s=0.1), folder)
        running = asyncio.create_task(uplink.run())
        async with asyncio.timeout(60):
            while "remote_min" not in (await city.ask("GET", "halls/h1"))[1]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        status, asked = await take(city, "E12345678", key="one and the same")
        assert status == 202
        assert (await take(city, "E12345678", key="one and the same"))[1] == asked
        assert (await take(city, "E12345678"))[1]["code"] == "person_refused"
        place = await becomes(city, asked["code"], "waiting")
        assert place["number"] == "A001"
        _, second = await take(city)
        await becomes(city, second["code"], "refused")
        assert len(await city.database.read(days)) == 1
        _, tickets = await desk.read(lambda state: [t.remote for t in state.tickets.values()])
        assert tickets == [True]
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
