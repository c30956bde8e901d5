"""Small helpers that say in one word what the tests of the journal do over and over."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from kioskd.journal import Batch, GuardNumbers, Journal, JournalSettings, NewEvent, RequestRecord, StoredEvent
from kioskd.journal.database import DATABASE_NAME
from kioskd.journal.export import read_all
from kioskd.journal.guard import GUARD_NAME, read_guard
from kioskd.journal.keys import KEY_NAME, load_keys
from kioskd.journal.verify import Report, verify

WALL = 1_767_225_600_000
SMALL = JournalSettings(reserve_mib=1)


def event(number: int = 0, kind: str = "ticket.issued") -> NewEvent:
    return NewEvent(kind, 1, b'{"number":%d}' % number, at=WALL + number, wall=WALL + number)


def batch(number: int, *, keyed: bool = False) -> Batch:
    record = RequestRecord(f"key-{number}", b"print", b"answer %d" % number, 1_000) if keyed else None
    return Batch((event(number),), record)


def numbers(last: int) -> GuardNumbers:
    return GuardNumbers("2026-01-01", {"A": last})


@asynccontextmanager
async def opened(
    folder: Path,
    *,
    settings: JournalSettings = SMALL,
    vfs: str | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncIterator[Journal]:
    journal = await Journal.open(
        folder, now_wall=WALL, boot="boot-1", settings=settings, vfs=vfs, clock=clock
    )
    try:
        yield journal
    finally:
        await journal.close()


async def issue(journal: Journal, *which: int) -> list[StoredEvent]:
    stored: list[StoredEvent] = []
    for number in which:
        submitted = journal.submit(batch(number), numbers=numbers(number))
        await submitted.durable
        stored.extend(submitted.events)
    return stored


def everything(folder: Path) -> list[StoredEvent]:
    return list(read_all(folder / DATABASE_NAME))


def issued(folder: Path) -> list[int]:
    return [stored.wall - WALL for stored in everything(folder) if stored.kind == "ticket.issued"]


def examine(folder: Path) -> Report:
    guard = read_guard(folder / GUARD_NAME)
    return verify(folder / DATABASE_NAME, keys=load_keys(folder / KEY_NAME), guard=guard)
