"""Rule 10: times that the central server gave, and who comes for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from kioskd.hall import clock
from kioskd.hall.appointments import ID, LAST_MINUTE, excused, find_appointment, hhmm, missed, phase
from kioskd.hall.book import Book
from kioskd.hall.calendar import gives, minutes
from kioskd.hall.commands import BookAppointment, By, CancelAppointment, IssueTicket
from kioskd.hall.decide.find import Decision
from kioskd.hall.events import AppointmentBooked, AppointmentCancelled, AppointmentMissed, HallEvent
from kioskd.hall.model import Appointment, AppointmentState, TicketState
from kioskd.hall.moment import Moment
from kioskd.hall.refusal import Refusal
from kioskd.hall.state import State

_MOST_TOLERANCE_MIN = 24 * 60


def _book(state: State, command: BookAppointment, now: Moment) -> Decision:
    book = state.book
    if book is None:
        return Refusal("no_settings")
    if not command.id.startswith(ID) or command.id in state.appointments:
        return Refusal("bad_value", {"field": "id"})
    if not command.code or command.code in state.index.appointment_codes:
        return Refusal("bad_value", {"field": "code"})
    if command.queue not in book.queues:
        return Refusal("unknown_queue", {"queue": command.queue})
    for code in command.services:
        if code not in book.services:
            return Refusal("unknown_service", {"service": code})
    try:
        day = date.fromisoformat(command.date)
        start, end = minutes(command.start), minutes(command.end)
    except ValueError:
        return Refusal("bad_value", {"field": "date"})
    if day.isoformat() != command.date or not start < end:
        return Refusal("bad_value", {"field": "end"})
    if not all(0 <= tolerance <= _MOST_TOLERANCE_MIN for tolerance in (command.early_min, command.late_min)):
        return Refusal("bad_value", {"field": "early_min"})
    if clock.trusted(state):
        at = clock.local(book, now)
        if (command.date, end) <= (at.date().isoformat(), clock.minute_of(at)):
            return Refusal("appointment_past", {"date": command.date, "end": command.end})
    if not any(
        span.serve_from <= start < span.serve_until and gives(span, command.queue) for span in book.plan(day)
    ):
        return Refusal(
            "not_open_then", {"date": command.date, "start": command.start, "queue": command.queue}
        )
    return [
        AppointmentBooked(
            by=command.by,
            appointment=command.id,
            code=command.code,
            queue=command.queue,
            services=command.services,
            date=command.date,
            start=command.start,
            end=command.end,
            early_min=command.early_min,
            late_min=command.late_min,
        )
    ]


def _cancel(state: State, command: CancelAppointment, now: Moment) -> Decision:
    appointment = state.appointments.get(command.id)
    if appointment is None:
        return Refusal("appointment_unknown", {"mistyped": False})
    if appointment.state is AppointmentState.CANCELLED:
        return []
    if appointment.state is AppointmentState.ARRIVED:
        ticket = state.tickets.get(appointment.ticket)
        return Refusal("appointment_used", {"number": ticket.number if ticket is not None else ""})
    if appointment.state is AppointmentState.MISSED:
        return Refusal("appointment_late", _when(appointment))
    return [AppointmentCancelled(by=command.by, appointment=appointment.id)]


def arrival(state: State, book: Book, command: IssueTicket, now: Moment) -> Appointment | Refusal:
    """Return the appointment that somebody comes for, or why they cannot check in with it now."""
    appointment = find_appointment(state, command.appointment or "")
    if appointment is None:
        return Refusal("appointment_unknown", {"mistyped": False})
    if command.test:
        return Refusal("bad_value", {"field": "appointment"})
    if appointment.state is AppointmentState.CANCELLED:
        return Refusal("appointment_cancelled", _when(appointment))
    used = state.tickets.get(state.index.appointments.get(appointment.id, ""))
    if used is not None and used.state not in _GIVEN_UP:
        return Refusal("appointment_used", {"number": used.number})
    match phase(state, book, appointment, now):
        case "early":
            return Refusal("appointment_early", _when(appointment))
        case "late":
            return Refusal("appointment_late", _when(appointment))
    other = command.queue is not None and command.queue != appointment.queue
    if other or (command.services and command.services != appointment.services):
        return Refusal("appointment_other_queue", {"queue": appointment.queue})
    return appointment


_GIVEN_UP = frozenset({TicketState.CANCELLED, TicketState.VOIDED})


def _when(appointment: Appointment) -> dict[str, Any]:
    return {
        "date": appointment.date,
        "start": hhmm(appointment.start),
        "end": hhmm(appointment.end),
        "from": hhmm(appointment.opens),
        "until": hhmm(min(appointment.closes, LAST_MINUTE)),
        "queue": appointment.queue,
    }


def note_missed(state: State, now: Moment, by: By) -> list[HallEvent]:
    """Return what is noted of those who have not come in time."""
    return [
        AppointmentMissed(
            by=by,
            appointment=appointment.id,
            date=appointment.date,
            excused=excused(state, appointment, now),
        )
        for appointment in missed(state, now)
    ]


DECIDERS: Mapping[type[Any], Callable[[State, Any, Moment], Decision]] = {
    BookAppointment: _book,
    CancelAppointment: _cancel,
}
