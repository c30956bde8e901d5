"""What must agree between the tables of a hall: references, prefixes, people, policy."""

from __future__ import annotations

from itertools import pairwise

from kioskd.hall.rules import Policy, Queue, RosterEntry, Teller, Window, Zone
from kioskd.hub.layout import named_fields
from kioskd.settings.entries import Entries, all_known, known
from kioskd.settings.problems import Report

_SOUND_ALIKE = str.maketrans("DPT", "BBB")
_EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
_CALL_FIELDS = ("ticket", "window")


class HallTables:
    """The tables of ``hall.toml`` that name each other."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.zones = Entries(report, "zone", Zone)
        self.queues = Entries(report, "queue", Queue)
        self.windows = Entries(report, "window", Window)
        self.tellers = Entries(report, "teller", Teller)
        self.roster = Entries(report, "roster", RosterEntry)


def check_hall(tables: HallTables) -> None:
    """Note everything about queues, windows and people that doesn't fit together."""
    _queues(tables)
    _prefixes(tables)
    _windows(tables)
    for entry in tables.tellers:
        skills = f"{entry.path}.skills"
        all_known(tables.report, skills, entry.value.skills, tables.queues.ids, "queue.unknown")
    _roster(tables)


def _queues(tables: HallTables) -> None:
    report = tables.report
    served = {queue for window in tables.windows.values if window.enabled for queue in window.equipped}
    all_windows_sound = len(tables.windows.sound) == len(tables.windows.ids)
    for entry in tables.queues:
        known(report, f"{entry.path}.zone", entry.value.zone, tables.zones.ids, "zone.unknown")
        all_known(report, f"{entry.path}.windows", entry.value.windows, tables.windows.ids, "window.unknown")
        if all_windows_sound and entry.value.id not in served:
            report.add(entry.path, "queue.no_window", value=entry.value.id)


def _prefixes(tables: HallTables) -> None:
    """Rule 2: a prefix belongs to one queue, and no two may be misheard for each other."""
    heard: dict[str, str] = {}
    for entry in tables.queues:
        prefix = entry.value.prefix
        other = heard.setdefault(prefix.translate(_SOUND_ALIKE), prefix)
        if other != prefix:
            tables.report.add(f"{entry.path}.prefix", "queue.prefix_sound", value=prefix, other=other)
    seen: set[str] = set()
    for entry in tables.queues:
        if entry.value.prefix in seen:
            tables.report.add(f"{entry.path}.prefix", "queue.prefix_twice", value=entry.value.prefix)
        seen.add(entry.value.prefix)


def _windows(tables: HallTables) -> None:
    report = tables.report
    for entry in tables.windows:
        window = entry.value
        known(report, f"{entry.path}.zone", window.zone, tables.zones.ids, "zone.unknown")
        all_known(report, f"{entry.path}.equipped", window.equipped, tables.queues.ids, "queue.unknown")
        for index, skill in enumerate(window.skills):
            at = f"{entry.path}.skills[{index}]"
            if known(report, at, skill, tables.queues.ids, "queue.unknown") and skill not in window.equipped:
                report.add(at, "window.not_equipped", value=skill)


def _roster(tables: HallTables) -> None:
    report = tables.report
    at_window: set[tuple[str, int]] = set()
    of_teller: set[tuple[str, int]] = set()
    for entry in tables.roster:
        window, teller = entry.value.window, entry.value.teller
        known(report, f"{entry.path}.window", window, tables.windows.ids, "window.unknown")
        known(report, f"{entry.path}.teller", teller, tables.tellers.ids, "teller.unknown")
        for day in entry.value.days or _EVERY_DAY:
            if (window, day) in at_window:
                report.add(f"{entry.path}.window", "roster.window_twice", value=window, day=day)
                break
            if (teller, day) in of_teller:
                report.add(f"{entry.path}.teller", "roster.teller_twice", value=teller, day=day)
                break
            at_window.add((window, day))
            of_teller.add((teller, day))


def check_policy(report: Report, policy: Policy, prefixes: set[str]) -> None:
    """Note what is wrong between the parts of ``[policy]``."""
    order = policy.order
    if order.k > order.n:
        report.add("policy.order.k", "order.k_over_n", k=order.k, n=order.n)
    seen: set[str] = set()
    for index, priority in enumerate(order.priorities):
        if priority.id in seen:
            report.add(f"policy.order.priorities[{index}].id", "twice", value=priority.id)
        seen.add(priority.id)
    tiers = policy.alerts.waiting_tiers
    if any(high <= low for low, high in pairwise(tiers)):
        report.add("policy.alerts.waiting_tiers", "list.rising")
    if policy.rating.options:
        report.add("policy.rating.options", "rating.options_fixed")
    if policy.rating.default is not None:
        report.add("policy.rating.default", "rating.default_citys")
    if policy.ticketing.test_prefix in prefixes:
        report.add("policy.ticketing.test_prefix", "queue.prefix_twice", value=policy.ticketing.test_prefix)
    if not policy.voice.languages:
        report.add("policy.voice.languages", "list.short", least=1)
    for language, text in (("zh", policy.voice.call.zh), ("en", policy.voice.call.en)):
        check_template(report, f"policy.voice.call.{language}", text, _CALL_FIELDS)


def check_template(report: Report, path: str, text: str, fields: tuple[str, ...]) -> None:
    """Note fields that a text with places to fill in may not name."""
    try:
        names = named_fields(text)
    except ValueError as error:
        report.add(path, "template.braces", detail=str(error))
        return
    for name in names:
        if name not in fields:
            report.add(path, "template.field", near=fields, value=name)
