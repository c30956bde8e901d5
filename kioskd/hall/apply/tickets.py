"""What happens to tickets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kioskd.hall.apply import line
from kioskd.hall.apply.appointments import note_arrival
from kioskd.hall.clock import MINUTE_MS
from kioskd.hall.commands import HoldKind
from kioskd.hall.estimate import learn
from kioskd.hall.events import (
    CaseAttached,
    PaperRangeEntered,
    Place,
    PriorityDecided,
    ReprintAsked,
    ServicesChanged,
    TicketAmended,
    TicketAnnounced,
    TicketCalled,
    TicketCancelled,
    TicketEnded,
    TicketFinished,
    TicketHeld,
    TicketIssued,
    TicketMoved,
    TicketNoShow,
    TicketPassedOn,
    TicketRecalled,
    TicketRequeued,
    TicketReturned,
    TicketStarted,
    TicketTransferred,
    TicketVoided,
    TicketWoken,
)
from kioskd.hall.model import Call, Case, Print, PriorityState, Ticket, TicketState
from kioskd.hall.state import State

_AtWindow = (
    TicketCalled
    | TicketRecalled
    | TicketStarted
    | TicketFinished
    | TicketPassedOn
    | TicketNoShow
    | TicketHeld
    | TicketTransferred
    | TicketRequeued
)


def _touch(state: State, event: _AtWindow) -> None:
    window = state.windows[event.window]
    window.active_at = state.at
    if event.key:
        window.key, window.key_at = event.key, state.at


def _leave_line(state: State, ticket: Ticket) -> None:
    if ticket.state is TicketState.WAITING:
        line.leave(state, ticket)


def _join_line(state: State, ticket: Ticket, place: Place) -> None:
    ticket.state = TicketState.WAITING
    ticket.place = place
    ticket.queued_at = state.at
    line.enter(state, ticket)


def _leave_window(state: State, ticket: Ticket) -> None:
    window = state.windows.get(ticket.window) if ticket.window is not None else None
    if window is not None and window.ticket == ticket.id:
        window.ticket = None
        window.last_ticket = ticket.id
        window.active_at = state.at


def _add(state: State, ticket: Ticket) -> None:
    state.tickets[ticket.id] = ticket
    state.arrivals += 1
    state.numbers[ticket.prefix] = max(ticket.count, state.numbers.get(ticket.prefix, 0))
    if not ticket.test:
        state.queues[ticket.queue].issued += 1
    state.index.note(ticket)
    line.enter(state, ticket)


def _issued(state: State, event: TicketIssued) -> None:
    epoch, seq = state.position
    priority = PriorityState.NONE
    if event.priority is not None:
        priority = PriorityState.PENDING if event.verify else PriorityState.CONFIRMED
    ticket = Ticket(
        id=event.ticket,
        code=event.code,
        number=event.number,
        prefix=event.prefix,
        count=event.count,
        queue=event.queue,
        state=TicketState.WAITING,
        issued_at=state.at,
        issued_wall=state.wall,
        place=event.place,
        services=event.services,
        todo=event.todo,
        special=event.special,
        priority=event.priority,
        priority_state=priority,
        appointment=event.appointment,
        headcount=event.headcount,
        assisted_by=event.assisted_by,
        language=event.language,
        large_print=event.large_print,
        identity=event.identity,
        test=event.test,
        wait=event.wait,
        queued_at=state.at,
        remote=event.remote,
        prints={} if event.remote else {1: Print(job=f"{epoch}.{seq}.1", asked_at=state.at)},
    )
    _add(state, ticket)
    if event.appointment is not None:
        note_arrival(state, event.appointment, ticket.id)
    if state.book is None:
        return
    limit = state.book.rules.policy.ticketing.burst_slips
    if limit > 0 and not event.test and not event.remote:
        slips = state.slips.setdefault(event.by.id, [])
        slips.append(state.at)
        del slips[:-limit]


def _paper_range(state: State, event: PaperRangeEntered) -> None:
    for paper in event.tickets:
        _add(
            state,
            Ticket(
                id=paper.ticket,
                code=paper.code,
                number=paper.number,
                prefix=event.prefix,
                count=paper.count,
                queue=event.queue,
                state=TicketState.WAITING,
                issued_at=state.at,
                issued_wall=state.wall,
                place=paper.place,
                paper=True,
                queued_at=state.at,
            ),
        )


def _called(state: State, event: TicketCalled) -> None:
    ticket, window = state.tickets[event.ticket], state.windows[event.window]
    _leave_line(state, ticket)
    if ticket.held_at is not None:
        ticket.held_ms += state.at - ticket.held_at
    ticket.held_at = ticket.hold = None
    ticket.bound_window = ticket.bound_teller = None
    ticket.state = TicketState.CALLED
    ticket.window, ticket.teller, ticket.unconfirmed = event.window, event.teller, event.unconfirmed
    ticket.reason = event.reason
    ticket.calls = [Call(state.at)]
    ticket.called_at, ticket.called_wall = state.at, state.wall
    state.index.called(ticket)
    ticket.started_at, ticket.started_how = None, ""
    opens = not window.staffed
    window.ticket, window.turn, window.deserted = ticket.id, event.turn, False
    _touch(state, event)
    if opens:
        state.index.reset_pools(state)
    if event.promised is not None:
        queue = state.queues[event.queue]
        low, high = event.promised.low * MINUTE_MS, event.promised.high * MINUTE_MS
        off = max(low - event.waited_ms, event.waited_ms - high, 0)
        queue.promises += 1
        queue.kept += off == 0
        queue.error_ms += off


def _recalled(state: State, event: TicketRecalled) -> None:
    ticket = state.tickets[event.ticket]
    ticket.calls.append(Call(state.at))
    state.index.called(ticket)
    if event.unstarted:
        ticket.state = TicketState.CALLED
        ticket.started_at, ticket.started_how = None, ""
    _touch(state, event)


def _announced(state: State, event: TicketAnnounced) -> None:
    calls = state.tickets[event.ticket].calls
    if 1 <= event.call <= len(calls):
        calls[event.call - 1].announced.append(event.device)


def _started(state: State, event: TicketStarted) -> None:
    ticket = state.tickets[event.ticket]
    ticket.state = TicketState.SERVING
    ticket.started_at, ticket.started_how = state.at, event.how
    if event.how != "time":
        _touch(state, event)


def _served(state: State, ticket: Ticket, event: TicketFinished | TicketPassedOn) -> None:
    if not event.test and not event.short and ticket.called_at is not None:
        state.learned[event.queue] = learn(state, event.queue, state.at - ticket.called_at)
    ticket.served_ms += event.service_ms
    ticket.teller, ticket.unconfirmed = event.teller, event.unconfirmed
    ticket.result, ticket.items, ticket.materials = event.result, event.items, event.materials
    _leave_window(state, ticket)
    _touch(state, event)


def _finished(state: State, event: TicketFinished) -> None:
    ticket = state.tickets[event.ticket]
    _served(state, ticket, event)
    ticket.services, ticket.todo = event.services, ()
    ticket.state = TicketState.FINISHED
    ticket.finished_at = state.at


def _passed_on(state: State, event: TicketPassedOn) -> None:
    ticket = state.tickets[event.ticket]
    _served(state, ticket, event)
    ticket.queue, ticket.todo, ticket.special = event.to_queue, event.todo, event.special
    ticket.served = tuple(dict.fromkeys((*ticket.served, *event.services)))
    _join_line(state, ticket, event.place)


def _no_show(state: State, event: TicketNoShow) -> None:
    ticket = state.tickets[event.ticket]
    if not ticket.test and ticket.called_at is not None:
        # Whoever is gone holds a window up too, for a shorter time: it is part of how fast a line moves.
        state.learned[ticket.queue] = learn(state, ticket.queue, state.at - ticket.called_at)
    ticket.state = TicketState.NO_SHOW
    ticket.started_at, ticket.started_how = None, ""
    _leave_window(state, ticket)
    _touch(state, event)


def _held(state: State, event: TicketHeld) -> None:
    ticket = state.tickets[event.ticket]
    ticket.state = TicketState.HELD
    ticket.hold, ticket.held_at = event.hold, state.at
    ticket.served_ms += event.service_ms
    ticket.bound_window = event.window if event.hold is HoldKind.THIS_WINDOW else None
    _leave_window(state, ticket)
    _touch(state, event)


def _woken(state: State, event: TicketWoken) -> None:
    ticket = state.tickets[event.ticket]
    ticket.held_ms += event.held_ms
    ticket.held_at = ticket.hold = None
    ticket.bound_window = event.window
    _join_line(state, ticket, event.place)


def _transferred(state: State, event: TicketTransferred) -> None:
    ticket = state.tickets[event.ticket]
    ticket.served_ms += event.service_ms
    ticket.queue, ticket.special = event.to_queue, event.special
    ticket.todo = tuple(queue for queue in ticket.todo if queue != event.to_queue)
    ticket.bound_window, ticket.bound_teller = event.to_window, event.to_teller
    _leave_window(state, ticket)
    _touch(state, event)
    _join_line(state, ticket, event.place)


def _requeued(state: State, event: TicketRequeued) -> None:
    ticket = state.tickets[event.ticket]
    ticket.served_ms += event.service_ms
    _leave_window(state, ticket)
    _touch(state, event)
    _join_line(state, ticket, event.place)


def _returned(state: State, event: TicketReturned) -> None:
    ticket = state.tickets[event.ticket]
    ticket.returned = True
    _join_line(state, ticket, event.place)


def _moved(state: State, event: TicketMoved) -> None:
    ticket = state.tickets[event.ticket]
    _leave_line(state, ticket)
    ticket.bound_window = ticket.bound_teller = None
    ticket.queue, ticket.special = event.to_queue, event.special
    if event.todo is not None:
        ticket.todo = event.todo
    since = ticket.queued_at
    _join_line(state, ticket, event.place)
    ticket.queued_at = since


def _end(state: State, ticket: Ticket, end: TicketState, reason: str = "") -> None:
    _leave_line(state, ticket)
    ticket.state = end
    ticket.end_reason = reason
    _leave_window(state, ticket)


def _cancelled(state: State, event: TicketCancelled) -> None:
    _end(state, state.tickets[event.ticket], TicketState.CANCELLED)


def _voided(state: State, event: TicketVoided) -> None:
    _end(state, state.tickets[event.ticket], TicketState.VOIDED, event.reason)


def _ended(state: State, event: TicketEnded) -> None:
    _end(state, state.tickets[event.ticket], TicketState.ENDED, event.reason)


def _priority_decided(state: State, event: PriorityDecided) -> None:
    ticket = state.tickets[event.ticket]
    waits = ticket.state is TicketState.WAITING
    if waits:
        line.leave(state, ticket)
    ticket.priority_state = PriorityState.CONFIRMED if event.confirmed else PriorityState.REFUSED
    ticket.place = event.place
    if waits:
        line.enter(state, ticket)


def _services_changed(state: State, event: ServicesChanged) -> None:
    ticket = state.tickets[event.ticket]
    waits = ticket.state is TicketState.WAITING
    if waits:
        line.leave(state, ticket)
    ticket.services, ticket.todo, ticket.special = event.services, event.todo, event.special
    if waits:
        line.enter(state, ticket)


def _amended(state: State, event: TicketAmended) -> None:
    ticket = state.tickets[event.ticket]
    ticket.result, ticket.items, ticket.materials = event.result, event.items, event.materials
    ticket.services = event.services


def _case_attached(state: State, event: CaseAttached) -> None:
    state.tickets[event.ticket].case = Case(
        project_no=event.project_no,
        task_code=event.task_code,
        task_name=event.task_name,
        status=event.status,
        accepted=event.accepted,
    )
    state.windows[event.window].active_at = state.at


def _reprint_asked(state: State, event: ReprintAsked) -> None:
    epoch, seq = state.position
    job = f"{epoch}.{seq}.{event.copy}"
    ticket = state.tickets[event.ticket]
    ticket.prints[event.copy] = Print(job=job, asked_at=state.at)
    ticket.remote = False
    state.index.remote.pop(ticket.id, None)
    state.index.jobs[job] = (event.ticket, event.copy)


HANDLERS: Mapping[type[Any], Callable[[State, Any], None]] = {
    TicketIssued: _issued,
    PaperRangeEntered: _paper_range,
    TicketCalled: _called,
    TicketRecalled: _recalled,
    TicketAnnounced: _announced,
    TicketStarted: _started,
    TicketFinished: _finished,
    TicketPassedOn: _passed_on,
    TicketNoShow: _no_show,
    TicketHeld: _held,
    TicketWoken: _woken,
    TicketTransferred: _transferred,
    TicketRequeued: _requeued,
    TicketReturned: _returned,
    TicketMoved: _moved,
    TicketCancelled: _cancelled,
    TicketVoided: _voided,
    TicketEnded: _ended,
    PriorityDecided: _priority_decided,
    ServicesChanged: _services_changed,
    TicketAmended: _amended,
    CaseAttached: _case_attached,
    ReprintAsked: _reprint_asked,
}
