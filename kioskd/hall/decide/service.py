"""The end of a service and what is recorded of it: rules 7 and 17."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kioskd.hall.commands import (
    AmendTicket,
    AttachCase,
    FinishTicket,
    OpenRating,
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
    CaseAttached,
    HallEvent,
    TicketAmended,
)
from kioskd.hall.model import SlotState, Ticket, TicketState
from kioskd.hall.moment import Moment
from kioskd.hall.refusal import Refusal
from kioskd.hall.state import State


def _finish(state: State, command: FinishTicket, now: Moment) -> Decision:
    here = find_here(state, now, command.by, command.window)
    if isinstance(here, Refusal):
        return here
    ticket = ticket_here(here, command.ticket)
    if isinstance(ticket, Refusal):
        return ticket
    wrong = _bad_counts(command.items, command.materials)
    if wrong is not None:
        return wrong
    return visit.finish(
        here,
        ticket,
        result=command.result,
        items=command.items,
        materials=command.materials,
        asked=command.rate,
    )


def _bad_counts(items: int | None, materials: int | None) -> Refusal | None:
    for field, value in (("items", items), ("materials", materials)):
        if value is not None and not 0 <= value <= 9999:
            return Refusal("bad_value", {"field": field})
    return None


def _amend(state: State, command: AmendTicket, now: Moment) -> Decision:
    if state.book is None:
        return Refusal("no_settings")
    ticket = find_ticket(state, command.ticket)
    if ticket is None:
        return unknown_ticket(command.ticket)
    if ticket.state is not TicketState.FINISHED or ticket.result is None:
        return wrong_state(ticket)
    wrong = _bad_counts(command.items, command.materials)
    if wrong is not None:
        return wrong
    unknown = [code for code in command.services or () if code not in state.book.services]
    if unknown:
        return Refusal("unknown_service", {"service": unknown[0]})
    after = TicketAmended(
        by=command.by,
        ticket=ticket.id,
        number=ticket.number,
        result=ticket.result if command.result is None else command.result,
        items=ticket.items if command.items is None else command.items,
        materials=ticket.materials if command.materials is None else command.materials,
        services=ticket.services if command.services is None else command.services,
    )
    before = (ticket.result, ticket.items, ticket.materials, ticket.services)
    return [] if before == (after.result, after.items, after.materials, after.services) else [after]


def _open_rating(state: State, command: OpenRating, now: Moment) -> Decision:
    here = find_here(state, now, command.by, command.window)
    return here if isinstance(here, Refusal) else evaluate(here, command.ticket)


def evaluate(here: Here, name: str | None = None) -> Decision:
    """The evaluate key: end the service in hand and ask for its rating, or ask for the last one's."""
    if here.ticket is not None:
        ticket = ticket_here(here, name)
        return ticket if isinstance(ticket, Refusal) else visit.finish(here, ticket, asked=True)
    last = _just_finished(here, name)
    if last is None:
        return moved_on(here) if name is not None else Refusal("nothing_to_rate", {"window": here.window.id})
    return _ask_again(here, last)


def _just_finished(here: Here, name: str | None) -> Ticket | None:
    last = here.state.tickets.get(here.window.last_ticket or "")
    if last is None or last.state is not TicketState.FINISHED:
        return None
    return last if name is None or name in (last.id, last.number) else None


def _ask_again(here: Here, ticket: Ticket) -> Decision:
    slot = visit.open_slot(ticket)
    if slot is None:
        return Refusal("nothing_to_rate", {"window": here.window.id})
    if slot.asked:
        return []
    return [visit.ask(here, ticket, item=slot.item, asked=True, teller=slot.teller)]


def _attach_case(state: State, command: AttachCase, now: Moment) -> Decision:
    here = find_here(state, now, command.by, command.window)
    if isinstance(here, Refusal):
        return here
    ticket = here.ticket
    if ticket is None or (command.ticket is not None and command.ticket not in (ticket.id, ticket.number)):
        ticket = _just_finished(here, command.ticket)
    if ticket is None:
        if command.ticket is not None:
            return moved_on(here)
        return Refusal("window_empty", {"window": here.window.id})
    events: list[HallEvent] = [
        CaseAttached(
            by=command.by,
            ticket=ticket.id,
            number=ticket.number,
            window=here.window.id,
            project_no=command.project_no,
            task_code=command.task_code,
            task_name=command.task_name,
            status=command.status,
            accepted=command.accepted,
        )
    ]
    if command.rate and ticket.state is not TicketState.FINISHED:
        return events + visit.finish(here, ticket, asked=True)
    if command.rate and any(slot.state is SlotState.OPEN and not slot.asked for slot in ticket.slots):
        asked = _ask_again(here, ticket)
        return events if isinstance(asked, Refusal) else events + asked
    return events


DECIDERS: Mapping[type[Any], Callable[[State, Any, Moment], Decision]] = {
    FinishTicket: _finish,
    AmendTicket: _amend,
    OpenRating: _open_rating,
    AttachCase: _attach_case,
}
