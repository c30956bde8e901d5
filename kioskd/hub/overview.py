"""The hall as a lead sees it: one view of everything that may need a hand, a pure function of the state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from kioskd.hall import tide
from kioskd.hall.model import (
    BAD_LEVEL,
    OPEN_STATES,
    Print,
    PrintState,
    SlotState,
    Ticket,
    TicketState,
    WindowState,
)
from kioskd.hall.moment import Moment
from kioskd.hall.poor import OPEN, PoorState, name_of
from kioskd.hall.queries import leads_today
from kioskd.hall.rules import Name, OrderMode, Queue, Window
from kioskd.hall.state import State
from kioskd.hub.opening import OpeningView
from kioskd.hub.public import queue_view, time_of, window_view
from kioskd.hub.public_events import Audience
from kioskd.hub.views import AlertView, QueueView, SessionView, WindowView


class _View(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    pass


class QueueNow(msgspec.Struct, frozen=True, kw_only=True):
    """A queue. ``longest_s`` is how long its longest waiting ticket ``first`` has waited, ``long`` that this
    is past the limit of the hall; ``stopped``: a lead ended its ticketing for today.
    """

    queue: QueueView
    issued: int
    held: int = 0
    stopped: bool = False
    first: str | None = None
    longest_s: int = 0
    long: bool = False


class MoveView(_View, frozen=True, kw_only=True):
    """Skills changed for a while: queues, and when it ends."""

    until: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


class WindowNow(msgspec.Struct, frozen=True, kw_only=True):
    """A window. ``since_s`` is how long it has been in its state: serving, called, paused or idle; ``long``
    that the service or the pause is past the hall's limit, ``empty`` that it calls nobody while people wait.

    ``person`` is the name of who is on duty or expected (``expected``); ``could`` are queues it is equipped
    for and does not call, ``trained`` those of them that the teller is trained for.
    """

    window: WindowView
    person: str | None = None
    expected: bool = False
    since_s: int | None = None
    long: bool = False
    empty: bool = False
    move: MoveView | None = None
    could: tuple[str, ...] = ()
    trained: tuple[str, ...] = ()


class BadRatingView(msgspec.Struct, frozen=True, kw_only=True):
    """A 差评 of today. ``state`` is ``new`` (it may still be changed by the citizen), ``up`` (its alert is
    up) or ``seen`` (a lead has acknowledged it); ``alert`` is the id to do so.
    ``rating`` is the item it became, ``step`` how far that is.
    """

    number: str
    window: str
    level: int
    state: str
    at: str
    service: Name | None = None
    person: str | None = None
    alert: str | None = None
    late: bool = False
    rating: str | None = None
    step: PoorState | None = None


class QuestionView(_View, frozen=True, kw_only=True):
    """Staff are asked for the date; the clock says ``date``, ``why`` that is not believed; ``pin``: the
    answer needs the hall's PIN.
    """

    date: str
    why: str
    pin: bool = False


class DeskView(msgspec.Struct, frozen=True, kw_only=True):
    """What waits on the leads' desk, and who leads (带班) and is on call (值班) today by the roster. ``poor``
    are open items of 差评, ``overdue`` those past their day; ``approvals`` wait for a second person.
    """

    leads: tuple[str, ...]
    on_call: tuple[str, ...]
    poor: int
    overdue: int
    approvals: int


class ClosingView(_View, frozen=True, kw_only=True):
    """What the end of the day still waits for. ``giving`` are queues that give tickets, ``busy`` windows with
    a ticket in hand, ``on_duty`` windows with somebody on duty, ``asked`` ratings that are being asked for.
    Of open tickets' slips, ``in_doubt`` are those that nobody knows of whether they are on paper,
    ``unprinted`` those that did not come out, ``printing`` those that a printer has not answered for yet.
    """

    closed: bool
    giving: tuple[str, ...]
    waiting: int
    held: int
    busy: tuple[str, ...]
    on_duty: tuple[str, ...]
    in_doubt: int
    unprinted: int
    printing: int
    asked: int


class PriorityRule(msgspec.Struct, frozen=True, kw_only=True):
    """A 优先 class, and the minutes of waiting it is credited with."""

    id: str
    name: Name
    credit_min: float
    verify: bool


class OrderView(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of the calling order, every field said; ``changed`` by a lead for today."""

    mode: OrderMode
    priorities: tuple[PriorityRule, ...]
    appointment_credit_min: float
    returned_after: int
    k: int
    n: int
    cap_min: float
    changed: bool = False


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a lead looks after. Events after ``position`` change it."""

    position: str
    at: str
    ready: bool
    date: str | None
    question: QuestionView | None
    open: bool
    sessions: tuple[SessionView, ...]
    notice: Name | None
    quiet_until: str | None
    waiting: int
    queues: tuple[QueueNow, ...]
    windows: tuple[WindowNow, ...]
    alerts: tuple[AlertView, ...]
    ratings: tuple[BadRatingView, ...]
    desk: DeskView
    tide: tide.Tide | None
    order: OrderView | None
    closing: ClosingView
    opening: OpeningView | None = None


def queues_now(state: State, now: Moment) -> tuple[QueueNow, ...]:
    """Return every queue in the kiosk's order."""
    book = state.book
    if book is None:
        return ()
    limit = book.rules.policy.alerts.long_wait_min * 60
    held = [ticket.queue for ticket in state.tickets.values() if ticket.state is TicketState.HELD]
    return tuple(
        _queue(state, queue, now, limit, held.count(queue.id))
        for queue in sorted(book.queues.values(), key=lambda queue: queue.order)
    )


def _queue(state: State, queue: Queue, now: Moment, limit: int, held: int) -> QueueNow:
    first = min(_heads(state, queue.id), key=lambda ticket: ticket.queued_at, default=None)
    longest = max(0, now.at - first.queued_at) // 1000 if first is not None else 0
    known = state.queues[queue.id]
    return QueueNow(
        queue=queue_view(state, queue, now),
        issued=known.issued,
        held=held,
        stopped=known.closed,
        first=first.number if first is not None else None,
        longest_s=longest,
        long=longest >= limit,
    )


def _heads(state: State, queue: str) -> Iterator[Ticket]:
    """Return who is first of each line of a queue; tickets bound to a window or person are not among them."""
    for name in ("q:" + queue, "s:" + queue):
        line = state.index.lines.get(name)
        if line is not None:
            for lane in (line.ordinary, line.privileged):
                head = lane.head()
                if head is not None:
                    yield state.tickets[head[2]]


def windows_now(state: State, now: Moment) -> tuple[WindowNow, ...]:
    """Return every window that is in use."""
    if state.book is None:
        return ()
    return tuple(_window(state, window, now) for window in state.book.windows.values() if window.enabled)


def _window(state: State, window: Window, now: Moment) -> WindowNow:
    book = state.book
    assert book is not None
    limits = book.rules.policy.alerts
    here = state.windows[window.id]
    view = window_view(state, window, Audience.LEADS, now)
    teller = view.teller or view.rostered
    since_s = _since_s(state, here, view.state, now)
    limit = {"serving": limits.long_service_min, "paused": limits.pause_min}.get(view.state)
    move = here.move
    able = book.skills(window.id, teller)
    could = tuple(
        queue for queue in book.queues if queue not in view.skills and book.could_serve(window.id, queue)
    )
    return WindowNow(
        window=view,
        person=book.tellers[teller].name if teller in book.tellers else None,
        expected=view.teller is None and teller is not None,
        since_s=since_s,
        long=limit is not None and since_s is not None and since_s >= limit * 60,
        empty=f"empty_window:{window.id}" in state.alerts,
        move=MoveView(until=time_of(state, move.wall), add=move.add, remove=move.remove)
        if move is not None
        else None,
        could=could,
        trained=tuple(queue for queue in could if queue in able),
    )


def _since_s(state: State, here: WindowState, condition: str, now: Moment) -> int | None:
    ticket = state.tickets.get(here.ticket) if here.ticket is not None else None
    since: int | None = None
    if ticket is not None:
        since = ticket.started_at if condition == "serving" else ticket.called_at
    elif here.pause is not None:
        since = here.pause.at
    elif condition == "open":
        since = here.active_at
    return max(0, now.at - since) // 1000 if since is not None else None


def bad_ratings_now(state: State) -> tuple[BadRatingView, ...]:
    """Return today's bad ratings, newest first."""
    book = state.book
    found: list[tuple[int, BadRatingView]] = []
    for ticket in state.tickets.values():
        for slot in ticket.slots:
            if ticket.test or slot.state is not SlotState.GIVEN or slot.level > BAD_LEVEL:
                continue
            at = slot.given_at or slot.opened_at
            alert = f"bad_rating:{ticket.id}"
            up = alert in state.alerts
            item = state.poor.get(name_of(ticket.id, slot.item))
            teller = book.tellers.get(slot.teller) if book is not None else None
            service = book.services.get(slot.service) if book is not None else None
            found.append(
                (
                    at,
                    BadRatingView(
                        number=ticket.number,
                        window=slot.window,
                        level=slot.level,
                        state="up" if up else "seen" if slot.alerted else "new",
                        at=time_of(state, state.wall - (state.at - at)),
                        service=service.name if service is not None else None,
                        person=teller.name if teller is not None else None,
                        alert=alert if up else None,
                        late=slot.late,
                        rating=item.id if item is not None else None,
                        step=item.state if item is not None else None,
                    ),
                )
            )
    return tuple(view for _, view in sorted(found, key=lambda pair: -pair[0]))


def desk_now(state: State) -> DeskView:
    """Return what waits for a lead, and who leads today."""
    today = state.roster.get(state.day.date) if state.day is not None else None
    return DeskView(
        leads=leads_today(state),
        on_call=today.on_call if today is not None else (),
        poor=sum(item.state in OPEN for item in state.poor.values()),
        overdue=len(state.index.overdue),
        approvals=len(state.approvals),
    )


def newest_slips(state: State) -> Iterator[tuple[Ticket, int, Print]]:
    """Return the newest slip, and which copy it is, of each ticket that is not done with."""
    for ticket in state.tickets.values():
        if ticket.state in OPEN_STATES and ticket.prints:
            copy = max(ticket.prints)
            yield ticket, copy, ticket.prints[copy]


def closing_now(state: State, queues: tuple[QueueNow, ...]) -> ClosingView:
    """Return what the end of the day still waits for. Nobody waits with a test ticket."""
    waiting = held = asked = 0
    slips = Counter(slip.state for _, _, slip in newest_slips(state))
    for ticket in state.tickets.values():
        asked += any(slot.asked and slot.state is SlotState.OPEN for slot in ticket.slots)
        if not ticket.test:
            waiting += ticket.state is TicketState.WAITING
            held += ticket.state is TicketState.HELD
    return ClosingView(
        closed=state.day is not None and state.day.closed_at is not None,
        giving=tuple(row.queue.id for row in queues if row.queue.open),
        waiting=waiting,
        held=held,
        busy=tuple(window.id for window in state.windows.values() if window.ticket is not None),
        on_duty=tuple(window.id for window in state.windows.values() if window.teller is not None),
        in_doubt=slips[PrintState.UNKNOWN],
        unprinted=slips[PrintState.FAILED],
        printing=slips[PrintState.ASKED],
        asked=asked,
    )


def order_now(state: State) -> OrderView | None:
    """Return how the next ticket is chosen."""
    if state.book is None:
        return None
    order = state.book.rules.policy.order
    return OrderView(
        mode=order.mode,
        priorities=tuple(
            PriorityRule(id=one.id, name=one.name, credit_min=one.credit_min, verify=one.verify)
            for one in order.priorities
        ),
        appointment_credit_min=order.appointment_credit_min,
        returned_after=order.returned_after,
        k=order.k,
        n=order.n,
        cap_min=order.cap_min,
        changed=state.order is not None,
    )


def question_now(state: State) -> QuestionView | None:
    """Return what staff are asked about the date."""
    question = state.question
    return QuestionView(date=question.date, why=question.why) if question is not None else None
