"""What must agree inside a calendar: sessions, seasons, holidays and make-up days."""

from __future__ import annotations

from datetime import date
from itertools import combinations

from kioskd.hall.rules import Session, YearCalendar
from kioskd.settings.entries import Entries, Entry, all_known
from kioskd.settings.examine import join
from kioskd.settings.problems import Report

_EVERY_MONTH = frozenset(range(1, 13))


def check_sessions(sessions: Entries[Session], day_starts: str, queues: set[str], windows: set[str]) -> None:
    """Note sessions that run backwards, name what isn't there, or give one window to two of them."""
    report = sessions.report
    for entry in sessions:
        session = entry.value
        all_known(report, f"{entry.path}.queues", session.queues, queues, "queue.unknown")
        all_known(report, f"{entry.path}.windows", session.windows, windows, "window.unknown")
        if not session.weekdays:
            report.add(f"{entry.path}.weekdays", "list.short", least=1)
        for start, end in (("tickets_from", "tickets_until"), ("serve_from", "serve_until")):
            first, last = getattr(session, start), getattr(session, end)
            if first >= last:
                report.add(f"{entry.path}.{end}", "session.backwards", value=last, start=first)
            if first < day_starts:
                report.add(f"{entry.path}.{start}", "session.before_day", value=first, start=day_starts)
        if session.tickets_until > session.serve_until:
            report.add(
                f"{entry.path}.tickets_until",
                "session.tickets_after_service",
                value=session.tickets_until,
                end=session.serve_until,
            )
    for one, other in combinations(sessions, 2):
        _overlap(report, one, other)


def _overlap(report: Report, one: Entry[Session], other: Entry[Session]) -> None:
    a, b = one.value, other.value
    days = set(a.weekdays) & set(b.weekdays)
    months = (set(a.months) or _EVERY_MONTH) & (set(b.months) or _EVERY_MONTH)
    if not days or not months or a.serve_until <= b.serve_from or b.serve_until <= a.serve_from:
        return
    if _share(a.queues, b.queues) and _share(a.windows, b.windows):
        report.add(other.path, "session.overlap", value=b.id, other=a.id, day=min(days), month=min(months))


def _share(some: tuple[str, ...], others: tuple[str, ...]) -> bool:
    return not some or not others or bool(set(some) & set(others))


def check_year(report: Report, year: YearCalendar) -> None:
    """Note days of another year, and days that are both holiday and make-up day."""
    for index, text in enumerate(year.holidays):
        if date.fromisoformat(text).year != year.year:
            report.add(f"holidays[{index}]", "calendar.other_year", value=text, year=year.year)
    for text, weekday in year.make_up.items():
        path = join("make_up", text)
        try:
            day = date.fromisoformat(text)
        except ValueError:
            report.add(path, "text.date", value=text[:40])
            continue
        if day.year != year.year:
            report.add(path, "calendar.other_year", value=text, year=year.year)
        if text in year.holidays:
            report.add(path, "calendar.both", value=text)
        if not 1 <= weekday <= 7:
            report.add(path, "number.range", value=weekday, low=1, high=7)
