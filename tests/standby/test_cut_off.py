"""The hub's PC is cut off at a random moment and the standby takes over, again and again, each in turn.

``KIOSKD_CUT_OFFS=100`` (make cut-offs) does it a hundred times; by default as often as a suite has time for.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select

from benchmarks.hubs import bare_hall
from kioskd.access.pairing import Pairing
from kioskd.access.pin import set_pin
from kioskd.access.roles import Role
from kioskd.access.tokens import FILE_NAME, TokenStore
from kioskd.central.database import Running
from kioskd.central.schema import EVENT
from kioskd.central.sqlite import Sqlite
from kioskd.commands.central import DATABASE_FILE
from kioskd.hall.codec import decode
from kioskd.hall.events import TicketIssued
from kioskd.journal.export import read_all
from kioskd.journal.records import BEFORE_ALL, Position, StoredEvent
from kioskd.standby.control import Ask, tell
from tests.standby.halls import PIN, START_S, free_port
from tests.standby.warm import Nursery, Warm
from tests.system.city import KIOSKD, City

pytestmark = pytest.mark.on_disk

ROUNDS = int(os.environ.get("KIOSKD_CUT_OFFS", "2"))
CITIZENS = 4
THINK_S = 0.01
"""A citizen's pause between two numbers: some hundred numbers a second are given when the hub goes."""


class Machine:
    """One of the two PCs: a data folder and a port."""

    def __init__(self, folder: Path) -> None:
        self.data, self.port = folder, free_port()
        self.process: Warm | None = None

    async def kill(self) -> None:
        if self.process is not None:
            await self.process.kill()

    def journal(self, after: Position = BEFORE_ALL) -> list[StoredEvent]:
        return list(read_all(self.data / "journal.db", after, None, frozenset()))


class Hall:
    """Which machine is the hub now, what was given, and what citizens were told."""

    def __init__(self, token: str, session: aiohttp.ClientSession) -> None:
        self.token, self.session = token, session
        self.told: dict[str, str] = {}
        self.given: dict[str, str] = {}
        self.asked = 0

    async def ask(self, port: int, key: str) -> str | None:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key}
        url = f"http://127.0.0.1:{port}/api/v1/tickets"
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with self.session.post(url, json={"queue": "general"}, headers=headers) as answer:
                if answer.status == 201:
                    return str((await answer.json())["number"])
        return None

    async def citizen(self, port: int) -> None:
        while True:
            self.asked += 1
            key = f"k{self.asked}"
            number = await self.ask(port, key)
            if number is None:
                return
            self.told[key] = number
            await asyncio.sleep(THINK_S)

    def note_given(self, events: list[StoredEvent]) -> None:
        """Every number is one ticket's, over all journals of the day."""
        for event in events:
            if event.kind == "ticket.issued":
                issued = decode(event.kind, event.version, event.body)
                assert isinstance(issued, TicketIssued)
                ticket = self.given.setdefault(issued.number, issued.ticket)
                assert ticket == issued.ticket, f"{issued.number} was given twice"


class Laps:
    """What takes how long: for whoever waits for a hundred."""

    def __init__(self) -> None:
        self._first = self._last = time.monotonic()
        self._laps: dict[str, float] = {}

    def begin(self) -> None:
        self._last = time.monotonic()
        self._laps = {}

    def lap(self, name: str) -> None:
        now = time.monotonic()
        self._laps[name], self._last = now - self._last, now

    def tell(self, done: int, numbers: int) -> None:
        laps = ", ".join(f"{name} {seconds:.1f}" for name, seconds in self._laps.items())
        whole = time.monotonic() - self._first
        sys.stdout.write(f"{done} of {ROUNDS} cut-offs, {numbers} numbers, {whole:.0f} s ({laps})\n")
        sys.stdout.flush()


async def follow(nursery: Nursery, hub: Machine, standby: Machine) -> None:
    """Pair a fresh standby and wait until it has everything."""
    shutil.rmtree(standby.data, ignore_errors=True)
    store = TokenStore.open(hub.data / FILE_NAME)
    code = Pairing(store).offer_standby("standby-1")
    store.close()
    standby.process = await nursery.start(
        *("standby", "--data", standby.data, "--hub", f"http://127.0.0.1:{hub.port}", "--code", code),
        *("--port", str(standby.port)),
    )
    await standby.process.line("standby ready: ")
    async with asyncio.timeout(START_S):
        while True:
            status = (await tell(standby.data, Ask("status"))).status
            if status is not None and status.code == "following":
                return
            await asyncio.sleep(0.02)


async def stored_at(standby: Machine) -> Position:
    status = (await tell(standby.data, Ask("status"))).status
    assert status is not None
    return Position.parse(status.stored)


async def take_over(standby: Machine) -> None:
    word = (await tell(standby.data, Ask("status"))).word
    reply = await tell(standby.data, Ask("promote", PIN, word))
    assert reply.code == "", reply
    assert reply.seconds < 10
    assert standby.process is not None
    await standby.process.line("hall ready: ")


def at_central(data: Path) -> set[tuple[int, int, bytes]]:
    async def look() -> set[tuple[int, int, bytes]]:
        def rows() -> Running[list[tuple[int, int, bytes]]]:
            found = yield select(EVENT)
            return [(row.epoch, row.seq, bytes(row.chain)) for row in found]

        database = await Sqlite.open(data / DATABASE_FILE)
        try:
            return set(await database.read(rows))
        finally:
            await database.close()

    return asyncio.run(look())


@pytest.mark.timeout(120 + 60 * ROUNDS)
async def test_nothing_that_the_standby_had_is_lost_and_no_number_comes_twice(tmp_path: Path) -> None:
    dice = random.Random(os.environ.get("KIOSKD_SEED", "8"))
    city = City(tmp_path / "city", "")
    await asyncio.to_thread(city.start)
    hub, standby = Machine(tmp_path / "a"), Machine(tmp_path / "b")
    file = bare_hall(tmp_path)
    central = f'\n[central]\nurl = "http://127.0.0.1:{city.port}"\nhall = "hall-1"\ngather_s = 0.1\n'
    with file.open("a") as text:
        text.write(central)
    join = [*KIOSKD, "join", f"http://127.0.0.1:{city.port}", await asyncio.to_thread(city.enrol)]
    await asyncio.to_thread(
        subprocess.run, [*join, "--data", str(hub.data)], check=True, capture_output=True, timeout=60
    )
    store = TokenStore.open(hub.data / FILE_NAME)
    token = store.add(Role.ADMIN, "test")[1]
    store.close()
    set_pin(hub.data, PIN)
    checked = BEFORE_ALL
    async with (
        Nursery(tmp_path) as nursery,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session,
    ):
        hall, clock = Hall(token, session), Laps()
        try:
            hub.process = await nursery.start("run", file, "--data", hub.data, "--port", str(hub.port))
            await hub.process.line("hall ready: ")
            for turn in range(ROUNDS):
                clock.begin()
                await follow(nursery, hub, standby)
                clock.lap("followed")
                told = len(hall.told)
                citizens = [asyncio.create_task(hall.citizen(hub.port)) for _ in range(CITIZENS)]
                async with asyncio.timeout(START_S):
                    while len(hall.told) < told + CITIZENS:  # noqa: ASYNC110 - a cut before that cuts nothing
                        await asyncio.sleep(0.01)
                await asyncio.sleep(dice.uniform(0, 0.5))
                had = await stored_at(standby)
                await asyncio.sleep(dice.uniform(0, 0.05))
                await hub.kill()
                await asyncio.gather(*citizens)
                before = hub.journal(checked)
                hall.note_given(before)
                clock.lap("cut off")
                await take_over(standby)
                clock.lap("taken over")
                hub, standby = standby, hub

                for n in range(3):
                    number = await hall.ask(hub.port, f"after-{turn}-{n}")
                    assert number is not None
                    hall.told[f"after-{turn}-{n}"] = number
                taken = hub.journal(checked)
                after = {event.position: event.chain for event in taken}
                for event in before:
                    if event.position <= had:
                        assert after[event.position] == event.chain, (
                            f"{event.position} was there, and is lost"
                        )
                hall.note_given(taken)
                checked = min(had, taken[-1].position)
                key, number = next(iter(hall.told.items()))
                assert await hall.ask(hub.port, key) == number, "the first citizen asks again"
                clock.lap("proven")
                clock.tell(turn + 1, len(hall.told))
            async with asyncio.timeout(START_S):
                last = max((event.position, event.chain) for event in hub.journal())
                while (last[0].epoch, last[0].seq, last[1]) not in await asyncio.to_thread(
                    at_central, tmp_path / "city"
                ):
                    await asyncio.sleep(0.2)
                    last = max((event.position, event.chain) for event in hub.journal())
            assert last[0].epoch == ROUNDS + 1
            hall.note_given(hub.journal())
            assert set(hall.told.values()) <= hall.given.keys()
            assert len(set(hall.told.values())) == len(hall.told), "a number was told to two"
        finally:
            await hub.kill()
            await standby.kill()
            await asyncio.to_thread(city.kill)
