"""Daily figures kept beside the journal: counted once, and again only where the journal says otherwise."""

from __future__ import annotations

import threading
from collections.abc import Callable

from kioskd.figures.days import DayCount, Days, Opening, Source, decoded
from kioskd.figures.measures import Measures
from kioskd.figures.store import DayRow, Store
from kioskd.hall.events import RatingLate, RatingVoided
from kioskd.journal.records import BEFORE_ALL, Position


class Rollups:
    """Keeps a store of figures true to a journal.

    `catch_up` may run in any thread and be interrupted at any moment: each day is written whole or not at
    all. What a restored journal no longer holds is forgotten; an answer that came late counts its day anew.
    """

    def __init__(self, source: Source, store: Store, breathe: Callable[[], None] = lambda: None) -> None:
        """``breathe`` is called now and then in a long count, to leave others their turn."""
        self._source = source
        self._store = store
        self._days = Days(source, breathe)
        self._turn = threading.Lock()
        self._today: DayCount | None = None

    @property
    def store(self) -> Store:
        """Where the figures are."""
        return self._store

    def catch_up(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Count what is new or was changed; return how many days were written.

        ``stop`` is asked after each day. Raises `JournalError`, `apsw.Error`.
        """
        with self._turn:
            return self._catch_up(stop)

    def rebuild(self) -> int:
        """Forget everything and count it anew; return the number of days."""
        with self._turn:
            self._store.clear()
            self._today = None
            return self._catch_up(lambda: False)

    def _catch_up(self, stop: Callable[[], bool]) -> int:
        openings = self._openings()
        known = self._store.days()
        dates = {opening.date for opening in openings}
        void = [date for date in known if date not in dates]
        if void:
            self._store.drop(void)
        late = self._late()
        measures: Measures | None = None
        written = 0
        for at, opening in enumerate(openings):
            row = known.get(opening.date)
            following = openings[at + 1].position.number if at + 1 < len(openings) else 0
            if row is None or not self._holds(row, opening, following, late.get(opening.date, 0)):
                if stop():
                    break
                if at == 0:
                    measures = self._days.measures_before(opening)
                measures, wrote = self._count(openings, at, measures, row, late.get(opening.date, 0))
                written += wrote
            else:
                measures = row.measures
        return written

    def _openings(self) -> list[Opening]:
        seen: dict[str, Opening] = {}
        for opening in self._days.openings():
            seen.setdefault(opening.date, opening)
        return list(seen.values())

    def _holds(self, row: DayRow, opening: Opening, following: int, late: int) -> bool:
        """Whether a day that is over was counted to its end, in this very history."""
        return (
            row.opened == opening.position.number
            and following != 0
            and row.ended == following
            and row.late == late
            and self._source.chain(opening.position) == row.opened_chain
            and self._source.chain(Position.from_number(row.through)) == row.through_chain
        )

    def _count(
        self, openings: list[Opening], at: int, measures: Measures | None, row: DayRow | None, late: int
    ) -> tuple[Measures, bool]:
        opening = openings[at]
        today = self._today if self._today is not None and self._today.opening == opening else None
        count = self._days.count(openings, at, measures, today)
        last = at + 1 == len(openings)
        self._today = count if last else None
        ended = 0 if last else openings[at + 1].position.number
        begun, through = self._source.chain(opening.position), self._source.chain(count.last)
        if begun is None or through is None:
            self._today = None  # the journal was opened anew just now: the next pass tells
            return count.fold.measures, False
        fresh = row is None or (row.through, row.through_chain, row.ended, row.late, row.opened_chain) != (
            count.last.number,
            through,
            ended,
            late,
            begun,
        )
        if fresh:
            self._store.put(count, (begun, through), ended, late)
        return count.fold.measures, fresh

    def _late(self) -> dict[str, int]:
        late: dict[str, int] = {}
        for stored in self._source.late_ratings(BEFORE_ALL):
            event = decoded(stored)
            if isinstance(event, RatingLate | RatingVoided):
                late[event.date] = stored.position.number
        return late
