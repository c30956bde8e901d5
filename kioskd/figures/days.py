"""Business days counted out of a journal, one at a time and then only what is new; blocks for reading."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import msgspec

from kioskd.figures.anomalies import Watch
from kioskd.figures.day import DayFold
from kioskd.figures.measures import Measures
from kioskd.hall.codec import decode
from kioskd.hall.events import AuditNoted, DayOpened, Event, SettingsApplied
from kioskd.hall.rules import Rules
from kioskd.journal.records import BEFORE_ALL, Position, StoredEvent

PAGE = 500
SIGNED = "day_journal.signed"
"""The audit note by which a lead signs a day's journal; the newest of several amends those before."""


class Source(Protocol):
    """Where durable events are read: `kioskd.journal.reader.Log`, or a journal that nobody runs."""

    def read(self, after: Position, limit: int, until: Position | None = None) -> list[StoredEvent]:
        """Return at most ``limit`` events past ``after``, in order, to ``until`` inclusive."""

    def chain(self, position: Position) -> bytes | None:
        """Return the chain of the event at ``position``, None when there is none."""

    def days_opened(self) -> list[StoredEvent]:
        """Return every ``day.opened``, in order."""

    def late_ratings(self, after: Position) -> list[StoredEvent]:
        """Return every ``rating.late`` and ``rating.voided`` past ``after``, in order."""


class Opening(msgspec.Struct, frozen=True):
    """A business day's beginning. ``kept`` are tickets that were taken before it and belong to it."""

    position: Position
    date: str
    kept: tuple[str, ...]


class Signature(msgspec.Struct, frozen=True):
    """A sign-off as it stands in the journal; ``date`` is the day that was signed."""

    position: Position
    date: str
    wall: int
    by: str
    params: dict[str, str | int | float | bool | None]


class DayCount:
    """A day counted up to ``last``; tickets in ``apart`` belong to the day after."""

    def __init__(self, opening: Opening, measures: Rules | Measures | None, apart: frozenset[str]) -> None:
        self.opening = opening
        self.fold = DayFold(opening.date, measures)
        self.watch = Watch()
        self.signatures: list[Signature] = []
        self.last = opening.position
        self.apart = apart
        self.late = BEFORE_ALL

    def add(self, stored: StoredEvent) -> None:
        """Count one event."""
        event = decoded(stored)
        if isinstance(event, AuditNoted) and event.action == SIGNED:
            self.signatures.append(
                Signature(stored.position, event.subject, stored.wall, event.by.id, event.params)
            )
        if getattr(event, "ticket", None) not in self.apart:
            self.fold.add(event, stored.wall)
            self.watch.add(event, stored.wall, self.fold.measures)


class Days:
    """Counts days of one journal. For one thread at a time."""

    def __init__(self, source: Source, breathe: Callable[[], None] = lambda: None) -> None:
        """``breathe`` is called after each page, to leave others their turn."""
        self._source = source
        self._breathe = breathe

    def openings(self) -> list[Opening]:
        """Return the beginning of every business day, oldest first."""
        openings = []
        for stored in self._source.days_opened():
            event = decoded(stored)
            assert isinstance(event, DayOpened)
            openings.append(Opening(stored.position, event.date, event.kept))
        return openings

    def count(
        self,
        openings: list[Opening],
        at: int,
        measures: Rules | Measures | None,
        known: DayCount | None = None,
    ) -> DayCount:
        """Count the day of ``openings[at]`` as far as it got, going on from ``known`` where that still holds.

        ``measures`` held when it opened.
        """
        opening = openings[at]
        following = openings[at + 1] if at + 1 < len(openings) else None
        apart = frozenset(following.kept) if following is not None else frozenset[str]()
        if known is None or known.apart != apart or known.opening != opening or not self._holds(known):
            known = DayCount(opening, measures, apart)
            self._begin(known, openings[at - 1].position if at else BEFORE_ALL)
        self._go_on(known, following)
        return known

    def measures_before(self, opening: Opening) -> Measures | None:
        """Return what held when the first day of all opened."""
        found: Measures | None = None
        for stored in self._pages(BEFORE_ALL, opening.position):
            if stored.kind == "settings.applied":
                event = decoded(stored)
                assert isinstance(event, SettingsApplied)
                found = Measures.of(event.rules)
        return found

    def _holds(self, known: DayCount) -> bool:
        return self._source.chain(known.last) is not None and (
            known.late == BEFORE_ALL or self._source.chain(known.late) is not None
        )

    def _begin(self, count: DayCount, before: Position) -> None:
        kept = frozenset(count.opening.kept)
        if not kept:
            return
        # Taken while the date was in question: these tickets stand before their day's opening.
        for stored in self._pages(before, count.opening.position):
            event = decoded(stored)
            if getattr(event, "ticket", None) in kept:
                count.fold.add(event, stored.wall)
                count.watch.add(event, stored.wall, count.fold.measures)

    def _go_on(self, count: DayCount, following: Opening | None) -> None:
        until = following.position if following is not None else None
        if until is None or count.last < until:
            for stored in self._pages(count.last, until):
                if stored.kind == "day.opened" and stored.position != until:
                    return  # the next day began just now
                count.add(stored)
                count.last = stored.position
        if until is not None:
            count.fold.closed = True
            for stored in self._source.late_ratings(max(count.late, until)):
                count.fold.add(decoded(stored), stored.wall)
                count.late = stored.position

    def _pages(self, after: Position, until: Position | None) -> Iterator[StoredEvent]:
        while page := self._source.read(after, PAGE, until):
            yield from page
            after = page[-1].position
            self._breathe()


def decoded(stored: StoredEvent) -> Event:
    """Return the event in what was stored."""
    return decode(stored.kind, stored.version, stored.body)
