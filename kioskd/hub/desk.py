"""The one desk that every command passes: decide, commit, then tell the world.

A command is decided and applied at once, in memory; its events, its idempotency key and its answer
go to the journal in one transaction; nobody outside hears of any of it before that is durable. If
the journal fails, the state in memory is thrown away and built again from what is durable.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Protocol, TypeVar

import structlog
from msgspec import structs

from kioskd.hall.apply import apply
from kioskd.hall.codec import decode, encode
from kioskd.hall.commands import By, Command, NoteOrder, StartHub, Tick
from kioskd.hall.deadlines import next_deadline
from kioskd.hall.decide import decide
from kioskd.hall.events import DayClosed, DayOpened, Event, PaperRangeEntered, PrivateErased, TicketIssued
from kioskd.hall.moment import Moment
from kioskd.hall.refusal import Refusal
from kioskd.hall.state import APPLY_VERSION, State, dump, load, new_state
from kioskd.hub.answers import Done, KeyReused, Request, UnderWay
from kioskd.hub.clock import Clock
from kioskd.hub.feed import Committed, Feed
from kioskd.hub.privacy import IDENTITY_GROUP
from kioskd.journal.errors import JournalError, NotSaved
from kioskd.journal.journal import Journal
from kioskd.journal.records import (
    BEFORE_ALL,
    Batch,
    GuardNumbers,
    NewEvent,
    Position,
    PrivateValue,
    RequestRecord,
)

T = TypeVar("T")
Respond = Callable[[State, tuple[Event, ...]], bytes]

SNAPSHOT_EVERY = 2000
SNAPSHOT_MOST = 10_000
"""Events after which a quiet moment is used for a snapshot, and after which none is waited for; half as many
as there are tickets where that is more, so that snapshots of a crowded hall stay cheap. At some 30 µs an
event a restart replays what a rush left in well under half a second."""

REPLAY_PAGE = 2000
LOOK_LEAST_S = 0.05
LOOK_MOST_MS = 10_000
STALLED_S = 25.0
"""How often at most (real seconds), and how rarely at least (hall time), the hall is asked what is due:
the wall clock may be set at any time, and nothing announces that."""

PURGE_EVERY_MS = 3600 * 1000
"""How often kept answers and personal values whose time is over are deleted (hall time)."""

REOPEN_FIRST_S = 0.25
REOPEN_MOST_S = 5.0
"""How soon and how rarely at most a failed journal is tried again: a disk that has room again should
serve within seconds, and a dead one should not be hammered."""

SYSTEM = By(kind="system", id="hub", role="system", via="hub")

log = structlog.get_logger("kioskd.hub")


class Follow(Protocol):
    """Looks at every change as it is decided and says what to do once it is durable."""

    def decided(self, state: State, events: tuple[Event, ...], first: Position, now: Moment) -> None:
        """See the state right after these events; nothing may leave the process yet."""

    def committed(self, last: Position) -> None:
        """Everything decided up to ``last`` is durable."""

    def rebuilt(self, state: State) -> None:
        """What was decided but not committed never happened; this is the state now."""


class Desk:
    """Decides commands one after the other and answers when they are durable."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._state = new_state()
        self._followers: list[Follow] = []
        self._in_flight: dict[str, tuple[Request, UnderWay]] = {}
        self._last: UnderWay | None = None
        self._mending: asyncio.Task[None] | None = None
        self._stirred = asyncio.Event()
        self._since_snapshot = 0
        self._boot = ""
        self._run = BEFORE_ALL
        self._looked_at = 0.0
        self._ticked_at = 0
        self._purged_at = 0
        self._chores: set[asyncio.Task[None]] = set()
        self.feed = Feed(journal.read, journal.knows, journal.durable)

    # --- life -----------------------------------------------------------------------------------

    async def start(self, boot: str) -> None:
        """Build the state from the journal and note in it that a hub began to run."""
        self._boot = boot
        last = await self._rebuild()
        if last is not None:
            self._clock.resume(last)
        self.feed.restart(self._journal.durable)
        self._started()
        await self.submit(Tick(by=SYSTEM))
        self._chore(self._journal.learn_requests())

    async def run(self) -> None:
        """Send `Tick` whenever something in the hall is due, until cancelled."""
        while True:
            self._stirred.clear()
            now = self._clock.moment()
            due = next_deadline(self._state, now)
            look = self._ticked_at + LOOK_MOST_MS
            if due is None or due > look:
                due = look
            if due <= now.at:
                await self._tick()
            else:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._clock.seconds_until(due)):
                        await self._stirred.wait()
            if now.at - self._purged_at >= PURGE_EVERY_MS and self.ready:
                self._purged_at = now.at
                self._chore(self._purge(now.at))
            self._looked_at = asyncio.get_running_loop().time()
            # A burst of commands moves deadlines many times; looking once after it is enough.
            head = self._journal.head
            await asyncio.sleep(LOOK_LEAST_S)
            if head == self._journal.head and self.ready:
                self._snapshot_after(SNAPSHOT_EVERY)

    async def close(self) -> None:
        """Leave a snapshot of what is durable, so that the next start is quick."""
        if self._mending is not None:
            self._mending.cancel()
            await asyncio.gather(self._mending, return_exceptions=True)
        elif self._since_snapshot:
            self._chore(self._snapshot())
        await asyncio.gather(*self._chores)

    def follow(self, follower: Follow) -> None:
        """Have a follower see every change from now on; it is told the present state at once."""
        self._followers.append(follower)
        follower.rebuilt(self._state)

    # --- asking ---------------------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """Whether commands are taken: the journal is well."""
        return self._mending is None and self._journal.closed_for is None

    @property
    def run_position(self) -> Position:
        """Position of this run's ``hub.started``: the age of every show of this run."""
        return self._run

    @property
    def head(self) -> Position:
        """Position of the last decided event, durable or not."""
        return self._journal.head

    def stalled(self) -> tuple[str, ...]:
        """Return ``("desk",)`` when the loop that lets time pass has not turned for too long."""
        quiet = asyncio.get_running_loop().time() - self._looked_at
        return ("desk",) if self._looked_at and quiet > STALLED_S else ()

    @property
    def has_rules(self) -> bool:
        """Whether settings were ever applied."""
        return self._state.rules is not None

    @property
    def utc_offset_min(self) -> int:
        """The hall's zone; UTC before there are rules."""
        return self._state.book.rules.utc_offset_min if self._state.book is not None else 0

    def seconds_until(self, at: int) -> float:
        """Return how long to wait, in real seconds, until hall time ``at``."""
        return self._clock.seconds_until(at)

    def now(self) -> Moment:
        """Return the hall's present instant."""
        return self._clock.moment()

    async def submit(
        self,
        command: Command,
        *,
        request: Request | None = None,
        respond: Respond | None = None,
        private: tuple[PrivateValue, ...] = (),
    ) -> Done | Refusal:
        """Decide a command; return when the answer, also a refusal, rests on durable events.

        ``private`` are values that the command refers to; they are stored with its events or not at all.
        Raises `KeyReused`, `NotSaved` (nothing was done; ask again later) and `OutcomeUnknown` (ask
        again with the same request key). Cancelling it, or a time-out around it, ends the waiting and not
        the command, whose outcome is then unknown too.
        """
        return await self.submit_soon(command, request=request, respond=respond, private=private)

    async def obey(self, note: NoteOrder, wish: Command | None, request: Request) -> Done | Refusal:
        """Do what an order of the central server asks, and note it, in one transaction.

        ``request`` carries the order's id: one that is known already does nothing and is noted as known. A
        refusal is noted with its code. ``wish`` None only notes. Raises as `submit` does.
        """
        if not self.ready:
            raise NotSaved(self._journal.closed_for or "mending", "the journal takes nothing at present")
        now = self._clock.moment()
        keep: Request | None = request
        events: tuple[Event, ...] = ()
        if wish is None:
            keep = None
        elif self._journal.request(request.key) is not None:
            keep, note = None, structs.replace(note, outcome="known")
        else:
            decision = decide(self._state, wish, now)
            if isinstance(decision, Refusal):
                note = structs.replace(note, outcome="refused", code=decision.code)
            else:
                events = decision
        noted = decide(self._state, note, now)
        if isinstance(noted, Refusal):
            return noted
        return await self._commit((*events, *noted), now, keep, None, ())

    def submit_soon(
        self,
        command: Command,
        *,
        request: Request | None = None,
        respond: Respond | None = None,
        private: tuple[PrivateValue, ...] = (),
    ) -> asyncio.Future[Done | Refusal]:
        """Decide a command now; the returned future is `submit`'s answer."""
        if request is not None:
            repeated = self._repeat(request)
            if repeated is not None:
                return repeated
        if not self.ready:
            raise NotSaved(self._journal.closed_for or "mending", "the journal takes nothing at present")
        now = self._clock.moment()
        decision = decide(self._state, command, now)
        if isinstance(decision, Refusal):
            return self._settled(decision)
        if not decision and request is None:
            return self._settled(Done(self._journal.head, (), respond(self._state, ()) if respond else b""))
        return self._commit(decision, now, request, respond, private)

    async def read(self, look: Callable[[State], T]) -> tuple[Position, T]:
        """Look at the state now; return when all that was seen is durable.

        ``look`` must not change the state nor keep parts of it.
        """
        if not self.ready:
            raise NotSaved(self._journal.closed_for or "mending", "the journal takes nothing at present")
        position, value = self._journal.head, look(self._state)
        if self._last is not None:
            await self._last.answer(self._last.done)
        return position, value

    # --- deciding and committing ----------------------------------------------------------------

    def _repeat(self, request: Request) -> asyncio.Future[Done | Refusal] | None:
        running = self._in_flight.get(request.key)
        if running is not None:
            asked, under_way = running
            if asked.fingerprint != request.fingerprint:
                raise KeyReused(request.key)
            first = under_way.done
            return under_way.answer(Done(first.position, (), first.response, replayed=True))
        kept = self._journal.request(request.key)
        if kept is None:
            return None
        if kept.fingerprint != request.fingerprint:
            raise KeyReused(request.key)
        return self._settled(Done(self._journal.durable, (), kept.response, replayed=True))

    def _commit(
        self,
        events: tuple[Event, ...],
        now: Moment,
        request: Request | None,
        respond: Respond | None,
        private: tuple[PrivateValue, ...],
    ) -> asyncio.Future[Done | Refusal]:
        state, head = self._state, self._journal.head
        epoch, seq = head.epoch, head.seq + 1
        stored = []
        for n, event in enumerate(events):
            apply(state, event, now, (epoch, seq + n))
            kind, version, body = encode(event)
            stored.append(NewEvent(kind, version, body, now.at, now.wall))
        kinds = {type(event) for event in events}
        response = respond(state, events) if respond is not None else b""
        record = None
        if request is not None:
            record = RequestRecord(request.key, request.fingerprint, response, request.keep_ms)
        batch = Batch(
            events=tuple(stored),
            request=record,
            private=private,
            erase=_erased(events) if PrivateErased in kinds else (),
            destroy=(IDENTITY_GROUP,) if DayOpened in kinds else (),
            at=now.at,
        )
        numbers = None if kinds.isdisjoint(_GIVING) else _numbers(state)
        last = Position(epoch, head.seq + len(events))
        under_way = UnderWay(Done(last, events, response))
        self._journal.put(batch, partial(self._end, under_way, now, request), numbers=numbers)
        first = Position(epoch, seq)
        for follower in self._followers:
            follower.decided(state, events, first, now)
        if request is not None:
            self._in_flight[request.key] = request, under_way
        self._last = under_way
        self._since_snapshot += len(events)
        if DayClosed in kinds:
            self._chore(self._sign("day_end"))
        self._stirred.set()
        self._snapshot_after(SNAPSHOT_MOST)
        return under_way.answer(under_way.done)

    def _end(
        self, under_way: UnderWay, now: Moment, request: Request | None, error: BaseException | None
    ) -> None:
        """See the end of a command decided at ``now``: durable, or an error. Tell everybody."""
        if request is not None:
            self._in_flight.pop(request.key, None)
        if self._last is under_way:
            self._last = None
        if error is None:
            done = under_way.done
            epoch, seq = done.position.epoch, done.position.seq - len(done.events)
            self.feed.publish(
                [
                    Committed(Position(epoch, seq + n), now.at, now.wall, event)
                    for n, event in enumerate(done.events, 1)
                ]
            )
            for follower in self._followers:
                follower.committed(done.position)
        else:
            self._mend()
        under_way.settle(error)

    def _settled(self, answer: Done | Refusal) -> asyncio.Future[Done | Refusal]:
        """Return a future with an answer that waits for what it was decided on."""
        if self._last is not None:
            return self._last.answer(answer)
        future: asyncio.Future[Done | Refusal] = asyncio.get_running_loop().create_future()
        future.set_result(answer)
        return future

    # --- when the journal fails -----------------------------------------------------------------

    def _mend(self) -> None:
        if self._mending is None:
            log.error("journal_failed", code=self._journal.closed_for)
            self._mending = asyncio.get_running_loop().create_task(self._reopen(), name="desk mending")

    async def _reopen(self) -> None:
        wait = REOPEN_FIRST_S
        while True:
            try:
                await self._journal.reopen(self._clock.moment().wall)
                break
            except JournalError:
                await asyncio.sleep(wait)
                wait = min(wait * 2, REOPEN_MOST_S)
        await self._rebuild()
        self._last = None
        self.feed.restart(self._journal.durable)
        self._mending = None
        for follower in self._followers:
            follower.rebuilt(self._state)
        if self._journal.opened.epoch is not None:
            self._started()
        log.info("journal_well_again", position=str(self._journal.durable))
        self._stirred.set()

    async def _rebuild(self) -> Moment | None:
        """Make the state from the newest snapshot and the events after it; return the last moment."""
        kept = await self._journal.snapshot_load()
        state, after = new_state(), BEFORE_ALL
        if kept is not None and kept.apply_version == APPLY_VERSION:
            state, after = load(kept.data), kept.position
        count = 0
        while page := self._journal.read(after, REPLAY_PAGE):
            for stored in page:
                event = decode(stored.kind, stored.version, stored.body)
                now = Moment(at=stored.at, wall=stored.wall)
                apply(state, event, now, (stored.position.epoch, stored.position.seq))
            after = page[-1].position
            count += len(page)
            await asyncio.sleep(0)
        self._state = state
        self._since_snapshot = count
        return Moment(at=state.at, wall=state.wall) if after > BEFORE_ALL else None

    def _started(self) -> None:
        """Note in the journal that this hub runs, and what a witness knows of numbers already given."""
        opened, state = self._journal.opened, self._state
        numbers = GuardNumbers()
        if opened.behind is not None:
            numbers = opened.behind.numbers
        elif opened.epoch is not None and opened.epoch.reason != "first" and state.day is not None:
            # The journal was put back: numbers given after the backup was made are known to nobody.
            # One more than the last known: a witness that knows no more than the journal changes nothing.
            numbers = GuardNumbers(state.day.date, {p: last + 1 for p, last in state.numbers.items()})
        head = self._journal.head
        self._run = Position(head.epoch, head.seq + 1)
        self.submit_soon(StartHub(by=SYSTEM, boot=self._boot, numbers=numbers.last, numbers_day=numbers.day))

    def _snapshot_after(self, events: int) -> None:
        """Take a snapshot if there have been so many events since the last."""
        if self._since_snapshot >= max(events, len(self._state.tickets) // 2):
            self._since_snapshot = 0
            self._chore(self._snapshot())

    async def _snapshot(self) -> None:
        position, data = self._journal.head, dump(self._state)
        await self._journal.snapshot_save(position, APPLY_VERSION, data)

    async def _sign(self, reason: str) -> None:
        await self._journal.checkpoint(reason)

    async def _purge(self, at: int) -> None:
        await self._journal.purge(at)

    def _chore(self, work: Coroutine[None, None, None]) -> None:
        async def quietly() -> None:
            try:
                await work
            except JournalError as error:
                log.warning("chore_not_done", code=error.code)

        task = asyncio.get_running_loop().create_task(quietly(), name="desk chore")
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)

    async def _tick(self) -> None:
        self._ticked_at = self._clock.moment().at
        try:
            await self.submit(Tick(by=SYSTEM))
        except JournalError:
            # Time passes anyway; what was due is due again once the journal is well.
            await asyncio.sleep(REOPEN_FIRST_S)


def _numbers(state: State) -> GuardNumbers | None:
    """What the guard file should know when numbers were given."""
    return GuardNumbers(state.day.date, dict(state.numbers)) if state.day is not None else None


def _erased(events: tuple[Event, ...]) -> tuple[str, ...]:
    """The names of values that go with these events."""
    gone = [ref for event in events if isinstance(event, PrivateErased) for ref in event.refs]
    return tuple(ref.partition(" ")[0] for ref in gone)


_GIVING = frozenset({TicketIssued, PaperRangeEntered, DayOpened})
