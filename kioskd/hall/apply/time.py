"""Process starts, clock, business days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kioskd.hall import clock
from kioskd.hall.apply.appointments import forget_old
from kioskd.hall.apply.line import note_busy
from kioskd.hall.apply.poor_ratings import forget_closed
from kioskd.hall.apply.roster import forget_past
from kioskd.hall.events import (
    ClockJumped,
    DayClosed,
    DayConfirmed,
    DayOpened,
    DayQuestioned,
    HallChecked,
    HoursChanged,
    HubStarted,
)
from kioskd.hall.model import Day, Hours, MissedSlot, Question, QueueState, SlotState
from kioskd.hall.moment import Moment
from kioskd.hall.state import State

_MISSED_DAYS = 7
"""Days for which a rating on its way from a station's disk may still replace 未评价."""


def note_moment(state: State, now: Moment) -> None:
    """Remember the moment of an event, and that its date was not in doubt."""
    state.at = max(state.at, now.at)
    state.wall = now.wall
    if clock.trusted(state) and not clock.jumped(state, now):
        state.trusted_wall = max(state.trusted_wall, now.wall)


def _anchor(state: State) -> None:
    state.anchor_at, state.anchor_wall = state.at, state.wall


def _hub_started(state: State, event: HubStarted) -> None:
    state.boot = event.boot
    state.run = state.position
    state.run_at = state.at
    note_floors(state, event.numbers, event.numbers_day)
    _anchor(state)


def note_floors(state: State, numbers: Mapping[str, int], day: str) -> None:
    """Take numbers as given on a day (empty: on whatever day is open or opens next)."""
    if numbers and day == state.floors_day:
        state.floors.update(numbers)
    elif numbers:
        state.floors, state.floors_day = dict(numbers), day


def _day_opened(state: State, event: DayOpened) -> None:
    _keep_missed(state)
    kept = {ticket: state.tickets[ticket] for ticket in event.kept if ticket in state.tickets}
    state.tickets = kept
    state.numbers = dict(event.numbers)
    if state.floors_day == "":
        state.floors_day = event.date
    elif state.floors_day < event.date:
        state.floors, state.floors_day = {}, ""
    state.day = Day(
        date=event.date,
        opened_at=state.at,
        opened_wall=state.wall,
        skew_days=event.skew_days,
        said_at=state.at if event.by_person else None,
    )
    state.last_date = max(state.last_date, event.date)
    state.question = None
    state.checked = ""
    state.slips = {}
    for queue in state.queues:
        state.queues[queue] = QueueState(id=queue)
    for ticket in kept.values():
        if not ticket.test:
            state.queues[ticket.queue].issued += 1
    for window in state.windows.values():
        window.turn = 0
        window.active_at = state.at
        window.ticket = window.ticket if window.ticket in kept else None
        window.last_ticket = window.last_ticket if window.last_ticket in kept else None
        window.deserted = False
        window.slot = window.slot if window.slot in kept else None
        window.move = None
    forget_closed(state, event.date)
    forget_past(state, event.date)
    if state.order is not None:
        state.order = None
        state.index.reset_book(state)
    state.index.reset_overdue(state)
    state.index.reset_tickets(state)
    forget_old(state, event.date)
    for queue in state.queues:
        note_busy(state, queue)
    state.index.reset_pools(state)
    _believe_clock(state)


def _keep_missed(state: State) -> None:
    if state.day is None:
        return
    missed = state.missed.setdefault(state.day.date, {})
    for ticket in state.tickets.values():
        for slot in ticket.slots:
            if slot.state is SlotState.MISSED and slot.asked and not ticket.test:
                missed[f"{ticket.id}/{slot.item}"] = MissedSlot(
                    ticket.number, slot.window, slot.teller, slot.service, slot.opened_at, slot.closed_at or 0
                )
    for date in sorted(state.missed)[:-_MISSED_DAYS]:
        del state.missed[date]


def _believe_clock(state: State) -> None:
    _anchor(state)
    if clock.trusted(state):
        state.trusted_wall = state.wall


def _day_confirmed(state: State, event: DayConfirmed) -> None:
    state.question = None
    if state.day is not None:
        state.day.skew_days = event.skew_days
        state.day.said_at = state.at
    _believe_clock(state)


def _day_closed(state: State, event: DayClosed) -> None:
    if state.day is not None:
        state.day.closed_at = state.at


def _day_questioned(state: State, event: DayQuestioned) -> None:
    state.question = Question(date=event.date, why=event.why, at=state.at)


def _clock_jumped(state: State, event: ClockJumped) -> None:
    if state.day is not None:
        state.day.skew_days = event.skew_days
    _believe_clock(state)


def _hours_changed(state: State, event: HoursChanged) -> None:
    since = state.hours.serving_since if state.hours.serving and event.serving else state.at
    state.hours = Hours(ticketing=event.ticketing, serving=event.serving, serving_since=since)


def _hall_checked(state: State, event: HallChecked) -> None:
    state.checked = event.session


HANDLERS: Mapping[type[Any], Callable[[State, Any], None]] = {
    HubStarted: _hub_started,
    DayOpened: _day_opened,
    DayConfirmed: _day_confirmed,
    DayClosed: _day_closed,
    DayQuestioned: _day_questioned,
    ClockJumped: _clock_jumped,
    HoursChanged: _hours_changed,
    HallChecked: _hall_checked,
}
