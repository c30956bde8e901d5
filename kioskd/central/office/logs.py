"""A hall's log here as `kioskd.figures` reads a journal: for a thread beside the event loop."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Row, and_, or_, select

from kioskd.central.database import Database, Running, Script
from kioskd.central.schema import EVENT
from kioskd.journal.chain import event_id
from kioskd.journal.records import BEFORE_ALL, Position, StoredEvent

T = TypeVar("T")

ANSWER_S = 60.0
OPENING = ("day.opened",)
LATE = ("rating.late", "rating.voided")
RULES = ("settings.applied",)


class HallLog:
    """`kioskd.figures.days.Source` of one hall. Its methods wait, so call them in a thread."""

    def __init__(self, database: Database, hall: str, loop: asyncio.AbstractEventLoop) -> None:
        self._database = database
        self._hall = hall
        self._loop = loop

    def read(self, after: Position, limit: int, until: Position | None = None) -> list[StoredEvent]:
        """Return at most ``limit`` events past ``after``, in order, to ``until`` inclusive."""
        return self._ask(partial(events, self._hall, after, limit, until))

    def chain(self, position: Position) -> bytes | None:
        """Return the chain of the event at ``position``, None when there is none."""
        return self._ask(partial(_chain, self._hall, position))

    def days_opened(self) -> list[StoredEvent]:
        """Return every ``day.opened``, in order."""
        return self._ask(partial(of_kinds, self._hall, OPENING, BEFORE_ALL))

    def late_ratings(self, after: Position) -> list[StoredEvent]:
        """Return every ``rating.late`` and ``rating.voided`` past ``after``, in order."""
        return self._ask(partial(of_kinds, self._hall, LATE, after))

    def rules(self, before: Position) -> StoredEvent | None:
        """Return the last ``settings.applied`` up to a place."""
        return self._ask(partial(_last, self._hall, RULES, before))

    def _ask(self, script: Script[T]) -> T:
        asked = asyncio.run_coroutine_threadsafe(self._database.read(script), self._loop)
        return asked.result(ANSWER_S)


def events(hall: str, after: Position, limit: int, until: Position | None) -> Running[list[StoredEvent]]:
    """Read a part of a hall's log."""
    wanted = select(EVENT).where(EVENT.c.hall == hall, _past(after))
    if until is not None:
        wanted = wanted.where(_to(until))
    rows = yield wanted.order_by(EVENT.c.epoch, EVENT.c.seq).limit(limit)
    return [stored(row) for row in rows]


def of_kinds(hall: str, kinds: tuple[str, ...], after: Position) -> Running[list[StoredEvent]]:
    """Read the events of some kinds past a place."""
    rows = yield (
        select(EVENT)
        .where(EVENT.c.hall == hall, EVENT.c.kind.in_(kinds), _past(after))
        .order_by(EVENT.c.epoch, EVENT.c.seq)
    )
    return [stored(row) for row in rows]


def stored(row: Row[Any]) -> StoredEvent:
    """Return an event as a journal has it."""
    chain = bytes(row.chain)
    return StoredEvent(
        Position(row.epoch, row.seq),
        event_id(chain),
        row.kind,
        row.version,
        row.at,
        row.wall,
        row.boot,
        bytes(row.body),
        chain,
    )


def _chain(hall: str, at: Position) -> Running[bytes | None]:
    rows = yield (
        select(EVENT.c.chain).where(EVENT.c.hall == hall, EVENT.c.epoch == at.epoch, EVENT.c.seq == at.seq)
    )
    return bytes(rows[0].chain) if rows else None


def _last(hall: str, kinds: tuple[str, ...], before: Position) -> Running[StoredEvent | None]:
    rows = yield (
        select(EVENT)
        .where(EVENT.c.hall == hall, EVENT.c.kind.in_(kinds), _to(before))
        .order_by(EVENT.c.epoch.desc(), EVENT.c.seq.desc())
        .limit(1)
    )
    return stored(rows[0]) if rows else None


def _past(at: Position) -> Any:
    return or_(EVENT.c.epoch > at.epoch, and_(EVENT.c.epoch == at.epoch, EVENT.c.seq > at.seq))


def _to(at: Position) -> Any:
    return or_(EVENT.c.epoch < at.epoch, and_(EVENT.c.epoch == at.epoch, EVENT.c.seq <= at.seq))
