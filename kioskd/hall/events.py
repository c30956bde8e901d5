"""What happened in a hall.

An event holds decided results (a number, a place in the line, the teller credited), so that `apply`
reads nothing but the state and the event. Every event says ``by`` whom. Instants are not inside:
the journal keeps the moment of each event beside it. Durations are milliseconds (``_ms``), hall
times are milliseconds of hall time (``_at``).

The bytes of a shipped kind never change meaning: fields left at their default are left out, so a
default is part of the format as well. `kioskd.hall.codec` reads and writes them; golden files in
tests/hall/golden/ freeze every kind. Events are left out of garbage collection (``gc=False``): nothing in
them refers back, so no cycle can form.
"""

from __future__ import annotations

import msgspec

from kioskd.hall.commands import By, HoldKind, Result
from kioskd.hall.rules import Name, Rules

Place = tuple[int, int]
"""Where a ticket stands in its line: credited arrival in hall milliseconds, then a tie-breaker."""

Params = dict[str, str | int | float | bool | None]


class Reason(msgspec.Struct, frozen=True, gc=False):
    """Why this ticket and no other was called; its sentence is made at the edge."""

    code: str
    params: Params = {}


class Wait(msgspec.Struct, frozen=True, gc=False):
    """A promise made on a slip: people before this one, and a range of whole minutes."""

    ahead: int
    low: int
    high: int


class _Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", gc=False):
    by: By


class _OfTicket(_Event, frozen=True, kw_only=True, omit_defaults=True):
    ticket: str
    number: str


class _AtWindow(_OfTicket, frozen=True, kw_only=True, omit_defaults=True):
    """Something done at a window with a ticket.

    ``teller`` is who is credited (empty: nobody known); ``unconfirmed`` (待确认) that nobody was
    signed in; ``key`` the keypad key that asked for it, empty when no keypad did.
    """

    window: str
    teller: str = ""
    unconfirmed: bool = False
    key: str = ""


# --- the hub, settings and time -----------------------------------------------------------------


class HubStarted(_Event, frozen=True, kw_only=True, tag="hub.started"):
    """A process began to run the hall. ``numbers`` are last numbers by prefix that must be taken as
    given on ``numbers_day`` (empty: on whatever day is open or opens next).
    """

    boot: str
    numbers: dict[str, int] = {}
    numbers_day: str = ""


class SettingsApplied(_Event, frozen=True, kw_only=True, tag="settings.applied"):
    """These rules hold, whole."""

    rules: Rules


class DayOpened(_Event, frozen=True, kw_only=True, tag="day.opened"):
    """A business day begins.

    ``numbers`` are the last given numbers it goes on from (empty: all from 1) and ``kept`` the
    tickets that stay open because they were taken while the day was in question. ``skew_days`` is
    what must be added to the clock's date to get this one; ``by_person`` that staff said so.
    """

    date: str
    numbers: dict[str, int] = {}
    kept: tuple[str, ...] = ()
    skew_days: int = 0
    by_person: bool = False


class DayConfirmed(_Event, frozen=True, kw_only=True, tag="day.confirmed"):
    """Asked, staff said that it is still the business day that is open."""

    date: str
    skew_days: int = 0


class DayClosed(_Event, frozen=True, kw_only=True, tag="day.closed"):
    """A business day ended. ``planned`` means that nobody closed it and it is closed now in the name
    of its planned end, ``planned_end`` (``"HH:MM"``, empty on a day without sessions).
    """

    date: str
    planned: bool = False
    planned_end: str = ""


class DayQuestioned(_Event, frozen=True, kw_only=True, tag="day.questioned"):
    """The clock says ``date``, which is not plausible because of ``why``; staff are asked.

    Numbers go on meanwhile. ``why`` is ``clock_behind``, ``clock_ahead``, ``clock_unset``,
    ``clock_jumped``, ``working_day_skipped``, ``witness_disagrees`` or ``clock_unconfirmed``.
    """

    date: str
    why: str


class ClockJumped(_Event, frozen=True, kw_only=True, tag="clock.jumped"):
    """The wall clock moved by ``by_ms`` against hall time; ``skew_days`` counts from now."""

    by_ms: int
    skew_days: int = 0


class HoursChanged(_Event, frozen=True, kw_only=True, tag="hours.changed"):
    """Which sessions give tickets and which serve, from now on."""

    ticketing: tuple[str, ...] = ()
    serving: tuple[str, ...] = ()


class HallChecked(_Event, frozen=True, kw_only=True, tag="hall.checked"):
    """开门检查 before ``session``: devices that have not come up, by window (empty: of the hall)."""

    session: str
    missing: dict[str, tuple[str, ...]] = {}


# --- tickets ------------------------------------------------------------------------------------


class TicketIssued(_OfTicket, frozen=True, kw_only=True, tag="ticket.issued"):
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


class PaperTicket(msgspec.Struct, frozen=True):
    """One number of a pre-printed roll."""

    ticket: str
    code: str
    number: str
    count: int
    place: Place


class PaperRangeEntered(_Event, frozen=True, kw_only=True, tag="paper_range.entered"):
    """A pre-printed roll was used while the kiosk was dead; its numbers wait now."""

    queue: str
    prefix: str
    first: int
    last: int
    tickets: tuple[PaperTicket, ...]


class TicketCalled(_AtWindow, frozen=True, kw_only=True, tag="ticket.called"):
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


class TicketRecalled(_AtWindow, frozen=True, kw_only=True, tag="ticket.recalled"):
    """Call number ``call`` of the same visit. ``unstarted``: a start by time-out is taken back. ``caption``
    is the announcement as people read it.
    """

    call: int
    unstarted: bool = False
    caption: Name | None = None


class TicketStarted(_AtWindow, frozen=True, kw_only=True, tag="ticket.started"):
    """Service began; ``how`` is ``teller``, ``time`` (nobody said so) or ``action`` (another action)."""

    how: str = "teller"


class TicketFinished(_AtWindow, frozen=True, kw_only=True, tag="ticket.finished"):
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


class TicketPassedOn(_AtWindow, frozen=True, kw_only=True, tag="ticket.passed_on"):
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


class TicketNoShow(_AtWindow, frozen=True, kw_only=True, tag="ticket.no_show"):
    """过号 after ``calls`` counted calls."""

    calls: int


class TicketHeld(_AtWindow, frozen=True, kw_only=True, tag="ticket.held"):
    """挂起; ``service_ms`` is this visit's service so far."""

    hold: HoldKind
    service_ms: int = 0


class TicketWoken(_OfTicket, frozen=True, kw_only=True, tag="ticket.woken"):
    """A held ticket waits again, bound to ``window`` if one is named; ``held_ms`` it was away."""

    place: Place
    window: str | None = None
    held_ms: int = 0


class TicketTransferred(_AtWindow, frozen=True, kw_only=True, tag="ticket.transferred"):
    """转移 to ``to_queue``, and there to one window or one person if named."""

    to_queue: str
    place: Place
    to_window: str | None = None
    to_teller: str | None = None
    special: bool = False
    service_ms: int = 0


class TicketRequeued(_AtWindow, frozen=True, kw_only=True, tag="ticket.requeued"):
    """退回排队."""

    place: Place
    service_ms: int = 0


class TicketReturned(_OfTicket, frozen=True, kw_only=True, tag="ticket.returned"):
    """过号恢复 behind ``behind`` others."""

    place: Place
    behind: int


class TicketMoved(_OfTicket, frozen=True, kw_only=True, tag="ticket.moved"):
    """A waiting ticket stands in ``to_queue``. ``released``: whom it was bound to has left."""

    to_queue: str
    place: Place
    special: bool = False
    released: bool = False


class TicketCancelled(_OfTicket, frozen=True, kw_only=True, tag="ticket.cancelled"):
    """The citizen gave up."""


class TicketVoided(_OfTicket, frozen=True, kw_only=True, tag="ticket.voided"):
    """作废 by staff, or by closing (``reason`` ``closing``)."""

    reason: str = ""
    window: str = ""


class TicketEnded(_OfTicket, frozen=True, kw_only=True, tag="ticket.ended"):
    """Still open when the business day changed; ``state`` is what it was."""

    state: str
    reason: str = "day_end"


class PriorityDecided(_OfTicket, frozen=True, kw_only=True, tag="ticket.priority_decided"):
    """Confirmed after seeing the card, or returned to ordinary with its original time."""

    confirmed: bool
    place: Place


class ServicesChanged(_OfTicket, frozen=True, kw_only=True, tag="ticket.services_changed"):
    """Services recorded or corrected."""

    services: tuple[str, ...]
    todo: tuple[str, ...] = ()
    special: bool = False


class TicketAmended(_OfTicket, frozen=True, kw_only=True, tag="ticket.amended"):
    """A finished ticket's record, whole, after a correction."""

    result: Result
    items: int
    materials: int
    services: tuple[str, ...] = ()


class CaseAttached(_OfTicket, frozen=True, kw_only=True, tag="ticket.case_attached"):
    """The business system's case for this ticket."""

    window: str
    project_no: str
    task_code: str = ""
    task_name: str = ""
    status: str = ""
    accepted: str = ""


class SignatureAsked(_AtWindow, frozen=True, kw_only=True, tag="signature.asked"):
    """The window's pad takes a signature for this ticket."""


class SignatureDropped(_AtWindow, frozen=True, kw_only=True, tag="signature.dropped"):
    """No signature is wanted any more."""


class TicketSigned(_AtWindow, frozen=True, kw_only=True, tag="ticket.signed"):
    """Signed. ``signature`` (SVG) and ``picture`` (PNG) are references to sealed values."""

    signature: str
    picture: str


class ReprintAsked(_OfTicket, frozen=True, kw_only=True, tag="ticket.reprint_asked"):
    """补打: copy ``copy`` of the slip (the first slip is copy 1)."""

    copy: int


class TicketAnnounced(_OfTicket, frozen=True, kw_only=True, tag="ticket.announced"):
    """``device`` showed or said call ``call``."""

    call: int
    device: str


# --- ratings ------------------------------------------------------------------------------------


class RatingOpened(_OfTicket, frozen=True, kw_only=True, tag="rating.opened"):
    """A slot for a rating. ``asked``: the pad asks the citizen; ``item`` of ``of`` services.

    It closes after ``timeout_ms`` or when the window's next ticket starts.
    """

    window: str
    timeout_ms: int
    teller: str = ""
    service: str = ""
    item: int = 1
    of: int = 1
    asked: bool = True
    test: bool = False


class _Rated(_OfTicket, frozen=True, kw_only=True, omit_defaults=True):
    """An answer. ``age_ms``: how long before the event the key was pressed. ``comment`` is a reference."""

    window: str
    level: int
    teller: str = ""
    service: str = ""
    item: int = 1
    options: tuple[int, ...] = ()
    comment: str | None = None
    source: str = ""
    age_ms: int = 0
    test: bool = False


class RatingGiven(_Rated, frozen=True, kw_only=True, tag="rating.given"):
    """The citizen answered."""


class RatingChanged(_Rated, frozen=True, kw_only=True, tag="rating.changed"):
    """A later key within the time for second thoughts; it replaces the answer."""


class RatingLate(_Rated, frozen=True, kw_only=True, tag="rating.late"):
    """An answer of ``date`` that came after its slot was recorded as 未评价 and replaces that."""

    date: str


class RatingMissed(_OfTicket, frozen=True, kw_only=True, tag="rating.missed"):
    """No answer: 未评价. ``why`` is ``timeout``, ``next_started`` or ``day_end``."""

    window: str
    why: str
    teller: str = ""
    service: str = ""
    item: int = 1
    asked: bool = True
    test: bool = False


class RatingStray(_Event, frozen=True, kw_only=True, tag="rating.stray"):
    """A rating key outside any slot; it counts for nobody."""

    window: str
    level: int
    ticket: str | None = None
    age_ms: int = 0


# --- windows ------------------------------------------------------------------------------------


class _OfWindow(_Event, frozen=True, kw_only=True, omit_defaults=True):
    window: str
    key: str = ""


class SignedIn(_OfWindow, frozen=True, kw_only=True, tag="window.signed_in"):
    """A teller is on duty here; ``skills`` narrow what they are trained for."""

    teller: str
    skills: tuple[str, ...] | None = None


class SignedOut(_OfWindow, frozen=True, kw_only=True, tag="window.signed_out"):
    """Duty ended; ``why`` is empty, ``moved``, ``relieved``, ``settings`` or ``day_end``."""

    teller: str
    why: str = ""


class SkillsMoved(_OfWindow, frozen=True, kw_only=True, tag="window.skills_moved"):
    """For ``minutes`` this window also calls ``add`` and does not call ``remove``; 0: no longer."""

    teller: str = ""
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    minutes: int


class Paused(_OfWindow, frozen=True, kw_only=True, tag="window.paused"):
    """暂停服务."""

    teller: str = ""
    reason: str = ""
    minutes: int | None = None
    contact: str = ""


class PauseDetailed(_OfWindow, frozen=True, kw_only=True, tag="window.pause_detailed"):
    """What is said of a pause that goes on, whole."""

    reason: str = ""
    minutes: int | None = None
    contact: str = ""


class Resumed(_OfWindow, frozen=True, kw_only=True, tag="window.resumed"):
    """恢复服务 after ``paused_ms``."""

    teller: str = ""
    paused_ms: int = 0


class PressDropped(_OfWindow, frozen=True, kw_only=True, tag="press.dropped"):
    """A keypad press arrived too old to be obeyed."""

    age_ms: int


# --- the hall as a whole ------------------------------------------------------------------------


class AlertRaised(_Event, frozen=True, kw_only=True, tag="alert.raised"):
    """The lead should know. ``tier`` counts from 1; a higher tier of the same alert raises it again.

    ``about`` is the alert's kind (``empty_window``, ``long_wait``, ``long_service``, ``waiting``,
    ``pause``, ``device``, ``opening_check``, ``bad_rating``, ``calendar_missing``, ``day_question``,
    ``help``) and ``subject`` a window, queue, device, ticket, date or place.
    """

    alert: str
    about: str
    subject: str
    tier: int = 1
    params: Params = {}


class AlertCleared(_Event, frozen=True, kw_only=True, tag="alert.cleared"):
    """Its cause is over."""

    alert: str


class AlertAcknowledged(_Event, frozen=True, kw_only=True, tag="alert.acknowledged"):
    """A lead has seen it."""

    alert: str


class NoticeSet(_Event, frozen=True, kw_only=True, tag="notice.set"):
    """The hall notice; empty texts remove it."""

    zh: str = ""
    en: str = ""


class QuietSet(_Event, frozen=True, kw_only=True, tag="quiet.set"):
    """The voice is low for ``minutes``; 0: no longer."""

    minutes: int


class QueueOpened(_Event, frozen=True, kw_only=True, tag="queue.opened"):
    """A lead lets a queue give tickets again."""

    queue: str


class QueueClosed(_Event, frozen=True, kw_only=True, tag="queue.closed"):
    """A lead ended a queue's ticketing for the day."""

    queue: str


class AuditNoted(_Event, frozen=True, kw_only=True, tag="audit.noted"):
    """For the record only: ``by`` did ``action`` (``account.signed_in``, ``account.added``, …) to
    ``subject``. ``wall`` is when, where that was before the event (UTC milliseconds).
    """

    action: str
    subject: str = ""
    params: Params = {}
    wall: int | None = None


# --- devices and jobs ---------------------------------------------------------------------------


class StationAttached(_Event, frozen=True, kw_only=True, tag="station.attached"):
    """A station connected for the first time, or with a store that is not the one it had before."""

    station: str
    incarnation: str


class DeviceChanged(_Event, frozen=True, kw_only=True, tag="device.changed"):
    """A device's state, in the words of XFS4IoT; empty: the hall no longer has it.

    ``behind`` names what it shares with others that went with it, ``slips`` what low paper is good for.
    """

    device: str
    device_class: str
    state: str
    code: str = ""
    paper: str | None = None
    window: str | None = None
    behind: str | None = None
    slips: int | None = None


class RollChanged(_Event, frozen=True, kw_only=True, tag="roll.changed"):
    """A new roll of paper is in a printer, and a slip is printed on it to be looked at.

    ``sensed``: the printer's own sensors told, not a person.
    """

    device: str
    sensed: bool = False


class RollJudged(_Event, frozen=True, kw_only=True, tag="roll.judged"):
    """Somebody looked at the slip that was printed after a roll was changed."""

    device: str
    clear: bool


class DeviceRebound(_Event, frozen=True, kw_only=True, tag="device.rebound"):
    """Devices are at another port and the settings say so now.

    ``undone``: a rebinding was taken back.
    """

    devices: tuple[str, ...]
    old: str
    new: str
    undone: bool = False


class _Job(_Event, frozen=True, kw_only=True, omit_defaults=True):
    """``job`` is ``epoch.seq.copy``; ``ticket`` and ``copy`` say which slip, None and 0 for other jobs."""

    job: str
    ticket: str | None = None
    copy: int = 0
    code: str = ""


class JobDone(_Job, frozen=True, kw_only=True, tag="job.done"):
    """It is on paper, or was said."""


class JobFailed(_Job, frozen=True, kw_only=True, tag="job.failed"):
    """It is known that nobody got it."""


class JobUnknown(_Job, frozen=True, kw_only=True, tag="job.unknown"):
    """It may or may not have come out; a person must look."""


class JobSettled(_Job, frozen=True, kw_only=True, tag="job.settled"):
    """A person looked."""

    printed: bool


class CommandApplied(_Event, frozen=True, kw_only=True, tag="command.applied"):
    """An order of the central server was dealt with, in the same transaction as what it did here.

    ``outcome`` is ``done``, ``refused``, ``known``, ``expired`` or ``unreadable``.
    """

    feed: str
    seq: int
    order: str
    order_kind: str
    outcome: str
    code: str = ""


class JournalNote(msgspec.Struct, frozen=True):
    """An event that the journal wrote about itself; the hall only notes its position."""

    kind: str
    body: msgspec.Raw


HallEvent = (
    HubStarted
    | SettingsApplied
    | DayOpened
    | DayConfirmed
    | DayClosed
    | DayQuestioned
    | ClockJumped
    | HoursChanged
    | HallChecked
    | TicketIssued
    | PaperRangeEntered
    | TicketCalled
    | TicketRecalled
    | TicketStarted
    | TicketFinished
    | TicketPassedOn
    | TicketNoShow
    | TicketHeld
    | TicketWoken
    | TicketTransferred
    | TicketRequeued
    | TicketReturned
    | TicketMoved
    | TicketCancelled
    | TicketVoided
    | TicketEnded
    | PriorityDecided
    | ServicesChanged
    | TicketAmended
    | CaseAttached
    | SignatureAsked
    | SignatureDropped
    | TicketSigned
    | ReprintAsked
    | TicketAnnounced
    | RatingOpened
    | RatingGiven
    | RatingChanged
    | RatingLate
    | RatingMissed
    | RatingStray
    | SignedIn
    | SignedOut
    | SkillsMoved
    | Paused
    | PauseDetailed
    | Resumed
    | PressDropped
    | AlertRaised
    | AlertCleared
    | AlertAcknowledged
    | NoticeSet
    | QuietSet
    | QueueOpened
    | QueueClosed
    | AuditNoted
    | StationAttached
    | DeviceChanged
    | RollChanged
    | RollJudged
    | DeviceRebound
    | JobDone
    | JobFailed
    | JobUnknown
    | JobSettled
    | CommandApplied
)
Event = HallEvent | JournalNote
