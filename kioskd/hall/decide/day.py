"""Rule 18 and time as data: which business day it is, and when it changes.

A day opens by itself only for a date that is later than any before and plausible. Otherwise staff
are asked once, and numbers go on meanwhile; no number is ever given twice because of a clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from kioskd.hall import clock
from kioskd.hall.book import Book
from kioskd.hall.calendar import minutes, work_between
from kioskd.hall.commands import By, CloseDay, ConfirmDay, StartHub
from kioskd.hall.decide import visit
from kioskd.hall.decide.duty import sign_out
from kioskd.hall.decide.find import Decision
from kioskd.hall.events import (
    AlertCleared,
    ClockJumped,
    DayClosed,
    DayConfirmed,
    DayOpened,
    DayQuestioned,
    HallEvent,
    HoursChanged,
    HubStarted,
    TicketEnded,
    TicketVoided,
)
from kioskd.hall.model import OPEN_STATES, SlotState, TicketState
from kioskd.hall.moment import Moment
from kioskd.hall.numbers import raised
from kioskd.hall.refusal import Refusal
from kioskd.hall.rules import Ticketing
from kioskd.hall.state import State
from kioskd.hall.watch import REPORTED

_NEVER_BEFORE = date(2025, 1, 1)
"""No clock of a machine that runs this program can rightly show an earlier date."""
_BACK_MS = 600_000
"""A clock this far behind the last event is being set, not wrong about the day."""
_AHEAD_DAYS = 15
"""A hall that was off for longer is asked."""
_CONFIRM_DAYS = 400
"""The furthest date a person may give, counted from the last day: a slip of the finger is not undone."""
_SMALL_JUMP_MS = 900_000
"""A jump up to here may carry the clock over the start of a day without a question."""
_BLIND_MS = 18 * 3_600_000
"""With a clock known to be wrong, staff are asked again after this long."""
_NEW_DAY_MS = 8 * 3_600_000
"""A clock put right this long after a day was opened may open the next one."""
_LASTING_ALERTS = frozenset({"device", "calendar_missing"}) | REPORTED


def day_stage(state: State, now: Moment, by: By, witness: tuple[str, ...] = ()) -> list[HallEvent]:
    """Return what the clock says about the business day; empty when nothing changes.

    After these events are applied it returns nothing more at the same moment.
    """
    book = state.book
    if book is None:
        return []
    jumped = clock.jumped(state, now)
    drift = clock.drift_ms(state, now)
    today = clock.business_date(book, now)
    if state.question is not None:
        return _answer_by_clock(state, book, now, by, today, drift if jumped else 0, witness)
    if state.day is None:
        why = _implausible(state, book, now, today, witness)
        return _question(by, today, why) if why else open_day(state, now, by, today)
    if state.day.skew_days:
        return _blind(state, book, now, by, today, drift if jumped else 0, witness)
    if jumped:
        return _jumped(state, by, today, drift)
    if now.wall < state.trusted_wall - _BACK_MS:
        return _question(by, today, "clock_behind")
    if today.isoformat() > state.last_date:
        why = _implausible(state, book, now, today, witness)
        return _question(by, today, why) if why else open_day(state, now, by, today)
    if state.day.said_at is None and _outvoted(today, witness):
        return _question(by, today, "witness_disagrees")
    return []


def _question(by: By, today: date, why: str) -> list[HallEvent]:
    return [DayQuestioned(by=by, date=today.isoformat(), why=why)]


def _outvoted(today: date, witness: tuple[str, ...]) -> bool:
    votes = Counter(witness)
    return bool(votes) and votes[today.isoformat()] * 2 < sum(votes.values())


def _implausible(state: State, book: Book, now: Moment, today: date, witness: tuple[str, ...]) -> str:
    """Return why ``today`` may not follow the days before; empty when it may."""
    if today < _NEVER_BEFORE:
        return "clock_unset"
    if _outvoted(today, witness):
        return "witness_disagrees"
    if not state.last_date:
        return ""
    if now.wall < state.trusted_wall - _BACK_MS:
        return "clock_behind"
    last = date.fromisoformat(state.last_date)
    if today <= last:
        return "clock_behind"
    if (today - last).days > _AHEAD_DAYS:
        return "clock_ahead"
    if not witness and work_between(book.rules.calendar, last, today):
        return "working_day_skipped"
    return ""


def _jumped(state: State, by: By, today: date, drift: int) -> list[HallEvent]:
    assert state.day is not None
    jump = ClockJumped(by=by, by_ms=drift)
    if today.isoformat() == state.day.date or abs(drift) <= _SMALL_JUMP_MS:
        return [jump]
    return [*_question(by, today, "clock_jumped"), jump]


def _answer_by_clock(
    state: State, book: Book, now: Moment, by: By, today: date, drift: int, witness: tuple[str, ...]
) -> list[HallEvent]:
    """While staff are asked: the clock was put right, or others now agree with it."""
    jump: list[HallEvent] = [ClockJumped(by=by, by_ms=drift, skew_days=_skew(state))] if drift else []
    agreed = bool(witness) and not _outvoted(today, witness)
    if not drift and not agreed:
        return []
    if state.day is not None and today.isoformat() == state.day.date:
        if now.wall >= state.trusted_wall - _BACK_MS or agreed:
            return [*jump, DayConfirmed(by=by, date=today.isoformat())]
    elif not _implausible(state, book, now, today, witness):
        return [*jump, *open_day(state, now, by, today)]
    return jump


def _skew(state: State) -> int:
    return state.day.skew_days if state.day is not None else 0


def _blind(
    state: State, book: Book, now: Moment, by: By, today: date, drift: int, witness: tuple[str, ...]
) -> list[HallEvent]:
    """Staff gave a date that is not the clock's."""
    assert state.day is not None
    day = date.fromisoformat(state.day.date)
    said = state.day.said_at if state.day.said_at is not None else state.day.opened_at
    restarted = state.run_at > said
    if (drift or restarted) and today == day:
        return [ClockJumped(by=by, by_ms=drift)]
    if drift:
        jump = ClockJumped(by=by, by_ms=drift, skew_days=(day - today).days)
        if _implausible(state, book, now, today, witness):
            return [jump]
        if now.at - state.day.opened_at < _NEW_DAY_MS:
            return [*_question(by, today, "clock_jumped"), jump]
        return [jump, *open_day(state, now, by, today)]
    if restarted and not _implausible(state, book, now, today, witness):
        return open_day(state, now, by, today)
    if restarted or now.at - said >= _BLIND_MS:
        return _question(by, today, "clock_unconfirmed")
    return []


def open_day(state: State, now: Moment, by: By, today: date, *, by_person: bool = False) -> list[HallEvent]:
    """End the day before and open ``today``. Tickets taken while the date was in question go on."""
    assert state.book is not None
    since = _in_question_since(state)
    kept = tuple(
        ticket.id for ticket in state.tickets.values() if since is not None and ticket.issued_at >= since
    )
    events: list[HallEvent] = []
    held = frozenset(kept)
    for ticket in state.tickets.values():
        if ticket.id in held:
            continue
        for slot in ticket.slots:
            if slot.state is SlotState.OPEN:
                events.append(visit.missed(by, ticket, slot, "day_end"))
        if ticket.state in OPEN_STATES and ticket.state is not TicketState.NO_SHOW:
            events.append(
                TicketEnded(by=by, ticket=ticket.id, number=ticket.number, state=ticket.state.value)
            )
    if since is None:
        events += _end_duty(state, by, now)
    for alert in state.alerts.values():
        if alert.about not in _LASTING_ALERTS:
            events.append(AlertCleared(by=by, alert=alert.id))
    if state.day is not None and state.day.closed_at is None:
        day = date.fromisoformat(state.day.date)
        planned = clock.planned_end(state.book, day)
        events.append(DayClosed(by=by, date=state.day.date, planned=True, planned_end=planned))
    events.append(
        DayOpened(
            by=by,
            date=today.isoformat(),
            numbers=dict(state.numbers) if kept else {},
            kept=kept,
            skew_days=(today - clock.business_date(state.book, now)).days,
            by_person=by_person,
        )
    )
    return events


def _in_question_since(state: State) -> int | None:
    """Return from when on tickets may belong to the day that opens now; None without a question.

    What was taken since this start, or since the day before opened, may have been taken today already,
    before anybody noticed that the clock was wrong.
    """
    if state.question is None:
        return None
    opened = state.day.opened_at if state.day is not None else 0
    return min(state.question.at, max(opened, state.run_at))


def _end_duty(state: State, by: By, now: Moment) -> list[HallEvent]:
    events: list[HallEvent] = []
    for window in state.windows.values():
        if window.teller is not None or window.pause is not None:
            events += sign_out(state, by, window, now, "day_end", release=False)
    return events


def day_due(state: State, now: Moment, by: By) -> int | None:
    """Return the hall time at which `day_stage` has something to say, if the clock runs evenly."""
    book = state.book
    if book is None:
        return None
    if day_stage(state, now, by):
        return now.at
    if state.question is not None or state.day is None:
        return None
    if state.day.skew_days:
        return (state.day.said_at if state.day.said_at is not None else state.day.opened_at) + _BLIND_MS
    tomorrow = max(date.fromisoformat(state.last_date), clock.business_date(book, now)) + timedelta(days=1)
    start = datetime.combine(tomorrow, time()) + timedelta(minutes=minutes(book.rules.calendar.day_starts))
    return now.at + clock.ms_until(clock.local(book, now), start)


def hours_stage(state: State, now: Moment, by: By) -> list[HallEvent]:
    """Return the sessions that began or ended."""
    if state.book is None or not clock.trusted(state):
        return []
    ticketing, serving = clock.hours(state.book, clock.local(state.book, now))
    if (ticketing, serving) == (state.hours.ticketing, state.hours.serving):
        return []
    return [HoursChanged(by=by, ticketing=ticketing, serving=serving)]


def hours_due(state: State, now: Moment) -> int | None:
    """Return the hall time of the next session's edge, within two days."""
    if state.book is None or not clock.trusted(state):
        return None
    start = at = clock.local(state.book, now)
    present = (state.hours.ticketing, state.hours.serving)
    while at - start < timedelta(days=2):
        if clock.hours(state.book, at) != present:
            return now.at + clock.ms_until(start, at)
        at = clock.next_change(state.book, at)
    return None


def _start_hub(state: State, command: StartHub, now: Moment) -> Decision:
    reservation = (
        state.book.rules.policy.ticketing.reservation if state.book is not None else Ticketing().reservation
    )
    today = state.day.date if state.day is not None else ""
    if not command.numbers or "" < command.numbers_day < today:
        numbers = {}
    elif command.numbers_day == today:
        numbers = raised(state, command.numbers, reservation)
    else:
        # A witness of a later day, or of whichever day opens next: what was given today says nothing of it.
        numbers = dict(state.floors)
        for prefix, last in command.numbers.items():
            numbers[prefix] = max(numbers.get(prefix, 0), last + max(0, reservation))
    return [
        HubStarted(
            by=command.by,
            boot=command.boot,
            numbers=numbers,
            numbers_day=command.numbers_day if numbers else "",
        )
    ]


def _confirm_day(state: State, command: ConfirmDay, now: Moment) -> Decision:
    if state.book is None:
        return Refusal("no_settings")
    if state.question is None:
        return Refusal("day_not_questioned", {"date": state.day.date if state.day is not None else None})
    try:
        today = date.fromisoformat(command.date)
    except ValueError:
        return Refusal("bad_value", {"field": "date"})
    skew = (today - clock.business_date(state.book, now)).days
    if state.day is not None and today.isoformat() == state.day.date:
        return [DayConfirmed(by=command.by, date=today.isoformat(), skew_days=skew)]
    if today < _NEVER_BEFORE or today.isoformat() <= state.last_date:
        return Refusal("date_in_past", {"last": state.last_date or _NEVER_BEFORE.isoformat()})
    base = date.fromisoformat(state.last_date) if state.last_date else None
    if (base is not None and (today - base).days > _CONFIRM_DAYS) or today.year > 2100:
        return Refusal("date_too_far", {"last": state.last_date})
    return open_day(state, now, command.by, today, by_person=True)


def _close_day(state: State, command: CloseDay, now: Moment) -> Decision:
    if state.book is None:
        return Refusal("no_settings")
    if state.day is None:
        return Refusal("no_day")
    if state.day.closed_at is not None:
        return []
    busy = [window.id for window in state.windows.values() if window.ticket is not None]
    if busy:
        return Refusal("windows_busy", {"windows": busy})
    unserved = [t for t in state.tickets.values() if t.state in (TicketState.WAITING, TicketState.HELD)]
    # Test tickets count nowhere, so nobody is asked about them.
    queues = Counter(ticket.queue for ticket in unserved if not ticket.test)
    if queues.total() != command.void:
        return Refusal("still_waiting", {"count": queues.total(), "by_queue": dict(queues)})
    events: list[HallEvent] = [
        TicketVoided(by=command.by, ticket=ticket.id, number=ticket.number, reason="closing")
        for ticket in unserved
    ]
    events += _end_duty(state, command.by, now)
    planned = clock.planned_end(state.book, date.fromisoformat(state.day.date))
    events.append(DayClosed(by=command.by, date=state.day.date, planned_end=planned))
    return events


DECIDERS: Mapping[type[Any], Callable[[State, Any, Moment], Decision]] = {
    StartHub: _start_hub,
    ConfirmDay: _confirm_day,
    CloseDay: _close_day,
}
