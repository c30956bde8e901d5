"""Reads the logs of all halls after they were taken, each event once in effect, and makes something of it.

Taking a push must be quick and must not fail for what somebody makes of it, so that is done afterwards: by
readers, each of which remembers per hall how far it has read in the transaction of what it did.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from sqlalchemy import and_, bindparam, or_, select, text, update

from kioskd.central.database import Bound, Database, Events, Running, Span
from kioskd.central.loops import Loop
from kioskd.central.schema import HALL, READING

LOOK_S = 0.5
"""How often it looks for news: one small query, however many halls there are."""

PAGE = 500
"""Events of a hall that are read at a time."""

HALLS = 100
"""Halls that are read in one transaction: most have next to nothing that a reader wants to know."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reader:
    """What is made of events of some kinds. ``make`` runs in the transaction that notes them as read.

    What it raises is logged, and the events are read again later: it must take whatever a hall may send.
    """

    name: str
    kinds: frozenset[str]
    make: Callable[[str, Any], Running[None]]


class Reading:
    """Runs readers until `end`. Several processes may: a hall is read by one of them at a time."""

    def __init__(self, database: Database, readers: Iterable[Reader]) -> None:
        self._database = database
        self._readers = tuple(readers)
        self._ended = asyncio.Event()
        self._failed: set[tuple[str, str]] = set()
        self._loop = Loop("reading")

    def end(self) -> None:
        """Stop soon."""
        self._ended.set()

    async def run(self) -> None:
        """Read what comes, until `end`."""
        while not self._ended.is_set():
            more = False
            with self._loop.turn():
                found = False
                for reader in self._readers:
                    found |= await self._read(reader)
                more = found
            if not more:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await self._ended.wait()

    async def catch_up(self) -> None:
        """Read everything that is there."""
        for reader in self._readers:
            while await self._read(reader):
                pass

    async def _read(self, reader: Reader) -> bool:
        """Read a page of every hall that has something new; return whether there may be more."""
        more = False
        behind = await self._database.read(partial(halls_behind, reader.name))
        for group in batched(behind, HALLS):
            if self._ended.is_set():
                return False
            try:
                more |= await self._database.write(partial(read_pages, reader, group))
                self._failed.difference_update((reader.name, hall) for hall in group)
            except Exception:
                more |= await self._one_by_one(reader, group)
        return more

    async def _one_by_one(self, reader: Reader, halls: Sequence[str]) -> bool:
        """Read each hall by itself, as something in one of them cannot be read."""
        more = False
        for hall in halls:
            try:
                more |= await self._database.write(partial(read_pages, reader, (hall,)))
                self._failed.discard((reader.name, hall))
            except Exception:
                if (reader.name, hall) not in self._failed:
                    self._failed.add((reader.name, hall))
                    log.exception("hall_not_read", reader=reader.name, hall=hall)
        return more


def batched(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Yield the items in pieces."""
    for n in range(0, len(items), size):
        yield items[n : n + size]


def halls_behind(name: str) -> Running[list[str]]:
    """Return the halls whose log goes on past what a reader has read."""
    rows = yield Bound(_BEHIND, {"reader": name})
    return [row.id for row in rows]


def read_pages(reader: Reader, halls: Sequence[str]) -> Running[bool]:
    """Read some events of each hall, do what they ask, and note how far that was; whether there may be more.

    A hall that another process reads at the moment is left to it.
    """
    at = [{"reader": reader.name, "at": hall} for hall in halls]
    yield Bound(_BEGIN, at)
    ends = yield _ENDS.where(READING.c.name == reader.name, READING.c.hall.in_(halls))
    spans = [Span(row.hall, (row.epoch, row.next), (row.to_epoch, row.to_next)) for row in ends]
    rows = yield Events(spans, reader.kinds, PAGE)
    read = {span.hall: span.end for span in spans}
    many: Counter[str] = Counter()
    for row in rows:
        yield from reader.make(row.hall, row)
        many[row.hall] += 1
        if many[row.hall] == PAGE:
            read[row.hall] = (row.epoch, row.seq + 1)
    if read:
        yield Bound(
            _READ,
            [{"reader": reader.name, "at": hall, "epoch": e, "next": n} for hall, (e, n) in read.items()],
        )
    return PAGE in many.values()


_FAR = or_(
    READING.c.hall.is_(None),
    READING.c.epoch < HALL.c.epoch,
    and_(READING.c.epoch == HALL.c.epoch, READING.c.next < HALL.c.next),
)
_OURS = and_(READING.c.hall == HALL.c.id, READING.c.name == bindparam("reader"))
_BEHIND = (
    select(HALL.c.id)
    .select_from(HALL.outerjoin(READING, _OURS))
    .where(HALL.c.epoch > 0, _FAR)
    .order_by(HALL.c.id)
)
_BEGIN = text(
    "INSERT INTO reading(name, hall, epoch, next) VALUES(:reader, :at, 0, 1) ON CONFLICT DO NOTHING"
)
_ENDS = (
    select(
        READING.c.hall,
        READING.c.epoch,
        READING.c.next,
        HALL.c.epoch.label("to_epoch"),
        HALL.c.next.label("to_next"),
    )
    .join_from(READING, HALL, READING.c.hall == HALL.c.id)
    .order_by(READING.c.hall)
    .with_for_update(of=READING, skip_locked=True)
)
_READ = (
    update(READING)
    .where(READING.c.name == bindparam("reader"), READING.c.hall == bindparam("at"))
    .values(epoch=bindparam("epoch"), next=bindparam("next"))
)
