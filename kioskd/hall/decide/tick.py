"""Everything that time does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from kioskd.hall import clock
from kioskd.hall.commands import By, Tick
from kioskd.hall.condition import Condition
from kioskd.hall.decide import visit
from kioskd.hall.decide.appointments import note_missed
from kioskd.hall.decide.approvals import expired
from kioskd.hall.decide.day import day_stage, hours_stage
from kioskd.hall.decide.find import Here
from kioskd.hall.decide.issue import remote_waiting
from kioskd.hall.decide.poor_ratings import registered
from kioskd.hall.decide.ratings import bad_rating
from kioskd.hall.decide.skills import ended as skills_ended
from kioskd.hall.events import (
    AlertCleared,
    AlertRaised,
    HallChecked,
    HallEvent,
    Params,
    QuietSet,
    RatingMissed,
    TicketVoided,
)
from kioskd.hall.model import SlotState, Ticket, TicketState
from kioskd.hall.moment import Moment
from kioskd.hall.state import State
from kioskd.hall.watch import EVENTFUL, REPORTED, bad_ratings, conditions

_SETTLE_MS = 30_000
"""Devices get this long after a start before the opening check counts them as missing."""


def _tick(state: State, command: Tick, now: Moment) -> list[HallEvent]:
    by = command.by
    return (
        day_stage(state, now, by, command.witness)
        or hours_stage(state, now, by)
        or _time_outs(state, now, by)
        or _opening_check(state, now, by)
        or _alerts(state, now, by)
    )


# --- time-outs ----------------------------------------------------------------------------------


def starts(state: State) -> Iterator[tuple[Ticket, int]]:
    """Return called tickets and when they count as started."""
    if state.book is None:
        return
    after_ms = state.book.rules.policy.calling.started_after_s * 1000
    for window in state.windows.values():
        if window.ticket is not None:
            ticket = state.tickets[window.ticket]
            if ticket.state is TicketState.CALLED and ticket.calls:
                yield ticket, ticket.calls[-1].at + after_ms


def slots(state: State) -> Iterator[tuple[Ticket, int]]:
    """Return tickets with an open rating slot and when it closes."""
    for name in state.index.slots:
        ticket = state.tickets[name]
        for slot in ticket.slots:
            if slot.state is SlotState.OPEN:
                yield ticket, slot.closes_at


def remote_ends(state: State) -> Iterator[tuple[Ticket, int]]:
    """Return tickets taken by phone that nobody has come for yet, and when they are void."""
    if state.book is None:
        return
    lives_ms = state.book.rules.policy.ticketing.remote_min * 60_000
    for ticket in remote_waiting(state):
        yield ticket, ticket.issued_at + lives_ms


def _time_outs(state: State, now: Moment, by: By) -> list[HallEvent]:
    book = state.book
    events: list[HallEvent] = []
    if book is None:
        return events
    ended: set[str] = set()
    for ticket, due in slots(state):
        slot = visit.open_slot(ticket)
        if due <= now.at and slot is not None:
            events.append(visit.missed(by, ticket, slot, "timeout"))
            ended.add(ticket.id)
    for ticket, due in starts(state):
        if due <= now.at and ticket.window is not None:
            window = state.windows[ticket.window]
            here = Here(state, book, now, by, window, ticket.teller, ticket.unconfirmed)
            for event in visit.start(here, ticket, "time"):
                if not (isinstance(event, RatingMissed) and event.ticket in ended):
                    events.append(event)
    if state.quiet_until is not None and state.quiet_until <= now.at:
        events.append(QuietSet(by=by, minutes=0))
    events += skills_ended(state, now, by)
    events += note_missed(state, now, by)
    events += [
        TicketVoided(by=by, ticket=ticket.id, number=ticket.number, reason="remote_expired")
        for ticket, due in remote_ends(state)
        if due <= now.at
    ]
    events += expired(state, now, by)
    return events


# --- opening check ------------------------------------------------------------------------------


def check_due(state: State, now: Moment) -> int | None:
    """Return when 开门检查 is due before the day's first session; None once done or over."""
    book = state.book
    if book is None or not clock.trusted(state):
        return None
    at = clock.local(book, now)
    first = clock.first_serving(book.plan(at.date()))
    if first is None or clock.minute_of(at) >= first.serve_until:
        return None
    if state.checked == _check_name(at, first.session.id):
        return None
    midnight = datetime(at.year, at.month, at.day)  # noqa: DTZ001
    start = midnight + timedelta(minutes=first.serve_from - book.rules.policy.alerts.opening_check_min)
    return max(now.at + clock.ms_until(at, start), state.run_at + _SETTLE_MS)


def _check_name(at: datetime, session: str) -> str:
    return f"{at.date().isoformat()}/{session}"


def _opening_check(state: State, now: Moment, by: By) -> list[HallEvent]:
    due = check_due(state, now)
    if state.book is None or due is None or due > now.at:
        return []
    at = clock.local(state.book, now)
    first = clock.first_serving(state.book.plan(at.date()))
    assert first is not None
    missing: dict[str, tuple[str, ...]] = {}
    for device in state.devices.values():
        if device.state not in ("online", "deviceBusy"):
            place = device.window or ""
            missing[place] = (*missing.get(place, ()), device.id)
    name = _check_name(at, first.session.id)
    events: list[HallEvent] = [HallChecked(by=by, session=name, missing=missing)]
    if missing:
        devices = [device for at_window in missing.values() for device in at_window]
        params: Params = {"missing": len(devices), "devices": " ".join(devices)}
        events.append(
            AlertRaised(by=by, alert="opening_check", about="opening_check", subject=name, params=params)
        )
    return events


# --- alerts -------------------------------------------------------------------------------------


def _is_news(state: State, found: Condition) -> bool:
    """Return whether a condition is not the one that its alert, if up, was raised for."""
    up = state.alerts.get(found.alert)
    return up is None or up.tier < found.tier or found.due > up.raised_at


def _alerts(state: State, now: Moment, by: By) -> list[HallEvent]:
    events: list[HallEvent] = []
    true: set[str] = set()
    for found in conditions(state):
        if found.due > now.at:
            continue
        true.add(found.alert)
        if _is_news(state, found):
            events.append(
                AlertRaised(
                    by=by,
                    alert=found.alert,
                    about=found.about,
                    subject=found.subject,
                    tier=found.tier,
                    params=found.params,
                )
            )
    for alert in state.alerts.values():
        if alert.about not in EVENTFUL | REPORTED and alert.id not in true:
            events.append(AlertCleared(by=by, alert=alert.id))
    for ticket, slot, due in bad_ratings(state):
        if due <= now.at and not ticket.test:
            events.append(bad_rating(by, ticket.id, ticket.number, slot.window, slot.teller, slot.level))
            events.append(registered(state, by, ticket, slot))
    return events


def alerts_due(state: State) -> int | None:
    """Return when the next alert is to be raised or cleared."""
    dues: list[int] = []
    true: set[str] = set()
    for found in conditions(state):
        true.add(found.alert)
        if found.alert not in state.alerts:
            dues.append(found.due)
        elif _is_news(state, found):
            dues.append(state.at)
    for alert in state.alerts.values():
        if alert.about not in EVENTFUL and alert.id not in true:
            dues.append(state.at)
    dues += [due for ticket, _, due in bad_ratings(state) if not ticket.test]
    return min(dues, default=None)


DECIDERS: Mapping[type[Any], Callable[[State, Any, Moment], list[HallEvent]]] = {Tick: _tick}
