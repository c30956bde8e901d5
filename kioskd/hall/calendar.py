"""Which sessions a date has: weekdays, seasons, holidays and 调休."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from kioskd.hall.rules import Calendar, Session

_SEARCH_DAYS = 60
"""No hall is closed for longer than that between two working days."""


class Span(NamedTuple):
    """A session on one date, in minutes since midnight."""

    session: Session
    tickets_from: int
    tickets_until: int
    serve_from: int
    serve_until: int


def minutes(clock: str) -> int:
    """Return minutes since midnight of ``"HH:MM"``, up to ``"24:00"``. Raises ValueError."""
    hour, _, minute = clock.partition(":")
    if not (len(hour) == len(minute) == 2 and hour.isdecimal() and minute.isdecimal()):
        raise ValueError(f"not a time of day: {clock!r}")
    total = int(hour) * 60 + int(minute)
    if int(minute) > 59 or total > 24 * 60:
        raise ValueError(f"not a time of day: {clock!r}")
    return total


def works_like(calendar: Calendar, day: date) -> int | None:
    """Return the ISO weekday that ``day`` works like; None on a holiday."""
    for year in calendar.years:
        if year.year == day.year:
            text = day.isoformat()
            if text in year.make_up:
                return year.make_up[text]
            if text in year.holidays:
                return None
    return day.isoweekday()


def spans(calendar: Calendar, day: date) -> tuple[Span, ...]:
    """Return the sessions of ``day`` in order of their start; empty when the hall is closed."""
    weekday = works_like(calendar, day)
    if weekday is None:
        return ()
    found = [
        Span(
            session,
            minutes(session.tickets_from),
            minutes(session.tickets_until),
            minutes(session.serve_from),
            minutes(session.serve_until),
        )
        for session in calendar.sessions
        if (not session.weekdays or weekday in session.weekdays)
        and (not session.months or day.month in session.months)
    ]
    return tuple(sorted(found, key=lambda span: (span.serve_from, span.tickets_from)))


def gives(span: Span, queue: str) -> bool:
    """Return whether a session gives tickets of a queue."""
    return not span.session.queues or queue in span.session.queues


def work_between(calendar: Calendar, after: date, before: date) -> bool:
    """Return whether a day with sessions lies strictly between two dates (at most 400 days apart)."""
    for step in range(1, min((before - after).days, 400)):
        if spans(calendar, after + timedelta(days=step)):
            return True
    return False


def working_days_after(calendar: Calendar, after: date, days: int) -> date:
    """Return the ``days``-th date with sessions after a date. A hall that never works counts every day."""
    found = after
    for _ in range(days):
        step = 1
        while step < _SEARCH_DAYS and not spans(calendar, found + timedelta(days=step)):
            step += 1
        found += timedelta(days=step if step < _SEARCH_DAYS else 1)
    return found


def year_missing(calendar: Calendar, day: date) -> int | None:
    """Return the year whose holidays are still unknown: this one, or from 15 December the next."""
    if not calendar.needs_year_file:
        return None
    known = {year.year for year in calendar.years}
    if day.year not in known:
        return day.year
    if (day.month, day.day) >= (12, 15) and day.year + 1 not in known:
        return day.year + 1
    return None
