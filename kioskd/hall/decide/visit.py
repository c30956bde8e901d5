"""The events of one visit of a ticket to a window, from call to end."""

from __future__ import annotations

from kioskd.hall.commands import By, HoldKind, Result
from kioskd.hall.decide.find import Here
from kioskd.hall.decide.pages import filed
from kioskd.hall.events import (
    HallEvent,
    Place,
    RatingMissed,
    RatingOpened,
    Reason,
    TicketCalled,
    TicketFinished,
    TicketHeld,
    TicketNoShow,
    TicketPassedOn,
    TicketRecalled,
    TicketRequeued,
    TicketStarted,
    TicketTransferred,
)
from kioskd.hall.model import Slot, SlotState, Ticket, TicketState
from kioskd.hall.noshow import no_show
from kioskd.hall.order import choose
from kioskd.hall.queries import caption, queue_of, unserved

MOST_ITEMS = 20
"""Items of one ticket that can be rated one by one."""


def open_slot(ticket: Ticket) -> Slot | None:
    """Return the slot of a finished ticket that still waits for its rating."""
    return next((slot for slot in ticket.slots if slot.state is SlotState.OPEN), None)


def call_next(here: Here) -> list[HallEvent]:
    """Call the ticket whose turn it is; empty when nobody waits."""
    choice = choose(here.state, here.lines, here.window.turn, here.now.at)
    if choice is None:
        return []
    return [call(here, choice.ticket, choice.reason, turn=choice.turn)]


def call(here: Here, ticket: Ticket, reason: Reason, *, turn: int, by_hand: bool = False) -> HallEvent:
    """Call ``ticket`` here for the first time of this visit."""
    first = ticket.called_at is None
    return TicketCalled(
        **here.credit(ticket),
        queue=ticket.queue,
        reason=reason,
        by_hand=by_hand,
        waited_ms=max(0, here.now.at - ticket.issued_at),
        promised=ticket.wait if first and not by_hand and not ticket.test else None,
        turn=turn,
        test=ticket.test,
        caption=caption(here.state, ticket.number, here.window.id),
    )


def recall(here: Here, ticket: Ticket) -> list[HallEvent]:
    """Call again; a start that only time made is taken back."""
    return [
        TicketRecalled(
            **here.credit(ticket),
            call=len(ticket.calls) + 1,
            unstarted=ticket.state is TicketState.SERVING and ticket.started_how == "time",
            caption=caption(here.state, ticket.number, here.window.id),
        )
    ]


def start(here: Here, ticket: Ticket, how: str) -> list[HallEvent]:
    """Begin service of a called ticket, which closes the rating slot of the one before; nothing if
    service has begun already.
    """
    if ticket.state is TicketState.SERVING:
        return []
    events: list[HallEvent] = []
    before = here.state.tickets.get(here.window.slot) if here.window.slot is not None else None
    slot = open_slot(before) if before is not None and before.id != ticket.id else None
    if before is not None and slot is not None:
        events.append(missed(here.by, before, slot, "next_started"))
    events.append(
        TicketStarted(
            **here.credit(ticket),
            how=how,
        )
    )
    return events


def missed(by: By, ticket: Ticket, slot: Slot, why: str) -> HallEvent:
    """Record 未评价."""
    return RatingMissed(
        by=by,
        ticket=ticket.id,
        number=ticket.number,
        window=slot.window,
        why=why,
        teller=slot.teller,
        service=slot.service,
        item=slot.item,
        asked=slot.asked,
        test=ticket.test,
    )


def service_ms(here: Here, ticket: Ticket) -> int:
    """Return how long this visit's service has lasted."""
    return max(0, here.now.at - ticket.started_at) if ticket.started_at is not None else 0


def finish(
    here: Here,
    ticket: Ticket,
    *,
    result: Result = Result.DONE,
    items: int = 1,
    materials: int = 0,
    implicit: bool = False,
    asked: bool = False,
) -> list[HallEvent]:
    """End the service here and open its rating slot, or pass a ticket with more to do on warm."""
    events = start(here, ticket, "action")
    lasted = service_ms(here, ticket)
    calling = here.book.rules.policy.calling
    short = ticket.served_ms + lasted < calling.short_service_s * 1000
    skills = here.skills
    todo = tuple(queue for queue in ticket.todo if queue not in skills and queue in here.book.queues)
    mine = tuple(code for code in unserved(ticket) if queue_of(here.book, code) not in todo)
    if todo:
        left = tuple(code for code in unserved(ticket) if queue_of(here.book, code) in todo)
        events += filed(here, ticket)
        events.append(
            TicketPassedOn(
                **here.credit(ticket),
                queue=ticket.queue,
                to_queue=todo[0],
                place=ticket.place,
                todo=todo[1:],
                special=here.book.special(todo[0], left),
                services=mine,
                service_ms=lasted,
                result=result,
                items=items,
                materials=materials,
                implicit=implicit,
                short=short,
                test=ticket.test,
            )
        )
        return events
    events += filed(here, ticket)
    events.append(
        TicketFinished(
            **here.credit(ticket),
            queue=ticket.queue,
            services=mine,
            service_ms=lasted,
            held_ms=ticket.held_ms,
            result=result,
            items=items,
            materials=materials,
            implicit=implicit,
            short=short,
            test=ticket.test,
        )
    )
    events.append(ask(here, ticket, item=1, asked=asked or implicit))
    return events


def ask(here: Here, ticket: Ticket, *, item: int, asked: bool, teller: str | None = None) -> HallEvent:
    """Open the rating slot of one item of what was done at the last window."""
    rating = here.book.rules.policy.rating
    services = unserved(ticket)
    of = min(max(1, len(services)), MOST_ITEMS) if rating.per_item else 1
    return RatingOpened(
        by=here.by,
        ticket=ticket.id,
        number=ticket.number,
        window=here.window.id,
        timeout_ms=rating.timeout_s * 1000,
        teller=here.teller if teller is None else teller,
        service=services[item - 1] if len(services) >= item else "",
        item=item,
        of=of,
        asked=asked,
        test=ticket.test,
    )


def mark_no_show(here: Here, ticket: Ticket) -> HallEvent:
    """过号; rule 8 was asked before."""
    return TicketNoShow(
        **here.credit(ticket),
        calls=no_show(ticket, here.book.rules.policy.calling).counted,
    )


def hold(here: Here, ticket: Ticket, kind: HoldKind) -> list[HallEvent]:
    """挂起."""
    return [
        *start(here, ticket, "action"),
        TicketHeld(
            **here.credit(ticket),
            hold=kind,
            service_ms=service_ms(here, ticket),
        ),
    ]


def transfer(
    here: Here, ticket: Ticket, to_queue: str, to_window: str | None, to_teller: str | None
) -> list[HallEvent]:
    """转移; the target was checked before."""
    return [
        *start(here, ticket, "action"),
        TicketTransferred(
            **here.credit(ticket),
            to_queue=to_queue,
            place=ticket.place,
            to_window=to_window,
            to_teller=to_teller,
            special=here.book.special(to_queue, unserved(ticket)),
            service_ms=service_ms(here, ticket),
        ),
    ]


def requeue(here: Here, ticket: Ticket, place: Place) -> list[HallEvent]:
    """退回排队."""
    return [
        *start(here, ticket, "action"),
        TicketRequeued(
            **here.credit(ticket),
            place=place,
            service_ms=service_ms(here, ticket),
        ),
    ]
