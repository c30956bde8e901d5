"""Counts every hall's days out of its log, as the hall itself does: the present one again and again, those
that are over once.

What is over is kept in the database for reports; what is in memory can be made anew by any process.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec
import structlog
from sqlalchemy import delete, insert, select

from kioskd.central.database import Database, Running
from kioskd.central.loops import Loop
from kioskd.central.office.logs import HallLog
from kioskd.central.office.tables import DAY
from kioskd.central.schema import HALL
from kioskd.figures.anomalies import Anomaly
from kioskd.figures.days import DayCount, Days, Opening, decoded
from kioskd.figures.measures import Measures
from kioskd.figures.model import DayFigures
from kioskd.hall.codec import UnknownEventError
from kioskd.hall.events import RatingLate, RatingVoided, SettingsApplied
from kioskd.hall.rules import Rules
from kioskd.journal.records import BEFORE_ALL, Position

LOOK_S = 2.0
"""How often what halls sent is counted while somebody looks."""

REST_S = 60.0
"""And while nobody does: days that ended are kept all the same."""

LOOKED_S = 300.0

log = structlog.get_logger(__name__)


@dataclass
class HallDays:
    """What is known of one hall's days. ``through`` is the end of its log when it was counted."""

    through: tuple[int, int] = (0, 0)
    openings: list[Opening] = field(default_factory=list)
    present: DayCount | None = None
    rules: Rules | None = None
    kept: bool = False
    late: Position = BEFORE_ALL
    failed: str = ""


@dataclass(frozen=True)
class Counted:
    """A day of a hall."""

    date: str
    figures: DayFigures
    anomalies: tuple[Anomaly, ...]


class Counting:
    """One a process. `look` says that somebody wants figures now."""

    def __init__(self, database: Database, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._monotonic = monotonic
        self._halls: dict[str, HallDays] = {}
        self._looked = float("-inf")
        self._stirred = asyncio.Event()
        self._counting = asyncio.Lock()

    def look(self) -> None:
        """Somebody looks: count soon, and go on counting for a while."""
        fresh = self._monotonic() - self._looked > LOOKED_S
        self._looked = self._monotonic()
        if fresh:
            self._stirred.set()

    def hall(self, hall: str) -> HallDays | None:
        """Return what is known of a hall's days so far."""
        return self._halls.get(hall)

    def today(self, hall: str) -> Counted | None:
        """Return a hall's newest day as far as it was counted."""
        known = self._halls.get(hall)
        return None if known is None or known.present is None else _counted(known.present)

    async def run(self) -> None:
        """Count for ever."""
        loop = Loop("counting")
        while True:
            self._stirred.clear()
            with loop.turn():
                await self.catch_up()
            looked = self._monotonic() - self._looked < LOOKED_S
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S if looked else REST_S):
                    await self._stirred.wait()

    async def catch_up(self) -> None:
        """Count what halls sent since the last time."""
        async with self._counting:
            for hall, end in await self._database.read(_ends):
                known = self._halls.setdefault(hall, HallDays())
                if known.through != end:
                    await self._count(hall, known, end)

    async def day(self, hall: str, date: str) -> Counted | None:
        """Return a day: the present one, one that is kept, or one that is counted now."""
        known = self._halls.get(hall)
        if known is not None and known.present is not None and known.present.opening.date == date:
            return _counted(known.present)
        return await self._database.read(partial(kept_day, hall, date))

    async def _count(self, hall: str, known: HallDays, end: tuple[int, int]) -> None:
        source = HallLog(self._database, hall, asyncio.get_running_loop())
        try:
            over = await asyncio.to_thread(
                _count, source, known, await self._database.read(partial(_kept, hall))
            )
        except UnknownEventError as error:
            # A hall that is newer than this server: its queue and its log go on, its figures wait for us.
            if known.failed != str(error):
                log.warning("hall_not_counted", hall=hall, error=str(error))
            known.failed = str(error)
            known.through = end
            return
        known.failed = ""
        for count in over:
            await self._database.write(partial(_keep, hall, count))
        known.through = end


def _count(source: HallLog, known: HallDays, kept: frozenset[str]) -> list[DayCount]:
    """Bring a hall's days up to date; return those that are over and not kept as they are now."""
    days = Days(source, lambda: time.sleep(0.001))  # Python's lock goes to the event loop meanwhile
    openings = days.openings()
    known.openings = openings
    if not openings:
        return []
    changed = set()
    for stored in source.late_ratings(known.late):
        event = decoded(stored)
        if isinstance(event, RatingLate | RatingVoided):
            changed.add(event.date)
        known.late = stored.position
    over = []
    for n, opening in enumerate(openings[:-1]):
        if opening.date not in kept or (opening.date in changed and known.kept):
            over.append(days.count(openings, n, _measures(source, opening)))
    known.kept = True
    present = days.count(openings, len(openings) - 1, _measures(source, openings[-1]), known.present)
    known.present = present
    newest = source.rules(present.last)
    if newest is not None:
        event = decoded(newest)
        assert isinstance(event, SettingsApplied)
        known.rules = event.rules
    return over


def _measures(source: HallLog, opening: Opening) -> Measures | None:
    found = source.rules(opening.position)
    if found is None:
        return None
    event = decoded(found)
    assert isinstance(event, SettingsApplied)
    return Measures.of(event.rules)


def _counted(count: DayCount) -> Counted:
    through = f"{count.last.epoch}.{count.last.seq}"
    return Counted(count.opening.date, count.fold.result(through), tuple(count.watch.found))


def _ends() -> Running[list[tuple[str, tuple[int, int]]]]:
    rows = yield select(HALL.c.id, HALL.c.epoch, HALL.c.next).where(HALL.c.epoch > 0)
    return [(row.id, (row.epoch, row.next)) for row in rows]


def _kept(hall: str) -> Running[frozenset[str]]:
    rows = yield select(DAY.c.date).where(DAY.c.hall == hall)
    return frozenset(row.date for row in rows)


def _keep(hall: str, count: DayCount) -> Running[None]:
    counted = _counted(count)
    yield delete(DAY).where(DAY.c.hall == hall, DAY.c.date == counted.date)
    yield insert(DAY).values(
        hall=hall,
        date=counted.date,
        epoch=count.last.epoch,
        seq=count.last.seq,
        figures=msgspec.json.encode(counted.figures),
        anomalies=msgspec.json.encode(counted.anomalies),
    )


def kept_day(hall: str, date: str) -> Running[Counted | None]:
    """Return a day that is over."""
    rows = yield select(DAY).where(DAY.c.hall == hall, DAY.c.date == date)
    return _of_row(rows[0]) if rows else None


def kept_days(since: str, until: str, hall: str = "") -> Running[list[tuple[str, Counted]]]:
    """Return the days that are over of one hall or all, by hall and date."""
    wanted = select(DAY).where(DAY.c.date >= since, DAY.c.date <= until)
    if hall:
        wanted = wanted.where(DAY.c.hall == hall)
    rows = yield wanted.order_by(DAY.c.hall, DAY.c.date)
    return [(row.hall, _of_row(row)) for row in rows]


def _of_row(row: Any) -> Counted:
    return Counted(
        row.date,
        msgspec.json.decode(row.figures, type=DayFigures),
        msgspec.json.decode(row.anomalies, type=tuple[Anomaly, ...]),
    )
