"""What becomes of a ticket that is not in hand: rules 5, 8 and 9."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kioskd.hall.book import Book
from kioskd.hall.commands import (
    CancelTicket,
    ChangeServices,
    DecidePriority,
    HoldKind,
    MoveTicket,
    ReprintTicket,
    ReturnTicket,
    VoidTicket,
    WakeTicket,
)
from kioskd.hall.decide.find import Decision, find_ticket, unknown_ticket, wrong_state
from kioskd.hall.decide.issue import has_enough, next_tickets
from kioskd.hall.events import (
    PriorityDecided,
    ReprintAsked,
    ServicesChanged,
    TicketCancelled,
    TicketMoved,
    TicketReturned,
    TicketVoided,
    TicketWoken,
)
from kioskd.hall.model import OPEN_STATES, PrintState, PriorityState, Ticket, TicketState
from kioskd.hall.moment import Moment
from kioskd.hall.order import credit_ms, ordinary_place, returned_place
from kioskd.hall.queries import closed, queue_of, staffed, unserved
from kioskd.hall.refusal import Refusal
from kioskd.hall.state import State

_PRINT_PATIENCE_MS = 60_000
"""A slip asked for this long ago without any outcome no longer holds back a reprint."""


def _cancel(state: State, command: CancelTicket, now: Moment) -> Decision:
    ticket = find_ticket(state, command.ticket)
    if ticket is None:
        return unknown_ticket(command.ticket)
    if ticket.state not in (TicketState.WAITING, TicketState.HELD, TicketState.NO_SHOW):
        return wrong_state(ticket)
    return [TicketCancelled(by=command.by, ticket=ticket.id, number=ticket.number)]


def _void(state: State, command: VoidTicket, now: Moment) -> Decision:
    ticket = find_ticket(state, command.ticket)
    if ticket is None:
        return unknown_ticket(command.ticket)
    if ticket.state not in OPEN_STATES or ticket.state is TicketState.SERVING:
        return wrong_state(ticket)
    window = ticket.window if ticket.state is TicketState.CALLED else None
    return [
        TicketVoided(
            by=command.by,
            ticket=ticket.id,
            number=ticket.number,
            reason=command.reason,
            window=window or "",
        )
    ]


def _return(state: State, command: ReturnTicket, now: Moment) -> Decision:
    if state.book is None:
        return Refusal("no_settings")
    ticket = find_ticket(state, command.ticket)
    if ticket is None:
        return unknown_ticket(command.ticket)
    if ticket.state is not TicketState.NO_SHOW:
        return wrong_state(ticket)
    if ticket.returned and state.book.rules.policy.calling.return_once:
        return Refusal("returned_before", {"ticket": ticket.id, "number": ticket.number})
    queue = state.book.queues[ticket.queue]
    if closed(state):
        return Refusal("day_closed", next_tickets(state.book, queue, now, skip_today=True))
    if ticket.identity is not None and not ticket.test:
        refusal = has_enough(state, state.book, ticket.identity, queue)
        if refusal is not None:
            return refusal
    place, behind = returned_place(state, ticket, now.at)
    return [TicketReturned(by=command.by, ticket=ticket.id, number=ticket.number, place=place, behind=behind)]


def _reprint(state: State, command: ReprintTicket, now: Moment) -> Decision:
    ticket = find_ticket(state, command.ticket)
    if ticket is None:
        return unknown_ticket(command.ticket)
    if ticket.state not in OPEN_STATES:
        return wrong_state(ticket)
    last = ticket.prints.get(max(ticket.prints, default=0))
    if last is not None and last.state is PrintState.ASKED and now.at - last.asked_at < _PRINT_PATIENCE_MS:
        return Refusal("print_pending", {"ticket": ticket.id, "number": ticket.number})
    copy = max(ticket.prints, default=1 if ticket.paper else 0) + 1
    return [ReprintAsked(by=command.by, ticket=ticket.id, number=ticket.number, copy=copy)]


def _decide_priority(state: State, command: DecidePriority, now: Moment) -> Decision:
    if state.book is None:
        return Refusal("no_settings")
    ticket = find_ticket(state, command.ticket)
    if ticket is None:
        return unknown_ticket(command.ticket)
    if ticket.priority is None:
        return Refusal("no_priority", {"ticket": ticket.id, "number": ticket.number})
    if ticket.state not in OPEN_STATES:
        return wrong_state(ticket)
    wanted = PriorityState.CONFIRMED if command.confirmed else PriorityState.REFUSED
    if ticket.priority_state is wanted:
        return []
    if ticket.priority_state is PriorityState.REFUSED:
        # Confirmed after all: the credit is given back.
        credit = credit_ms(state, ticket.priority, ticket.appointment)
        place = ticket.place if ticket.returned else (ticket.issued_at - credit, ticket.place[1])
    elif command.confirmed:
        place = ticket.place
    else:
        place = ordinary_place(state, ticket)
    return [
        PriorityDecided(
            by=command.by,
            ticket=ticket.id,
            number=ticket.number,
            confirmed=command.confirmed,
            place=place,
        )
    ]


def _move(state: State, command: MoveTicket, now: Moment) -> Decision:
    book = state.book
    if book is None:
        return Refusal("no_settings")
    ticket = find_ticket(state, command.ticket)
    if ticket is None:
        return unknown_ticket(command.ticket)
    if command.queue not in book.queues:
        return Refusal("unknown_queue", {"queue": command.queue})
    if ticket.state is not TicketState.WAITING:
        return wrong_state(ticket)
    if not book.somebody_could_serve(command.queue):
        return Refusal("nobody_serves", {"queue": command.queue})
    if ticket.queue == command.queue and ticket.bound_window is None and ticket.bound_teller is None:
        return []
    return [
        TicketMoved(
            by=command.by,
            ticket=ticket.id,
            number=ticket.number,
            to_queue=command.queue,
            place=ticket.place,
            special=book.special(command.queue, unserved(ticket)),
            todo=_errands_after(book, ticket, command.queue),
        )
    ]


def _errands_after(book: Book, ticket: Ticket, queue: str) -> tuple[str, ...] | None:
    """Return the errands after ``queue`` of a ticket that moves there; None: as they are.

    Of several errands only the order changes; to a queue that is none of them the present errand itself
    moves.
    """
    if queue not in ticket.todo:
        return None
    left = any(queue_of(book, code) == ticket.queue for code in unserved(ticket))
    return (*((ticket.queue,) if left else ()), *(other for other in ticket.todo if other != queue))


def _wake(state: State, command: WakeTicket, now: Moment) -> Decision:
    ticket = find_ticket(state, command.ticket)
    if ticket is None:
        return unknown_ticket(command.ticket)
    if ticket.state is not TicketState.HELD or ticket.held_at is None:
        return wrong_state(ticket)
    bound = ticket.bound_window if ticket.hold is HoldKind.THIS_WINDOW else None
    if bound is not None and not staffed(state, bound):
        bound = None
    return [
        TicketWoken(
            by=command.by,
            ticket=ticket.id,
            number=ticket.number,
            place=ticket.place,
            window=bound,
            held_ms=max(0, now.at - ticket.held_at),
        )
    ]


def _change_services(state: State, command: ChangeServices, now: Moment) -> Decision:
    book = state.book
    if book is None:
        return Refusal("no_settings")
    ticket = find_ticket(state, command.ticket)
    if ticket is None:
        return unknown_ticket(command.ticket)
    unknown = [code for code in command.services if code not in book.services]
    if unknown:
        return Refusal("unknown_service", {"service": unknown[0]})
    if ticket.state not in OPEN_STATES:
        return wrong_state(ticket)
    if ticket.services == command.services:
        return []
    wanted = dict.fromkeys(
        book.services[code].queue for code in command.services if code not in ticket.served
    )
    if ticket.state is TicketState.WAITING:
        todo = tuple(queue for queue in wanted if queue != ticket.queue and queue in book.queues)
    else:
        # At a window it is a record of what was done there, never a new errand.
        todo = tuple(queue for queue in ticket.todo if queue in wanted)
    return [
        ServicesChanged(
            by=command.by,
            ticket=ticket.id,
            number=ticket.number,
            services=command.services,
            todo=todo,
            special=book.special(ticket.queue, tuple(c for c in command.services if c not in ticket.served)),
        )
    ]


DECIDERS: Mapping[type[Any], Callable[[State, Any, Moment], Decision]] = {
    CancelTicket: _cancel,
    VoidTicket: _void,
    ReturnTicket: _return,
    ReprintTicket: _reprint,
    DecidePriority: _decide_priority,
    MoveTicket: _move,
    WakeTicket: _wake,
    ChangeServices: _change_services,
}
