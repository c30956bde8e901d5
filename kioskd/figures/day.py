"""A business day counted from its events. Pure: the same events always give the same figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from kioskd.figures.measures import Measures
from kioskd.figures.model import DayFigures, Figures
from kioskd.figures.tally import Answers, Tally
from kioskd.hall import events as e
from kioskd.hall.rules import Rules

UNKNOWN = "unknown"
"""Row of the teller who is not known."""


class _Ticket(msgspec.Struct):
    queue: str
    services: tuple[str, ...]
    test: bool
    called: bool = False


class _Visit(msgspec.Struct):
    """One service at one window, kept so that a later correction can replace it."""

    queue: str
    window: str
    teller: str
    hour: str
    services: tuple[str, ...]
    service_ms: int
    target_ms: int
    result: str
    items: int
    materials: int
    short: bool


class _Slot(msgspec.Struct):
    queue: str
    window: str
    teller: str
    service: str
    hour: str
    asked: bool
    closed: bool = False
    level: int = 0
    changed: bool = False
    late: bool = False


class DayFold:
    """Counts the events of one business day, in order, from its ``day.opened`` on.

    ``rules`` (or what figures need of them) are those that held when the day opened; a
    ``settings.applied`` replaces them. After the day's end it still takes ``rating.late`` and
    ``rating.voided`` events of its date. ``measures`` are those that hold after the last event.
    """

    def __init__(self, date: str, rules: Rules | Measures | None) -> None:
        self.date = date
        self.closed = False
        self.measures = Measures.of(rules) if isinstance(rules, Rules) else rules or Measures()
        self._tickets: dict[str, _Ticket] = {}
        self._visits: dict[str, _Visit] = {}
        self._slots: dict[tuple[str, int], _Slot] = {}
        self._stray = 0
        self._total = Tally()
        self._queues: defaultdict[str, Tally] = defaultdict(Tally)
        self._windows: defaultdict[str, Tally] = defaultdict(Tally)
        self._tellers: defaultdict[str, Tally] = defaultdict(Tally)
        self._services: defaultdict[str, Tally] = defaultdict(Tally)
        self._hours: defaultdict[str, Tally] = defaultdict(Tally)
        self._zones: defaultdict[str, Tally] = defaultdict(Tally)

    def add(self, event: e.Event, wall: int) -> None:
        """Count one event; ``wall`` is its UTC label in milliseconds."""
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event, self._hour(wall))

    def result(self, through: str = "") -> DayFigures:
        """Return the figures so far."""
        answers = self._answers()

        def rows(tallies: dict[str, Tally]) -> dict[str, Figures]:
            return {key: tally.result(answers[tally]) for key, tally in sorted(tallies.items())}

        return DayFigures(
            date=self.date,
            closed=self.closed,
            through=through,
            stray_ratings=self._stray,
            total=self._total.result(answers[self._total]),
            queues=rows(self._queues),
            windows=rows(self._windows),
            tellers=rows(self._tellers),
            services=rows(self._services),
            hours=rows(self._hours),
            zones=rows(self._zones),
        )

    @property
    def stray_ratings(self) -> int:
        """Rating keys pressed outside any slot."""
        return self._stray

    def rows(self) -> Iterator[tuple[str, str, Tally, Answers]]:
        """Go through every row so far: its dimension, its key, and what was counted."""
        answers = self._answers()
        for dimension, tallies in (
            ("total", {"": self._total}),
            ("queue", self._queues),
            ("window", self._windows),
            ("teller", self._tellers),
            ("service", self._services),
            ("zone", self._zones),
            ("hour", self._hours),
        ):
            for key, tally in tallies.items():
                yield dimension, key, tally, answers[tally]

    # --- rules and rows ---------------------------------------------------------------------------

    def _hour(self, wall: int) -> str:
        return f"{(datetime.fromtimestamp(wall / 1000, UTC) + self._offset()).hour:02d}"

    def _offset(self) -> timedelta:
        return timedelta(minutes=self.measures.utc_offset_min)

    def _rows(
        self,
        hour: str,
        queue: str = "",
        window: str = "",
        teller: str | None = None,
        services: tuple[str, ...] = (),
    ) -> Iterator[Tally]:
        yield self._total
        yield self._hours[hour]
        if queue:
            yield self._queues[queue]
        zone = self.measures.window_zones.get(window) or self.measures.queue_zones.get(queue)
        if zone:
            yield self._zones[zone]
        if window:
            yield self._windows[window]
        if teller is not None:
            yield self._tellers[teller or UNKNOWN]
        for code in dict.fromkeys(services):
            yield self._services[code]

    def _counted(self, ticket: str) -> _Ticket | None:
        known = self._tickets.get(ticket)
        return None if known is None or known.test else known

    # --- events -----------------------------------------------------------------------------------

    def _settings(self, event: e.SettingsApplied, hour: str) -> None:
        self.measures = Measures.of(event.rules)

    def _issued(self, event: e.TicketIssued, hour: str) -> None:
        self._tickets[event.ticket] = _Ticket(event.queue, event.services, event.test)
        if not event.test:
            for row in self._rows(hour, event.queue, services=event.services):
                row.count["tickets"] += 1

    def _paper(self, event: e.PaperRangeEntered, hour: str) -> None:
        for paper in event.tickets:
            self._tickets[paper.ticket] = _Ticket(event.queue, (), test=False)
        for row in self._rows(hour, event.queue):
            row.count["tickets"] += len(event.tickets)

    def _called(self, event: e.TicketCalled, hour: str) -> None:
        ticket = self._counted(event.ticket)
        if ticket is None or ticket.called:
            return
        ticket.called = True
        for row in self._rows(hour, event.queue, event.window, event.teller, ticket.services):
            row.wait.add(event.waited_ms, self.measures.wait_target_ms)
            if event.promised is not None:
                row.promises.add(event.waited_ms, event.promised.low, event.promised.high)

    def _served(self, event: e.TicketFinished | e.TicketPassedOn, hour: str) -> None:
        if self._counted(event.ticket) is None:
            return
        visit = _Visit(
            queue=event.queue,
            window=event.window,
            teller=event.teller,
            hour=hour,
            services=event.services,
            service_ms=event.service_ms,
            target_ms=self.measures.target_ms(event.services),
            result=event.result.value,
            items=event.items,
            materials=event.materials,
            short=event.short,
        )
        self._visits[event.ticket] = visit
        self._count_visit(visit, 1)

    def _amended(self, event: e.TicketAmended, hour: str) -> None:
        visit = self._visits.get(event.ticket)
        if visit is None:
            return
        self._count_visit(visit, -1)
        visit.result, visit.items, visit.materials = event.result.value, event.items, event.materials
        visit.services = event.services
        self._count_visit(visit, 1)

    def _count_visit(self, visit: _Visit, sign: int) -> None:
        # Particulars of a visit with several services stand in the row of the first of them only.
        whole = list(self._rows(visit.hour, visit.queue, visit.window, visit.teller, visit.services[:1]))
        others = [self._services[code] for code in dict.fromkeys(visit.services[1:])]
        for row in whole + others:
            row.count["served"] += sign
            row.count["short"] += sign * visit.short
            row.results[visit.result] += sign
            if sign > 0:
                row.service.add(visit.service_ms, visit.target_ms)
            else:
                row.service.remove(visit.service_ms, visit.target_ms)
        for row in whole:
            row.count["items"] += sign * visit.items
            row.count["materials"] += sign * visit.materials

    def _filed(self, event: e.DocumentsFiled, hour: str) -> None:
        if event.test or self._counted(event.ticket) is None:
            return
        ticket = self._tickets[event.ticket]
        pages = sum(len(document.pages) for document in event.documents)
        for row in self._rows(hour, ticket.queue, event.window, event.teller, event.services[:1]):
            row.count["scans"] += pages

    def _at_window(self, name: str, event: Any, hour: str) -> None:
        ticket = self._counted(event.ticket)
        if ticket is not None:
            for row in self._rows(hour, ticket.queue, event.window, event.teller, ticket.services):
                row.count[name] += 1

    def _of_ticket(self, name: str, event: Any, hour: str) -> None:
        ticket = self._counted(event.ticket)
        if ticket is not None:
            for row in self._rows(hour, ticket.queue, services=ticket.services):
                row.count[name] += 1

    def _to_queue(self, event: Any, hour: str) -> None:
        if event.ticket in self._tickets:
            self._tickets[event.ticket].queue = event.to_queue

    def _transferred(self, event: e.TicketTransferred, hour: str) -> None:
        self._at_window("transfers", event, hour)
        self._to_queue(event, hour)

    def _passed_on(self, event: e.TicketPassedOn, hour: str) -> None:
        self._served(event, hour)
        self._to_queue(event, hour)

    def _services_changed(self, event: e.ServicesChanged, hour: str) -> None:
        if event.ticket in self._tickets:
            self._tickets[event.ticket].services = event.services

    def _slot_opened(self, event: e.RatingOpened, hour: str) -> None:
        ticket = self._counted(event.ticket)
        if ticket is not None and not event.test:
            # One rating for a whole visit stands in the row of its first service.
            service = event.service or next(iter(ticket.services), "")
            self._slots[event.ticket, event.item] = _Slot(
                ticket.queue, event.window, event.teller, service, hour, event.asked
            )

    def _rated(self, event: e.RatingGiven | e.RatingChanged | e.RatingLate, hour: str) -> None:
        slot = self._slots.get((event.ticket, event.item))
        if slot is None or (isinstance(event, e.RatingLate) and event.date != self.date):
            return
        slot.closed = True
        slot.level = event.level
        slot.changed |= isinstance(event, e.RatingChanged)
        slot.late |= isinstance(event, e.RatingLate)

    def _voided(self, event: e.RatingVoided, hour: str) -> None:
        if event.date == self.date:
            self._slots.pop((event.ticket, event.item), None)

    def _missed(self, event: e.RatingMissed, hour: str) -> None:
        slot = self._slots.get((event.ticket, event.item))
        if slot is not None:
            slot.closed = True
            slot.asked = event.asked

    def _strayed(self, event: e.RatingStray, hour: str) -> None:
        self._stray += 1

    def _day_closed(self, event: e.DayClosed, hour: str) -> None:
        self.closed = True

    def _answers(self) -> defaultdict[Tally, Answers]:
        """Return the answers of every row. Made anew each time: an answer may still be replaced."""
        answers: defaultdict[Tally, Answers] = defaultdict(Answers)
        for slot in self._slots.values():
            if not slot.closed:
                continue
            services = (slot.service,) if slot.service else ()
            for row in self._rows(slot.hour, slot.queue, slot.window, slot.teller, services):
                answers[row].add(slot.level, slot.asked, slot.late, slot.changed)
        return answers


def _count_at_window(name: str) -> Callable[[DayFold, Any, str], None]:
    return lambda fold, event, hour: fold._at_window(name, event, hour)


def _count_ticket(name: str) -> Callable[[DayFold, Any, str], None]:
    return lambda fold, event, hour: fold._of_ticket(name, event, hour)


_HANDLERS: dict[type[Any], Callable[[DayFold, Any, str], None]] = {
    e.SettingsApplied: DayFold._settings,
    e.TicketIssued: DayFold._issued,
    e.PaperRangeEntered: DayFold._paper,
    e.TicketCalled: DayFold._called,
    e.TicketRecalled: _count_at_window("recalls"),
    e.TicketFinished: DayFold._served,
    e.TicketPassedOn: DayFold._passed_on,
    e.TicketNoShow: _count_at_window("no_shows"),
    e.TicketHeld: _count_at_window("holds"),
    e.TicketTransferred: DayFold._transferred,
    e.TicketRequeued: _count_at_window("requeues"),
    e.TicketReturned: _count_ticket("returned"),
    e.TicketMoved: DayFold._to_queue,
    e.TicketCancelled: _count_ticket("cancelled"),
    e.TicketVoided: _count_ticket("voided"),
    e.TicketEnded: _count_ticket("ended"),
    e.ServicesChanged: DayFold._services_changed,
    e.TicketAmended: DayFold._amended,
    e.DocumentsFiled: DayFold._filed,
    e.RatingOpened: DayFold._slot_opened,
    e.RatingGiven: DayFold._rated,
    e.RatingChanged: DayFold._rated,
    e.RatingLate: DayFold._rated,
    e.RatingMissed: DayFold._missed,
    e.RatingVoided: DayFold._voided,
    e.RatingStray: DayFold._strayed,
    e.DayClosed: DayFold._day_closed,
}
