"""Hall time and wall time against the calendar: what date and which hours it is."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from kioskd.hall.book import Book
from kioskd.hall.calendar import Span, gives, minutes
from kioskd.hall.model import Hours, Saved
from kioskd.hall.moment import Moment

MINUTE_MS = 60_000
_JUMP_MS = 120_000
_SEARCH_DAYS = 15


def local(book: Book, now: Moment, skew_days: int = 0) -> datetime:
    """Return what a clock on the wall of the hall shows, its date put right by ``skew_days``."""
    local = now.local(book.rules.utc_offset_min)
    return local + timedelta(days=skew_days) if skew_days else local


def business_date(book: Book, now: Moment) -> date:
    """Return the business day that the clock alone suggests."""
    shift = minutes(book.rules.calendar.day_starts)
    return (now.local(book.rules.utc_offset_min) - timedelta(minutes=shift)).date()


def drift_ms(saved: Saved, now: Moment) -> int:
    """Return how far the wall clock moved against hall time since the anchor."""
    return now.wall - saved.anchor_wall - (now.at - saved.anchor_at)


def jumped(saved: Saved, now: Moment) -> bool:
    """Return whether wall and hall time have drifted apart further than clocks do."""
    return abs(drift_ms(saved, now)) > _JUMP_MS


def trusted(saved: Saved) -> bool:
    """Return whether the clock may be asked for the time of day.

    While staff are asked for the date, or had to give one that is not the clock's, nobody knows what
    time it is, and no opening hours are enforced.
    """
    return saved.question is None and saved.day is not None and saved.day.skew_days == 0


def ms_until(at: datetime, then: datetime) -> int:
    """Return milliseconds from ``at`` to ``then``, at least 0."""
    return max(0, (then - at) // timedelta(milliseconds=1))


def minute_of(moment: datetime) -> int:
    """Return minutes since midnight."""
    return moment.hour * 60 + moment.minute


def gives_tickets(book: Book, now: Moment, queue: str) -> bool:
    """Return whether the hall gives tickets of ``queue`` now."""
    return book.gives(now.wall // MINUTE_MS + book.rules.utc_offset_min, queue)


def next_tickets(book: Book, at: datetime, queue: str) -> datetime | None:
    """Return when the hall next gives tickets of ``queue``; None within two weeks."""
    for step in range(_SEARCH_DAYS):
        day = at.date() + timedelta(days=step)
        for span in sorted(book.plan(day), key=lambda span: span.tickets_from):
            start = datetime(day.year, day.month, day.day) + timedelta(minutes=span.tickets_from)  # noqa: DTZ001
            if gives(span, queue) and start > at:
                return start
    return None


def hours(book: Book, at: datetime) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the sessions that give tickets and those that serve."""
    minute = minute_of(at)
    plan = book.plan(at.date())
    return (
        tuple(span.session.id for span in plan if span.tickets_from <= minute < span.tickets_until),
        tuple(span.session.id for span in plan if span.serve_from <= minute < span.serve_until),
    )


def next_change(book: Book, at: datetime) -> datetime:
    """Return the next time at which `hours` may differ, at the latest midnight."""
    midnight = datetime(at.year, at.month, at.day)  # noqa: DTZ001
    edges = [24 * 60]
    for span in book.plan(at.date()):
        edges += span[1:]
    return min(start for edge in edges if (start := midnight + timedelta(minutes=edge)) > at)


def serves_now(book: Book, hours_now: Hours, window: str) -> bool:
    """Return whether ``window`` belongs to a session that serves."""
    return any(
        not session.windows or window in session.windows
        for session in book.rules.calendar.sessions
        if session.id in hours_now.serving
    )


def planned_end(book: Book, day: date) -> str:
    """Return the end of the last session of ``day`` as ``"HH:MM"``; empty without sessions."""
    plan = book.plan(day)
    return max(span.session.serve_until for span in plan) if plan else ""


def elapsed_ms(book: Book, at: datetime, queue: str, working_ms: float) -> float:
    """Return how long it takes from ``at`` until ``working_ms`` of serving hours have passed.

    Breaks between sessions count; after the last session of the day work is taken to go on.
    """
    minute = minute_of(at) + at.second / 60
    left = working_ms / MINUTE_MS
    end = minute
    for span in book.plan(at.date()):
        if not gives(span, queue) or span.serve_until <= end:
            continue
        start = max(end, span.serve_from)
        if start + left <= span.serve_until:
            return working_ms if start == minute else (start + left - minute) * MINUTE_MS
        left -= span.serve_until - start
        end = span.serve_until
    return (end + left - minute) * MINUTE_MS


def first_serving(plan: tuple[Span, ...]) -> Span | None:
    """Return the first session of a day that serves."""
    return min(plan, key=lambda span: span.serve_from, default=None)
