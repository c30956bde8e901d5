"""The hall's end at work: carries the journal up and does the orders that come down."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path
from random import random as system_random

import msgspec
import structlog

from kioskd.hall.commands import NoteOrder
from kioskd.hall.events import Event, RatingChanged, RatingGiven, RatingLate, TicketCalled, TicketRecalled
from kioskd.hub.answers import Request
from kioskd.hub.desk import Desk
from kioskd.hub.feed import FeedReset
from kioskd.journal.errors import JournalError
from kioskd.journal.files import write_new
from kioskd.journal.journal import Journal
from kioskd.journal.refused import ROLLED_BACK, SUPERSEDED, Refusal
from kioskd.station.backoff import Backoff, Retry
from kioskd.station.clock import Clock, SystemClock, Wake
from kioskd.sync.courier import Courier, Standing
from kioskd.sync.inbox import Inbox
from kioskd.sync.line import Line, LineError
from kioskd.sync.messages import Mark, Order, Push, Refetch, Witness
from kioskd.sync.orders import CENTRAL, UnreadableOrderError, wish
from kioskd.sync.release import KIND, Taker
from kioskd.sync.releasing import take_release
from kioskd.sync.settings import CentralSettings
from kioskd.sync.sharing import Sharer
from kioskd.sync.status import HallStatus, hall_status
from kioskd.sync.wire import pack

WITNESS = "central-witness.json"
"""What the central server acknowledged, beside the journal and apart from it."""

SLICE = 100
"""Events of one push: another hall's call waits at the server for no more than one of these, and composing
them holds the hub up for a millisecond.
"""

FAR_S = 0.02
SLICE_FAR = 250
"""Events of one push where the last took longer than `FAR_S`: there the way is what takes the time."""

REST_S = 0.007
"""How long sync rests between pushes while it catches up: a week still arrives in seconds, and
neither who presses a key here nor the other halls notice.
"""

BEAT_S = 30.0
"""A hall in which nothing happens says so this often."""

WITNESS_S = 60.0
"""How often the witness is written down: an old one sees a little less, and the disk has other work."""

STUCK_S = 300.0
"""How often a hall asks again whose log needs a person."""

STATUS_S = 5.0
STATUS_MOST_MS = 60_000
"""How often at most and how rarely at least a hall says how it stands: citizens plan by minutes."""

KEEP_MS = 400 * 24 * 3600 * 1000
"""How long an order's id is known: longer than any feed is kept."""

BAD = 2
"""Ratings of this level and below are bad ones."""

_URGENT = (TicketCalled, TicketRecalled)
_RATED = (RatingGiven, RatingChanged, RatingLate)

log = structlog.get_logger(__name__)


def urgent(event: Event) -> bool:
    """Whether the city should know at once: calls and bad ratings."""
    return isinstance(event, _URGENT) or (isinstance(event, _RATED) and event.level <= BAD)


class Uplink:
    """Runs beside the hub and never holds it up. `standing` and `behind` say how it goes."""

    def __init__(
        self,
        desk: Desk,
        journal: Journal,
        settings: CentralSettings,
        data: Path,
        *,
        clock: Clock | None = None,
        random: Callable[[], float] = system_random,
        line: Line | None = None,
        releases: Taker | None = None,
    ) -> None:
        """``data`` is the hub's data folder; ``releases`` keeps the settings that the city gives."""
        self._desk = desk
        self._releases = releases
        self._settings = settings
        self._witness_file = data / WITNESS
        self._token_file = data / settings.token_file
        self._journal = journal
        self._courier = Courier(journal.log(), _witness(self._witness_file))
        self._line = line or Line(settings, data)
        clock = clock or SystemClock()
        self._clock = clock
        self._witness_kept = float("-inf")
        self._news = Wake(clock)
        self._hurry = Wake(clock)
        self._again = Wake(clock)
        self._again_down = Wake(clock)
        self._up = Retry(clock, random, BACKOFF)
        self._down = Retry(clock, random, BACKOFF)
        self._slice = SLICE
        self._said = ""
        self.code = "starting"
        self.first_word = asyncio.Event()
        """Set once the central server has answered, or was found to be away."""
        self.heard: float | None = None

    @property
    def standing(self) -> Standing:
        """How the hall stands with its central server."""
        return self._courier.standing

    async def behind(self) -> int | None:
        """Return how many events have not been acknowledged (501: more), None when that is not known."""
        return await asyncio.to_thread(self._courier.behind)

    def try_again(self) -> None:
        """A person has looked into what needed one: ask again at once, whatever it was."""
        self._up.reset()
        self._down.reset()
        self._again.set()
        self._again_down.set()

    async def renew_token(self) -> None:
        """Take another token from the central server; raises `LineError` and OSError.

        Whatever goes wrong on the way, the hall holds a token that is good: the old one ends when the new one
        is first used, which is after it is kept.
        """
        token = await self._line.renew()
        await asyncio.to_thread(write_new, self._token_file, token.encode() + b"\n", 0o600)
        self.try_again()

    async def run(self) -> None:
        """Work until cancelled."""
        async with self._line, asyncio.TaskGroup() as group:
            group.create_task(self._watch(), name="sync watch")
            group.create_task(self._carry(), name="sync up")
            group.create_task(self._obey(), name="sync down")
            group.create_task(self._report(), name="sync status")
            if self._settings.share:
                group.create_task(self._share(), name="sync values")

    async def _watch(self) -> None:
        """Notice what is worth sending, and how soon."""
        while True:
            try:
                async for committed in self._desk.feed.follow():
                    (self._hurry if urgent(committed.event) else self._news).set()
                    if urgent(committed.event):
                        self._news.set()
            except FeedReset:
                self._news.set()

    # --- up -------------------------------------------------------------------------------------

    async def _carry(self) -> None:
        while True:
            self._news.clear()
            self._hurry.clear()
            number, push, data = await asyncio.to_thread(self._compose)
            if not push.events and await self._rested(number):
                continue
            begin = self._clock.steady()
            try:
                answer = await self._line.push(data)
            except LineError as error:
                self.first_word.set()
                self._courier.lost(number)
                await self._failed(error, self._up, self._again)
                continue
            await asyncio.to_thread(self._courier.heard, number, answer)
            self._up.reset()
            self.heard = self._clock.steady()
            whole = len(push.events) == self._slice
            self._slice = SLICE_FAR if self.heard - begin > FAR_S else SLICE
            await self._keep_witness()
            self.first_word.set()
            if self.standing in (Standing.FENCED, Standing.DIVERGED):
                await self._give_way()
                self._say(self.standing.value)
                await self._again.wait(STUCK_S)
            else:
                self._say("going")
                if whole:
                    await asyncio.sleep(REST_S)

    async def _give_way(self) -> None:
        """The central server is a witness: it has seen a later hub, or what this one has lost."""
        beyond = await asyncio.to_thread(self._courier.beyond)
        if beyond is None:
            return
        code = SUPERSEDED if beyond.epoch > self._journal.durable.epoch else ROLLED_BACK
        refusal = Refusal(
            code=code, by="central", epoch=beyond.epoch, seq=beyond.next - 1, at=self._desk.now().wall
        )
        try:
            await self._journal.refuse(refusal)
        except OSError as error:
            log.error("refusal.not_kept", reason=str(error))

    def _compose(self) -> tuple[int, Push, bytes]:
        number, push = self._courier.next(self._slice)
        return number, push, pack(push)

    async def _rested(self, number: int) -> bool:
        """With nothing to send wait for news instead; False when it is time to say that all is well."""
        if self.standing is not Standing.GOING or self.heard is None:
            return False
        left = self.heard + BEAT_S - self._clock.steady()
        if left <= 0:
            return False
        self._courier.lost(number)
        if await self._news.wait(left):
            await self._hurry.wait(self._settings.gather_s)
        return True

    async def _keep_witness(self) -> None:
        witness, now = self._courier.witness, self._clock.steady()
        if witness is not None and now - self._witness_kept >= WITNESS_S:
            self._witness_kept = now
            try:
                await asyncio.to_thread(write_new, self._witness_file, msgspec.json.encode(witness), 0o600)
            except OSError as error:
                log.warning("sync.witness_not_kept", error=str(error))

    async def _failed(self, error: LineError, retry: Retry, again: Wake) -> None:
        self._say(error.code, str(error))
        await again.wait(error.retry_after + retry.pause(error.needs_person))

    def _say(self, code: str, detail: str = "") -> None:
        """Log once when the way to the central server goes, and once when it is back."""
        self.code = code
        if code == self._said:
            return
        before, self._said = self._said, code
        if code == "going":
            log.info("sync.going", after=before)
        else:
            log.warning("sync.stopped", code=code, detail=detail)

    async def _share(self) -> None:
        sharer = Sharer(
            self._journal,
            self._line,
            self._witness_file.parent,
            self._settings.share,
            hall_now=lambda: self._desk.now().at,
            inc=lambda: self._courier.inc if self.standing is Standing.GOING else "",
        )
        while True:
            try:
                await sharer.run()
            except JournalError:
                await asyncio.sleep(self._down.pause())

    # --- how the hall stands --------------------------------------------------------------------

    async def _report(self) -> None:
        """Say how the hall stands when that has changed, and now and then that it has not."""
        said: HallStatus | None = None
        while True:
            try:
                end, status = await self._desk.read(lambda state: hall_status(state, self._desk.now()))
                status = msgspec.structs.replace(status, end=Mark(end.epoch, end.seq))
                if self._releases is not None:
                    status = msgspec.structs.replace(status, settings=self._releases.version)
                same = said is not None and msgspec.structs.replace(status, at=said.at) == said
                if said is None or not same or status.at - said.at >= STATUS_MOST_MS:
                    await self._line.status(await asyncio.to_thread(pack, status))
                    said = status
            except (LineError, JournalError):
                said = None  # `_carry` says that the central server is away
            await asyncio.sleep(STATUS_S)

    # --- down -----------------------------------------------------------------------------------

    async def _obey(self) -> None:
        while True:
            try:
                _, (feed, seq, order) = await self._desk.read(
                    lambda state: (state.followed.feed, state.followed.seq, state.followed.order)
                )
                await self._follow(Inbox(feed, seq, order))
            except LineError as error:
                await self._failed(error, self._down, self._again_down)
            except JournalError:
                # The hall cannot write at present; the order is still there when it can.
                await asyncio.sleep(self._down.pause())

    async def _follow(self, inbox: Inbox) -> None:
        while True:
            number = inbox.next()
            answer = await self._line.orders(inbox.feed, inbox.after, inbox.last)
            self._down.reset()
            for order in inbox.heard(number, answer):
                await self._do(inbox.feed, order)
                inbox.did(order)
            if isinstance(answer, Refetch):
                log.info("sync.feed_changed", feed=answer.feed)

    async def _do(self, feed: str, order: Order) -> None:
        note = NoteOrder(
            by=CENTRAL, feed=feed, seq=order.seq, order=order.id, order_kind=order.kind, outcome="done"
        )
        asked = None
        if order.expires is not None and order.expires <= self._desk.now().wall:
            note = msgspec.structs.replace(note, outcome="expired")
        elif order.kind == KIND:
            await take_release(self._desk, self._line, self._releases, order, note, _request(order))
            return
        else:
            try:
                asked = wish(order)
            except UnreadableOrderError as error:
                note = msgspec.structs.replace(note, outcome="unreadable", code=str(error)[:200])
        await self._desk.obey(note, asked, _request(order))


BACKOFF = Backoff(first=1.0, near=5.0, near_for=60.0, far=60.0, configuration=300.0)
"""3,000 halls that lost the same server must not knock it over when it returns."""


def _request(order: Order) -> Request:
    """Return what makes a repeat of an order do nothing."""
    fingerprint = hashlib.sha256(order.kind.encode() + b"\0" + bytes(order.body)).digest()
    return Request(f"central {order.id}", fingerprint, KEEP_MS)


def _witness(path: Path) -> Witness | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Witness)
    except (OSError, msgspec.DecodeError):
        return None  # it only sharpens the eye for a server that was put back
