"""Appointments against the hall's clock: when somebody may check in, and when they have missed it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from kioskd.hall import clock
from kioskd.hall.book import Book
from kioskd.hall.clock import MINUTE_MS
from kioskd.hall.model import Appointment
from kioskd.hall.moment import Moment
from kioskd.hall.state import State

ID = "a_"
"""How every appointment's id starts, so that none is taken for a code."""

LAST_MINUTE = 24 * 60 - 1

KEEP_DAYS = 7
"""For so long a code that is over is still told so, and not that it is unknown."""


def find_appointment(state: State, name: str) -> Appointment | None:
    """Return the appointment of this id, or of the code with this digest."""
    return state.appointments.get(state.index.appointment_codes.get(name, name))


def hhmm(minute: int) -> str:
    """Return minutes since midnight as ``"HH:MM"``."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def phase(state: State, book: Book, appointment: Appointment, now: Moment) -> str:
    """Return ``early``, ``open`` or ``late``: whether check-in is open.

    ``open`` as well while nobody knows what time it is: no citizen is sent away for the hall's clock.
    """
    if not clock.trusted(state):
        return "open"
    at = clock.local(book, now)
    here = (at.date().isoformat(), clock.minute_of(at))
    if here < (appointment.date, appointment.opens):
        return "early"
    return "late" if here > (appointment.date, appointment.closes) else "open"


def _over(appointment_date: str, closes: int) -> datetime:
    """Return when nobody may check in any more: the minute named is still good."""
    day = date.fromisoformat(appointment_date)
    return datetime(day.year, day.month, day.day) + timedelta(minutes=closes + 1)  # noqa: DTZ001


def due(state: State, now: Moment) -> int | None:
    """Return the hall time at which the next appointment will have been missed."""
    if not state.index.expected or state.book is None or not clock.trusted(state):
        return None
    day, closes, _ = state.index.expected[0]
    return now.at + clock.ms_until(clock.local(state.book, now), _over(day, closes))


def missed(state: State, now: Moment) -> list[Appointment]:
    """Return appointments that nobody has come for and whose time is over, the earliest first."""
    if not state.index.expected or state.book is None or not clock.trusted(state):
        return []
    at = clock.local(state.book, now)
    found: list[Appointment] = []
    for day, closes, name in state.index.expected:
        if _over(day, closes) > at:
            break
        found.append(state.appointments[name])
    return found


def excused(state: State, appointment: Appointment, now: Moment) -> bool:
    """Return whether the hall may have been closed to somebody who came in time.

    It was not open on that day, was closed before check-in was over, or started after it had begun.
    """
    book, day = state.book, state.day
    if book is None or day is None or day.date != appointment.date:
        return True
    closed_at = now.at - clock.ms_until(_over(appointment.date, appointment.closes), clock.local(book, now))
    opened_at = closed_at - (appointment.closes + 1 - appointment.opens) * MINUTE_MS
    return state.run_at > opened_at or (day.closed_at is not None and day.closed_at < closed_at)
