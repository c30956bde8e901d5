"""A hall and a central server in virtual time: the product's own uplink, HTTP and server; disks in memory."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sqlite3
from collections.abc import AsyncIterator, Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar, cast

import aiohttp
import msgspec
from aiohttp import web
from sqlalchemy import Connection, create_engine, func, select, update
from sqlalchemy.pool import StaticPool
from structlog.testing import capture_logs

from kioskd.central import feed, halls, log, releases
from kioskd.central.advance import advancing
from kioskd.central.bell import Bell
from kioskd.central.codes import digest
from kioskd.central.database import Advance, Running, Script
from kioskd.central.migrate import migrate
from kioskd.central.schema import EVENT, ORDERS, RELEASE, SERVER
from kioskd.central.server import SyncServer, answering
from kioskd.central.sqlite import make_engine, run_script
from kioskd.hall.commands import By
from kioskd.hall.events import CommandApplied, TicketCalled, TicketIssued
from kioskd.hall.model import Followed
from kioskd.hall.moment import Moment
from kioskd.hall.rules import Rules
from kioskd.hall.state import new_state
from kioskd.hub.answers import Done
from kioskd.journal.records import EpochOpen, Parent, Position, StoredEvent
from kioskd.station.clock import Timer
from kioskd.sync.courier import Standing
from kioskd.sync.line import Line
from kioskd.sync.orders import Booked
from kioskd.sync.release import ReleaseError
from kioskd.sync.settings import CentralSettings
from kioskd.sync.uplink import Uplink
from tests.hall.conftest import make_rules
from tests.sync.simulated.loop import SimLoop
from tests.sync.world import Log

T = TypeVar("T")
HALL_ID, TOKEN, PATH = "h1", "kc_test", "central"
RULES = make_rules()
SETTINGS = CentralSettings(url="http://central", hall=HALL_ID)


class SimClock:
    """The station's clock in virtual time."""

    boot = "boot"

    def __init__(self, loop: SimLoop) -> None:
        self._loop = loop

    def steady(self) -> float:
        return self._loop.now

    def wall(self) -> float:
        return self._loop.now

    def call_later(self, seconds: float, act: Callable[[], None]) -> Timer:
        timer: Timer = self._loop.call_later(seconds, act)
        return timer


class Memory:
    """`Database` on SQLite in memory; a script is done before its caller goes on."""

    def __init__(self) -> None:
        self._connection = _connection()
        self.put_back(_empty())

    async def write(self, script: Script[T]) -> T:
        raw = self._raw
        raw.execute("BEGIN")
        try:
            done = run_script(self._connection, script())
        except BaseException:
            raw.execute("ROLLBACK")
            raise
        raw.execute("COMMIT")
        return done

    read = write

    async def advance(self, step: Advance) -> tuple[int, int] | None:
        return await self.write(partial(advancing, step))

    async def close(self) -> None:
        """Nothing: the next schedule's database takes its place."""

    def copied(self) -> bytes:
        """Return the whole database."""
        return cast(bytes, self._raw.serialize())

    def put_back(self, data: bytes) -> None:
        """Replace the database by an older copy."""
        self._raw.deserialize(data)

    @property
    def _raw(self) -> Any:
        return self._connection.connection.driver_connection


@cache
def _connection() -> Connection:
    """Return the connection of all schedules, one after another: it knows their statements already.

    SQLAlchemy begins and ends no transactions on it.
    """
    connect = partial(sqlite3.connect, ":memory:", isolation_level=None)
    return create_engine("sqlite://", creator=connect, poolclass=StaticPool).connect()


@cache
def _empty() -> bytes:
    """Return a new database; making one takes longer than a whole schedule."""
    engine = make_engine(Path(":memory:"), writes=True)
    with engine.connect() as connection:
        with connection.begin():
            migrate(connection)
        raw: Any = connection.connection.driver_connection
        data: bytes = raw.serialize()
    engine.dispose()
    return data


class Committed:
    """As much of a committed event as an uplink looks at."""

    def __init__(self, event: object) -> None:
        self.event = event


class Feed:
    """Tells followers of new events."""

    def __init__(self) -> None:
        self._followers: set[asyncio.Queue[Committed]] = set()

    def publish(self, event: object) -> None:
        for queue in self._followers:
            queue.put_nowait(Committed(event))

    async def follow(self) -> AsyncIterator[Committed]:
        queue: asyncio.Queue[Committed] = asyncio.Queue()
        self._followers.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._followers.discard(queue)


BY = By("system", "test")
ISSUED = TicketIssued(
    by=BY, ticket="t_1", number="A1", code="k", prefix="A", count=1, queue="q", place=(0, 0)
)
CALLED = msgspec.convert(
    {"by": {"kind": "system", "id": "t"}, "ticket": "t", "number": "A1", "window": "1", "queue": "q",
     "reason": {"code": "order.longest_wait"}, "kind": "ticket.called"},
    TicketCalled,
)  # fmt: skip


class Shelf:
    """Keeps releases as a hall's disk does: ``chosen`` outlives the process."""

    def __init__(self) -> None:
        self.chosen = 0
        self._ready = 0
        self._works_by = 0

    def start(self) -> None:
        self._works_by = self.chosen

    @property
    def version(self) -> int:
        return self._works_by

    def prepare(self, version: int, files: dict[str, str]) -> Rules:
        if version and files != {"common.toml": f"# {version}"}:
            raise ReleaseError("other files")
        self._ready = version
        return RULES

    def choose(self) -> None:
        self.chosen = self._ready

    def leave(self) -> None:
        self.chosen = self._works_by

    def use(self) -> None:
        self._works_by = self._ready


class Hall:
    """What a hub is to its uplink: desk and journal. ``printed`` are the numbers that citizens hold."""

    def __init__(self, loop: SimLoop, folder: Path) -> None:
        self._loop = loop
        self._folder = folder
        self._ids = itertools.count(1)
        self._log = Log()
        self._state = new_state()
        self._known: set[str] = set()
        self._counter = 0
        self._guard: tuple[Position, bytes, int] | None = None
        self._backup: tuple[Log, Followed, set[str], int] | None = None
        self._running: asyncio.Task[None] | None = None
        self.feed = Feed()
        self.printed: list[int] = []
        self.facts: set[bytes] = set()
        self.done: list[str] = []
        self.shelf = Shelf()
        self.was_put_back = False
        self.uplink: Uplink | None = None

    # what an uplink asks of desk and journal

    def log(self) -> Log:
        return self._log

    def now(self) -> Moment:
        return Moment(at=int(self._loop.now * 1000), wall=int(self._loop.now * 1000))

    async def read(self, look: Callable[[Any], T]) -> tuple[Position, T]:
        return Position(1, 1), look(self._state)

    async def obey(self, note: Any, wish: Any, request: Any) -> Done:
        if note.outcome == "done" and request.key in self._known:
            note = msgspec.structs.replace(note, outcome="known")
        elif note.outcome == "done":
            self._known.add(request.key)
            self.done.append(note.order)
        self._state.followed = Followed(note.feed, note.seq, note.order)
        kind = {"order_kind": note.order_kind, "outcome": note.outcome}
        self._append("command.applied", {"order": note.order, **kind})
        fields = {name: getattr(note, name) for name in ("feed", "seq", "order", "order_kind", "outcome")}
        return Done(Position(1, 1), (CommandApplied(by=BY, **fields),), b"")

    # life

    async def start(self) -> None:
        """Start the process: heed the guard, then carry."""
        last = self._log.last
        if last is None:
            self._open_epoch("first", 1, None)
        elif self._guard is not None:
            position, chain, given = self._guard
            if self._log.chain(position) != chain:
                self._counter = max(self._counter, given)
                self._open_epoch("behind_guard", max(position.epoch, last.position.epoch) + 1, last)
        line = Line(SETTINGS, self._folder, connector=lambda: aiohttp.UnixConnector(PATH))
        desk, journal = cast(Any, self), cast(Any, self)
        self.uplink = Uplink(
            desk,
            journal,
            SETTINGS,
            self._folder,
            clock=SimClock(self._loop),
            random=self._loop.rng.random,
            line=line,
            releases=self.shelf,
        )
        self.shelf.start()
        self._running = asyncio.create_task(self.uplink.run())

    async def stop(self) -> None:
        """Kill the process; what it held in memory is gone."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
            self._running = None

    def issue(self) -> None:
        self._counter += 1
        self.printed.append(self._counter)
        self._append("ticket.issued", {"n": self._counter})
        self.feed.publish(CALLED if self._loop.rng.random() < 0.5 else ISSUED)

    def back_up(self) -> None:
        followed = Followed(self._state.followed.feed, self._state.followed.seq, self._state.followed.order)
        self._backup = (self._log.copied(), followed, set(self._known), self._counter)

    async def put_back(self, kept: set[bytes]) -> set[bytes]:
        """Replace the database by an older copy, the guard stays; return the facts that nobody has then."""
        if self._backup is None:
            return set()
        await self.stop()
        self.was_put_back = True
        old, followed, known, counter = self._backup
        gone = self.facts - kept - {bytes(event.body) for event in old.events}
        self._log, self._known, self._counter = old.copied(), set(known), counter
        self._state.followed = followed
        await self.start()
        return gone

    @property
    def events(self) -> list[StoredEvent]:
        return self._log.events

    def _open_epoch(self, reason: str, epoch: int, last: StoredEvent | None) -> None:
        parent = None if last is None else Parent(last.position.epoch, last.position.seq, last.chain.hex())
        body = EpochOpen(reason, parent, f"nonce{next(self._ids)}")
        self._keep(self._log.append(EpochOpen.KIND, msgspec.json.encode(body), epoch, 1))

    def _append(self, kind: str, body: dict[str, Any]) -> None:
        last = self._log.last
        assert last is not None
        data = msgspec.json.encode({**body, "id": next(self._ids)})
        self._keep(self._log.append(kind, data, last.position.epoch, last.position.seq + 1))

    def _keep(self, event: StoredEvent) -> None:
        self.facts.add(bytes(event.body))
        self._guard = (event.position, event.chain, self._counter)


class Central:
    """The central server: its process may die, its database be put back."""

    def __init__(self, loop: SimLoop) -> None:
        self._loop = loop
        self._orders = itertools.count(1)
        self._backup: bytes | None = None
        self._runner: web.AppRunner | None = None
        self.database = Memory()
        self.ordered: set[str] = set()
        self.releases: dict[str, int] = {}

    async def prepare(self) -> None:
        await self.database.write(partial(halls.add, HALL_ID, "测试大厅", 0))
        await self.database.write(partial(halls.give, HALL_ID, digest(TOKEN), 0))

    async def start(self) -> None:
        app = web.Application(middlewares=[answering])
        self.bell = Bell(self.database, lambda: int(self._loop.now * 1000))
        SyncServer(self.database, self.bell, wall=lambda: int(self._loop.now * 1000)).add_to(app)
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
        n, now = next(self._orders), int(self._loop.now)
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


async def bodies(central: Central) -> set[bytes]:
    """Return every fact that the central server has."""
    return {body for body, _ in (await central.events()).values()}


async def schedule(loop: SimLoop, folder: Path) -> None:
    """Let everything happen that can, then heal it and compare with the truth."""
    rng = loop.rng
    hall, central = Hall(loop, folder), Central(loop)
    lost: set[bytes] = set()
    backups: list[set[bytes]] = []
    await central.prepare()
    await central.start()
    await hall.start()
    try:
        for _ in range(rng.randint(15, 40)):
            await asyncio.sleep(rng.expovariate(0.4))
            what = rng.random()
            if what < 0.45:
                hall.issue()
            elif what < 0.55:
                await central.order()
            elif what < 0.65:
                loop.up = not loop.up
            elif what < 0.72:
                loop.reset()
            elif what < 0.79:
                await hall.stop()
                await asyncio.sleep(rng.uniform(0, 3))
                await hall.start()
            elif what < 0.84:
                await central.stop()
                await asyncio.sleep(rng.uniform(0, 5))
                await central.start()
            elif what < 0.88:
                central.back_up()
                backups.append(await bodies(central))
            elif what < 0.92:
                here = {bytes(event.body) for event in hall.events}
                if await central.put_back(hall.done, told=rng.random() < 0.5) and hall.was_put_back:
                    lost |= hall.facts - here - await bodies(central)
            elif what < 0.96:
                hall.back_up()
            else:
                kept = await bodies(central)
                lost |= await hall.put_back(kept.union(*backups[-1:]))
        loop.up = True
        await _quiet(hall, central)
        await _check(hall, central, lost)
    finally:
        loop.up = True
        await hall.stop()
        await central.stop()
        await central.database.close()


async def _quiet(hall: Hall, central: Central) -> None:
    """Wait until nothing has changed for a while."""
    still, before = 0, None
    for _ in range(60):
        await asyncio.sleep(20)
        now = (await central.count(), len(hall.events), await central.inc())
        still = still + 1 if now == before else 0
        before = now
        if still == 4:
            return
    raise AssertionError("never came to rest")


async def _check(hall: Hall, central: Central, lost: set[bytes]) -> None:
    assert len(hall.printed) == len(set(hall.printed)), "a number twice"
    held = await central.events()
    known = [body for body, _ in held.values()]
    assert len(known) == len(set(known)), "the same fact twice at the central server"
    missing = hall.facts - lost - set(known)
    assert not missing, f"lost at the central server: {missing}"
    for event in hall.events:
        place = (event.position.epoch, event.position.seq)
        assert held.get(place) == (bytes(event.body), event.chain), f"differs at {place}"
    assert hall.uplink is not None
    assert hall.uplink.standing is Standing.GOING, hall.uplink.standing
    assert central.ordered <= set(hall.done), f"never done: {central.ordered - set(hall.done)}"
    if not hall.was_put_back:
        assert len(hall.done) == len(set(hall.done)), "done twice"
    taken = [central.releases[name] for name in hall.done if name in central.releases]
    assert hall.shelf.version == hall.shelf.chosen == (taken[-1] if taken else 0), "another release"


def run(seed: int, folder: Path) -> float:
    """Run one schedule; return how many seconds of hall time it took."""
    loop = SimLoop(seed)
    asyncio.set_event_loop(loop)
    try:
        with contextlib.suppress(OSError):
            (folder / "central-witness.json").unlink()
        (folder / "central.token").write_text(TOKEN)
        with capture_logs():
            loop.run_until_complete(schedule(loop, folder))
        return loop.now
    finally:
        asyncio.set_event_loop(None)
        loop.close()
