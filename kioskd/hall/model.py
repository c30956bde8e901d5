"""What is true of a hall now.

Only `kioskd.hall.apply` changes these structures. Hall times (``_at``) are milliseconds of hall
time; None is "not yet". Everything here is one business day's, unless it says otherwise.

What comes in thousands is left out of garbage collection (``gc=False``): nothing here refers back,
so no cycle can form.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from kioskd.hall.approvals import Approval
from kioskd.hall.book import Reach
from kioskd.hall.commands import HoldKind, Result
from kioskd.hall.events import Params, Place, Reason, Wait
from kioskd.hall.poor import PoorRating
from kioskd.hall.roster import DayRoster
from kioskd.hall.rules import Name, Order, Rules

Position = tuple[int, int]
"""Epoch and sequence number of an event in the journal."""


class TicketState(StrEnum):
    """The life of a ticket. The last five, and ``no_show`` unless the citizen returns, are its end."""

    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    HELD = "held"
    NO_SHOW = "no_show"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    VOIDED = "voided"
    ENDED = "ended"


OPEN_STATES = frozenset(
    {TicketState.WAITING, TicketState.CALLED, TicketState.SERVING, TicketState.HELD, TicketState.NO_SHOW}
)
"""States in which a citizen may still be served today."""


class PriorityState(StrEnum):
    """None asked, 待核验, confirmed by staff, or returned to ordinary."""

    NONE = "none"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


class PrintState(StrEnum):
    """Of one copy of a slip."""

    ASKED = "asked"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Print(msgspec.Struct, kw_only=True, gc=False):
    """One copy of a slip; ``job`` is ``epoch.seq.copy``."""

    job: str
    state: PrintState = PrintState.ASKED
    code: str = ""
    asked_at: int = 0


class Notice(Print, kw_only=True, omit_defaults=True, gc=False):
    """A paper for a citizen beside the slip: ``notice``, the 一次性告知单, or ``receipt``, the 受理回执.

    ``missing`` are papers of the ticket's services by their Chinese names; ``printer`` is an office printer,
    empty for the ticket printer. Its job's copy is ``-n`` for the n-th of a ticket.
    """

    paper: str
    window: str
    teller: str | None = None
    language: str = "zh"
    missing: tuple[str, ...] = ()
    printer: str = ""


class Call(msgspec.Struct, gc=False):
    """One call of the present visit, and the signs and speakers that confirmed it."""

    at: int
    announced: list[str] = []


BAD_LEVEL = 2
"""A rating at or below this level is a 差评."""


class SlotState(StrEnum):
    """A rating slot waits, was answered, was recorded as 未评价, or counts no more."""

    OPEN = "open"
    GIVEN = "given"
    MISSED = "missed"
    VOIDED = "voided"


class Slot(msgspec.Struct, kw_only=True, gc=False):
    """A place for one rating of a finished ticket.

    ``opened_at`` to ``closed_at`` is when a key counts; ``alerted``: a bad one was reported.
    ``comment`` and ``contact`` are references.
    """

    item: int
    of: int
    window: str
    teller: str
    service: str
    asked: bool
    opened_at: int
    closes_at: int
    closed_at: int | None = None
    state: SlotState = SlotState.OPEN
    level: int = 0
    given_at: int | None = None
    changed: bool = False
    late: bool = False
    alerted: bool = False
    options: tuple[int, ...] = ()
    comment: str | None = None
    contact: str | None = None
    source: str = ""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A case of the business system (办件编号)."""

    project_no: str
    task_code: str = ""
    task_name: str = ""
    status: str = ""
    accepted: str = ""


class Page(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A page that was taken of a paper and belongs to no document yet."""

    id: str
    sha256: str
    material: str = ""
    warnings: tuple[str, ...] = ()


class Ticket(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """One ticket of the day.

    ``pages`` were taken during the present visit; ``scans`` and ``documents`` count those of ended ones.

    ``place`` orders it among those waiting. ``bound_window`` and ``bound_teller`` say who alone may
    call it with the next key. ``window`` is where it is, or was last; ``teller`` who is credited. ``remote``:
    taken by phone, and no slip was printed for it in the hall. ``todo`` are the queues of errands to come
    after this one, ``served`` the services that windows before have done.
    """

    id: str
    code: str
    number: str
    prefix: str
    count: int
    queue: str
    state: TicketState
    issued_at: int
    issued_wall: int
    place: Place
    services: tuple[str, ...] = ()
    todo: tuple[str, ...] = ()
    served: tuple[str, ...] = ()
    special: bool = False
    priority: str | None = None
    priority_state: PriorityState = PriorityState.NONE
    appointment: str | None = None
    headcount: int | None = None
    assisted_by: str | None = None
    language: str = "zh"
    large_print: bool = False
    identity: str | None = None
    test: bool = False
    paper: bool = False
    remote: bool = False
    wait: Wait | None = None
    queued_at: int = 0
    bound_window: str | None = None
    bound_teller: str | None = None
    returned: bool = False
    hold: HoldKind | None = None
    held_at: int | None = None
    held_ms: int = 0
    window: str | None = None
    teller: str = ""
    unconfirmed: bool = False
    reason: Reason | None = None
    calls: list[Call] = []
    called_at: int | None = None
    called_wall: int | None = None
    started_at: int | None = None
    started_how: str = ""
    served_ms: int = 0
    finished_at: int | None = None
    result: Result | None = None
    items: int = 0
    materials: int = 0
    end_reason: str = ""
    case: Case | None = None
    signature: str = ""
    signature_picture: str = ""
    pages: tuple[Page, ...] = ()
    scans: int = 0
    documents: int = 0
    slots: list[Slot] = []
    prints: dict[int, Print] = {}
    notices: list[Notice] = []

    def printed(self, copy: int) -> Print:
        """Return a copy of the slip (1, 2, …) or a notice (-1, -2, …)."""
        return self.prints[copy] if copy > 0 else self.notices[-copy - 1]


class Pause(msgspec.Struct, kw_only=True):
    """A window that is not served for a while (离岗告知)."""

    at: int
    wall: int
    reason: str = ""
    minutes: int | None = None
    contact: str = ""


class SkillMove(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a lead has changed until hall time ``until`` in what a window calls: queues."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    until: int
    wall: int


class WindowState(msgspec.Struct, kw_only=True):
    """One window: duty, pause, and the ticket in hand.

    ``last_ticket`` left it last; ``slot`` is the ticket whose rating slot belongs to it, ``signing`` the one
    that a signature was asked for (it counts while that ticket is there); ``active_at`` when anybody did
    anything there; ``turn`` its place in a k-in-n round; ``deserted`` that whoever was signed in there left
    and no ticket was called since.
    """

    id: str
    teller: str | None = None
    skills: tuple[str, ...] | None = None
    move: SkillMove | None = None
    ticket: str | None = None
    last_ticket: str | None = None
    slot: str | None = None
    signing: str | None = None
    pause: Pause | None = None
    active_at: int = 0
    key: str = ""
    key_at: int = 0
    turn: int = 0
    deserted: bool = False

    @property
    def staffed(self) -> bool:
        """Whether somebody works here today, signed in or not."""
        if self.teller is not None or self.ticket is not None:
            return True
        return self.last_ticket is not None and not self.deserted

    @property
    def reach(self) -> Reach:
        """What limits or widens the skills of whoever is here."""
        move = self.move
        return (self.skills, (), ()) if move is None else (self.skills, move.add, move.remove)


class QueueState(msgspec.Struct, kw_only=True):
    """One queue today; ``promises`` called tickets had a promise, ``kept`` were called inside it, and
    ``error_ms`` adds up how far outside the others were. ``busy_since``: somebody has waited, one or
    another, ever since.
    """

    id: str
    closed: bool = False
    issued: int = 0
    promises: int = 0
    kept: int = 0
    error_ms: int = 0
    busy_since: int | None = None


class Learned(msgspec.Struct, kw_only=True):
    """Length of one service of a queue as this hall does it, from all days so far."""

    count: int
    mean_ms: float
    var_ms2: float


class Day(msgspec.Struct, kw_only=True):
    """The business day; ``skew_days`` is how far the wall clock's date is behind it.

    ``said_at`` is when a person last said that this is the date.
    """

    date: str
    opened_at: int
    opened_wall: int
    closed_at: int | None = None
    skew_days: int = 0
    said_at: int | None = None


class Question(msgspec.Struct, kw_only=True):
    """Staff are asked for the date since ``at``; the clock said ``date``."""

    date: str
    why: str
    at: int


class Hours(msgspec.Struct, kw_only=True):
    """Sessions that give tickets and that serve, as of the last ``hours.changed``."""

    ticketing: tuple[str, ...] = ()
    serving: tuple[str, ...] = ()
    serving_since: int = 0


class Alert(msgspec.Struct, kw_only=True):
    """An alert that is up."""

    id: str
    about: str
    subject: str
    tier: int
    params: Params
    raised_at: int
    raised_wall: int
    acknowledged: bool = False


class Roll(msgspec.Struct, kw_only=True):
    """The roll of paper in a printer.

    ``at`` is when it was put in (0: before anybody told us); ``job`` the slip printed on it to be looked
    at, ``printed`` what became of that and ``clear`` whether its print was good. ``low_at`` is when it
    was first said to run low, ``slips`` what was left then. ``over`` says how near its end it has been
    seen: ``low``, ``opened`` (low, and then the printer was out of sight or open) or ``out``.
    """

    device: str
    at: int = 0
    sensed: bool = False
    job: str = ""
    printed: PrintState = PrintState.ASKED
    printed_at: int = 0
    clear: bool | None = None
    judged_at: int = 0
    low_at: int | None = None
    slips: int | None = None
    over: str = ""

    @property
    def asked(self) -> bool:
        """Whether staff are asked if the print is good."""
        return bool(self.job) and self.clear is None and self.printed in _LOOKED_AT


_LOOKED_AT = frozenset({PrintState.DONE, PrintState.UNKNOWN})


class Device(msgspec.Struct, kw_only=True):
    """A device in the words of XFS4IoT, since ``since_at``; ``behind`` as in ``device.changed``."""

    id: str
    device_class: str
    state: str
    code: str = ""
    paper: str | None = None
    window: str | None = None
    behind: str | None = None
    since_at: int = 0
    since_wall: int = 0


class MissedSlot(msgspec.Struct, array_like=True, gc=False):
    """A rating slot of an earlier day that was recorded as 未评价, kept for answers under way."""

    number: str
    window: str
    teller: str
    service: str
    opened_at: int
    closed_at: int


class AppointmentState(StrEnum):
    """Somebody is expected, has a number, did not come, or has given their time back."""

    BOOKED = "booked"
    ARRIVED = "arrived"
    MISSED = "missed"
    CANCELLED = "cancelled"


class Appointment(msgspec.Struct, kw_only=True, gc=False):
    """A time that the central server gave somebody.

    ``opens``, ``start``, ``end`` and ``closes`` are minutes since midnight of ``date``: check-in is open from
    ``opens`` to ``closes``. ``code`` is a digest; ``ticket`` the number taken for it.
    """

    id: str
    code: str
    queue: str
    services: tuple[str, ...]
    date: str
    opens: int
    start: int
    end: int
    closes: int
    state: AppointmentState = AppointmentState.BOOKED
    ticket: str = ""


class Followed(msgspec.Struct):
    """How far the central server's feed of orders has been dealt with: ``order`` is the id at ``seq``."""

    feed: str = ""
    seq: int = 0
    order: str = ""


class Saved(msgspec.Struct, kw_only=True):
    """All of the state that a snapshot holds.

    ``position``, ``at`` and ``wall`` are the last event's; ``run`` the position of this run's
    ``hub.started``. ``anchor_at`` and ``anchor_wall`` belong together: the clock jumped when wall and hall
    time have drifted apart since then. ``last_date`` is the latest business day ever opened, ``trusted_wall``
    the latest wall time whose date was not in doubt. ``numbers`` are last given numbers by prefix, ``floors``
    those that a witness outside the journal knows of for ``floors_day``. ``stations`` are incarnations by
    station. ``missed`` is by date, then by ticket and item (``"t_…/1"``). ``appointments`` are of days to
    come and of the last few, ``poor`` 差评 as items, of all days. ``order`` is what a lead changed in the
    rules for today.
    """

    position: Position = (0, 0)
    run: Position = (0, 0)
    run_at: int = 0
    boot: str = ""
    at: int = 0
    wall: int = 0
    anchor_at: int = 0
    anchor_wall: int = 0
    trusted_wall: int = 0
    rules: Rules | None = None
    day: Day | None = None
    last_date: str = ""
    question: Question | None = None
    hours: Hours = msgspec.field(default_factory=Hours)
    checked: str = ""
    numbers: dict[str, int] = {}
    floors: dict[str, int] = {}
    floors_day: str = ""
    arrivals: int = 0
    tickets: dict[str, Ticket] = {}
    windows: dict[str, WindowState] = {}
    queues: dict[str, QueueState] = {}
    alerts: dict[str, Alert] = {}
    devices: dict[str, Device] = {}
    rolls: dict[str, Roll] = {}
    stations: dict[str, str] = {}
    learned: dict[str, Learned] = {}
    slips: dict[str, list[int]] = {}
    notice: Name | None = None
    quiet_until: int | None = None
    missed: dict[str, dict[str, MissedSlot]] = {}
    poor: dict[str, PoorRating] = {}
    approvals: dict[str, Approval] = {}
    roster: dict[str, DayRoster] = {}
    order: Order | None = None
    followed: Followed = msgspec.field(default_factory=Followed)
    appointments: dict[str, Appointment] = {}
