"""Figures of any day in the journal, counted when asked for and then only what is new."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

import msgspec

from kioskd.figures.day import DayFold
from kioskd.figures.model import DayFigures
from kioskd.hall.codec import decode
from kioskd.hall.events import DayOpened, Event
from kioskd.hall.rules import Rules
from kioskd.journal.journal import Journal
from kioskd.journal.records import Position, StoredEvent

REMEMBERED = 8
"""Days whose count is kept, so that asking again costs only what happened since."""


class _Opening(msgspec.Struct, frozen=True):
    position: Position
    date: str
    kept: tuple[str, ...]


class _Counted:
    """A day counted up to ``last``; tickets in ``apart`` belong to the day after."""

    def __init__(self, fold: DayFold, last: Position, apart: frozenset[str]) -> None:
        self.fold = fold
        self.last = last
        self.apart = apart
        self.late_from: Position | None = None


class History:
    """Counts days out of one journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._days: OrderedDict[str, _Counted] = OrderedDict()
        self._turn = asyncio.Lock()

    async def dates(self) -> list[str]:
        """Return every business day there is, oldest first."""
        return [opening.date for opening in await self._openings()]

    async def day(self, date: str, rules: Rules | None) -> DayFigures | None:
        """Return the figures of a business day so far, None when there was no such day.

        ``rules`` are today's: what they call a long wait or a promise is what a day is measured by, as
        far as it had no other rules itself.
        """
        async with self._turn:
            openings = await self._openings()
            at = next((n for n, opening in enumerate(openings) if opening.date == date), None)
            if at is None:
                self._days.pop(date, None)
                return None
            following = openings[at + 1] if at + 1 < len(openings) else None
            counted = self._days.get(date)
            apart = frozenset(following.kept) if following is not None else frozenset()
            if counted is None or counted.apart != apart or counted.last < openings[at].position:
                before = openings[at - 1].position if at else Position(0, 0)
                counted = await self._start(openings[at], before, rules, apart)
            await self._go_on(counted, following)
            self._days[date] = counted
            self._days.move_to_end(date)
            while len(self._days) > REMEMBERED:
                self._days.popitem(last=False)
            return counted.fold.result(str(counted.last))

    async def _openings(self) -> list[_Opening]:
        openings = []
        for stored in await self._journal.days_opened():
            event = _event(stored)
            assert isinstance(event, DayOpened)
            openings.append(_Opening(stored.position, event.date, event.kept))
        return openings

    async def _start(
        self, opening: _Opening, before: Position, rules: Rules | None, apart: frozenset[str]
    ) -> _Counted:
        fold = DayFold(opening.date, rules)
        counted = _Counted(fold, opening.position, apart)
        if opening.kept:
            # Taken while the date was in question: these tickets stand before their day's opening.
            kept = frozenset(opening.kept)
            async for stored in self._journal.stream(before, opening.position):
                event = _event(stored)
                if getattr(event, "ticket", None) in kept:
                    fold.add(event, stored.wall)
        return counted

    async def _go_on(self, counted: _Counted, following: _Opening | None) -> None:
        until = following.position if following is not None else None
        if until is None or counted.last < until:
            async for stored in self._journal.stream(counted.last, until):
                if stored.kind == "day.opened" and stored.position != until:
                    return  # the next day began just now
                event = _event(stored)
                if getattr(event, "ticket", None) not in counted.apart:
                    counted.fold.add(event, stored.wall)
                counted.last = stored.position
        if until is not None:
            counted.fold.closed = True
            for stored in await self._journal.late_ratings(counted.late_from or until):
                counted.fold.add(_event(stored), stored.wall)
                counted.late_from = stored.position


def _event(stored: StoredEvent) -> Event:
    return decode(stored.kind, stored.version, stored.body)
