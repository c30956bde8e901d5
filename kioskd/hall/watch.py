"""Rules 15 and 16: what the lead is told of, and when it becomes true.

A condition follows from the state alone together with the hall time from which it holds, so an
alert is raised once when it is due, and cleared when its condition is gone. A condition that holds
only from a time after its alert was raised is another one, with a cause of its own. Outside serving hours
nobody is told of waiting people or silent devices; while staff are asked for the date, of nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from kioskd.hall import clock, devices
from kioskd.hall.book import Book
from kioskd.hall.calendar import year_missing
from kioskd.hall.condition import Condition
from kioskd.hall.events import Place
from kioskd.hall.lane import Lane
from kioskd.hall.model import BAD_LEVEL, Slot, SlotState, Ticket, TicketState, WindowState
from kioskd.hall.roster import rostered
from kioskd.hall.state import State

EVENTFUL = frozenset({"bad_rating", "opening_check", "help"})
"""Alerts about something that happened; they stay until a lead has seen them or the day ends."""

REPORTED = frozenset({"backup", "standby"})
"""Alerts about what lies outside the hall's own state; whoever looks after it raises and clears them."""

_CALM = 0.8
"""An alert of many or long waiting is over below this share of its limit, so that it does not flutter."""


def conditions(state: State) -> Iterator[Condition]:
    """Return every condition that holds or will hold by time alone."""
    book = state.book
    if book is None:
        return
    if state.question is not None:
        question = state.question
        yield Condition(
            "day_question", "day_question", question.date, question.at, params={"why": question.why}
        )
        return
    if state.day is not None and clock.trusted(state):
        year = year_missing(book.rules.calendar, date.fromisoformat(state.day.date))
        if year is not None:
            yield Condition(f"calendar_missing:{year}", "calendar_missing", str(year), state.day.opened_at)
    yield from _desk(state)
    blind = not clock.trusted(state)
    if not blind and not state.hours.serving:
        return
    since = 0 if blind else state.hours.serving_since
    today = date.fromisoformat(state.day.date) if state.day is not None else date(2001, 1, 1)
    staffed = {window.teller for window in state.windows.values() if window.teller is not None}
    for window in state.windows.values():
        if book.windows[window.id].enabled and (blind or clock.serves_now(book, state.hours, window.id)):
            yield from _window(state, book, window, since, today, staffed)
    yield from _waiting(state, book, since)
    yield from devices.conditions(state, since)


def _desk(state: State) -> Iterator[Condition]:
    """What waits on a lead's desk, at any hour: 差评 past their day, and what needs a second person."""
    for rating in state.index.overdue:
        item = state.poor[rating]
        yield Condition(
            f"poor_rating_overdue:{rating}",
            "poor_rating_overdue",
            rating,
            state.day.opened_at if state.day is not None else state.at,
            params={"number": item.number, "due": item.due, "window": item.window, "level": item.level},
        )
    for approval in state.approvals.values():
        yield Condition(
            f"approval:{approval.id}",
            "approval",
            approval.subject,
            approval.at,
            params={"kind": approval.about, "number": approval.params.get("number")},
        )


def _window(
    state: State, book: Book, window: WindowState, since: int, today: date, staffed: set[str]
) -> Iterator[Condition]:
    limits = book.rules.policy.alerts
    expected = rostered(state.roster, book, window.id, today)
    teller = window.teller or (expected if expected not in staffed else None)
    if window.pause is not None:
        pause = window.pause
        limit = limits.pause_min
        long = pause.minutes is not None and pause.minutes > limit
        yield Condition(
            f"pause:{window.id}",
            "pause",
            window.id,
            max(pause.at if long else pause.at + limit * clock.MINUTE_MS, since),
            params={"minutes": pause.minutes, "teller": teller, "stand_in": stand_in(state, window)},
        )
        return
    if window.ticket is not None:
        ticket = state.tickets[window.ticket]
        if ticket.state is TicketState.SERVING and ticket.started_at is not None:
            yield Condition(
                f"long_service:{window.id}",
                "long_service",
                window.id,
                max(ticket.started_at + limits.long_service_min * clock.MINUTE_MS, since),
                params={"number": ticket.number, "teller": ticket.teller},
            )
        return
    if teller is None and window.last_ticket is None:
        return
    busy = _busy_since(state, book, window, teller)
    if busy is not None:
        idle = max(window.active_at, busy, since, state.run_at)
        yield Condition(
            f"empty_window:{window.id}",
            "empty_window",
            window.id,
            idle + limits.empty_window_min * clock.MINUTE_MS,
            params={"teller": teller},
        )


def _busy_since(state: State, book: Book, window: WindowState, teller: str | None) -> int | None:
    """Return since when there has always been somebody whom this window might call."""
    lines = state.index.lines
    names = book.lines(window.id, teller, window.reach)
    if not any(name in lines and not name.startswith("t:") for name in names):
        return None
    queues = [state.queues[queue] for queue in book.skills(window.id, teller, window.reach)]
    return min((queue.busy_since for queue in queues if queue.busy_since is not None), default=0)


def _longest(state: State, lane: Lane) -> Ticket | None:
    """Return who has stood in a lane longest: not always its head, since who comes back into the line keeps
    their place. Nobody has stood there since before their place, so that mostly the head is enough.
    """
    found = None
    for key in lane:
        if found is not None and key[0] >= found.queued_at:
            break
        ticket = state.tickets[key[2]]
        if found is None or _since(ticket) < _since(found):
            found = ticket
    return found


def _since(ticket: Ticket) -> tuple[int, Place]:
    return ticket.queued_at, ticket.place


def longest_waiting(state: State) -> dict[str, Ticket]:
    """Return who has waited longest of each queue, whether for any window, one window or one person; test
    tickets left out.
    """
    found: dict[str, Ticket] = {}
    for name, line in state.index.lines.items():
        for lane in (line.ordinary, line.privileged):
            if name[0] in "wp":  # few, of any queue
                waiting = [state.tickets[key[2]] for key in lane]
            else:
                waiting = [ticket for ticket in (_longest(state, lane),) if ticket is not None]
            for ticket in waiting:
                known = found.get(ticket.queue)
                if not ticket.test and (known is None or _since(ticket) < _since(known)):
                    found[ticket.queue] = ticket
    return found


def _waiting(state: State, book: Book, since: int) -> Iterator[Condition]:
    limits = book.rules.policy.alerts
    longest = longest_waiting(state)
    for queue in book.queues:
        first = longest.get(queue)
        if first is not None:
            limit = limits.long_wait_min * clock.MINUTE_MS
            due = max(first.queued_at + limit, since)
            known = state.alerts.get(f"long_wait:{queue}")
            if known is not None and state.at >= first.queued_at + _CALM * limit:
                due = min(due, known.raised_at)
            yield Condition(
                f"long_wait:{queue}",
                "long_wait",
                queue,
                due,
                params={"number": first.number, "waiting": state.index.waiting.get(queue, 0)},
            )
    total = state.index.waiting_total
    tier = sum(total > limit for limit in limits.waiting_tiers)
    up = state.alerts.get("waiting")
    if up is not None and up.tier > tier and total > _CALM * min(limits.waiting_tiers, default=0):
        tier = up.tier
    if tier:
        due = up.raised_at if up is not None and up.tier >= tier else max(state.at, since)
        yield Condition("waiting", "waiting", "", due, tier, {"waiting": total})


def bad_ratings(state: State) -> Iterator[tuple[Ticket, Slot, int]]:
    """Return slots with a 差评 that nobody was told of, and when it can no longer be changed."""
    if state.book is None:
        return
    for name in state.index.slots:
        ticket = state.tickets[name]
        for slot in ticket.slots:
            if slot.state is SlotState.GIVEN and slot.level <= BAD_LEVEL and not slot.alerted:
                yield ticket, slot, final_at(state.book, slot)


def final_at(book: Book, slot: Slot) -> int:
    """Return when the answer in a slot can no longer be changed."""
    return (slot.given_at or 0) + (0 if slot.late else book.rules.policy.rating.change_within_s * 1000)


def stand_in(state: State, window: WindowState) -> str | None:
    """Return who can do all of this window's work: its teller's B角 by the roster, unless they have a ticket
    in hand or pause, else somebody on duty elsewhere with nobody in hand.
    """
    book = state.book
    if book is None:
        return None
    work = set(book.skills(window.id, window.teller, window.reach))
    busy = {one.teller for one in state.windows.values() if one.pause is not None or one.ticket is not None}
    partner = _partner(state, window)
    if partner is not None and partner not in busy and work <= set(book.skills(window.id, partner)):
        return partner
    for other in state.windows.values():
        if other.id == window.id or other.teller is None or other.teller in busy:
            continue
        if work <= set(book.skills(window.id, other.teller)):
            return other.teller
    return None


def _partner(state: State, window: WindowState) -> str | None:
    """Return the B角 of who is at a window today."""
    today = state.roster.get(state.day.date) if state.day is not None else None
    if today is None or window.teller is None:
        return None
    partner = today.stand_ins.get(window.teller)
    return partner if state.book is not None and partner in state.book.tellers else None
