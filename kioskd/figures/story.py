"""A ticket's story out of the journal: what happened to it, and what else did while it waited.

Only the stretch of the ticket's business day is read, so a year of days beside it costs nothing.
"""

from __future__ import annotations

import msgspec

from kioskd.figures.days import Days, decoded
from kioskd.hall import events as e
from kioskd.journal.reader import Log
from kioskd.journal.records import BEFORE_ALL, Position

_TAKEN = ("ticket.issued", "paper_range.entered")
_PLACES = (*_TAKEN, "ticket.called")
_MEANWHILE = ("ticket.called", "window.paused", "window.resumed")
_ENDS = ("ticket.finished", "ticket.cancelled", "ticket.voided", "ticket.ended")
_AROUND_MS = 15 * 60_000
"""How near a time that somebody remembers must lie to one when the ticket was taken or called."""
MOST_FOUND = 200
MOST_MEANWHILE = 500


class Found(msgspec.Struct, kw_only=True):
    """A ticket of the day that a search found; wall times, UTC milliseconds."""

    ticket: str
    number: str
    queue: str
    taken: int
    called: int | None = None
    windows: list[str] = msgspec.field(default_factory=list)


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event with its place and wall time."""

    position: Position
    wall: int
    event: e.Event


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one ticket of ``date``. ``announced`` are the signs and speakers that confirmed a
    call, by the position of the call's event. ``calls`` and ``pauses`` are what else happened at windows
    between its taking and its last call (or end), ``cut`` that there was more.
    """

    date: str
    ticket: str
    number: str
    events: list[Event]
    announced: dict[str, list[str]]
    calls: list[Event]
    pauses: list[Event]
    cut: bool


class _Day(msgspec.Struct, frozen=True):
    date: str
    after: Position
    opened: Position
    until: Position | None
    kept: frozenset[str]
    apart: frozenset[str]

    def has(self, ticket: str, position: Position) -> bool:
        """Whether a ticket that was taken there is of this day."""
        return ticket in self.kept if position <= self.opened else ticket not in self.apart


class Stories:
    """Stories out of one journal. Its methods block: call them in a worker thread."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def find(
        self, date: str, number: str = "", window: str = "", around: int | None = None
    ) -> list[Found] | None:
        """Return tickets of a day by number, by a window they were called to, or by a wall time near which
        they were taken or called; what is empty asks for nothing. None: there was no such day.
        """
        day = self._day(date)
        if day is None:
            return None
        found: dict[str, Found] = {}
        times: dict[str, list[int]] = {}
        for stored in self._log.read_of(day.after, day.until, _PLACES):
            event = decoded(stored)
            if isinstance(event, e.TicketCalled):
                known = found.get(event.ticket)
                if known is not None:
                    known.called = known.called or stored.wall
                    known.windows.append(event.window)
                    times[event.ticket].append(stored.wall)
                continue
            for ticket, called, queue in _taken(event):
                if day.has(ticket, stored.position):
                    found[ticket] = Found(ticket=ticket, number=called, queue=queue, taken=stored.wall)
                    times[ticket] = [stored.wall]
        return [
            one
            for one in found.values()
            if (not number or one.number == number)
            and (not window or window in one.windows)
            and (around is None or any(abs(at - around) <= _AROUND_MS for at in times[one.ticket]))
        ][:MOST_FOUND]

    def tell(self, date: str, ticket: str) -> Story | None:
        """Return a ticket's story, None when that day had no such ticket."""
        day = self._day(date)
        if day is None:
            return None
        own: list[Event] = []
        others: list[Event] = []
        announced: dict[str, list[str]] = {}
        calls: dict[int, Event] = {}
        last: Event | None = None
        stretch = self._log.read_of(day.after, day.until, _MEANWHILE, f'"{ticket}"'.encode())
        late = [one for one in self._log.late_ratings(day.until or BEFORE_ALL) if day.until is not None]
        for stored in (*stretch, *late):
            event = decoded(stored)
            told = Event(position=stored.position, wall=stored.wall, event=event)
            if not _about(event, ticket):
                if own and stored.kind in _MEANWHILE:
                    others.append(told)
            elif isinstance(event, e.TicketAnnounced):
                call = calls.get(event.call)
                if call is not None:
                    announced.setdefault(str(call.position), []).append(event.device)
            else:
                own.append(told)
                if isinstance(event, e.TicketCalled | e.TicketRecalled):
                    calls[1 if isinstance(event, e.TicketCalled) else event.call] = told
                if isinstance(event, e.TicketCalled) or stored.kind in _ENDS:
                    last = told if last is None or isinstance(event, e.TicketCalled) else last
        number = _number(own, ticket)
        if number is None:
            return None
        if last is not None:
            others = [one for one in others if one.position < last.position]
        meanwhile = [one for one in others if isinstance(one.event, e.TicketCalled)]
        pauses = [one for one in others if isinstance(one.event, e.Paused | e.Resumed)]
        return Story(
            date=date,
            ticket=ticket,
            number=number,
            events=own,
            announced=announced,
            calls=meanwhile[-MOST_MEANWHILE:],
            pauses=pauses[-MOST_MEANWHILE:],
            cut=len(meanwhile) > MOST_MEANWHILE or len(pauses) > MOST_MEANWHILE,
        )

    def _day(self, date: str) -> _Day | None:
        openings = Days(self._log).openings()
        at = next((n for n, opening in enumerate(openings) if opening.date == date), None)
        if at is None:
            return None
        opening = openings[at]
        after = opening.position
        if opening.kept:
            after = openings[at - 1].position if at else BEFORE_ALL
        following = openings[at + 1] if at + 1 < len(openings) else None
        return _Day(
            date,
            after,
            opening.position,
            following.position if following is not None else None,
            frozenset(opening.kept),
            frozenset(following.kept) if following is not None else frozenset(),
        )


def _taken(event: e.Event) -> list[tuple[str, str, str]]:
    """Return id, number and queue of the tickets that an event gave."""
    if isinstance(event, e.TicketIssued):
        return [(event.ticket, event.number, event.queue)]
    if isinstance(event, e.PaperRangeEntered):
        return [(one.ticket, one.number, event.queue) for one in event.tickets]
    return []


def _about(event: e.Event, ticket: str) -> bool:
    if isinstance(event, e.PaperRangeEntered):
        return any(one.ticket == ticket for one in event.tickets)
    return getattr(event, "ticket", None) == ticket


def _number(own: list[Event], ticket: str) -> str | None:
    for one in own:
        for taken, number, _ in _taken(one.event):
            if taken == ticket:
                return number
    return None
