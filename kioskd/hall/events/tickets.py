"""The life of a ticket."""

from __future__ import annotations

import msgspec

from kioskd.hall.commands import HoldKind, Result
from kioskd.hall.events.base import AtWindow, OfTicket, Place, Reason, Recorded, Wait
from kioskd.hall.rules import Name


class TicketIssued(OfTicket, frozen=True, kw_only=True, tag="ticket.issued"):
    """A number was given.

    ``count`` is the running number of ``prefix``. ``todo`` are the queues of further services after
    ``queue``; ``special`` that only special windows may serve it. ``identity`` is a hash under a key
    that is destroyed at the end of the day.
    """

    code: str
    prefix: str
    count: int
    queue: str
    place: Place
    services: tuple[str, ...] = ()
    todo: tuple[str, ...] = ()
    special: bool = False
    priority: str | None = None
    verify: bool = False
    headcount: int | None = None
    assisted_by: str | None = None
    appointment: str | None = None
    language: str = "zh"
    large_print: bool = False
    identity: str | None = None
    test: bool = False
    wait: Wait | None = None
    remote: bool = False


class PaperTicket(msgspec.Struct, frozen=True):
    """One number of a pre-printed roll."""

    ticket: str
    code: str
    number: str
    count: int
    place: Place


class PaperRangeEntered(Recorded, frozen=True, kw_only=True, tag="paper_range.entered"):
    """A pre-printed roll was used while the kiosk was dead; its numbers wait now."""

    queue: str
    prefix: str
    first: int
    last: int
    tickets: tuple[PaperTicket, ...]


class TicketCalled(AtWindow, frozen=True, kw_only=True, tag="ticket.called"):
    """First call of a ticket to a window. ``waited_ms`` since arrival; ``promised`` as on the slip.

    ``turn`` is the window's place in its k-in-n round after this call. ``caption`` is the announcement as
    people read it.
    """

    queue: str
    reason: Reason
    by_hand: bool = False
    waited_ms: int = 0
    promised: Wait | None = None
    turn: int = 0
    test: bool = False
    caption: Name | None = None


class TicketRecalled(AtWindow, frozen=True, kw_only=True, tag="ticket.recalled"):
    """Call number ``call`` of the same visit. ``unstarted``: a start by time-out is taken back. ``caption``
    is the announcement as people read it.
    """

    call: int
    unstarted: bool = False
    caption: Name | None = None


class TicketStarted(AtWindow, frozen=True, kw_only=True, tag="ticket.started"):
    """Service began; ``how`` is ``teller``, ``time`` (nobody said so) or ``action`` (another action)."""

    how: str = "teller"


class TicketFinished(AtWindow, frozen=True, kw_only=True, tag="ticket.finished"):
    """The ticket's business is done, its last end.

    ``service_ms`` is this visit's; earlier visits said theirs when they ended. ``held_ms`` is all
    time away. ``implicit``: the next call ended it; ``short``: it took less than the hall finds credible.
    """

    queue: str
    services: tuple[str, ...] = ()
    service_ms: int = 0
    held_ms: int = 0
    result: Result = Result.DONE
    items: int = 1
    materials: int = 0
    implicit: bool = False
    short: bool = False
    test: bool = False


class TicketPassedOn(AtWindow, frozen=True, kw_only=True, tag="ticket.passed_on"):
    """One of several services is done; the ticket waits for ``to_queue`` with its waiting time."""

    queue: str
    to_queue: str
    place: Place
    todo: tuple[str, ...] = ()
    special: bool = False
    services: tuple[str, ...] = ()
    service_ms: int = 0
    result: Result = Result.DONE
    items: int = 1
    materials: int = 0
    implicit: bool = False
    short: bool = False
    test: bool = False


class TicketNoShow(AtWindow, frozen=True, kw_only=True, tag="ticket.no_show"):
    """过号 after ``calls`` counted calls."""

    calls: int


class TicketHeld(AtWindow, frozen=True, kw_only=True, tag="ticket.held"):
    """挂起; ``service_ms`` is this visit's service so far."""

    hold: HoldKind
    service_ms: int = 0


class TicketWoken(OfTicket, frozen=True, kw_only=True, tag="ticket.woken"):
    """A held ticket waits again, bound to ``window`` if one is named; ``held_ms`` it was away."""

    place: Place
    window: str | None = None
    held_ms: int = 0


class TicketTransferred(AtWindow, frozen=True, kw_only=True, tag="ticket.transferred"):
    """转移 to ``to_queue``, and there to one window or one person if named."""

    to_queue: str
    place: Place
    to_window: str | None = None
    to_teller: str | None = None
    special: bool = False
    service_ms: int = 0


class TicketRequeued(AtWindow, frozen=True, kw_only=True, tag="ticket.requeued"):
    """退回排队."""

    place: Place
    service_ms: int = 0


class TicketReturned(OfTicket, frozen=True, kw_only=True, tag="ticket.returned"):
    """过号恢复 behind ``behind`` others."""

    place: Place
    behind: int


class TicketMoved(OfTicket, frozen=True, kw_only=True, tag="ticket.moved"):
    """A waiting ticket stands in ``to_queue``. ``released``: whom it was bound to has left. ``todo`` are the
    queues of its errands after this one; None: as they were.
    """

    to_queue: str
    place: Place
    special: bool = False
    released: bool = False
    todo: tuple[str, ...] | None = None


class TicketCancelled(OfTicket, frozen=True, kw_only=True, tag="ticket.cancelled"):
    """The citizen gave up."""


class TicketVoided(OfTicket, frozen=True, kw_only=True, tag="ticket.voided"):
    """作废 by staff, or by closing (``reason`` ``closing``)."""

    reason: str = ""
    window: str = ""


class TicketEnded(OfTicket, frozen=True, kw_only=True, tag="ticket.ended"):
    """Still open when the business day changed; ``state`` is what it was."""

    state: str
    reason: str = "day_end"


class PriorityDecided(OfTicket, frozen=True, kw_only=True, tag="ticket.priority_decided"):
    """Confirmed after seeing the card, or returned to ordinary with its original time."""

    confirmed: bool
    place: Place


class ServicesChanged(OfTicket, frozen=True, kw_only=True, tag="ticket.services_changed"):
    """Services recorded or corrected."""

    services: tuple[str, ...]
    todo: tuple[str, ...] = ()
    special: bool = False


class TicketAmended(OfTicket, frozen=True, kw_only=True, tag="ticket.amended"):
    """A finished ticket's record, whole, after a correction."""

    result: Result
    items: int
    materials: int
    services: tuple[str, ...] = ()


class CaseAttached(OfTicket, frozen=True, kw_only=True, tag="ticket.case_attached"):
    """The business system's case for this ticket."""

    window: str
    project_no: str
    task_code: str = ""
    task_name: str = ""
    status: str = ""
    accepted: str = ""


class SignatureAsked(AtWindow, frozen=True, kw_only=True, tag="signature.asked"):
    """The window's pad takes a signature for this ticket."""


class SignatureDropped(AtWindow, frozen=True, kw_only=True, tag="signature.dropped"):
    """No signature is wanted any more."""


class TicketSigned(AtWindow, frozen=True, kw_only=True, tag="ticket.signed"):
    """Signed. ``signature`` (SVG) and ``picture`` (PNG) are references to sealed values."""

    signature: str
    picture: str


class ReprintAsked(OfTicket, frozen=True, kw_only=True, tag="ticket.reprint_asked"):
    """补打: copy ``copy`` of the slip (the first slip is copy 1)."""

    copy: int


class TicketAnnounced(OfTicket, frozen=True, kw_only=True, tag="ticket.announced"):
    """``device`` showed or said call ``call``."""

    call: int
    device: str
