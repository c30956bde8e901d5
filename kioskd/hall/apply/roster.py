"""Imported rosters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from kioskd.hall.events import RosterSet
from kioskd.hall.state import State

_KEPT_DAYS = 7


def forget_past(state: State, today: str) -> None:
    """Let go of days that are over; a date that makes no sense keeps them."""
    try:
        before = (date.fromisoformat(today) - timedelta(days=_KEPT_DAYS)).isoformat()
    except (ValueError, OverflowError):
        return
    for day in [day for day in state.roster if day < before]:
        del state.roster[day]


def _set(state: State, event: RosterSet) -> None:
    for day in event.days:
        state.roster[day.date] = day
    state.index.reset_pools(state)


HANDLERS: Mapping[type[Any], Callable[[State, Any], None]] = {RosterSet: _set}
