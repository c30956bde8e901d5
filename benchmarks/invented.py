"""Invented business days of a busy hall, as its events: for figures over a year without waiting for one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date as Date  # noqa: N812 - "date" is every day's name here
from datetime import datetime, timedelta, timezone
from typing import Any

from kioskd.demo.arrivals import WORKING_DAY, arrivals
from kioskd.demo.behaviour import NO_SHOW, RATINGS, lognormal
from kioskd.figures.days import DayCount, Opening
from kioskd.figures.store import Store
from kioskd.hall import events as e
from kioskd.hall.commands import By, HoldKind, Result
from kioskd.hall.rules import Rules
from kioskd.journal.records import Position

BY = By("system", "invented")
SERVICE_MIN = 7.0


def working_days(first: Date, count: int) -> list[Date]:
    """Return ``count`` days from ``first`` on, Mondays to Fridays."""
    days: list[Date] = []
    while len(days) < count:
        if first.isoweekday() <= 5:
            days.append(first)
        first += timedelta(days=1)
    return days


def invented_events(
    rules: Rules, date: Date, citizens: float, dice: random.Random
) -> Iterator[tuple[e.Event, int]]:
    """Yield the events of a day of about ``citizens`` tickets and their wall times (UTC ms), by ticket."""
    zone = timezone(timedelta(minutes=rules.utc_offset_min))
    midnight = round(datetime(date.year, date.month, date.day, tzinfo=zone).timestamp() * 1000)
    queues = [queue for queue in rules.queues if queue.on_kiosk]
    tellers = [teller.id for teller in rules.tellers] or [""]
    by_queue = {q.id: [s.code for s in rules.services if s.queue == q.id] for q in queues}
    windows = {q.id: [w.id for w in rules.windows if q.id in w.equipped] for q in queues}
    offered = [queue for queue in queues if windows[queue.id]]

    for n, hour in enumerate(arrivals(WORKING_DAY, citizens, dice), 1):
        queue = dice.choice(offered)
        services = tuple(dice.sample(by_queue[queue.id], 1)) if by_queue[queue.id] else ()
        window = dice.choice(windows[queue.id])
        teller = tellers[int(window) % len(tellers)] if window.isdigit() else dice.choice(tellers)
        ticket, number, came = f"t{n}", f"{queue.prefix}{n:03d}", midnight + hour * 3_600_000
        wait = WORKING_DAY.at(hour) * lognormal(dice, 9 * 60_000, 0.6)
        low = int(wait / 60_000 * dice.uniform(0.6, 1.1))
        yield (
            e.TicketIssued(
                by=BY,
                ticket=ticket,
                number=number,
                code="",
                prefix=queue.prefix,
                count=n,
                queue=queue.id,
                place=(n, 0),
                services=services,
            ),
            round(came),
        )
        at = came + wait
        yield (
            e.TicketCalled(
                by=BY,
                ticket=ticket,
                number=number,
                window=window,
                teller=teller,
                queue=queue.id,
                reason=e.Reason("order.longest_wait"),
                waited_ms=round(wait),
                promised=e.Wait(1, low, low + 6),
            ),
            round(at),
        )
        where: dict[str, Any] = {"ticket": ticket, "number": number, "window": window, "teller": teller}
        if dice.random() < NO_SHOW:
            yield e.TicketNoShow(by=BY, calls=3, **where), round(at + 60_000)
            continue
        taken = lognormal(dice, SERVICE_MIN * 60_000, 0.6) if dice.random() > 0.001 else 1_000.0
        if dice.random() < 0.02:
            yield e.TicketHeld(by=BY, hold=HoldKind.ANY_WINDOW, **where), round(at + taken / 2)
        yield (
            e.TicketFinished(
                by=BY,
                queue=queue.id,
                services=services,
                service_ms=round(taken),
                result=Result.DONE,
                items=1 + (dice.random() < 0.15),
                materials=dice.randrange(8),
                **where,
            ),
            round(at + taken),
        )
        yield e.RatingOpened(by=BY, timeout_ms=60_000, **where), round(at + taken)
        drawn = dice.random()
        level = next((lv for lv, share in RATINGS if (drawn := drawn - share) < 0), 0)
        if level:
            yield e.RatingGiven(by=BY, level=level, **where), round(at + taken + 4_000)
        else:
            yield e.RatingMissed(by=BY, why="timeout", **where), round(at + taken + 60_000)


def invented_day(rules: Rules, date: Date, citizens: float, dice: random.Random) -> DayCount:
    """Return a day of about ``citizens`` tickets, counted from its events."""
    count = DayCount(Opening(Position(1, date.toordinal()), date.isoformat(), ()), rules, frozenset())
    for event, wall in invented_events(rules, date, citizens, dice):
        count.fold.add(event, wall)
        count.watch.add(event, wall, count.fold.measures)
    count.fold.closed = True
    count.last = Position(1, date.toordinal())
    return count


def fill(store: Store, rules: Rules, days: list[Date], citizens: float, seed: int = 1) -> int:
    """Put invented days into a store of figures; return the number of tickets."""
    dice, tickets = random.Random(seed), 0
    for day in days:
        count = invented_day(rules, day, citizens * dice.uniform(0.85, 1.15), dice)
        tickets += count.fold.result().total.tickets
        store.put(count, (b"\0", b"\0"), day.toordinal() + 1, 0)
    return tickets
