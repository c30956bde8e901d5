"""What the state knows by heart but does not save: lines, numbers in use, look-ups.

All of it follows from the saved state; `Index.rebuild` makes it anew after a snapshot is read, and
`apply` keeps it right from then on.
"""

from __future__ import annotations

from bisect import bisect_left, insort

from msgspec.structs import replace

from kioskd.hall.book import Book
from kioskd.hall.lane import Key, Lane
from kioskd.hall.model import (
    Appointment,
    AppointmentState,
    PriorityState,
    Saved,
    SlotState,
    Ticket,
    TicketState,
)
from kioskd.hall.poor import OPEN
from kioskd.hall.roster import planned

_RECENT_CALLS = 100
"""Calls remembered for boards."""


class Line:
    """Tickets waiting at one place: the privileged ones (priority, appointment) and all others."""

    __slots__ = ("ordinary", "privileged")

    def __init__(self) -> None:
        self.ordinary = Lane()
        self.privileged = Lane()

    def __len__(self) -> int:
        return len(self.ordinary) + len(self.privileged)


def privileged(ticket: Ticket) -> bool:
    """Return whether a ticket has a right to go before ordinary ones; one that comes back after 过号 has its
    place among them.
    """
    if ticket.returned:
        return False
    if ticket.appointment is not None:
        return True
    return ticket.priority is not None and ticket.priority_state is not PriorityState.REFUSED


def key_of(ticket: Ticket) -> Key:
    """Return where a ticket stands."""
    return (*ticket.place, ticket.id)


def line_of(ticket: Ticket) -> str:
    """Return the name of the line a waiting ticket stands in.

    ``p:`` a person's, ``w:`` a window's, ``t:`` test tickets of a queue, ``s:`` those of a queue that
    only special windows may serve, ``q:`` all others.
    """
    if ticket.bound_teller is not None:
        return "p:" + ticket.bound_teller
    if ticket.bound_window is not None:
        return "w:" + ticket.bound_window
    return queue_line(ticket)


def queue_line(ticket: Ticket) -> str:
    """Return the line of the ticket's queue, whoever it is bound to."""
    if ticket.test:
        return "t:" + ticket.queue
    return ("s:" if ticket.special else "q:") + ticket.queue


class Index:
    """Look-ups over a `Saved`.

    ``calls`` are the tickets called last, latest at the end; ``slots`` those with a rating slot that
    time will do something about, ``remote`` those taken by phone that nobody has come for. ``pools`` says for
    each queue which windows are open for it and which queues share them, each with the share of its work that
    falls on them. ``appointments`` are the tickets taken for them, ``appointment_codes`` which one a code's
    digest belongs to; ``expected`` those that nobody has come for, in order of date and end of check-in.
    """

    __slots__ = (
        "appointment_codes",
        "appointments",
        "book",
        "by_number",
        "calls",
        "expected",
        "identities",
        "jobs",
        "lines",
        "overdue",
        "pools",
        "remote",
        "slots",
        "waiting",
        "waiting_total",
    )

    def __init__(self) -> None:
        self.book: Book | None = None
        self.lines: dict[str, Line] = {}
        self.by_number: dict[str, str] = {}
        self.identities: dict[str, list[str]] = {}
        self.appointments: dict[str, str] = {}
        self.appointment_codes: dict[str, str] = {}
        self.expected: list[tuple[str, int, str]] = []
        self.calls: dict[str, None] = {}
        self.jobs: dict[str, tuple[str, int]] = {}
        self.slots: dict[str, None] = {}
        self.remote: dict[str, None] = {}
        self.waiting: dict[str, int] = {}
        self.waiting_total = 0
        self.overdue: tuple[str, ...] = ()
        self.pools: dict[str, tuple[frozenset[str], tuple[tuple[str, float], ...]]] = {}

    def rebuild(self, saved: Saved) -> None:
        """Make everything anew from ``saved``."""
        self.reset_book(saved)
        self.reset_tickets(saved)
        self.reset_pools(saved)
        self.reset_appointments(saved)
        self.reset_overdue(saved)

    def reset_appointments(self, saved: Saved) -> None:
        """Make all that is about appointments anew."""
        known = saved.appointments.values()
        self.appointment_codes = {each.code: each.id for each in known}
        self.expected = sorted(
            (each.date, each.closes, each.id) for each in known if each.state is AppointmentState.BOOKED
        )

    def expect(self, appointment: Appointment) -> None:
        """Learn of an appointment that somebody will come for."""
        self.appointment_codes[appointment.code] = appointment.id
        insort(self.expected, (appointment.date, appointment.closes, appointment.id))

    def expect_no_more(self, appointment: Appointment) -> None:
        """Nobody is expected for an appointment any more."""
        key = (appointment.date, appointment.closes, appointment.id)
        place = bisect_left(self.expected, key)
        if place < len(self.expected) and self.expected[place] == key:
            del self.expected[place]

    def reset_book(self, saved: Saved) -> None:
        """Look the rules up anew, with what a lead has changed for today; then reset the pools as well."""
        rules = saved.rules
        if rules is not None and saved.order is not None:
            rules = replace(rules, policy=replace(rules.policy, order=saved.order))
        self.book = Book(rules) if rules is not None else None

    def reset_overdue(self, saved: Saved) -> None:
        """Find the 差评 that should have been worked off; call it when a day opens or an item moves."""
        today = saved.day.date if saved.day is not None else ""
        self.overdue = tuple(
            item.id for item in saved.poor.values() if item.state in OPEN and item.due < today
        )

    def reset_tickets(self, saved: Saved) -> None:
        """Make all that is about tickets anew."""
        self.lines.clear()
        self.by_number.clear()
        self.identities.clear()
        self.appointments.clear()
        self.jobs.clear()
        self.calls.clear()
        self.slots.clear()
        self.remote.clear()
        self.waiting.clear()
        self.waiting_total = 0
        for ticket in saved.tickets.values():
            self.note(ticket)
            if ticket.state is TicketState.WAITING:
                self.enter(ticket)
        called = [ticket for ticket in saved.tickets.values() if ticket.calls]
        for ticket in sorted(called, key=lambda ticket: ticket.calls[-1].at)[-_RECENT_CALLS:]:
            self.calls[ticket.id] = None

    def called(self, ticket: Ticket) -> None:
        """Remember that a ticket was called just now."""
        self.calls.pop(ticket.id, None)
        self.calls[ticket.id] = None
        if len(self.calls) > _RECENT_CALLS:
            del self.calls[next(iter(self.calls))]

    def note(self, ticket: Ticket) -> None:
        """Learn of a ticket, whatever its state."""
        self.by_number[ticket.number] = ticket.id
        if ticket.identity is not None and not ticket.test:
            self.identities.setdefault(ticket.identity, []).append(ticket.id)
        if ticket.appointment is not None:
            self.appointments[ticket.appointment] = ticket.id
        if ticket.remote:
            self.remote[ticket.id] = None
        for copy, print_ in ticket.prints.items():
            self.jobs[print_.job] = (ticket.id, copy)
        for number, notice in enumerate(ticket.notices, 1):
            self.jobs[notice.job] = (ticket.id, -number)
        if ticket.slots and any(slot.state is not SlotState.MISSED for slot in ticket.slots):
            self.slots[ticket.id] = None

    def enter(self, ticket: Ticket) -> None:
        """Put a waiting ticket into its line."""
        name = line_of(ticket)
        line = self.lines.get(name)
        if line is None:
            line = self.lines[name] = Line()
        (line.privileged if privileged(ticket) else line.ordinary).add(key_of(ticket))
        if not ticket.test:
            self.waiting[ticket.queue] = self.waiting.get(ticket.queue, 0) + 1
            self.waiting_total += 1

    def leave(self, ticket: Ticket) -> None:
        """Take a ticket out of its line; call it before anything that places it changes."""
        name = line_of(ticket)
        line = self.lines[name]
        (line.privileged if privileged(ticket) else line.ordinary).remove(key_of(ticket))
        if not len(line):
            del self.lines[name]
        if not ticket.test:
            self.waiting[ticket.queue] -= 1
            self.waiting_total -= 1

    def reset_pools(self, saved: Saved) -> None:
        """Find which windows are open for which queue; call it when duty, pauses or rules change."""
        self.pools.clear()
        book = self.book
        if book is None:
            return
        today = saved.day.date if saved.day is not None else ""
        staffed: dict[str, set[str]] = {queue: set() for queue in book.queues}
        for window in saved.windows.values():
            if window.pause is None and window.staffed:
                for queue in book.skills(window.id, window.teller, window.reach):
                    staffed[queue].add(window.id)
        windows = {
            queue: frozenset(ids) or planned(saved.roster, book, queue, today)
            for queue, ids in staffed.items()
        }
        for queue, mine in windows.items():
            shares = tuple(
                (other, len(mine & theirs) / len(theirs))
                for other, theirs in windows.items()
                if mine & theirs and (other == queue or book.queues[other].in_estimate)
            )
            self.pools[queue] = (mine, shares)
