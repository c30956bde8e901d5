from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kioskd.figures.day import UNKNOWN, DayFold
from kioskd.figures.model import DayFigures
from kioskd.hall import events as e
from kioskd.hall.commands import By, HoldKind, Result
from kioskd.hall.rules import (
    Calendar,
    Name,
    Promise,
    PromiseKind,
    Queue,
    Rules,
    Service,
    Window,
    Zone,
)

BY = By(kind="system", id="test")
MINUTE = 60_000
NAME = Name(zh="名", en="name")
RULES = Rules(
    hall="h",
    name=NAME,
    zones=(Zone(id="z", name=NAME),),
    queues=(Queue(id="general", prefix="A", name=NAME, zone="z"),),
    services=(
        Service(
            code="S1",
            name=NAME,
            queue="general",
            promise=Promise(kind=PromiseKind.IMMEDIATE, minutes=10),
        ),
    ),
    windows=(Window(id="1", zone="z", equipped=("general",)),),
    calendar=Calendar(sessions=()),
)


def wall(hour: int, minute: int = 0) -> int:
    """UTC label of a Beijing time."""
    return int(datetime(2025, 3, 3, hour - 8, minute, tzinfo=UTC).timestamp() * 1000)


def issued(
    n: int, *, test: bool = False, queue: str = "general", services: tuple[str, ...] = ()
) -> e.TicketIssued:
    return e.TicketIssued(
        by=BY,
        ticket=f"t_{n}",
        number=f"A{n:03d}",
        code="c",
        prefix="A",
        count=n,
        queue=queue,
        place=(n, 0),
        services=services,
        test=test,
    )


def called(n: int, waited_min: float, promised: e.Wait | None = None, **kw: Any) -> e.TicketCalled:
    fields: dict[str, Any] = {"window": "1", "teller": "T1", "queue": "general", **kw}
    return e.TicketCalled(
        by=BY,
        ticket=f"t_{n}",
        number=f"A{n:03d}",
        reason=e.Reason("order.longest_wait"),
        waited_ms=int(waited_min * MINUTE),
        promised=promised,
        **fields,
    )


def finished(n: int, minutes: float, **kw: Any) -> e.TicketFinished:
    fields: dict[str, Any] = {"window": "1", "teller": "T1", "queue": "general", **kw}
    return e.TicketFinished(
        by=BY, ticket=f"t_{n}", number=f"A{n:03d}", service_ms=int(minutes * MINUTE), **fields
    )


def slot(n: int, **kw: Any) -> e.RatingOpened:
    return e.RatingOpened(
        by=BY, ticket=f"t_{n}", number=f"A{n:03d}", window="1", teller="T1", timeout_ms=60_000, **kw
    )


def given_level(n: int, level: int) -> e.RatingGiven:
    return e.RatingGiven(by=BY, ticket=f"t_{n}", number=f"A{n:03d}", window="1", level=level)


def missed(n: int, **kw: Any) -> e.RatingMissed:
    return e.RatingMissed(by=BY, ticket=f"t_{n}", number=f"A{n:03d}", window="1", why="timeout", **kw)


def count(*events: e.Event | tuple[int, e.Event]) -> DayFigures:
    fold = DayFold("2025-03-03", RULES)
    for event in events:
        at, event = event if isinstance(event, tuple) else (wall(9), event)
        fold.add(event, at)
    return fold.result()


def test_a_served_ticket_counts_in_every_row() -> None:
    day = count(
        (wall(8, 50), issued(1, services=("S1",))),
        (wall(9), called(1, 10)),
        (wall(10, 5), finished(1, 8, services=("S1",), items=2, materials=5)),
    )
    for row in (day.total, day.queues["general"], day.services["S1"]):
        assert (row.tickets, row.served, row.items, row.materials) == (1, 1, 2, 5)
    for row in (day.windows["1"], day.tellers["T1"]):
        assert (row.tickets, row.served, row.items, row.materials) == (0, 1, 2, 5)
    assert day.hours["08"].tickets == 1
    assert day.hours["09"].wait.count == 1
    assert day.hours["10"].served == 1
    assert day.total.results == {"done": 1}


def test_test_tickets_count_nowhere() -> None:
    day = count(
        issued(1, test=True),
        called(1, 1, test=True),
        finished(1, 1, test=True),
        slot(1, test=True),
        given_level(1, 5),
        e.TicketNoShow(by=BY, ticket="t_1", number="A001", window="1", calls=3),
        e.TicketCancelled(by=BY, ticket="t_1", number="A001"),
    )
    assert day == count()


def test_spread_of_waits_and_services() -> None:
    events: list[e.Event] = []
    for n in range(1, 101):
        events += [issued(n), called(n, n), finished(n, 1)]
    day = count(*events)
    wait = day.total.wait
    assert (wait.count, wait.p50_s, wait.p90_s, wait.p95_s) == (100, 50 * 60, 90 * 60, 95 * 60)
    assert wait.mean_s == 50.5 * 60
    assert wait.within == 0.4, "the long-wait alert of 40 minutes is the target"
    assert day.total.service.within == 1.0


def test_the_promise_of_a_service_is_its_target() -> None:
    day = count(issued(1), finished(1, 11, services=("S1",)), issued(2), finished(2, 11))
    assert day.services["S1"].service.within == 0.0
    assert day.total.service.within == 0.5


def test_only_the_first_call_is_a_wait() -> None:
    day = count(issued(1), called(1, 5), called(1, 50))
    assert day.total.wait.count == 1
    assert day.total.wait.p50_s == 300


def test_rates_of_ratings() -> None:
    events: list[e.Event] = []
    for n, level in enumerate([5, 4, 3, 2, 1, 0, 0, 0], start=1):
        events += [issued(n), finished(n, 5), slot(n), given_level(n, level) if level else missed(n)]
    ratings = count(*events).total.ratings
    assert ratings.levels == {5: 1, 4: 1, 3: 1, 2: 1, 1: 1}
    assert ratings.missed == 3
    assert ratings.good_rate == 0.375
    assert ratings.active_good_rate == 0.6
    assert ratings.missed_rate == 0.375


def test_an_open_slot_is_no_rating_yet() -> None:
    ratings = count(issued(1), slot(1)).total.ratings
    assert (ratings.missed, ratings.good_rate) == (0, None)


def test_second_thoughts_and_late_answers_replace() -> None:
    changed = e.RatingChanged(by=BY, ticket="t_1", number="A001", window="1", level=1)
    late = e.RatingLate(by=BY, ticket="t_2", number="A002", window="1", level=4, date="2025-03-03")
    other_day = e.RatingLate(by=BY, ticket="t_3", number="A003", window="1", level=4, date="2025-03-02")
    ratings = count(
        issued(1),
        slot(1),
        given_level(1, 5),
        changed,
        issued(2),
        slot(2),
        missed(2),
        late,
        issued(3),
        slot(3),
        missed(3),
        other_day,
    ).total.ratings
    assert ratings.levels == {5: 0, 4: 1, 3: 0, 2: 0, 1: 1}
    assert (ratings.missed, ratings.changed, ratings.late) == (1, 1, 1)


def test_one_rating_per_item() -> None:
    day = count(
        issued(1),
        slot(1, item=1, of=2, service="S1"),
        slot(1, item=2, of=2, service="S2"),
        given_level(1, 5),
        missed(1, item=2),
    )
    assert day.services["S1"].ratings.levels[5] == 1
    assert day.services["S2"].ratings.missed == 1


def test_a_correction_replaces_what_it_corrects() -> None:
    amended = e.TicketAmended(
        by=BY,
        ticket="t_1",
        number="A001",
        result=Result.SUPPLEMENT,
        items=3,
        materials=7,
        services=("S2",),
    )
    day = count(issued(1), finished(1, 5, services=("S1",), items=1, materials=1), amended)
    assert (day.total.served, day.total.items, day.total.materials) == (1, 3, 7)
    assert day.total.results == {"supplement": 1}
    assert (day.services["S1"].served, day.services["S2"].served) == (0, 1)
    assert day.services["S1"].service.count == 0


def test_a_ticket_passed_on_is_served_at_both_places() -> None:
    passed = e.TicketPassedOn(
        by=BY,
        ticket="t_1",
        number="A001",
        window="1",
        teller="T1",
        queue="general",
        to_queue="card",
        place=(1, 1),
        service_ms=MINUTE,
    )
    no_show = e.TicketNoShow(by=BY, ticket="t_1", number="A001", window="2", teller="", calls=3)
    day = count(issued(1), passed, no_show)
    assert day.queues["general"].served == 1
    assert day.queues["card"].no_shows == 1
    assert day.tellers[UNKNOWN].no_shows == 1


def test_other_ends_and_turns_are_counted() -> None:
    at = {"by": BY, "ticket": "t_1", "number": "A001"}
    here = {**at, "window": "1", "teller": "T1"}
    day = count(
        issued(1),
        e.TicketRecalled(**here, call=2),
        e.TicketHeld(**here, hold=HoldKind.ANY_WINDOW),
        e.TicketTransferred(**here, to_queue="card", place=(1, 1)),
        e.TicketRequeued(**here, place=(1, 1)),
        e.TicketNoShow(**here, calls=3),
        e.TicketReturned(**at, place=(1, 1), behind=3),
        e.TicketCancelled(**at),
        e.TicketVoided(**at),
        e.TicketEnded(**at, state="waiting"),
        e.RatingStray(by=BY, window="1", level=5),
    )
    total = day.total
    assert (total.recalls, total.holds, total.transfers, total.requeues) == (1, 1, 1, 1)
    assert (total.no_shows, total.returned, total.cancelled, total.voided, total.ended) == (1, 1, 1, 1, 1)
    assert day.queues["general"].transfers == 1
    assert day.queues["card"].requeues == 1, "after a transfer the ticket is the other queue's"
    assert day.stray_ratings == 1


def test_error_of_the_promised_wait() -> None:
    promise = e.Wait(ahead=3, low=10, high=20)
    day = count(
        issued(1),
        called(1, 15, promise),
        issued(2),
        called(2, 26, promise),
        issued(3),
        called(3, 4, promise),
        issued(4),
        called(4, 99),
    )
    estimate = day.total.estimate
    assert (estimate.count, estimate.inside) == (3, 0.3333)
    assert estimate.outside_s == 240
    assert estimate.bias_s == 0


def test_paper_numbers_count() -> None:
    paper = e.PaperTicket(ticket="t_9", code="c", number="A009", count=9, place=(1, 1))
    entered = e.PaperRangeEntered(by=BY, queue="general", prefix="A", first=9, last=9, tickets=(paper,))
    day = count(entered, called(9, 5), finished(9, 5))
    assert (day.total.tickets, day.total.served) == (1, 1)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 6),
            st.sampled_from(["issued", "called", "finished", "slot", "given", "missed", "amended"]),
            st.integers(1, 5),
        ),
        max_size=60,
    )
)
def test_rows_add_up_whatever_comes(steps: Iterable[tuple[int, str, int]]) -> None:
    events: list[e.Event] = []
    known: set[int] = set()
    for n, what, level in steps:
        if n not in known:
            known.add(n)
            events.append(issued(n, test=n == 6))
        match what:
            case "called":
                events.append(called(n, level, window=str(level), teller=""))
            case "finished":
                events.append(finished(n, level, window=str(level), teller=f"T{level}"))
            case "slot":
                events.append(slot(n))
            case "given":
                events.append(given_level(n, level))
            case "missed":
                events.append(missed(n))
            case "amended":
                events.append(
                    e.TicketAmended(
                        by=BY, ticket=f"t_{n}", number="x", result=Result.DONE, items=level, materials=0
                    )
                )
    day = count(*events)
    for group in (day.queues, day.hours):
        assert sum(row.tickets for row in group.values()) == day.total.tickets
    for group in (day.queues, day.windows, day.tellers, day.hours):
        assert sum(row.served for row in group.values()) == day.total.served
        assert sum(row.items for row in group.values()) == day.total.items
        assert sum(row.ratings.missed for row in group.values()) == day.total.ratings.missed
    assert day.total.tickets == len(known - {6})
    assert day == count(*events)


@pytest.mark.parametrize("level", [1, 2, 3, 4, 5])
def test_every_level_is_kept_apart(level: int) -> None:
    levels = count(issued(1), slot(1), given_level(1, level)).total.ratings.levels
    assert levels[level] == 1
    assert sum(levels.values()) == 1
