"""How a hall stands right now, for the city's pages: the last word counts, nothing of it is kept.

Nothing personal is in it. A ticket is found only by who knows its code, which the slip's QR carries: here
stands a digest of it.
"""

from __future__ import annotations

import hashlib

import msgspec

from kioskd.hall import queries
from kioskd.hall.events import Wait
from kioskd.hall.model import Ticket, TicketState
from kioskd.hall.moment import Moment
from kioskd.hall.rules import Name
from kioskd.hall.state import State
from kioskd.hub.public import hall_view
from kioskd.sync.messages import Mark

_WELL = frozenset({"online", "deviceBusy"})
_SHOWN = frozenset({TicketState.WAITING, TicketState.CALLED, TicketState.SERVING, TicketState.NO_SHOW})


class QueueStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """A queue as a newcomer meets it; ``low`` to ``high`` are minutes, None when nobody can say."""

    id: str
    name: Name
    open: bool
    waiting: int
    windows: int
    low: int | None = None
    high: int | None = None


class PlaceStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """A ticket that is still open; ``ahead``, ``low`` and ``high`` while it waits."""

    number: str
    queue: str
    state: str
    ahead: int | None = None
    low: int | None = None
    high: int | None = None
    window: str | None = None


class WindowsStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """How many windows there are, have somebody on duty, serve or call somebody, and pause."""

    all: int = 0
    staffed: int = 0
    busy: int = 0
    paused: int = 0


class HallStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """``at`` is UTC in milliseconds; ``places`` are by `ticket_digest`. ``devices`` is how many there are,
    ``down`` are the ids of those that do not work; ``end`` is the end of the hall's log. ``settings`` is the
    city's release that the hall works by, 0 for none.
    """

    at: int
    open: bool
    waiting: int
    date: str | None = None
    name: Name | None = None
    notice: Name | None = None
    queues: tuple[QueueStatus, ...] = ()
    places: dict[str, PlaceStatus] = {}
    windows: WindowsStatus = WindowsStatus()
    devices: int = 0
    down: tuple[str, ...] = ()
    end: Mark | None = None
    settings: int = 0


def ticket_digest(code: str) -> str:
    """Return what stands for a ticket's code: 32 hex digits of its SHA-256."""
    return hashlib.sha256(b"kioskd.place.1 " + code.encode()).hexdigest()[:32]


def hall_status(state: State, now: Moment) -> HallStatus:
    """Return the status of a hall, but for the end of its log; reads the state only."""
    hall = hall_view(state, "", now)
    return HallStatus(
        at=now.wall,
        open=hall.open,
        waiting=hall.waiting,
        date=hall.date,
        name=hall.name,
        notice=hall.notice,
        queues=tuple(
            QueueStatus(
                q.id,
                q.name,
                q.open,
                q.waiting,
                q.windows,
                q.wait.low if q.wait is not None else None,
                q.wait.high if q.wait is not None else None,
            )
            for q in hall.queues
        ),
        places={
            ticket_digest(ticket.code): _place(state, ticket)
            for ticket in state.tickets.values()
            if ticket.state in _SHOWN and not ticket.test
        },
        windows=_windows(state),
        devices=len(state.devices),
        down=tuple(sorted(device.id for device in state.devices.values() if device.state not in _WELL)),
    )


def _windows(state: State) -> WindowsStatus:
    windows = state.windows.values()
    return WindowsStatus(
        all=len(windows),
        staffed=sum(window.teller is not None for window in windows),
        busy=sum(window.ticket is not None for window in windows),
        paused=sum(window.pause is not None for window in windows),
    )


def _place(state: State, ticket: Ticket) -> PlaceStatus:
    wait: Wait | None = queries.place(state, ticket.id)
    here = ticket.window if ticket.state in (TicketState.CALLED, TicketState.SERVING) else None
    if wait is None:
        return PlaceStatus(ticket.number, ticket.queue, ticket.state.value, window=here)
    return PlaceStatus(ticket.number, ticket.queue, ticket.state.value, wait.ahead, wait.low, wait.high)
