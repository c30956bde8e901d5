"""The hub, the settings, and the business day."""

from __future__ import annotations

import msgspec

from kioskd.hall.events.base import Recorded
from kioskd.hall.rules import Rules


class HubStarted(Recorded, frozen=True, kw_only=True, tag="hub.started"):
    """A process began to run the hall. ``numbers`` are last numbers by prefix that must be taken as
    given on ``numbers_day`` (empty: on whatever day is open or opens next).
    """

    boot: str
    numbers: dict[str, int] = msgspec.field(default_factory=dict)
    numbers_day: str = ""


class SettingsApplied(Recorded, frozen=True, kw_only=True, tag="settings.applied"):
    """These rules hold, whole."""

    rules: Rules


class DayOpened(Recorded, frozen=True, kw_only=True, tag="day.opened"):
    """A business day begins.

    ``numbers`` are the last given numbers it goes on from (empty: all from 1) and ``kept`` the
    tickets that stay open because they were taken while the day was in question. ``skew_days`` is
    what must be added to the clock's date to get this one; ``by_person`` that staff said so.
    """

    date: str
    numbers: dict[str, int] = msgspec.field(default_factory=dict)
    kept: tuple[str, ...] = ()
    skew_days: int = 0
    by_person: bool = False


class DayConfirmed(Recorded, frozen=True, kw_only=True, tag="day.confirmed"):
    """Asked, staff said that it is still the business day that is open."""

    date: str
    skew_days: int = 0


class DayClosed(Recorded, frozen=True, kw_only=True, tag="day.closed"):
    """A business day ended. ``planned`` means that nobody closed it and it is closed now in the name
    of its planned end, ``planned_end`` (``"HH:MM"``, empty on a day without sessions).
    """

    date: str
    planned: bool = False
    planned_end: str = ""


class DayQuestioned(Recorded, frozen=True, kw_only=True, tag="day.questioned"):
    """The clock says ``date``, which is not plausible because of ``why``; staff are asked.

    Numbers go on meanwhile. ``why`` is ``clock_behind``, ``clock_ahead``, ``clock_unset``,
    ``clock_jumped``, ``working_day_skipped``, ``witness_disagrees`` or ``clock_unconfirmed``.
    """

    date: str
    why: str


class ClockJumped(Recorded, frozen=True, kw_only=True, tag="clock.jumped"):
    """The wall clock moved by ``by_ms`` against hall time; ``skew_days`` counts from now."""

    by_ms: int
    skew_days: int = 0


class HoursChanged(Recorded, frozen=True, kw_only=True, tag="hours.changed"):
    """Which sessions give tickets and which serve, from now on."""

    ticketing: tuple[str, ...] = ()
    serving: tuple[str, ...] = ()


class HallChecked(Recorded, frozen=True, kw_only=True, tag="hall.checked"):
    """开门检查 before ``session``: devices that have not come up, by window (empty: of the hall)."""

    session: str
    missing: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
