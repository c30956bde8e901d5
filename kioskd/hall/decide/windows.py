"""Calls, service and duty at windows: rules 4 to 9, 15 and 17."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import UNSET

from kioskd.hall.commands import (
    AmendTicket,
    AttachCase,
    By,
    CallNext,
    CallTicket,
    FinishTicket,
    HoldTicket,
    MarkNoShow,
    OpenRating,
    Pause,
    Recall,
    Requeue,
    Resume,
    SignIn,
    SignOut,
    StartService,
    TransferTicket,
)
from kioskd.hall.decide import visit
from kioskd.hall.decide.find import (
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
    Paused,
    PauseDetailed,
    Reason,
    Resumed,
    SignedIn,
    SignedOut,
    TicketAmended,
    TicketMoved,
)
from kioskd.hall.index import queue_line
from kioskd.hall.model import SlotState, Ticket, TicketState, WindowState
from kioskd.hall.moment import Moment
from kioskd.hall.noshow import no_show, visit_open
from kioskd.hall.refusal import Refusal
from kioskd.hall.state import State

Decision = list[HallEvent] | Refusal


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
    if ticket.bound_window is not None and ticket.bound_window != here.window.id:
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
    if not here.book.windows[name].enabled or (target.teller is None and target.last_ticket is None):
        return Refusal("window_not_staffed", {"window": name})
    if not can_serve(there, ticket):
        return Refusal("cannot_serve", {"window": name, "queue": ticket.queue})
    return visit.transfer(here, ticket, ticket.queue, None if teller else name, teller)


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


# --- duty and pauses ----------------------------------------------------------------------------


def _sign_in(state: State, command: SignIn, now: Moment) -> Decision:
    here = find_here(state, now, command.by, command.window)
    if isinstance(here, Refusal):
        return here
    if not here.book.windows[here.window.id].enabled:
        return Refusal("window_disabled", {"window": here.window.id})
    if command.teller not in here.book.tellers:
        return Refusal("unknown_teller", {"teller": command.teller})
    unknown = [queue for queue in command.skills or () if queue not in here.book.queues]
    if unknown:
        return Refusal("unknown_queue", {"queue": unknown[0]})
    events: list[HallEvent] = []
    window = here.window
    if window.teller == command.teller:
        if window.skills == command.skills:
            return []
    elif window.teller is not None:
        if window.ticket is not None:
            return Refusal("window_busy", _busy(state, window))
        events += sign_out(state, command.by, window, now, "relieved")
    for other in state.windows.values():
        if other.id != window.id and other.teller == command.teller:
            if other.ticket is not None:
                return Refusal("teller_busy", _busy(state, other))
            events += sign_out(state, command.by, other, now, "moved")
    events.append(SignedIn(by=command.by, window=window.id, teller=command.teller, skills=command.skills))
    return events


def _busy(state: State, window: WindowState) -> dict[str, Any]:
    number = state.tickets[window.ticket].number if window.ticket is not None else None
    return {"window": window.id, "number": number, "teller": window.teller}


def _sign_out(state: State, command: SignOut, now: Moment) -> Decision:
    here = find_here(state, now, command.by, command.window)
    if isinstance(here, Refusal):
        return here
    if here.window.teller is None:
        return []
    if here.window.ticket is not None:
        return Refusal("window_busy", _busy(state, here.window))
    return sign_out(state, command.by, here.window, now)


def sign_out(
    state: State, by: By, window: WindowState, now: Moment, why: str = "", *, release: bool = True
) -> list[HallEvent]:
    """End duty at a window; tickets that only this window or person could call go back to all."""
    events: list[HallEvent] = []
    teller = window.teller or ""
    if release and why != "relieved":
        events += release_line(state, by, "w:" + window.id)
    if release and teller and why != "moved":
        events += release_line(state, by, "p:" + teller)
    if window.pause is not None:
        events.append(_resumed(by, window, now))
    events.append(SignedOut(by=by, window=window.id, teller=teller, why=why))
    return events


def release_line(state: State, by: By, name: str) -> list[HallEvent]:
    """Let tickets that wait for one window or person be called by every window of their queue."""
    line = state.index.lines.get(name)
    if line is None:
        return []
    tickets = [state.tickets[key[2]] for key in sorted([*line.ordinary, *line.privileged])]
    return [
        TicketMoved(
            by=by,
            ticket=ticket.id,
            number=ticket.number,
            to_queue=ticket.queue,
            place=ticket.place,
            special=ticket.special,
            released=True,
        )
        for ticket in tickets
    ]


def _resumed(by: By, window: WindowState, now: Moment, key: str = "") -> Resumed:
    since = window.pause.at if window.pause is not None else now.at
    return Resumed(
        by=by, window=window.id, teller=window.teller or "", paused_ms=max(0, now.at - since), key=key
    )


def _pause(state: State, command: Pause, now: Moment) -> Decision:
    here = find_here(state, now, command.by, command.window)
    if isinstance(here, Refusal):
        return here
    if command.minutes is not None and not 0 < command.minutes <= 24 * 60:
        return Refusal("bad_value", {"field": "minutes"})
    pause = here.window.pause
    if pause is None:
        return [
            Paused(
                by=command.by,
                window=here.window.id,
                teller=here.teller,
                reason=command.reason or "",
                minutes=command.minutes,
                contact=command.contact or "",
            )
        ]
    reason = pause.reason if command.reason is None else command.reason
    minutes = pause.minutes if command.minutes is None else command.minutes
    contact = pause.contact if command.contact is None else command.contact
    if (reason, minutes, contact) == (pause.reason, pause.minutes, pause.contact):
        return []
    return [
        PauseDetailed(by=command.by, window=here.window.id, reason=reason, minutes=minutes, contact=contact)
    ]


def _resume(state: State, command: Resume, now: Moment) -> Decision:
    here = find_here(state, now, command.by, command.window)
    if isinstance(here, Refusal):
        return here
    return [] if here.window.pause is None else [_resumed(command.by, here.window, now)]


def toggle_pause(here: Here) -> Decision:
    """The pause key: go away, or come back."""
    if here.window.pause is not None:
        return [_resumed(here.by, here.window, here.now, here.key)]
    return [Paused(by=here.by, window=here.window.id, teller=here.teller, key=here.key)]


DECIDERS: Mapping[type[Any], Callable[[State, Any, Moment], Decision]] = {
    CallNext: _call_next,
    CallTicket: _call_ticket,
    Recall: _recall,
    StartService: _start,
    MarkNoShow: _mark_no_show,
    HoldTicket: _hold,
    Requeue: _requeue,
    TransferTicket: _transfer,
    FinishTicket: _finish,
    AmendTicket: _amend,
    OpenRating: _open_rating,
    AttachCase: _attach_case,
    SignIn: _sign_in,
    SignOut: _sign_out,
    Pause: _pause,
    Resume: _resume,
}
