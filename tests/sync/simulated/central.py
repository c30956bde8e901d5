"""The central server: its process may die, its database be put back."""

from __future__ import annotations

import itertools
from functools import partial

from aiohttp import web
from sqlalchemy import func, select, update

from kioskd.central import feed, halls, log, releases
from kioskd.central.bell import Bell
from kioskd.central.codes import digest
from kioskd.central.database import Running
from kioskd.central.schema import EVENT, ORDERS, RELEASE, SERVER
from kioskd.central.server import SyncServer, answering
from kioskd.sync.orders import Booked
from tests.sync.simulated.database import Memory
from tests.sync.simulated.hall import HALL_ID, PATH, TOKEN, SimClock
from tests.sync.simulated.loop import SimLoop


class Central:
    """The central server: its process may die, its database be put back."""

    def __init__(self, loop: SimLoop) -> None:
        self._loop = loop
        self._orders = itertools.count(1)
        self._backup: bytes | None = None
        self._runner: web.AppRunner | None = None
        self.clock = SimClock(loop)
        self.database = Memory()
        self.ordered: set[str] = set()
        self.releases: dict[str, int] = {}

    async def prepare(self) -> None:
        await self.database.write(partial(log.rotate, await self.inc()))  # by a name out of the seed
        await self.database.write(partial(halls.add, HALL_ID, "测试大厅", 0))
        await self.database.write(partial(halls.give, HALL_ID, digest(TOKEN), 0))

    async def start(self) -> None:
        app = web.Application(middlewares=[answering])
        self.bell = Bell(self.database, self.clock.wall_ms)
        SyncServer(self.database, self.bell, wall=self.clock.wall_ms).add_to(app)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, auto_decompress=False)
        await self._runner.setup()
        assert self._runner.server is not None
        await self._loop.create_unix_server(self._runner.server, PATH)

    async def stop(self) -> None:
        """Kill the process."""
        self._loop._servers.pop(PATH, None)
        self._loop.reset()
        self.bell.end()
        if self._runner is not None:
            await self._runner.cleanup()

    async def order(self) -> None:
        """Ask for one of the things that halls are asked for."""
        n, now = next(self._orders), self.clock.wall_ms()
        name = f"o{n}"
        chance = self._loop.rng.random()

        def add() -> Running[str]:
            if chance < 0.4:
                version = yield from releases.add(name, {"common.toml": f"# {n}"}, now)
                yield update(RELEASE).where(RELEASE.c.version == version).values(version=n)
                before = {row.id for row in (yield select(ORDERS.c.id))}
                yield from releases.send(n, (HALL_ID,), now)
                after = {row.id for row in (yield select(ORDERS.c.id))}
                (sent,) = after - before
                self.releases[sent] = n
                return str(sent)
            if chance < 0.7:
                booked = Booked(f"a_{n}", name, "general", "2026-03-02", "09:00", "09:15")
                yield from feed.send(HALL_ID, name, "appointment.book", booked, now)
            else:
                yield from feed.send(HALL_ID, name, "notice.set", {"zh": "x"}, now)
            return name

        self.ordered.add(await self.database.write(add))
        self.bell.ring(HALL_ID)

    def back_up(self) -> None:
        self._backup = self.database.copied()

    async def put_back(self, done: list[str], *, told: bool) -> bool:
        """Replace the database by an older copy while the process is down; ``told``: the server knows."""
        if self._backup is None:
            return False
        await self.stop()
        before = await self.orders()
        self.database.put_back(self._backup)
        self.ordered -= (before - await self.orders()) - set(done)
        if told:
            inc = await self.inc()
            await self.database.write(partial(log.rotate, inc))
        await self.start()
        return True

    async def inc(self) -> str:
        def look() -> Running[str]:
            rows = yield select(SERVER.c.inc)
            inc: str = rows[0].inc
            return inc

        return await self.database.read(look)

    async def orders(self) -> set[str]:
        def look() -> Running[set[str]]:
            rows = yield select(ORDERS.c.id)
            return {row.id for row in rows}

        return await self.database.read(look)

    async def count(self) -> int:
        """Return how many events there are."""

        def look() -> Running[int]:
            rows = yield select(func.count()).select_from(EVENT)
            return int(rows[0][0])

        return await self.database.read(look)

    async def events(self) -> dict[tuple[int, int], tuple[bytes, bytes]]:
        def look() -> Running[dict[tuple[int, int], tuple[bytes, bytes]]]:
            rows = yield select(EVENT)
            return {(row.epoch, row.seq): (bytes(row.body), bytes(row.chain)) for row in rows}

        return await self.database.read(look)
