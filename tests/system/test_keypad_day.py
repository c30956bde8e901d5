"""A whole working day by keypad alone: no page is open, nobody signs in, every key is a frame on a wire."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest

from benchmarks.hubs import SAMPLE_HALL
from kioskd.hall.commands import Tick
from kioskd.hall.events import (
    AlertRaised,
    DayClosed,
    DayOpened,
    HallChecked,
    Paused,
    RatingGiven,
    RatingMissed,
    RatingOpened,
    Resumed,
    TicketAnnounced,
    TicketCalled,
    TicketEnded,
    TicketFinished,
    TicketHeld,
    TicketIssued,
    TicketNoShow,
    TicketRecalled,
    TicketReturned,
    TicketStarted,
)
from kioskd.hub.answers import Done
from kioskd.hub.desk import SYSTEM
from kioskd.settings import HallSettings, load
from kioskd.station.config import DeviceSettings
from tests.system.hall import SimulatedHall, simulated_hall
from tests.system.handclock import HandClock

E = TypeVar("E")

DATE = "2026-11-24"
"""A Tuesday without anything special."""

ARRIVALS = ("general", "card", "general", "employer", "advice", "general", "special", "general", "enterprise")
MINUTES_BETWEEN = 10
VISITS = ("rated", "unrated", "next", "rated", "no_show", "held", "slow", "no_show_by_call", "paused")
LEVELS = (5, 5, 4, 3, 1)


def _hall() -> HallSettings:
    """The sample hall. Its clock is ours, so only the hub can tell a bounce from a second press."""
    hall = load(SAMPLE_HALL)
    devices = tuple(map(_unbounced, hall.station.devices))
    return msgspec.structs.replace(hall, station=msgspec.structs.replace(hall.station, devices=devices))


def _unbounced(device: DeviceSettings) -> DeviceSettings:
    if device.driver != "call_pad.ff68":
        return device
    return msgspec.structs.replace(device, options=device.options | {"debounce_ms": 1.0})


HALL = _hall()


class Day:
    """The hall on that day, and what people do with their hands."""

    def __init__(self, hall: SimulatedHall, clock: HandClock) -> None:
        self.hall = hall
        self.clock = clock
        self.busy: set[str] = set()
        """Windows at which a visit is not over."""
        self._visits = count()
        self._ratings = count()

    def local(self) -> str:
        return self.clock.now.strftime("%H:%M")

    async def pass_time(self, seconds: int) -> None:
        """Let time pass and everything that is due by then happen."""
        self.clock.wait(seconds)
        while isinstance(done := await self.hall.hub.desk.submit(Tick(by=SYSTEM)), Done) and done.events:
            pass

    async def until_time(self, time: str) -> None:
        """Wait for a time of this day, minute by minute."""
        while self.local() < time:
            await self.pass_time(60)

    async def keypads_true(self) -> None:
        """Wait until every keypad shows how many wait for its window; blank where it is closed."""

        async def untrue() -> list[str]:
            windows = await self.hall.get("lead", "windows")
            shown = {w["id"]: self.hall.device(f"keypad-{w['id']}").simulator.digits.strip() for w in windows}
            return [
                f"{w['id']}: {shown[w['id']]!r} for {w['state']}, {w['waiting']} waiting"
                for w in windows
                if shown[w["id"]] not in _digits(w)
            ]

        await self.hall.until_none(untrue)

    async def arrive(self, queue: str) -> int:
        """Take a number; return the status: not every queue gives tickets at lunch."""
        more = {"headcount": 12} if queue == "enterprise" else {}
        answer = await self.hall.post("kiosk", "tickets", {"queue": queue, **more})
        assert answer.status == 201 or answer.body["code"] == "closed", answer
        return int(answer.status)

    async def press(self, window: str, key: str, kind: type[E]) -> E:
        """Press a key and return what came of it."""
        since = len(self.hall.news.events)
        self.clock.wait(1)
        self.hall.press(window, key)
        await self.hall.until(
            lambda: self.hall.of(kind, since, window=window),
            f"{kind.__name__} by {key} at {window}, {self.local()}",
        )
        return self.hall.of(kind, since, window=window)[0]

    async def beeps(self, window: str, key: str) -> None:
        """Press a key that must do nothing but beep."""
        pad = self.hall.device(f"keypad-{window}").simulator
        before, events = pad.beeps, len(self.hall.news.events)
        self.clock.wait(1)
        self.hall.press(window, key)
        await self.hall.until(lambda: pad.beeps > before, f"a beep for {key} at {window}")
        assert not [event for event in self.hall.news.events[events:] if getattr(event, "key", "")]

    async def announced(self, number: str, call: int) -> None:
        await self.hall.until(
            lambda: self.hall.of(TicketAnnounced, number=number, call=call),
            f"call {call} of {number} on a sign",
        )

    # --- tellers ----------------------------------------------------------------------------------

    async def work(self, window: str) -> AsyncGenerator[int, None]:
        """Serve one after the other by what the keypad shows; yields minutes until the next look."""
        while True:
            if self.waiting(window):
                self.busy.add(window)
                plan = VISITS[next(self._visits) % len(VISITS)]
                async for minutes in getattr(self, f"_{plan}")(window):
                    yield minutes
                self.busy.discard(window)
            yield 1

    def waiting(self, window: str) -> int:
        """Return what the keypad says."""
        return int(self.hall.device(f"keypad-{window}").simulator.digits.strip() or 0)

    async def _rated(self, window: str) -> AsyncIterator[int]:
        called = await self.press(window, "call", TicketCalled)
        await self.announced(called.number, 1)
        await self.press(window, "confirm", TicketStarted)
        yield 6
        await self.press(window, "evaluate", TicketFinished)
        pad = self.hall.device(f"pad-{window}").simulator
        await self.hall.until(lambda: pad.digits.strip() == called.number[1:], f"{called.number} on the pad")
        self.clock.wait(5)
        pad.rate(LEVELS[next(self._ratings) % len(LEVELS)])
        await self.hall.until(lambda: self.hall.of(RatingGiven, number=called.number), "the rating")
        yield 1

    async def _unrated(self, window: str) -> AsyncIterator[int]:
        called = await self.press(window, "call", TicketCalled)
        yield 5
        assert self.hall.of(TicketStarted, number=called.number)[-1].how == "time"
        await self.press(window, "evaluate", TicketFinished)
        yield 2
        assert self.hall.of(RatingMissed, number=called.number)[0].why == "timeout"

    async def _next(self, window: str) -> AsyncIterator[int]:
        first = await self.press(window, "call", TicketCalled)
        yield 4
        finished = await self.press(window, "call", TicketFinished)
        assert (finished.number, finished.implicit) == (first.number, True)
        yield 1
        # Whoever was called by the same press is served like anybody else.
        window_now = await self.hall.window(window)
        if window_now.get("number"):
            await self.press(window, "evaluate", TicketFinished)
            yield 2

    async def _no_show(self, window: str) -> AsyncIterator[int]:
        called = await self.press(window, "call", TicketCalled)
        for call in (2, 3):
            await self.announced(called.number, call - 1)
            self.clock.wait(15)
            await self.beeps(window, "no_show")
            recalled = await self.press(window, "recall", TicketRecalled)
            assert (recalled.number, recalled.call) == (called.number, call)
        await self.announced(called.number, 3)
        self.clock.wait(15)
        gone = await self.press(window, "no_show", TicketNoShow)
        assert (gone.number, gone.calls) == (called.number, 3)
        yield 3
        # The citizen comes back to the ticket machine.
        await self.hall.post("kiosk", f"tickets/{called.ticket}/return", ok=200)

    async def _no_show_by_call(self, window: str) -> AsyncIterator[int]:
        called = await self.press(window, "call", TicketCalled)
        for call in (2, 3):
            await self.announced(called.number, call - 1)
            self.clock.wait(15)
            await self.press(window, "call", TicketRecalled)
        await self.announced(called.number, 3)
        self.clock.wait(15)
        gone = await self.press(window, "call", TicketNoShow)
        assert gone.number == called.number
        yield 1
        window_now = await self.hall.window(window)
        if window_now.get("number"):
            await self.press(window, "evaluate", TicketFinished)
            yield 2

    async def _held(self, window: str) -> AsyncIterator[int]:
        called = await self.press(window, "call", TicketCalled)
        await self.press(window, "confirm", TicketStarted)
        yield 2
        await self.press(window, "hold", TicketHeld)
        yield 4
        again = await self.press(window, "call_back", TicketCalled)
        assert (again.number, again.by_hand) == (called.number, True)
        yield 3
        await self.press(window, "evaluate", TicketFinished)
        yield 2

    async def _slow(self, window: str) -> AsyncIterator[int]:
        await self.press(window, "call", TicketCalled)
        await self.press(window, "confirm", TicketStarted)
        await self.beeps(window, "transfer")
        yield 33
        await self.press(window, "evaluate", TicketFinished)
        yield 2

    async def _paused(self, window: str) -> AsyncIterator[int]:
        await self.press(window, "pause", Paused)
        await self.hall.until(lambda: "暂停服务" in self.hall.reads(f"sign-{window}"), "暂停服务")
        await self.beeps(window, "call")
        yield 11
        await self.press(window, "pause", Resumed)
        yield 1


def _digits(window: Any) -> tuple[str, ...]:
    """What a keypad may show."""
    waiting = str(window["waiting"])
    return {"closed": ("",), "paused": ("", waiting)}.get(window["state"], (waiting,))


async def _work_all_day(day: Day, until: str) -> None:
    """Tellers serve whom their keypads show, citizens come and go; at ``until`` nobody is left."""
    hall = day.hall
    tellers = {str(n): day.work(str(n)) for n in range(1, 13)}
    free_at = dict.fromkeys(tellers, 0)
    minute = seen = 0
    while day.local() < until or day.busy or any(day.waiting(window) for window in tellers):
        if minute % MINUTES_BETWEEN == 0 and day.local() < until:
            await day.arrive(ARRIVALS[minute // MINUTES_BETWEEN % len(ARRIVALS)])
        # Not always the same one is first.
        first = minute % len(tellers)
        for window in [*tellers][first:] + [*tellers][:first]:
            if free_at[window] > minute:
                continue
            if len(hall.news.events) > seen:
                await day.keypads_true()
                seen = len(hall.news.events)
            free_at[window] = minute + await anext(tellers[window])
        await day.pass_time(60)
        minute += 1
    for teller in tellers.values():
        await teller.aclose()


async def test_a_working_day_by_keypad_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Counts on keypads and boards may trail; on this day a minute passes in milliseconds.
    monkeypatch.setattr("kioskd.hub.planner.LAZY_S", 0.01)
    clock = HandClock(datetime.fromisoformat(f"{DATE}T08:00"))
    async with simulated_hall(HALL, tmp_path, clock=clock.clock) as hall:
        day, news = Day(hall, clock), hall.of
        await hall.until_none(hall.untrue_signs)
        assert _lit(hall) == [], "dark before opening"
        await day.until_time("08:20")
        assert [check.missing for check in news(HallChecked)] == [{}], "开门检查: everything is up"

        await _work_all_day(day, "16:40")
        await day.until_time("17:10")
        await _evening(day)
        await day.until_time("18:00")
        assert not news(DayClosed), "nobody closed the day"
        # Nobody does anything: the hub itself sees that the night is over.
        clock.wait(11 * 3600 + 60)
        await hall.until(lambda: news(DayOpened), "the next day")
        (closed,) = news(DayClosed)
        assert (closed.date, closed.planned, closed.planned_end) == (DATE, True, "17:30")
        assert news(DayOpened)[-1].date > DATE
        await hall.until(lambda: _lit(hall) == [], "every sign and the board dark")
        await day.keypads_true()

        _every_ticket_ended_once(hall)
        _everybody_is_credited(hall)
        _every_rating_is_there(hall)
        await _figures_are_right(hall)


async def _evening(day: Day) -> None:
    """The last ones: one is served in overtime, three will still be open in the night."""
    hall = day.hall
    for queue in ("special", "special", "general", "special"):
        assert await day.arrive(queue) == 201
        await day.pass_time(60)
    await day.keypads_true()
    held = await day.press("10", "call", TicketCalled)
    serving = await day.press("11", "call", TicketCalled)
    late = await day.press("1", "call", TicketCalled)
    assert late.queue == "general"
    await day.press("10", "hold", TicketHeld)
    await day.until_time("17:45")
    await day.press("1", "evaluate", TicketFinished)
    await day.until_time("17:50")
    await hall.until_none(hall.untrue_signs)
    assert _lit(hall) == ["board", "sign-10", "sign-11"], "only where somebody is still to be served"
    assert serving.number in hall.reads("sign-11")
    assert held.number not in hall.reads("sign-10")


def _lit(hall: SimulatedHall) -> list[str]:
    shows = [device.id for device in hall.bed.devices.values() if device.kind in ("sign", "board")]
    return sorted(name for name in shows if hall.reads(name))


def _every_ticket_ended_once(hall: SimulatedHall) -> None:
    returned = Counter(event.ticket for event in hall.of(TicketReturned))
    ends: Counter[str] = Counter()
    for kind in (TicketFinished, TicketNoShow, TicketEnded):
        ends.update(event.ticket for event in hall.of(kind))
    for issued in hall.of(TicketIssued):
        # A citizen who came back after a no-show has another end.
        assert ends[issued.ticket] - returned[issued.ticket] == 1, issued.number
    assert sorted(event.state for event in hall.of(TicketEnded)) == ["held", "serving", "waiting"]
    numbers = [event.number for event in hall.of(TicketIssued)]
    assert len(set(numbers)) == len(numbers)


def _everybody_is_credited(hall: SimulatedHall) -> None:
    """Nobody signed in: the rostered teller did it, and the lead is to confirm that."""
    roster = {entry.window: entry.teller for entry in HALL.rules.roster if 2 in entry.days}
    done = [e for kind in (TicketCalled, TicketFinished, TicketNoShow, TicketHeld) for e in hall.of(kind)]
    assert len(done) > 80
    for event in done:
        assert (event.teller, event.unconfirmed) == (roster[event.window], True), event
        assert (event.by.kind, event.key != "") == ("device", True), "by keypad"


def _every_rating_is_there(hall: SimulatedHall) -> None:
    asked = Counter(event.ticket for event in hall.of(RatingOpened) if event.item == 1)
    ended = Counter(event.ticket for kind in (RatingGiven, RatingMissed) for event in hall.of(kind))
    finished = Counter(event.ticket for event in hall.of(TicketFinished))
    assert finished == ended
    assert set(asked) == set(finished)
    assert {event.level for event in hall.of(RatingGiven)} == set(LEVELS)
    abouts = {event.about for event in hall.of(AlertRaised)}
    assert {"bad_rating", "long_service", "pause"} <= abouts


async def _figures_are_right(hall: SimulatedHall) -> None:
    figures = await hall.get("lead", f"figures/day?date={DATE}")
    total, of = figures["total"], hall.of
    assert figures["closed"]
    assert total["tickets"] == len(of(TicketIssued))
    assert total["served"] == len(of(TicketFinished))
    assert total["no_shows"] == len(of(TicketNoShow))
    assert total["returned"] == len(of(TicketReturned))
    assert total["holds"] == len(of(TicketHeld))
    assert total["recalls"] == len(of(TicketRecalled))
    assert total["ended"] == 3
    assert total["ratings"]["missed"] == len(of(RatingMissed))
    levels = Counter(str(event.level) for event in of(RatingGiven))
    assert {level: n for level, n in total["ratings"]["levels"].items() if n} == dict(levels)
    for rows in ("windows", "tellers", "queues", "hours"):
        assert sum(row["served"] for row in figures[rows].values()) == total["served"], rows
    assert "unknown" not in figures["tellers"]
