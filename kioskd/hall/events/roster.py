"""Who should work where."""

from __future__ import annotations

from kioskd.hall.events.base import Recorded
from kioskd.hall.roster import DayRoster


class RosterSet(Recorded, frozen=True, kw_only=True, tag="roster.set"):
    """A lead imported a roster: these dates' hold from now on, each whole."""

    days: tuple[DayRoster, ...]
