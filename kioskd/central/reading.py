"""Reads the logs of all halls after they were taken, each event once in effect, and makes something of it.

Taking a push must be quick and must not fail for what somebody makes of it, so that is done afterwards: by
readers, each of which remembers per hall how far it has read in the transaction of what it did.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Row, and_, insert, or_, select, tuple_, update

from kioskd.central.database import Database, Running
from kioskd.central.schema import EVENT, HALL, READING

LOOK_S = 0.5
"""How often it looks for news: one small query, however many halls there are."""

PAGE = 500

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reader:
    """What is made of events of some kinds. ``make`` runs in the transaction that notes them as read.

    What it raises is logged, and the events are read again later: it must take whatever a hall may send.
    """

    name: str
    kinds: frozenset[str]
    make: Callable[[str, Row[Any]], Running[None]]


class Reading:
    """Runs readers until `end`. Several processes may: a hall is read by one of them at a time."""

    def __init__(self, database: Database, readers: Iterable[Reader]) -> None:
        self._database = database
        self._readers = tuple(readers)
        self._ended = asyncio.Event()
        self._failed: set[tuple[str, str]] = set()

    def end(self) -> None:
        """Stop soon."""
        self._ended.set()

    async def run(self) -> None:
        """Read what comes, until `end`."""
        while not self._ended.is_set():
            more = False
            try:
                for reader in self._readers:
                    more |= await self._read(reader)
            except Exception as error:
                log.warning("logs_not_read", error=str(error))
                more = False
            if not more:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._ended.wait(), LOOK_S)

    async def catch_up(self) -> None:
        """Read everything that is there."""
        for reader in self._readers:
            while await self._read(reader):
                pass

    async def _read(self, reader: Reader) -> bool:
        """Read a page of every hall that has something new; return whether there may be more."""
        more = False
        for hall in await self._database.read(partial(behind, reader.name)):
            if self._ended.is_set():
                return False
            try:
                more |= await self._database.write(partial(read_page, reader, hall))
                self._failed.discard((reader.name, hall))
            except Exception:
                if (reader.name, hall) not in self._failed:
                    self._failed.add((reader.name, hall))
                    log.exception("hall_not_read", reader=reader.name, hall=hall)
        return more


def behind(name: str) -> Running[list[str]]:
    """Return the halls whose log goes on past what a reader has read."""
    far = or_(
        READING.c.hall.is_(None),
        READING.c.epoch < HALL.c.epoch,
        and_(READING.c.epoch == HALL.c.epoch, READING.c.next < HALL.c.next),
    )
    rows = yield (
        select(HALL.c.id)
        .select_from(HALL.outerjoin(READING, and_(READING.c.hall == HALL.c.id, READING.c.name == name)))
        .where(HALL.c.epoch > 0, far)
    )
    return [row.id for row in rows]


def read_page(reader: Reader, hall: str) -> Running[bool]:
    """Read some events of a hall, do what they ask, and note how far that was."""
    ours = (READING.c.name == reader.name, READING.c.hall == hall)
    known = yield select(READING).where(*ours).with_for_update()
    if not known:
        yield insert(READING).values(name=reader.name, hall=hall, epoch=0, next=1)
        known = yield select(READING).where(*ours).with_for_update()
    ends = (yield select(HALL.c.epoch, HALL.c.next).where(HALL.c.id == hall))[0]
    at = (known[0].epoch, known[0].next)
    rows = yield (
        select(EVENT)
        .where(
            EVENT.c.hall == hall,
            tuple_(EVENT.c.epoch, EVENT.c.seq) >= at,
            tuple_(EVENT.c.epoch, EVENT.c.seq) < (ends.epoch, ends.next),
            EVENT.c.kind.in_(reader.kinds),
        )
        .order_by(EVENT.c.epoch, EVENT.c.seq)
        .limit(PAGE)
    )
    for row in rows:
        yield from reader.make(hall, row)
    full = len(rows) == PAGE
    epoch, after = (rows[-1].epoch, rows[-1].seq + 1) if full else (ends.epoch, ends.next)
    yield update(READING).where(*ours).values(epoch=epoch, next=after)
    return full
