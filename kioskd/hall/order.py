"""Rule 5: which ticket a window calls next, and why.

Tickets compete by credited waiting time: their place in line is arrival minus the credit of a
priority or an appointment. Each line keeps privileged and ordinary tickets apart, each in order, so
the next ticket of a window is the best of a few heads, however many wait.
"""

from __future__ import annotations

from typing import NamedTuple

from kioskd.hall.clock import MINUTE_MS
from kioskd.hall.events import Place, Reason
from kioskd.hall.index import privileged, queue_line
from kioskd.hall.lane import Key
from kioskd.hall.model import PriorityState, Ticket
from kioskd.hall.rules import Order, OrderMode
from kioskd.hall.state import State

TIE_STEP = 1024
"""Distance of neighbouring arrivals in the tie-breaker, so that others fit between them."""


class Choice(NamedTuple):
    """The next ticket, why, and the window's place in its k-in-n round after it."""

    ticket: Ticket
    reason: Reason
    turn: int


def choose(state: State, lines: tuple[str, ...], turn: int, at: int) -> Choice | None:
    """Return what a window that may call from ``lines`` calls at hall time ``at``."""
    ordinary: Key | None = None
    first: Key | None = None
    waiting = state.index.lines
    for name in lines:
        line = waiting.get(name)
        if line is None:
            continue
        head = line.ordinary.head()
        if head is not None and (ordinary is None or head < ordinary):
            ordinary = head
        head = line.privileged.head()
        if head is not None and (first is None or head < first):
            first = head
    return _pick(state, ordinary, first, turn, at)


def upcoming(state: State, lines: tuple[str, ...], turn: int, at: int, count: int) -> list[Choice]:
    """Return what `choose` would call one after the other, if nobody else came and no time passed."""
    ordinary: list[Key] = []
    privileged_: list[Key] = []
    for name in lines:
        line = state.index.lines.get(name)
        if line is not None:
            ordinary += line.ordinary.first(count)
            privileged_ += line.privileged.first(count)
    ordinary.sort(reverse=True)
    privileged_.sort(reverse=True)
    chosen: list[Choice] = []
    while len(chosen) < count:
        choice = _pick(
            state, ordinary[-1] if ordinary else None, privileged_[-1] if privileged_ else None, turn, at
        )
        if choice is None:
            break
        chosen.append(choice)
        turn = choice.turn
        (privileged_ if privileged(choice.ticket) else ordinary).pop()
    return chosen


def _pick(state: State, ordinary: Key | None, first: Key | None, turn: int, at: int) -> Choice | None:
    """Choose between the heads of the ordinary and the privileged."""
    assert state.book is not None
    order = state.book.rules.policy.order
    mode = order.mode
    after = turn
    if mode is OrderMode.K_IN_N and (ordinary or first):
        after = (turn + 1) % max(order.n, 1)
    if ordinary is None or first is None:
        key = ordinary or first
        if key is None:
            return None
        return Choice(state.tickets[key[2]], _reason(state, state.tickets[key[2]], order, at), after)
    if mode is OrderMode.AGEING:
        key = min(ordinary, first)
    elif mode is OrderMode.STRICT:
        key = first
    else:
        key = first if turn < order.k else ordinary
    ticket = state.tickets[key[2]]
    if key is first and at - ordinary[0] >= order.cap_min * MINUTE_MS and ordinary[0] <= ticket.issued_at:
        capped = state.tickets[ordinary[2]]
        reason = Reason("order.cap", {"cap_min": order.cap_min, "waited_min": _minutes(at - ordinary[0])})
        return Choice(capped, reason, after)
    reason = _reason(state, ticket, order, at)
    if mode is OrderMode.K_IN_N and key is ordinary and first < ordinary:
        reason = Reason("order.turn", {"k": order.k, "n": order.n, "waited_min": _minutes(at - ordinary[0])})
    return Choice(ticket, reason, after)


def _minutes(duration_ms: int) -> int:
    return max(0, duration_ms) // MINUTE_MS


def _reason(state: State, ticket: Ticket, order: Order, at: int) -> Reason:
    waited = _minutes(at - ticket.issued_at)
    if ticket.bound_teller is not None:
        return Reason("order.bound_to_teller", {"teller": ticket.bound_teller, "waited_min": waited})
    if ticket.bound_window is not None:
        return Reason("order.bound_to_window", {"window": ticket.bound_window, "waited_min": waited})
    if ticket.returned:
        return Reason("order.returned", {"behind": order.returned_after, "waited_min": waited})
    if ticket.appointment is not None:
        return Reason("order.appointment", {"credit_min": order.appointment_credit_min, "waited_min": waited})
    if ticket.priority is not None and privileged(ticket):
        return Reason(
            "order.priority",
            {"priority": ticket.priority, "credit_min": _credit_min(state, ticket), "waited_min": waited},
        )
    return Reason("order.longest_wait", {"waited_min": waited})


def _credit_min(state: State, ticket: Ticket) -> float:
    found = state.book.priorities.get(ticket.priority or "") if state.book else None
    return found.credit_min if found else 0.0


def credit_ms(state: State, priority: str | None, appointment: str | None) -> int:
    """Return the waiting time a ticket is credited with on arrival: the best of its rights."""
    assert state.book is not None
    minutes = 0.0
    if appointment is not None:
        minutes = state.book.rules.policy.order.appointment_credit_min
    found = state.book.priorities.get(priority) if priority is not None else None
    if found is not None:
        minutes = max(minutes, found.credit_min)
    return round(minutes * MINUTE_MS)


def arrival_place(state: State, at: int, credit: int, count: int = 1) -> Place:
    """Return the place of a ticket that arrives now, the ``count``-th one of the same decision."""
    return at - credit, (state.arrivals + count) * TIE_STEP


def ordinary_place(state: State, ticket: Ticket) -> Place:
    """Return the place of a ticket whose priority was refused: its original time."""
    if ticket.priority_state is PriorityState.REFUSED or ticket.returned:
        return ticket.place
    return ticket.issued_at - credit_ms(state, None, ticket.appointment), ticket.place[1]


def returned_place(state: State, ticket: Ticket, at: int) -> tuple[Place, int]:
    """Return the place, among ordinary tickets, of one that comes back behind the next few of its queue, and
    how many those are. Where privileged ones always or by turns go first, more may be called before it.
    """
    assert state.book is not None
    order = state.book.rules.policy.order
    behind = max(0, order.returned_after)
    if behind == 0:
        return ticket.place, 0
    name = queue_line(ticket)
    chosen = upcoming(state, (name,), 0, at, behind)
    if not chosen:
        return (at, ticket.place[1]), 0
    before = [one.ticket for one in chosen if order.mode is OrderMode.AGEING or not privileged(one.ticket)]
    if before:
        last = max(one.place for one in before)
        return (last[0], last[1] + 1), len(chosen)
    head = state.index.lines[name].ordinary.head()
    return ((at, ticket.place[1]) if head is None else (head[0], head[1] - 1)), len(chosen)


def ahead_of(state: State, queue: str, key: Key, is_privileged: bool) -> int:
    """Return how many of ``queue`` would be called before a ticket that stood at ``key``.

    Exact for ageing; for the other modes as if nobody else came and no cap were reached.
    """
    assert state.book is not None
    order = state.book.rules.policy.order
    mode, lines, ahead = order.mode, state.index.lines, 0
    for name in ("q:" + queue, "s:" + queue):
        line = lines.get(name)
        if line is None:
            continue
        if mode is OrderMode.AGEING:
            ahead += line.ordinary.rank(key) + line.privileged.rank(key)
            continue
        same = (line.privileged if is_privileged else line.ordinary).rank(key)
        other = len(line.ordinary if is_privileged else line.privileged)
        if mode is OrderMode.STRICT:
            ahead += same if is_privileged else same + other
        else:
            k, rest = max(order.k, 0), max(order.n - order.k, 0)
            mine, theirs = (k, rest) if is_privileged else (rest, k)
            rounds = same // mine if is_privileged and mine else same // mine + 1 if mine else other
            ahead += same + min(other, rounds * theirs if mine else other)
    return ahead
