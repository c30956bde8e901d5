"""A roster that a lead imported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from kioskd.hall.book import Book
from kioskd.hall.commands import SetRoster
from kioskd.hall.decide.find import Decision
from kioskd.hall.events import RosterSet
from kioskd.hall.moment import Moment
from kioskd.hall.refusal import Refusal
from kioskd.hall.roster import DayRoster
from kioskd.hall.state import State

MOST_DAYS = 62
_MOST_PERSONS = 20


def _set(state: State, command: SetRoster, now: Moment) -> Decision:
    book = state.book
    if book is None:
        return Refusal("no_settings")
    if not 1 <= len(command.days) <= MOST_DAYS or len({day.date for day in command.days}) < len(command.days):
        return Refusal("bad_value", {"field": "days"})
    for day in command.days:
        field = _wrong(book, day)
        if field:
            return Refusal("bad_value", {"field": field})
    changed = tuple(day for day in command.days if state.roster.get(day.date) != day)
    return [RosterSet(by=command.by, days=changed)] if changed else []


def _wrong(book: Book, day: DayRoster) -> str:
    """Return the field that makes no sense, empty if all do."""
    try:
        date.fromisoformat(day.date)
    except ValueError:
        return "date"
    if not day.duty.keys() <= book.windows.keys() or not set(day.duty.values()) <= book.tellers.keys():
        return "duty"
    if len(set(day.duty.values())) < len(day.duty):
        return "duty"
    pairs = day.stand_ins
    if not (pairs.keys() | set(pairs.values())) <= book.tellers.keys() or any(
        a == b for a, b in pairs.items()
    ):
        return "stand_ins"
    if any(len(persons) > _MOST_PERSONS for persons in (day.leads, day.on_call)):
        return "leads"
    return ""


DECIDERS: Mapping[type[Any], Callable[[State, Any, Moment], Decision]] = {SetRoster: _set}
