"""Who should be where on which date: what a lead has imported, or else what the settings say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec

from kioskd.hall.book import Book


class DayRoster(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The roster of one date. ``duty`` is tellers by window, ``stand_ins`` (AB角) who steps in for whom;
    ``leads`` (带班) and ``on_call`` (值班) are persons as people call them.
    """

    date: str
    duty: dict[str, str] = {}
    leads: tuple[str, ...] = ()
    on_call: tuple[str, ...] = ()
    stand_ins: dict[str, str] = {}


Roster = Mapping[str, DayRoster]
"""By date, ISO 8601."""


def rostered(roster: Roster, book: Book, window: str, day: date) -> str | None:
    """Return the teller who should be at a window on a date.

    An imported day with anybody at a window holds whole; the settings say nothing of it any more.
    """
    known = roster.get(day.isoformat())
    if known is None or not known.duty:
        return book.rostered(window, day.isoweekday())
    teller = known.duty.get(window)
    return teller if teller in book.tellers else None


def planned(roster: Roster, book: Book, queue: str, day: str) -> frozenset[str]:
    """Return the windows that should serve a queue on a date."""
    known = roster.get(day)
    return book.planned(queue, frozenset(known.duty) if known is not None and known.duty else None)
