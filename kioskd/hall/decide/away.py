"""Away from a window without an end: held, transferred, back in the queue (rules 8 and 9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kioskd.hall.commands import (
    HoldTicket,
    Requeue,
    TransferTicket,
)
from kioskd.hall.decide import visit
from kioskd.hall.decide.calls import can_serve
from kioskd.hall.decide.find import (
    Decision,
    Here,
    find_here,
    ticket_here,
)
from kioskd.hall.model import Ticket
from kioskd.hall.moment import Moment
from kioskd.hall.queries import staffed
from kioskd.hall.refusal import Refusal
from kioskd.hall.state import State


def _hold(state: State, command: HoldTicket, now: Moment) -> Decision:
    here = find_here(state, now, command.by, command.window)
    if isinstance(here, Refusal):
        return here
    ticket = ticket_here(here, command.ticket)
    return ticket if isinstance(ticket, Refusal) else visit.hold(here, ticket, command.kind)


def _requeue(state: State, command: Requeue, now: Moment) -> Decision:
    here = find_here(state, now, command.by, command.window)
    if isinstance(here, Refusal):
        return here
    ticket = ticket_here(here, command.ticket)
    return ticket if isinstance(ticket, Refusal) else visit.requeue(here, ticket, ticket.place)


def _transfer(state: State, command: TransferTicket, now: Moment) -> Decision:
    here = find_here(state, now, command.by, command.window)
    if isinstance(here, Refusal):
        return here
    ticket = ticket_here(here, command.ticket)
    if isinstance(ticket, Refusal):
        return ticket
    targets = [t for t in (command.to_queue, command.to_window, command.to_teller) if t is not None]
    if len(targets) != 1:
        return Refusal("one_target", {"targets": len(targets)})
    if command.to_queue is not None:
        return _to_queue(here, ticket, command.to_queue)
    if command.to_window is not None:
        return _to_window(here, ticket, command.to_window, None)
    teller = command.to_teller or ""
    if teller not in here.book.tellers:
        return Refusal("unknown_teller", {"teller": teller})
    place = next((w.id for w in here.state.windows.values() if w.teller == teller), None)
    if place is None:
        return Refusal("teller_not_on_duty", {"teller": teller})
    return _to_window(here, ticket, place, teller)


def _to_queue(here: Here, ticket: Ticket, queue: str) -> Decision:
    if queue not in here.book.queues:
        return Refusal("unknown_queue", {"queue": queue})
    if not here.book.somebody_could_serve(queue):
        return Refusal("nobody_serves", {"queue": queue})
    return visit.transfer(here, ticket, queue, None, None)


def _to_window(here: Here, ticket: Ticket, name: str, teller: str | None) -> Decision:
    target = here.state.windows.get(name)
    if target is None:
        return Refusal("unknown_window", {"window": name})
    if target.id == here.window.id:
        return Refusal("same_window", {"window": name})
    there = find_here(here.state, here.now, here.by, name)
    if isinstance(there, Refusal):
        return there
    if not staffed(here.state, name):
        return Refusal("window_not_staffed", {"window": name})
    if not can_serve(there, ticket):
        return Refusal("cannot_serve", {"window": name, "queue": ticket.queue})
    return visit.transfer(here, ticket, ticket.queue, None if teller else name, teller)


DECIDERS: Mapping[type[Any], Callable[[State, Any, Moment], Decision]] = {
    HoldTicket: _hold,
    Requeue: _requeue,
    TransferTicket: _transfer,
}
