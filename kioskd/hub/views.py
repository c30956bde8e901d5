"""What clients are shown of the hall: the shapes that `kioskd.hub.public` fills.

Fields that an audience may not know are left out, as are those at their default. Times are RFC 3339 in
the hall's zone.
"""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from kioskd.hall.events import Params
from kioskd.hall.model import PriorityState, TicketState
from kioskd.hall.rules import Name, Service


class _View(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    pass


class WaitView(_View, frozen=True, kw_only=True):
    """A range of whole minutes."""

    low: int
    high: int


class PrintView(_View, frozen=True, kw_only=True):
    """State of a ticket's newest slip: ``asked``, ``done``, ``failed``, ``unknown`` or ``none``."""

    state: str


class SlotView(_View, frozen=True, kw_only=True):
    """A rating slot that can be answered now, or what became of it (``state``, for leads ``level``)."""

    item: int
    of: int
    state: str
    service: str = ""
    level: int | None = None


class TicketView(_View, frozen=True, kw_only=True):
    """A ticket. By its number the public learns number, state, place and window, by its code also the
    citizen's own particulars; staff see all. ``ahead`` and ``wait`` are there while it waits.
    """

    number: str
    state: TicketState
    ahead: int | None
    window: str | None
    wait: WaitView | None
    test: bool = False
    queue: str | None = None
    services: tuple[str, ...] | UnsetType = UNSET
    issued_at: str | None = None
    language: str | None = None
    priority: str | None = None
    priority_state: PriorityState = PriorityState.NONE
    can_return: bool = False
    ratings: tuple[SlotView, ...] = ()
    print: PrintView | None = None
    id: str | None = None
    headcount: int | None = None
    assisted_by: str | None = None
    appointment: str | None = None
    large_print: bool = False
    paper: bool = False
    hold: str | None = None
    bound_window: str | None = None
    bound_teller: str | None = None
    todo: tuple[str, ...] = ()
    teller: str | None = None
    calls: int = 0
    reason: str | None = None
    params: Params = {}
    service_s: int | None = None
    result: str | None = None
    items: int | None = None
    materials: int | None = None
    case: str | None = None
    end_reason: str | None = None


class PauseView(_View, frozen=True, kw_only=True):
    """A window that is not served for a while (离岗告知)."""

    since: str
    reason: str = ""
    minutes: int | None = None
    contact: str = ""


class WindowView(_View, frozen=True, kw_only=True):
    """A window. ``state`` is ``closed``, ``unstaffed`` (in its hours, with nobody on duty or expected),
    ``open``, ``paused``, ``called`` or ``serving``.

    ``ticket``, ``teller`` (on duty), ``rostered`` (who should be) and ``waiting`` (how many wait for this
    window) are for staff; ``rating`` is the ticket whose rating is asked for.
    """

    id: str
    zone: str
    state: str
    name: Name | None = None
    number: str | None = None
    pause: PauseView | None = None
    ticket: TicketView | None = None
    teller: str | None = None
    rostered: str | None = None
    skills: tuple[str, ...] = ()
    waiting: int | None = None
    rating: str | None = None


class QueueView(_View, frozen=True, kw_only=True):
    """A 取号类别 now. ``open`` says whether it gives tickets, ``refusal`` why it doesn't (a problem code);
    ``wait`` is what a newcomer would be told.
    """

    id: str
    prefix: str
    name: Name
    zone: str
    open: bool
    waiting: int
    windows: int
    wait: WaitView | None = None
    refusal: str | None = None
    on_kiosk: bool = True
    headcount: bool = False
    special: bool = False
    advisory: bool = False


class ServiceView(Service, frozen=True, kw_only=True):
    """A service of the catalogue. ``initials`` are made from the name where the catalogue has none;
    ``windows`` (only when one service is asked for) serve it now, or will.
    """

    windows: tuple[str, ...] = ()


class CallView(_View, frozen=True, kw_only=True):
    """A call that a board may show, newest first; ``state`` says what became of it. ``at`` is the first
    call of this visit, ``call`` counts them, ``caption`` is the announcement.
    """

    number: str
    window: str
    state: TicketState
    call: int
    at: str
    caption: Name | None = None


class PriorityView(_View, frozen=True, kw_only=True):
    """A 优先 class that a citizen may claim; with ``verify`` the card is asked for."""

    id: str
    name: Name
    verify: bool = True


class ZoneView(_View, frozen=True, kw_only=True):
    """A part of the hall, as its signs name it."""

    id: str
    name: Name


class PaperView(_View, frozen=True, kw_only=True):
    """What is left on a printer's roll: slips, metres, and the share of a full roll in percent.

    ``assumed``: nobody has told when it was put in.
    """

    slips: int
    metres: float
    roll_m: float
    percent: int
    assumed: bool = False


class PrinterView(_View, frozen=True, kw_only=True):
    """A printer, for whoever changes its paper; ``name`` is what people in the hall call it.

    ``paper`` is ``full``, ``low``, ``out``, ``jammed`` or ``unknown``. ``asked``: a slip was printed after
    the roll was changed, and somebody should say whether its print is clear; ``clear`` is the answer.
    """

    id: str
    name: str
    zone: str | None = None
    paper: str = "unknown"
    left: PaperView | None = None
    asked: bool = False
    clear: bool | None = None


class SessionView(_View, frozen=True, kw_only=True):
    """A session of the business day, times of day ``HH:MM`` (up to ``24:00``)."""

    name: Name
    tickets_from: str
    tickets_until: str
    serve_from: str
    serve_until: str


class HallView(_View, frozen=True, kw_only=True):
    """The whole public state, small; ``printers`` are for staff and kiosks. Events after ``position``
    change it.

    ``ready`` is false before the hall has rules and a business day; ``date`` is the business day,
    ``question`` says that staff are being asked for it.
    """

    position: str
    ready: bool
    at: str
    hall: str
    name: Name | None
    date: str | None
    question: bool
    open: bool
    notice: Name | None
    quiet: bool
    waiting: int
    queues: tuple[QueueView, ...]
    windows: tuple[WindowView, ...]
    calls: tuple[CallView, ...]
    sessions: tuple[SessionView, ...]
    zones: tuple[ZoneView, ...]
    priorities: tuple[PriorityView, ...]
    printers: tuple[PrinterView, ...] = ()


class AlertView(_View, frozen=True, kw_only=True):
    """An alert that is up; whoever shows it puts the ``sentence`` in the reader's language."""

    id: str
    about: str
    subject: str
    tier: int
    since: str
    acknowledged: bool
    params: Params = {}
    sentence: str = ""
