"""Which times a hall gives, who may have one, and until when it may be given back. Rules only, no I/O.

Times are the hall's own: minutes since midnight of a date.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from kioskd.hall.calendar import gives, minutes, spans, works_like
from kioskd.hall.rules import Calendar

_Clock = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
_Minutes = Annotated[int, Meta(ge=0, le=24 * 60)]

CHINA_MIN = 480
"""The zone that a city counts its own days by: all of China's, minutes east of UTC."""


class Offer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``[[offer]]``: times for one queue. Every ``minutes`` from ``start`` to ``end`` on ``weekdays`` (ISO;
    a make-up day is the weekday it works like) ``capacity`` people can come.
    """

    queue: Annotated[str, Meta(min_length=1, max_length=64)]
    start: _Clock
    end: _Clock
    minutes: Annotated[int, Meta(ge=5, le=240)] = 15
    capacity: Annotated[int, Meta(ge=1, le=1000)] = 1
    weekdays: tuple[Annotated[int, Meta(ge=1, le=7)], ...] = (1, 2, 3, 4, 5)


class BookingPlan(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"offers": "offer"}
):
    """What a hall gives. Times can be had for the next ``ahead_days`` days, until ``before_min`` before they
    begin, and given back until ``cancel_before_min`` before. Check-in is open from ``early_min`` before a
    time begins until ``late_min`` after it ends. Whoever has missed ``misses`` times within ``within_days``
    waits ``blocked_days`` from the last one (``misses`` 0: nobody does).
    """

    offers: tuple[Offer, ...] = ()
    ahead_days: Annotated[int, Meta(ge=0, le=90)] = 14
    before_min: _Minutes = 30
    cancel_before_min: _Minutes = 120
    early_min: _Minutes = 15
    late_min: _Minutes = 15
    misses: Annotated[int, Meta(ge=0, le=100)] = 3
    within_days: Annotated[int, Meta(ge=1, le=180)] = 90
    blocked_days: Annotated[int, Meta(ge=1, le=366)] = 30


class Slot(NamedTuple):
    """A time that can be had."""

    date: str
    start: int
    end: int
    capacity: int


def slots(plan: BookingPlan, calendar: Calendar, queue: str, day: date) -> Iterator[Slot]:
    """Yield the times of a queue on a date, as far as the hall serves it all that while."""
    weekday = works_like(calendar, day)
    served = [span for span in spans(calendar, day) if gives(span, queue)]
    for offer in plan.offers:
        if offer.queue != queue or weekday not in offer.weekdays:
            continue
        start, last = minutes(offer.start), minutes(offer.end)
        while start + offer.minutes <= last:
            end = start + offer.minutes
            if any(span.serve_from <= start and end <= span.serve_until for span in served):
                yield Slot(day.isoformat(), start, end, offer.capacity)
            start = end


def wall_of(day: str, minute: int, utc_offset_min: int) -> int:
    """Return UTC milliseconds of a time in a hall."""
    midnight = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return int((midnight + timedelta(minutes=minute - utc_offset_min)).timestamp() * 1000)


def here(wall: int, utc_offset_min: int) -> datetime:
    """Return what a clock in the hall shows (without a zone)."""
    shown = datetime.fromtimestamp(wall / 1000, UTC) + timedelta(minutes=utc_offset_min)
    return shown.replace(tzinfo=None)


def still_to_have(plan: BookingPlan, slot: Slot, now: datetime) -> bool:
    """Return whether a time lies far enough ahead, and not too far."""
    begins = datetime.fromisoformat(slot.date) + timedelta(minutes=slot.start)
    days = (date.fromisoformat(slot.date) - now.date()).days
    return now + timedelta(minutes=plan.before_min) <= begins and days <= plan.ahead_days


class Day(NamedTuple):
    """Times of a date, each with how many can still come."""

    date: str
    slots: tuple[tuple[Slot, int], ...]


def days(
    plan: BookingPlan, calendar: Calendar, queue: str, now: datetime, taken: Mapping[tuple[str, int], int]
) -> list[Day]:
    """Return every date on which a queue has times at all, from today on; ``taken`` by date and start."""
    found: list[Day] = []
    for step in range(plan.ahead_days + 1):
        day = now.date() + timedelta(days=step)
        open_ = tuple(
            (slot, max(0, slot.capacity - taken.get((slot.date, slot.start), 0)))
            for slot in sorted(slots(plan, calendar, queue, day))
            if still_to_have(plan, slot, now)
        )
        if open_:
            found.append(Day(day.isoformat(), open_))
    return found


def blocked_until(plan: BookingPlan, missed: Sequence[str], today: date) -> date | None:
    """Return until when somebody has to wait who missed times on these dates; None: they need not."""
    if plan.misses == 0:
        return None
    edge = (today - timedelta(days=plan.within_days)).isoformat()
    recent = sorted(each for each in missed if each >= edge)
    if len(recent) < plan.misses:
        return None
    until = date.fromisoformat(recent[-1]) + timedelta(days=plan.blocked_days)
    return until if until > today else None


def may_give_back(plan: BookingPlan, day: str, start: int, now: datetime) -> bool:
    """Return whether a time is still far enough ahead for somebody else to have it."""
    begins = datetime.fromisoformat(day) + timedelta(minutes=start)
    return now + timedelta(minutes=plan.cancel_before_min) <= begins
