"""One sink at work: follows the committed feed, gathers, sends, tries again; the hub never waits for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from random import random as system_random
from typing import NamedTuple, Protocol

import structlog

from kioskd.alerts_out.box import Box, Bundle, Notice, quiet_ms
from kioskd.alerts_out.settings import AlertSink, Email
from kioskd.alerts_out.ways import EmailWay, SendError, Way, WebhookWay, letter_of
from kioskd.hall.events import AlertAcknowledged, AlertCleared, AlertRaised
from kioskd.hall.moment import rfc3339
from kioskd.hall.queries import leads_today
from kioskd.hall.state import State
from kioskd.hub.desk import Desk
from kioskd.hub.feed import Committed, FeedReset
from kioskd.journal.errors import JournalError
from kioskd.journal.files import write_new
from kioskd.journal.records import Position
from kioskd.station.backoff import Backoff, Retry
from kioskd.station.clock import Clock, SystemClock, Wake

FOLDER = "alerts_out"
BACKOFF = Backoff(first=2.0, near=60.0, near_for=600.0, far=300.0)
AGAIN_S = 60.0
OLD_MS = 12 * 3_600_000
"""An alert older than this is no news, and a message that does not go for so long is given up."""

log = structlog.get_logger(__name__)


class Words(Protocol):
    """The sentences of one language, which the pages have."""

    def sentence(self, state: State, event: AlertRaised) -> str:
        """What a lead reads about an alert."""

    def title(self, name: str, count: int, leads: tuple[str, ...]) -> str:
        """What stands over a message of ``count`` alerts; ``leads`` are on duty today."""

    def more(self, count: int) -> str:
        """That so many further alerts are on the page."""


class _Hall(NamedTuple):
    hall: str
    name: str
    offset_min: int
    leads: tuple[str, ...] = ()


class Sink:
    """``run`` it for as long as the hub runs."""

    def __init__(
        self,
        settings: AlertSink,
        desk: Desk,
        data: Path,
        words: Words,
        *,
        clock: Clock | None = None,
        random: Callable[[], float] = system_random,
    ) -> None:
        self._settings = settings
        self._desk = desk
        self._words = words
        self._clock = clock or SystemClock()
        self._file = data / FOLDER / f"{settings.id}.position"
        self._box = Box(settings)
        self._wake = Wake(self._clock)
        self._retry = Retry(self._clock, random, BACKOFF)
        self._seen: Position | None = desk.feed.head
        self._way: Way = (
            WebhookWay(settings.webhook, data, lambda: desk.now().wall)
            if settings.webhook is not None
            else EmailWay(_email(settings), data)
        )

    async def run(self) -> None:
        """Send, for ever. A mistake in here costs alerts their way out for a minute, never the hub."""
        self._seen = await asyncio.to_thread(self._read) or self._seen
        try:
            while True:
                try:
                    async with asyncio.TaskGroup() as group:
                        group.create_task(self._follow())
                        group.create_task(self._send())
                except Exception:
                    log.exception("alert_sink.failed", sink=self._settings.id)
                    await self._pause(AGAIN_S)
        finally:
            await self._way.close()

    # --- gathering ------------------------------------------------------------------------------

    async def _follow(self) -> None:
        while True:
            try:
                async with contextlib.aclosing(self._desk.feed.follow(self._seen)) as feed:
                    async for committed in feed:
                        await self._note(committed)
            except FeedReset:
                # Too far behind to catch up, or a journal put back: what is new from now on goes out.
                log.warning("alert_sink.starts_afresh", sink=self._settings.id, after=str(self._seen))
                self._seen = None

    async def _note(self, committed: Committed) -> None:
        event = committed.event
        if isinstance(event, AlertRaised):
            old = self._desk.now().wall - committed.wall > OLD_MS
            if not old and self._wanted(event):
                self._box.put(await self._notice(committed, event), self._ms())
        elif isinstance(event, AlertCleared | AlertAcknowledged):
            self._box.over(event.alert)
        self._seen = committed.position
        self._wake.set()

    def _wanted(self, event: AlertRaised) -> bool:
        about = self._settings.about
        return event.tier >= self._settings.least_tier and (not about or event.about in about)

    async def _notice(self, committed: Committed, event: AlertRaised) -> Notice:
        sentence, offset = event.about, 0
        with contextlib.suppress(JournalError):
            _, (sentence, offset) = await self._desk.read(
                lambda state: (self._words.sentence(state, event), _hall(state).offset_min)
            )
        return Notice(
            id=str(committed.position),
            alert=event.alert,
            about=event.about,
            subject=event.subject,
            tier=event.tier,
            since=rfc3339(committed.wall, offset),
            sentence=sentence,
            params=event.params,
        )

    # --- sending --------------------------------------------------------------------------------

    async def _send(self) -> None:
        while True:
            now, due = self._ms(), self._box.due(self._ms(), await self._quiet())
            if due is None:
                await self._wake.wait()
            elif due > now:
                await self._wake.wait((due - now) / 1000)
            else:
                seen = self._seen
                await self._deliver(self._box.take(now))
                if seen is not None:
                    await asyncio.to_thread(self._write, seen)

    async def _quiet(self) -> int:
        hall = await self._hall()
        minute = (self._desk.now().wall / 60_000 + hall.offset_min) % 1440
        return quiet_ms(self._settings, minute)

    async def _deliver(self, bundle: Bundle) -> None:
        """Send until it went or never will; each loss and return is logged once."""
        began, failed = self._ms(), False
        hall = await self._hall()
        letter = letter_of(
            bundle,
            hall=hall.hall,
            name=hall.name,
            sent_at=rfc3339(self._desk.now().wall, hall.offset_min),
            title=self._words.title(hall.name, len(bundle.notices) + bundle.more, hall.leads),
            more=self._words.more(bundle.more),
        )
        while True:
            try:
                await self._way.send(letter)
            except SendError as error:
                if error.final or self._ms() - began > OLD_MS:
                    log.error(
                        "alert_sink.given_up",
                        sink=self._settings.id,
                        reason=str(error),
                        alerts=len(letter.notices),
                    )
                    return
                if not failed:
                    log.warning("alert_sink.lost", sink=self._settings.id, reason=str(error))
                failed = True
                await self._pause(self._retry.pause())
            else:
                if failed:
                    log.info("alert_sink.back", sink=self._settings.id)
                self._retry.reset()
                return

    async def _pause(self, seconds: float) -> None:
        """Wait; alerts that come meanwhile do not end it."""
        wake = Wake(self._clock)
        await wake.wait(seconds)

    async def _hall(self) -> _Hall:
        with contextlib.suppress(JournalError):
            _, hall = await self._desk.read(_hall)
            return hall
        return _Hall("", "", 0)

    def _ms(self) -> int:
        return round(self._clock.steady() * 1000)

    # --- what survives a restart ----------------------------------------------------------------

    def _read(self) -> Position | None:
        try:
            return Position.parse(self._file.read_text("ascii").strip())
        except (OSError, ValueError):
            return None

    def _write(self, position: Position) -> None:
        try:
            self._file.parent.mkdir(mode=0o700, exist_ok=True)
            write_new(self._file, f"{position}\n".encode(), 0o600)
        except OSError as error:
            # At worst these alerts are sent once more after a restart.
            log.warning("alert_sink.position_not_kept", sink=self._settings.id, reason=str(error))


def _hall(state: State) -> _Hall:
    rules = state.rules
    if rules is None:
        return _Hall("", "", 0)
    return _Hall(rules.hall, rules.name.zh, rules.utc_offset_min, leads_today(state))


def _email(settings: AlertSink) -> Email:
    if settings.email is None:
        raise ValueError(f"alert sink {settings.id} has no way out")
    return settings.email
