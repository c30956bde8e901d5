"""A hall as its uplink sees it: desk, journal and releases in memory; process and database may go."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec

from kioskd.hall.commands import By
from kioskd.hall.events import CommandApplied, TicketCalled, TicketIssued
from kioskd.hall.model import Followed
from kioskd.hall.moment import Moment
from kioskd.hall.rules import Rules
from kioskd.hall.state import new_state
from kioskd.hub.answers import Done
from kioskd.journal.records import EpochOpen, Parent, Position, StoredEvent
from kioskd.journal.refused import Refusal
from kioskd.station.clock import Timer
from kioskd.sync.line import Line
from kioskd.sync.release import ReleaseError
from kioskd.sync.settings import CentralSettings
from kioskd.sync.uplink import Uplink
from tests.hall.conftest import make_rules
from tests.sync.simulated.loop import Connector, SimLoop
from tests.sync.world import Log

T = TypeVar("T")
HALL_ID, TOKEN, PATH = "h1", "kc_test", "central"
RULES = make_rules()
SETTINGS = CentralSettings(url="http://central", hall=HALL_ID)


WALL = 1_772_000_000.0
"""What every PC's clock says at the beginning, in seconds."""


class SimClock:
    """The station's clock in virtual time. ``jumped`` is how far its wall has jumped in all."""

    boot = "boot"

    def __init__(self, loop: SimLoop) -> None:
        self._loop = loop
        self.jumped = 0.0

    def steady(self) -> float:
        return self._loop.now

    def wall(self) -> float:
        return WALL + self._loop.now + self.jumped

    def wall_ms(self) -> int:
        return int(self.wall() * 1000)

    def jump(self) -> None:
        """Say another time from now on: seconds or years away, earlier or later."""
        self.jumped = self._loop.rng.choice((-1, 1)) * 10 ** self._loop.rng.uniform(0, 8)

    def call_later(self, seconds: float, act: Callable[[], None]) -> Timer:
        timer: Timer = self._loop.call_later(seconds, act)
        return timer


class Committed:
    """As much of a committed event as an uplink looks at."""

    def __init__(self, event: object) -> None:
        self.event = event


class Feed:
    """Tells followers of new events."""

    def __init__(self) -> None:
        self._followers: list[asyncio.Queue[Committed]] = []

    def publish(self, event: object) -> None:
        for queue in self._followers:
            queue.put_nowait(Committed(event))

    async def follow(self) -> AsyncIterator[Committed]:
        queue: asyncio.Queue[Committed] = asyncio.Queue()
        self._followers.append(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._followers.remove(queue)


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
        self.clock = SimClock(loop)
        self.was_put_back = False
        self.refused = ""
        self.uplink: Uplink | None = None

    # what an uplink asks of desk and journal

    def log(self) -> Log:
        return self._log

    def now(self) -> Moment:
        return Moment(at=int(self._loop.now * 1000), wall=self.clock.wall_ms())

    @property
    def durable(self) -> Position:
        return self.events[-1].position

    async def refuse(self, refusal: Refusal) -> None:
        self.refused = refusal.code

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
        line = Line(SETTINGS, self._folder, connector=lambda: Connector(PATH))
        desk, journal = cast(Any, self), cast(Any, self)
        self.uplink = Uplink(
            desk,
            journal,
            SETTINGS,
            self._folder,
            clock=self.clock,
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

    def twin(self, folder: Path) -> Hall:
        """Return another PC with a copy of all that this one has: nobody meant it to be a hall."""
        other = Hall(self._loop, folder)
        other._ids = itertools.count(1_000_000)
        other._log, other._known, other._counter = self._log.copied(), set(self._known), self._counter
        followed = self._state.followed
        other._state.followed = Followed(followed.feed, followed.seq, followed.order)
        other._guard, other.shelf.chosen = self._guard, self.shelf.chosen
        return other

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
