"""What is wrong with rules as a whole, beyond the type of each field."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from kioskd.hall.calendar import minutes
from kioskd.hall.rules import Rules

_CONFUSED_WITH_DIGITS = frozenset("IOQ")
_SOUND_ALIKE = frozenset("BDPT")


class Problem(NamedTuple):
    """``path`` within the rules, a stable ``code`` and the offending value.

    Codes: ``empty``, ``duplicate``, ``unknown`` (names something that is not there), ``bad_time``,
    ``bad_date``, ``bad_prefix``, ``prefix_confusable`` (I, O, Q), ``prefix_sounds_alike`` (two of B, D,
    P, T), ``out_of_range``.
    """

    path: str
    code: str
    value: str


def problems(rules: Rules) -> list[Problem]:
    """Return everything wrong with ``rules``; empty when a hall can work by them."""
    return [*_names(rules), *_prefixes(rules), *_references(rules), *_calendar(rules), *_numbers(rules)]


def _names(rules: Rules) -> Iterator[Problem]:
    lists = {
        "zones": [zone.id for zone in rules.zones],
        "queues": [queue.id for queue in rules.queues],
        "services": [service.code for service in rules.services],
        "windows": [window.id for window in rules.windows],
        "tellers": [teller.id for teller in rules.tellers],
        "calendar.sessions": [session.id for session in rules.calendar.sessions],
        "policy.order.priorities": [priority.id for priority in rules.policy.order.priorities],
    }
    for path, names in lists.items():
        seen: set[str] = set()
        for at, name in enumerate(names):
            if not name:
                yield Problem(f"{path}[{at}]", "empty", name)
            if name in seen:
                yield Problem(f"{path}[{at}]", "duplicate", name)
            seen.add(name)
    for path in ("queues", "windows"):
        if not lists[path]:
            yield Problem(path, "empty", "")


def _prefixes(rules: Rules) -> Iterator[Problem]:
    test = rules.policy.ticketing.test_prefix
    alike: set[str] = set()
    for at, queue in enumerate(rules.queues):
        path, prefix = f"queues[{at}].prefix", queue.prefix
        if not 1 <= len(prefix) <= 2 or any(not "A" <= letter <= "Z" for letter in prefix):
            yield Problem(path, "bad_prefix", prefix)
        elif set(prefix) & _CONFUSED_WITH_DIGITS:
            yield Problem(path, "prefix_confusable", prefix)
        elif prefix in _SOUND_ALIKE:
            if alike - {prefix}:
                yield Problem(path, "prefix_sounds_alike", prefix)
            alike.add(prefix)
        if prefix == test:
            yield Problem(path, "bad_prefix", prefix)
        if not 1 <= queue.digits <= 6:
            yield Problem(f"queues[{at}].digits", "out_of_range", str(queue.digits))
    if not test or test[-1].isdigit():
        yield Problem("policy.ticketing.test_prefix", "bad_prefix", test)


def _references(rules: Rules) -> Iterator[Problem]:
    zones = {zone.id for zone in rules.zones}
    queues = {queue.id for queue in rules.queues}
    windows = {window.id for window in rules.windows}
    tellers = {teller.id for teller in rules.tellers}
    wanted: list[tuple[str, str, set[str]]] = []
    for at, queue in enumerate(rules.queues):
        wanted.append((f"queues[{at}].zone", queue.zone, zones))
        wanted += [(f"queues[{at}].windows", name, windows) for name in queue.windows]
    for at, service in enumerate(rules.services):
        wanted.append((f"services[{at}].queue", service.queue, queues))
        if service.zone:
            wanted.append((f"services[{at}].zone", service.zone, zones))
    for at, window in enumerate(rules.windows):
        wanted.append((f"windows[{at}].zone", window.zone, zones))
        wanted += [(f"windows[{at}].equipped", name, queues) for name in window.equipped]
        wanted += [(f"windows[{at}].skills", name, queues) for name in window.skills]
    for at, teller in enumerate(rules.tellers):
        wanted += [(f"tellers[{at}].skills", name, queues) for name in teller.skills]
    for at, entry in enumerate(rules.roster):
        wanted.append((f"roster[{at}].window", entry.window, windows))
        wanted.append((f"roster[{at}].teller", entry.teller, tellers))
    for at, session in enumerate(rules.calendar.sessions):
        wanted += [(f"calendar.sessions[{at}].queues", name, queues) for name in session.queues]
        wanted += [(f"calendar.sessions[{at}].windows", name, windows) for name in session.windows]
    for path, name, known in wanted:
        if name not in known:
            yield Problem(path, "unknown", name)


def _calendar(rules: Rules) -> Iterator[Problem]:
    calendar = rules.calendar
    yield from _times("calendar.day_starts", calendar.day_starts)
    for at, session in enumerate(calendar.sessions):
        path = f"calendar.sessions[{at}]"
        for first, last in (("tickets_from", "tickets_until"), ("serve_from", "serve_until")):
            start, end = getattr(session, first), getattr(session, last)
            wrong = [*_times(f"{path}.{first}", start), *_times(f"{path}.{last}", end)]
            yield from wrong
            if not wrong and minutes(start) >= minutes(end):
                yield Problem(f"{path}.{last}", "out_of_range", end)
        for day in session.weekdays:
            if not 1 <= day <= 7:
                yield Problem(f"{path}.weekdays", "out_of_range", str(day))
        for month in session.months:
            if not 1 <= month <= 12:
                yield Problem(f"{path}.months", "out_of_range", str(month))
    for at, year in enumerate(calendar.years):
        for text in (*year.holidays, *year.make_up):
            try:
                good = date.fromisoformat(text).year == year.year
            except ValueError:
                good = False
            if not good:
                yield Problem(f"calendar.years[{at}]", "bad_date", text)
        for text, weekday in year.make_up.items():
            if not 1 <= weekday <= 7:
                yield Problem(f"calendar.years[{at}].make_up.{text}", "out_of_range", str(weekday))


def _times(path: str, text: str) -> list[Problem]:
    try:
        minutes(text)
    except ValueError:
        return [Problem(path, "bad_time", text)]
    return []


def _numbers(rules: Rules) -> Iterator[Problem]:
    order, calling = rules.policy.order, rules.policy.calling
    checks: list[tuple[str, float, float, float]] = [
        ("utc_offset_min", rules.utc_offset_min, -720, 840),
        ("policy.order.cap_min", order.cap_min, 1, 1440),
        ("policy.order.appointment_credit_min", order.appointment_credit_min, 0, 1440),
        ("policy.order.returned_after", order.returned_after, 0, 1000),
        ("policy.order.n", order.n, 1, 1000),
        ("policy.order.k", order.k, 0, order.n),
        ("policy.calling.debounce_ms", calling.debounce_ms, 0, 60_000),
        ("policy.calling.started_after_s", calling.started_after_s, 1, 3600),
        ("policy.calling.announcement_gap_s", calling.announcement_gap_s, 0, 3600),
        ("policy.calling.no_show_after_s", calling.no_show_after_s, 0, 3600),
        ("policy.calling.no_show_calls", calling.no_show_calls, 1, 100),
        ("policy.calling.short_service_s", calling.short_service_s, 0, 3600),
        ("policy.calling.press_shelf_s", calling.press_shelf_s, 0, 3600),
        ("policy.ticketing.burst_slips", rules.policy.ticketing.burst_slips, 0, 10_000),
        ("policy.ticketing.reservation", rules.policy.ticketing.reservation, 1, 10_000),
        ("policy.ticketing.remote_most", rules.policy.ticketing.remote_most, 0, 10_000),
        ("policy.ticketing.remote_min", rules.policy.ticketing.remote_min, 1, 1440),
        ("policy.rating.timeout_s", rules.policy.rating.timeout_s, 1, 3600),
        ("policy.rating.handle_days", rules.policy.rating.handle_days, 1, 250),
        ("policy.rating.change_within_s", rules.policy.rating.change_within_s, 0, 3600),
        ("policy.alerts.empty_window_min", rules.policy.alerts.empty_window_min, 1, 1440),
        ("policy.alerts.long_wait_min", rules.policy.alerts.long_wait_min, 1, 1440),
        ("policy.alerts.long_service_min", rules.policy.alerts.long_service_min, 1, 1440),
        ("policy.alerts.pause_min", rules.policy.alerts.pause_min, 1, 1440),
        ("policy.alerts.opening_check_min", rules.policy.alerts.opening_check_min, 0, 720),
    ]
    for at, queue in enumerate(rules.queues):
        checks.append((f"queues[{at}].expected_minutes", queue.expected_minutes, 0.1, 1440))
        if queue.quota is not None:
            checks.append((f"queues[{at}].quota", queue.quota, 0, 1_000_000))
    for at, priority in enumerate(order.priorities):
        checks.append((f"policy.order.priorities[{at}].credit_min", priority.credit_min, 0, 1440))
    for path, value, low, high in checks:
        if not low <= value <= high:
            yield Problem(path, "out_of_range", str(value))
