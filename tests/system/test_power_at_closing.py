"""The power strip goes off at 17:30 with everything on; the clock is right, or anything but, next morning."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from benchmarks.hubs import SAMPLE_HALL
from kioskd.app import RunningHub, run_hub
from kioskd.hall.codec import decode
from kioskd.hall.commands import By, CallNext, ConfirmDay, IssueTicket, SignIn, Tick
from kioskd.hall.events import AlertRaised, TicketIssued
from kioskd.hall.refusal import Refusal
from kioskd.hub.answers import Done
from kioskd.hub.clock import Clock
from kioskd.journal.records import BEFORE_ALL
from kioskd.settings import load

BY = By(kind="person", id="test", role="lead", via="test")
HALL = timedelta(hours=8)
EVENING = datetime(2026, 11, 23, 17, 29, tzinfo=UTC) - HALL
MORNING = datetime(2026, 11, 24, 8, 31, tzinfo=UTC) - HALL
"""A Monday and the Tuesday after it, in the hall's time."""


class Walls:
    """A machine's clocks, set by hand."""

    def __init__(self, wall: datetime) -> None:
        self.wall_ms = int(wall.timestamp() * 1000)
        self.steady_ms = 1_000_000

    def clock(self) -> Clock:
        return Clock(wall=lambda: self.wall_ms, steady=lambda: self.steady_ms)

    def pass_time(self, **duration: float) -> None:
        ms = int(timedelta(**duration).total_seconds() * 1000)
        self.wall_ms += ms
        self.steady_ms += ms


@asynccontextmanager
async def _hall(data: Path, walls: Walls) -> AsyncIterator[RunningHub]:
    settings = load(SAMPLE_HALL)
    settings = msgspec.structs.replace(
        settings, station=msgspec.structs.replace(settings.station, devices=())
    )
    async with run_hub(settings, data, port=0, clock=walls.clock()) as hub:
        yield hub


async def _issue(hub: RunningHub, name: str) -> TicketIssued | Refusal:
    done = await hub.desk.submit(IssueTicket(by=BY, id=f"t_{name}", code=f"c_{name}", queue="general"))
    if isinstance(done, Refusal):
        return done
    return next(event for event in done.events if isinstance(event, TicketIssued))


async def _evening(folder: Path) -> tuple[Path, int]:
    """Run Monday afternoon's last hour; return the disk as the power cut left it, and its last event."""
    walls = Walls(EVENING - timedelta(hours=1))
    data, left = folder / "running", folder / "left"
    async with _hall(data, walls) as hub:
        await hub.desk.submit(Tick(by=BY))
        await hub.desk.submit(SignIn(by=BY, window="1", teller=hub.settings.rules.tellers[0].id))
        for n in range(3):
            walls.pass_time(minutes=15)
            issued = await _issue(hub, f"monday-{n}")
            assert isinstance(issued, TicketIssued)
            assert issued.count == n + 1
        assert isinstance(await hub.desk.submit(CallNext(by=BY, window="1")), Done)
        walls.pass_time(minutes=14)
        await hub.desk.submit(Tick(by=BY))
        # What is durable now is what the disk holds when the power goes.
        shutil.copytree(data, left, ignore=shutil.ignore_patterns("*.lock"))
        last = hub.journal.durable.seq
    return left, last


async def _tick(hub: RunningHub, walls: Walls) -> None:
    for _ in range(12):
        await hub.desk.submit(Tick(by=BY))
        walls.pass_time(seconds=5)


async def _alerts(hub: RunningHub, since: int) -> list[AlertRaised]:
    found = []
    last = BEFORE_ALL
    while page := hub.journal.read(last, 500):
        for stored in page:
            event = decode(stored.kind, stored.version, stored.body)
            if isinstance(event, AlertRaised) and stored.position.seq > since:
                found.append(event)
        last = page[-1].position
    return found


async def _numbers_are_unique(hub: RunningHub) -> None:
    _, numbers = await hub.desk.read(lambda state: [ticket.number for ticket in state.tickets.values()])
    assert len(set(numbers)) == len(numbers), numbers


async def test_the_clock_is_right(tmp_path: Path) -> None:
    (left, before), walls = await _evening(tmp_path), Walls(MORNING)
    async with _hall(left, walls) as hub:
        await _tick(hub, walls)
        _, day = await hub.desk.read(lambda state: (state.day and state.day.date, state.question))
        assert day == ("2026-11-24", None)
        first = await _issue(hub, "tuesday")
        assert isinstance(first, TicketIssued)
        assert first.count == 1
        assert len(await _alerts(hub, before)) <= 2


@pytest.mark.parametrize(
    "wall",
    [
        pytest.param(datetime(1970, 1, 1, 0, 1, tzinfo=UTC), id="1970"),
        pytest.param(MORNING - timedelta(days=1), id="a day behind"),
        pytest.param(MORNING + timedelta(days=30), id="a month ahead"),
    ],
)
async def test_the_clock_is_not_plausible(tmp_path: Path, wall: datetime) -> None:
    (left, before), walls = await _evening(tmp_path), Walls(wall)
    async with _hall(left, walls) as hub:
        await _tick(hub, walls)
        _, question = await hub.desk.read(lambda state: state.question is not None)
        assert question, "staff must be asked"
        # Numbers go on meanwhile, and never twice.
        meanwhile = await _issue(hub, "meanwhile")
        assert isinstance(meanwhile, TicketIssued), meanwhile
        assert meanwhile.count == 4
        alerts = await _alerts(hub, before)
        assert len(alerts) <= 3, [alert.about for alert in alerts]
        assert [alert.about for alert in alerts].count("day_question") == 1

        confirmed = await hub.desk.submit(ConfirmDay(by=BY, date="2026-11-24"))
        assert isinstance(confirmed, Done), confirmed
        _, date = await hub.desk.read(lambda state: state.day.date if state.day else "")
        assert date == "2026-11-24"
        after = await _issue(hub, "after")
        assert isinstance(after, TicketIssued), after
        assert after.number != meanwhile.number
        await _numbers_are_unique(hub)


async def test_a_day_ahead_is_asked_about_or_right(tmp_path: Path) -> None:
    """A day ahead looks like a hall closed for a day: a working day must not be skipped unasked."""
    (left, _), walls = await _evening(tmp_path), Walls(MORNING + timedelta(days=1))
    async with _hall(left, walls) as hub:
        await _tick(hub, walls)
        _, asked = await hub.desk.read(lambda state: state.question is not None)
        assert asked
        meanwhile = await _issue(hub, "meanwhile")
        assert isinstance(meanwhile, TicketIssued), meanwhile
        assert meanwhile.count == 4
