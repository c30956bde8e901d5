"""kill -9 of the hall and of the central server under load: at the end both have the same log, byte for byte.

``make kills`` kills a hundred times each, and says how far it is; by default as often as a developer has
patience for.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select

from benchmarks.client import Connection
from benchmarks.hubs import HubProcess, bare_hall, hub
from kioskd.central.database import Database, Running
from kioskd.central.postgres import Postgres
from kioskd.central.schema import EVENT
from kioskd.central.sqlite import Sqlite
from kioskd.commands.central import DATABASE_FILE
from kioskd.journal.journal import Journal
from kioskd.journal.records import BEFORE_ALL
from tests.system.city import City, kioskd

pytestmark = pytest.mark.on_disk

KILLS = int(os.environ.get("KIOSKD_CITY_KILLS", "6"))


async def take_numbers(running: HubProcess, count: int) -> None:
    connection = await Connection.open(running.port, running.token)
    try:
        for n in range(count):
            key = os.urandom(8).hex()
            status, answer = await connection.post("/api/v1/tickets", b'{"queue":"general"}', key)
            assert status == 201, (n, answer)
    finally:
        await connection.gone()


async def heard(running: HubProcess) -> None:
    """Wait until the hub says that the central server has everything."""
    headers = {"Authorization": f"Bearer {running.token}"}
    async with asyncio.timeout(120), aiohttp.ClientSession(headers=headers) as session:
        while True:
            async with session.get(f"http://127.0.0.1:{running.port}/api/v1/diagnostics") as answer:
                way = (await answer.json())["central"]
            if way["code"] == "going" and way.get("behind") == 0:
                return
            await asyncio.sleep(0.05)


async def opened(data: Path, url: str) -> Database:
    return await Postgres.open(url) if url else await Sqlite.open(data / DATABASE_FILE)


Rows = list[tuple[int, int, bytes, bytes]]


async def logs(hall: Path, city: Path, url: str) -> tuple[Rows, Rows]:
    """Return every event of both, the hall's first."""

    def look() -> Running[Rows]:
        rows = yield select(EVENT).order_by(EVENT.c.epoch, EVENT.c.seq)
        return [(row.epoch, row.seq, bytes(row.body), bytes(row.chain)) for row in rows]

    database = await opened(city, url)
    theirs = await database.read(look)
    await database.close()
    journal = await Journal.open(hall, now_wall=0, boot="test")
    ours = [(e.position.epoch, e.position.seq, e.body, e.chain) async for e in journal.stream(BEFORE_ALL)]
    await journal.close()
    return ours, theirs


async def caught_up(hall: Path, city: Path, url: str) -> int:
    ours, theirs = await logs(hall, city, url)
    assert theirs == ours[: len(theirs)], "the logs differ"
    return len(ours) - len(theirs)


async def take_until_dead(running: HubProcess) -> None:
    """Take numbers until the hub is killed."""
    with contextlib.suppress(OSError, EOFError):
        await take_numbers(running, 100_000)


@pytest.mark.timeout(120 + 30 * KILLS)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_both_logs_are_one_whoever_was_killed(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Either end is killed at any moment while numbers are taken; every fourth time it is the hall."""
    url = request.getfixturevalue("postgres").fresh() if kind == "postgres" else ""
    city, hall, dice = City(tmp_path / "city", url), tmp_path / "hall", random.Random(6)
    file = bare_hall(tmp_path)
    file.write_text(
        file.read_text("utf-8")
        + f'\n[central]\nurl = "http://127.0.0.1:{city.port}"\nhall = "hall-1"\ngather_s = 0.1\n'
    )
    city.start()
    begin = time.monotonic()
    try:
        code = city.enrol()
        kioskd("join", f"http://127.0.0.1:{city.port}", code, "--data", str(hall))
        done = 0
        while done < KILLS:
            with hub(file, hall) as running, ThreadPoolExecutor(1) as beside:
                for _ in range(min(3, KILLS - done - 1)):
                    taking = beside.submit(asyncio.run, take_numbers(running, dice.randrange(20, 120)))
                    time.sleep(dice.uniform(0.0, 0.3))
                    city.kill()
                    done += 1
                    taking.result(60)
                    city.start()
                taking = beside.submit(asyncio.run, take_until_dead(running))
                time.sleep(dice.uniform(0.0, 0.5))
                running.process.kill()
                done += 1
                taking.result(60)
            sys.stdout.write(f"{kind}: {done} of {KILLS} kills, {time.monotonic() - begin:.0f} s\n")
            sys.stdout.flush()
        with hub(file, hall) as running:
            asyncio.run(heard(running))
        city.kill()
        # The hall's last words come after its uplink has ended.
        assert asyncio.run(caught_up(hall, tmp_path / "city", url)) <= 2
    finally:
        city.kill()
