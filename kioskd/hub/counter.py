"""What the people at the windows ask of the state beside their own window: pure functions of it."""

from __future__ import annotations

import msgspec

from kioskd.hall import queries
from kioskd.hall.events import Reason
from kioskd.hall.model import Ticket, TicketState
from kioskd.hall.moment import Moment
from kioskd.hall.noshow import no_show
from kioskd.hall.order import upcoming
from kioskd.hall.rules import Window
from kioskd.hall.state import State
from kioskd.hub.public import ticket_view, time_of, window_view
from kioskd.hub.public_events import Audience
from kioskd.hub.views import TicketView, WindowView

AHEAD = 12
"""Tickets that a window is shown of those it would call next."""

ASIDE = 30
"""Tickets on hold or missed that a window is shown, latest first."""


class TellerView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody who serves at windows; ``window`` is where they are on duty now."""

    id: str
    name: str
    staff_no: str
    post: str = ""
    promise: str = ""
    skills: tuple[str, ...] = ()
    window: str | None = None


def tellers_view(state: State) -> tuple[TellerView, ...]:
    """Return every teller of the settings, in their order."""
    if state.book is None:
        return ()
    on_duty = {window.teller: window.id for window in state.windows.values() if window.teller is not None}
    return tuple(
        TellerView(
            id=teller.id,
            name=teller.name,
            staff_no=teller.staff_no,
            post=teller.post,
            promise=teller.promise,
            skills=teller.skills,
            window=on_duty.get(teller.id),
        )
        for teller in state.book.rules.tellers
    )


class Next(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket that would be called next but for those before it, and why."""

    ticket: TicketView
    why: Reason
    waited_s: int


class NoShowView(msgspec.Struct, frozen=True, kw_only=True):
    """How far a called ticket is from 过号: calls that count, calls needed, seconds until it opens."""

    ready: bool
    calls: int
    needed: int
    opens_in_s: int


class Counter(msgspec.Struct, frozen=True, kw_only=True):
    """A window as the person at it sees it.

    ``ahead`` are the tickets it would call next, ``aside`` those on hold or missed that it may call back,
    ``last`` the one that left it last. ``called_at`` and ``started_at`` are the present ticket's;
    ``at`` is the hub's clock, to count from.
    """

    position: str
    at: str
    window: WindowView
    person: str
    ahead: tuple[Next, ...]
    aside: tuple[TicketView, ...]
    last: TicketView | None
    called_at: str | None
    started_at: str | None
    no_show: NoShowView | None
    why: Reason | None


def counter_view(state: State, window: Window, audience: Audience, position: str, now: Moment) -> Counter:
    """Return a window as the person at it sees it."""
    assert state.book is not None
    here = state.windows[window.id]
    teller = queries.teller_at(state, window.id)
    lines = state.book.lines(window.id, teller, here.reach)
    present = state.tickets.get(here.ticket) if here.ticket is not None else None
    last = state.tickets.get(here.last_ticket) if here.last_ticket is not None else None
    ahead = tuple(
        Next(
            ticket=ticket_view(state, choice.ticket, audience, now),
            why=choice.reason,
            waited_s=max(0, now.at - choice.ticket.issued_at) // 1000,
        )
        for choice in upcoming(state, lines, here.turn, now.at, AHEAD)
    )
    on_duty = state.book.tellers.get(here.teller) if here.teller is not None else None
    return Counter(
        position=position,
        at=time_of(state, now.wall),
        window=window_view(state, window, audience, now),
        person=on_duty.name if on_duty is not None else "",
        ahead=ahead,
        aside=tuple(ticket_view(state, ticket, audience, now) for ticket in _aside(state, window.id, lines)),
        last=ticket_view(state, last, audience, now) if last is not None else None,
        called_at=_ago(state, present.called_at if present is not None else None, now),
        started_at=_ago(state, present.started_at if present is not None else None, now),
        no_show=_no_show(state, present, now) if present is not None else None,
        why=present.reason if present is not None else None,
    )


def _aside(state: State, window: str, lines: tuple[str, ...]) -> list[Ticket]:
    """Return held and missed tickets that may be called back here, latest first."""
    found = [
        ticket
        for ticket in state.tickets.values()
        if ticket.state in _ASIDE
        and (
            ticket.bound_window == window
            if ticket.bound_window is not None
            else "q:" + ticket.queue in lines or "s:" + ticket.queue in lines
        )
    ]
    found.sort(key=lambda ticket: ticket.held_at or ticket.called_at or 0, reverse=True)
    return found[:ASIDE]


_ASIDE = frozenset({TicketState.HELD, TicketState.NO_SHOW})


def _ago(state: State, at: int | None, now: Moment) -> str | None:
    """Return a hall time as a wall label of today's clock."""
    return None if at is None else time_of(state, now.wall - (now.at - at))


def _no_show(state: State, ticket: Ticket, now: Moment) -> NoShowView | None:
    if ticket.state is not TicketState.CALLED or state.book is None:
        return None
    far = no_show(ticket, state.book.rules.policy.calling)
    return NoShowView(
        ready=far.ready(now.at),
        calls=far.counted,
        needed=far.needed,
        opens_in_s=max(0, -(-(far.opens_at - now.at) // 1000)),
    )
