"""Figures of any day in the journal, counted when asked for, off the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict

from kioskd.figures.days import DayCount, Days
from kioskd.figures.model import DayFigures
from kioskd.hall.rules import Rules
from kioskd.journal.journal import Journal

REMEMBERED = 8
"""Days whose count is kept, so that asking again costs only what happened since."""


class History:
    """Counts days out of one journal."""

    def __init__(self, journal: Journal) -> None:
        self._days = Days(journal.log())
        self._counted: OrderedDict[str, DayCount] = OrderedDict()
        # A thread lock: a thread counts on when the task that waits for it is cancelled.
        self._turn = threading.Lock()

    async def dates(self) -> list[str]:
        """Return every business day there is, oldest first."""
        return [opening.date for opening in await asyncio.to_thread(self._days.openings)]

    async def day(self, date: str, rules: Rules | None) -> DayFigures | None:
        """Return the figures of a business day so far, None when there was no such day.

        ``rules`` are today's: what they call a long wait or a promise is what a day is measured by, as
        far as it had no other rules itself.
        """

        def count() -> DayFigures | None:
            with self._turn:
                return self._day(date, rules)

        return await asyncio.to_thread(count)

    def _day(self, date: str, rules: Rules | None) -> DayFigures | None:
        openings = self._days.openings()
        at = next((n for n, opening in enumerate(openings) if opening.date == date), None)
        known = self._counted.pop(date, None)
        if at is None:
            return None
        count = self._days.count(openings, at, rules, known)
        self._counted[date] = count
        while len(self._counted) > REMEMBERED:
            self._counted.popitem(last=False)
        return count.fold.result(str(count.last))
