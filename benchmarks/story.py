"""A ticket's story out of a year of a busy hall, 300,000 tickets: found by number, window or time and told.

The journal is a real one with every event of every ticket; each is asked for as the page does, on days of
the whole year.
"""

from __future__ import annotations

import asyncio
import datetime
import random
import tempfile
import time
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from benchmarks.figures import DAYS, TICKETS
from benchmarks.invented import BY, invented_events, working_days
from benchmarks.report import Figure, p50, p95
from kioskd.figures.story import Stories
from kioskd.hall import events as e
from kioskd.hall.codec import encode
from kioskd.hall.rules import Rules
from kioskd.journal.journal import Journal
from kioskd.journal.records import Batch, NewEvent
from kioskd.settings.read import load

LIMIT_MS = 1000.0
BATCH = 400
ASKED = 60


async def _write(journal: Journal, rules: Rules, days: list[datetime.date], dice: random.Random) -> int:
    """Put a year into the journal; return how many tickets it has."""
    tickets = at = 0
    for day in days:
        told = sorted(invented_events(rules, day, TICKETS / DAYS, dice), key=lambda one: one[1])
        tickets += sum(isinstance(event, e.TicketIssued) for event, _ in told)
        told.insert(0, (e.DayOpened(by=BY, date=day.isoformat()), told[0][1] - 1))
        for start in range(0, len(told), BATCH):
            batch = []
            for event, wall in told[start : start + BATCH]:
                at += 1
                batch.append(NewEvent(*encode(event), at, wall))
            submitted = journal.submit(Batch(tuple(batch)))
        await submitted.durable
    return tickets


async def _measure(folder: Path, rules: Rules) -> tuple[dict[str, list[float]], int]:
    dice = random.Random(1)
    days = working_days(datetime.date(2026, 1, 1), DAYS)
    journal = await Journal.open(folder, now_wall=1_767_196_800_000, boot="bench")
    tickets = await _write(journal, rules, days, dice)
    stories = Stories(journal.log())
    taken: dict[str, list[float]] = {"by its number": [], "by window and time": [], "told": []}

    def asked(what: str, date: str, **query: object) -> list[object]:
        begin = time.perf_counter()
        found = stories.find(date, **query) or []  # type: ignore[arg-type]
        taken[what].append((time.perf_counter() - begin) * 1000)
        return list(found)

    def ask() -> None:
        for _ in range(ASKED):
            date = dice.choice(days).isoformat()
            one = dice.choice(stories.find(date) or [])
            assert asked("by its number", date, number=one.number)
            if one.windows:
                assert asked("by window and time", date, window=one.windows[0], around=one.called)
            begin = time.perf_counter()
            told = stories.tell(date, one.ticket)
            taken["told"].append((time.perf_counter() - begin) * 1000)
            assert told is not None
            assert told.events

    await asyncio.to_thread(ask)
    await journal.close()
    return taken, tickets


def run() -> Iterator[Figure]:
    """Build a year and ask for stories out of it."""
    rules = load(Path(str(files("kioskd"))).parent / "config" / "sample" / "hall.toml").rules
    with tempfile.TemporaryDirectory(prefix="kioskd-bench-") as name:
        taken, tickets = asyncio.run(_measure(Path(name), rules))
        size = sum(file.stat().st_size for file in Path(name).rglob("*") if file.is_file())
    for what, times in taken.items():
        yield Figure(
            f"a ticket of a year ago, {what}, p95",
            p95(times),
            LIMIT_MS,
            "ms",
            "≤ 1 s over a year",
            note=f"median {p50(times):.0f} ms, {tickets} tickets, journal {size >> 20} MiB",
        )
