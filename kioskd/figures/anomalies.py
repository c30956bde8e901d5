"""What an auditor should look at. Pure: the same events always point out the same.

Three classes, as halls audit: 重点 (``key``) what looks invented, 一般 (``general``) what should not be,
事中 (``ongoing``) what a lead can still ask about while it goes on. Nothing here accuses anybody: each is a
place in the record to look at.
"""

from __future__ import annotations

from collections import defaultdict, deque
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec

from kioskd.figures.measures import Measures
from kioskd.hall import events as e


class AuditClass(StrEnum):
    """重点, 一般, 事中."""

    KEY = "key"
    GENERAL = "general"
    ONGOING = "ongoing"


CLASSES: dict[str, AuditClass] = {
    "zero_service": AuditClass.KEY,
    "instant_rating": AuditClass.KEY,
    "out_of_hours": AuditClass.GENERAL,
    "mass_passes": AuditClass.ONGOING,
}
"""Every kind of anomaly with its class."""


class Anomaly(msgspec.Struct, frozen=True, kw_only=True):
    """``wall`` is when (UTC milliseconds). ``value`` is seconds of service (``zero_service``), seconds from
    the call to the answer (``instant_rating``), passed numbers (``mass_passes``), 0 for ``out_of_hours``.
    """

    kind: str
    audit_class: AuditClass
    wall: int
    number: str
    window: str
    teller: str
    value: float = 0.0


class Watch:
    """Looks at the events of one business day, in order; ``found`` grows."""

    def __init__(self) -> None:
        self.found: list[Anomaly] = []
        self._tests: set[str] = set()
        self._called: dict[str, int] = {}
        self._passes: defaultdict[tuple[str, str], deque[int]] = defaultdict(deque)
        self._running: dict[tuple[str, str], int] = {}

    def add(self, event: e.Event, wall: int, measures: Measures) -> None:
        """See one event; ``measures`` are those that hold now."""
        if isinstance(event, e.TicketIssued):
            if event.test:
                self._tests.add(event.ticket)
        elif isinstance(event, e.TicketCalled | e.TicketRecalled):
            self._called[event.ticket] = wall
        elif isinstance(event, e.TicketFinished | e.TicketPassedOn):
            if not event.test and event.ticket not in self._tests:
                self._served(event, wall, measures)
        elif isinstance(event, e.RatingGiven):
            self._rated(event, wall, measures)
        elif isinstance(event, e.TicketNoShow) and event.ticket not in self._tests:
            self._passed(event, wall, measures)

    def _served(self, event: e.TicketFinished | e.TicketPassedOn, wall: int, measures: Measures) -> None:
        audit = measures.audit
        if event.service_ms < audit.zero_service_s * 1000:
            self._point("zero_service", event, wall, event.service_ms / 1000)
        at = datetime.fromtimestamp(wall / 1000, UTC) + timedelta(minutes=measures.utc_offset_min)
        if not audit.work_from <= f"{at:%H:%M}" < audit.work_until:
            self._point("out_of_hours", event, wall)

    def _rated(self, event: e.RatingGiven, wall: int, measures: Measures) -> None:
        called = self._called.get(event.ticket)
        if event.test or event.ticket in self._tests or called is None:
            return
        after = max(0, wall - event.age_ms - called)
        if after < measures.audit.instant_rating_s * 1000:
            self._point("instant_rating", event, wall, after / 1000)

    def _passed(self, event: e.TicketNoShow, wall: int, measures: Measures) -> None:
        audit, who = measures.audit, (event.window, event.teller)
        times = self._passes[who]
        times.append(wall)
        while times[0] <= wall - audit.mass_passes_min * 60_000:
            times.popleft()
        if len(times) < audit.mass_passes:
            self._running.pop(who, None)
            return
        at = self._running.get(who)
        if at is None:  # one row for one run of passes, which grows with it
            self._running[who] = len(self.found)
            self._point("mass_passes", event, wall, len(times))
        else:
            grown = self.found[at]
            self.found[at] = msgspec.structs.replace(grown, value=grown.value + 1)

    def _point(
        self,
        kind: str,
        event: e.TicketFinished | e.TicketPassedOn | e.RatingGiven | e.TicketNoShow,
        wall: int,
        value: float = 0.0,
    ) -> None:
        self.found.append(
            Anomaly(
                kind=kind,
                audit_class=CLASSES[kind],
                wall=wall,
                number=event.number,
                window=event.window,
                teller=event.teller,
                value=round(value, 1),
            )
        )
