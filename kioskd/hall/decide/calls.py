"""Calls at windows: rules 5 to 8."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import UNSET

from kioskd.hall.commands import (
    CallNext,
    CallTicket,
    MarkNoShow,
    Recall,
    StartService,
)
from kioskd.hall.decide import visit
from kioskd.hall.decide.find import (
    Decision,
    Here,
    find_here,
    find_ticket,
    moved_on,
    ticket_here,
    unknown_ticket,
    wrong_state,
)
from kioskd.hall.events import (
    HallEvent,
    Reason,
)
from kioskd.hall.index import queue_line
from kioskd.hall.model import Ticket, TicketState
from kioskd.hall.moment import Moment
from kioskd.hall.noshow import no_show, visit_open
from kioskd.hall.queries import staffed
from kioskd.hall.refusal import Refusal
from kioskd.hall.state import State


def not_callable(here: Here) -> Refusal | None:
    """Return why no ticket may be called here now."""
    if not here.book.windows[here.window.id].enabled:
        return Refusal("window_disabled", {"window": here.window.id})
    if here.window.pause is not None:
        return Refusal("window_paused", {"window": here.window.id})
    return None


def not_started(here: Here, ticket: Ticket) -> Refusal:
    """Return the question of rule 7, whether a citizen who has not come yet is a no-show."""
    far = no_show(ticket, here.book.rules.policy.calling)
    return Refusal(
        "not_started",
        {
            "window": here.window.id,
            "ticket": ticket.id,
            "number": ticket.number,
            "no_show": far.ready(here.now.at),
            "calls": far.counted,
            "calls_needed": far.needed,
            "opens_in_ms": max(0, far.opens_at - here.now.at),
        },
    )


def _call_next(state: State, command: CallNext, now: Moment) -> Decision:
    here = find_here(state, now, command.by, command.window)
    if isinstance(here, Refusal):
        return here
    ticket = here.ticket
    if command.after is not UNSET and command.after not in (
        (ticket.id, ticket.number) if ticket else (None,)
    ):
        return moved_on(here)
    refusal = not_callable(here)
    if refusal is not None:
        return refusal
    return next_here(here)


def next_here(here: Here) -> Decision:
    """Close what is in hand by rule and call the next ticket; asks for a call not yet answered."""
    ticket = here.ticket
    if ticket is None:
        return visit.call_next(here)
    if ticket.state is TicketState.CALLED:
        return not_started(here, ticket)
    return [*visit.finish(here, ticket, implicit=True), *visit.call_next(here)]


def _call_ticket(state: State, command: CallTicket, now: Moment) -> Decision:
    here = find_here(state, now, command.by, command.window)
    if isinstance(here, Refusal):
        return here
    ticket = find_ticket(state, command.ticket)
    if ticket is None:
        return unknown_ticket(command.ticket)
    return call_by_hand(here, ticket)


def call_by_hand(here: Here, ticket: Ticket) -> Decision:
    """Call one given ticket out of turn."""
    refusal = not_callable(here)
    if refusal is not None:
        return refusal
    if ticket.id == here.window.ticket:
        return visit.recall(here, ticket)
    if ticket.state not in (TicketState.WAITING, TicketState.HELD, TicketState.NO_SHOW):
        return wrong_state(ticket)
    if ticket.bound_window not in (None, here.window.id) and staffed(here.state, ticket.bound_window or ""):
        return Refusal("bound_elsewhere", {"number": ticket.number, "window": ticket.bound_window})
    mine = ticket.bound_window == here.window.id or (
        ticket.bound_teller is not None and ticket.bound_teller == here.window.teller
    )
    if not mine and not can_serve(here, ticket):
        return Refusal("cannot_serve", {"window": here.window.id, "queue": ticket.queue})
    events: list[HallEvent] = []
    present = here.ticket
    if present is not None and present.state is TicketState.CALLED:
        return not_started(here, present)
    if present is not None:
        events += visit.finish(here, present, implicit=True)
    was = {"was": ticket.state.value}
    events.append(
        visit.call(here, ticket, Reason("order.by_hand", dict(was)), turn=here.window.turn, by_hand=True)
    )
    return events


def can_serve(here: Here, ticket: Ticket) -> bool:
    """Return whether the window's skills cover the ticket, whoever it is bound to."""
    return queue_line(ticket) in here.lines


def _recall(state: State, command: Recall, now: Moment) -> Decision:
    here = find_here(state, now, command.by, command.window)
    if isinstance(here, Refusal):
        return here
    ticket = ticket_here(here, command.ticket)
    return ticket if isinstance(ticket, Refusal) else visit.recall(here, ticket)


def _start(state: State, command: StartService, now: Moment) -> Decision:
    here = find_here(state, now, command.by, command.window)
    if isinstance(here, Refusal):
        return here
    ticket = ticket_here(here, command.ticket)
    return ticket if isinstance(ticket, Refusal) else visit.start(here, ticket, "teller")


def _mark_no_show(state: State, command: MarkNoShow, now: Moment) -> Decision:
    here = find_here(state, now, command.by, command.window)
    if isinstance(here, Refusal):
        return here
    ticket = ticket_here(here, command.ticket)
    return ticket if isinstance(ticket, Refusal) else no_show_here(here, ticket)


def no_show_here(here: Here, ticket: Ticket) -> Decision:
    """Mark 过号 if rule 8 allows it."""
    if not visit_open(ticket):
        return wrong_state(ticket)
    far = no_show(ticket, here.book.rules.policy.calling)
    if not far.ready(here.now.at):
        return Refusal(
            "no_show_too_early",
            {
                "ticket": ticket.id,
                "number": ticket.number,
                "calls": far.counted,
                "calls_needed": far.needed,
                "opens_in_ms": max(0, far.opens_at - here.now.at),
            },
        )
    return [visit.mark_no_show(here, ticket)]


DECIDERS: Mapping[type[Any], Callable[[State, Any, Moment], Decision]] = {
    CallNext: _call_next,
    CallTicket: _call_ticket,
    Recall: _recall,
    StartService: _start,
    MarkNoShow: _mark_no_show,
}
