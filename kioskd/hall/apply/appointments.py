"""The register of appointments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from kioskd.hall.appointments import KEEP_DAYS, LAST_MINUTE
from kioskd.hall.calendar import minutes
from kioskd.hall.events import AppointmentBooked, AppointmentCancelled, AppointmentMissed
from kioskd.hall.model import Appointment, AppointmentState
from kioskd.hall.state import State


def _booked(state: State, event: AppointmentBooked) -> None:
    start, end = minutes(event.start), minutes(event.end)
    appointment = Appointment(
        id=event.appointment,
        code=event.code,
        queue=event.queue,
        services=event.services,
        date=event.date,
        opens=max(0, start - event.early_min),
        start=start,
        end=end,
        closes=min(LAST_MINUTE, end + event.late_min),
    )
    state.appointments[appointment.id] = appointment
    state.index.expect(appointment)


def _cancelled(state: State, event: AppointmentCancelled) -> None:
    _end(state, event.appointment, AppointmentState.CANCELLED)


def _missed(state: State, event: AppointmentMissed) -> None:
    _end(state, event.appointment, AppointmentState.MISSED)


def _end(state: State, name: str, how: AppointmentState) -> None:
    appointment = state.appointments[name]
    state.index.expect_no_more(appointment)
    appointment.state = how


def note_arrival(state: State, name: str, ticket: str) -> None:
    """Somebody took a number for an appointment. Journals from before there was a register name others."""
    if name in state.appointments:
        _end(state, name, AppointmentState.ARRIVED)
        state.appointments[name].ticket = ticket


def forget_old(state: State, today: str) -> None:
    """Let go of appointments that are long over."""
    edge = (date.fromisoformat(today) - timedelta(days=KEEP_DAYS)).isoformat()
    old = [each for each in state.appointments.values() if each.date < edge]
    for each in old:
        del state.appointments[each.id]
    if old:
        state.index.reset_appointments(state)


HANDLERS: Mapping[type[Any], Callable[[State, Any], None]] = {
    AppointmentBooked: _booked,
    AppointmentCancelled: _cancelled,
    AppointmentMissed: _missed,
}
