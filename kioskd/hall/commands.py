"""What can be asked of a hall.

A command is a wish; `decide` turns it into events or a refusal. Identifiers and secrets that need
randomness are made by the shell and travel inside the command. ``by`` says who asked.

Window commands may name the ticket they mean. ``ticket`` left out means the one at the window now;
a ticket that is no longer there refuses with ``window_moved_on``. Times inside commands are ages or
hall times in milliseconds.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec
from msgspec import UNSET, UnsetType

from kioskd.hall.roster import DayRoster
from kioskd.hall.rules import OrderMode, Rules


class By(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Who caused a command: ``kind`` person, device, program or system; ``via`` the way it came in."""

    kind: str
    id: str
    role: str = ""
    via: str = ""


class HoldKind(StrEnum):
    """The three kinds of 挂起."""

    ANY_WINDOW = "any_window"
    THIS_WINDOW = "this_window"
    UNTIL_WOKEN = "until_woken"


class Result(StrEnum):
    """办结, 补正, 转办, 收件, 咨询, 查询打印, 退件."""

    DONE = "done"
    SUPPLEMENT = "supplement"
    REFERRED = "referred"
    RECEIVED = "received"
    ADVICE = "advice"
    PRINTOUT = "printout"
    REJECTED = "rejected"


class _Command(msgspec.Struct, frozen=True, tag=True, tag_field="command", gc=False):
    by: By


# --- the hub itself -----------------------------------------------------------------------------


class StartHub(_Command, frozen=True, kw_only=True):
    """A process began to run this hall. ``numbers`` are last given numbers by prefix that a witness
    outside the journal knows of, of business day ``numbers_day`` (empty: not known). A prefix of
    which the journal knows less goes on ``reservation`` above the witness.
    """

    boot: str
    numbers: dict[str, int] = {}
    numbers_day: str = ""


class ApplySettings(_Command, frozen=True, kw_only=True):
    """These rules hold from now on; equal rules change nothing."""

    rules: Rules


class Tick(_Command, frozen=True, kw_only=True):
    """Time has passed; everything due is done. ``witness`` are business dates that stations or the
    central server believe in, for the plausibility of a new day.
    """

    witness: tuple[str, ...] = ()


class ConfirmDay(_Command, frozen=True, kw_only=True):
    """A person says which business day it is (clock not plausible)."""

    date: str


class CloseDay(_Command, frozen=True, kw_only=True):
    """End the business day now: stop issuing, void what still waits with a reason, close.

    ``void`` is how many waiting and held tickets the caller has seen and means to void; another number
    than there are now is refused, so that nobody's ticket goes unseen.
    """

    void: int = 0


# --- tickets ------------------------------------------------------------------------------------


class IssueTicket(_Command, frozen=True, kw_only=True):
    """A citizen (or a guide for them) takes a number.

    Needs ``queue``, ``services`` or ``appointment``. ``id`` starts with ``t_`` and ``code`` is its
    unguessable secret; ``identity`` is a keyed hash, never a number or name. ``appointment`` is the id of
    one, or what is kept of its code; it names queue and services where they are left out. ``test`` draws from
    the test prefix. ``remote``: taken by phone, and nobody is there yet.
    """

    id: str
    code: str
    queue: str | None = None
    services: tuple[str, ...] = ()
    priority: str | None = None
    headcount: int | None = None
    assisted_by: str | None = None
    appointment: str | None = None
    language: str = "zh"
    large_print: bool = False
    identity: str | None = None
    test: bool = False
    remote: bool = False


class CancelTicket(_Command, frozen=True, kw_only=True):
    """The citizen gives up a waiting ticket."""

    ticket: str


class VoidTicket(_Command, frozen=True, kw_only=True):
    """Staff void 作废 a ticket that is not being served."""

    ticket: str
    reason: str = ""


class ReturnTicket(_Command, frozen=True, kw_only=True):
    """过号恢复: back in after a no-show, behind the next few."""

    ticket: str


class ReprintTicket(_Command, frozen=True, kw_only=True):
    """补打: the same number on paper again, marked as a copy."""

    ticket: str


class DecidePriority(_Command, frozen=True, kw_only=True):
    """Staff confirm a priority after seeing the card, or return the ticket to ordinary."""

    ticket: str
    confirmed: bool


class MoveTicket(_Command, frozen=True, kw_only=True):
    """A guide moves a waiting ticket to another queue, keeping number and waiting time."""

    ticket: str
    queue: str


class WakeTicket(_Command, frozen=True, kw_only=True):
    """待唤醒 is over: the held ticket is callable again."""

    ticket: str


class ChangeServices(_Command, frozen=True, kw_only=True):
    """Record or correct the services of a ticket."""

    ticket: str
    services: tuple[str, ...]


class EnterPaperRange(_Command, frozen=True, kw_only=True):
    """The kiosk was dead and a pre-printed roll was used: numbers ``first`` to ``last`` now wait.
    ``ids`` and ``codes`` name the tickets, in order.
    """

    queue: str
    first: int
    last: int
    ids: tuple[str, ...]
    codes: tuple[str, ...]


# --- appointments -------------------------------------------------------------------------------


class BookAppointment(_Command, frozen=True, kw_only=True):
    """The central server has given somebody a time: ``date`` (``"YYYY-MM-DD"``), ``start`` to ``end``
    (``"HH:MM"``). ``id`` starts with ``a_``; ``code`` is what is kept of the code that they hold. They may
    check in from ``early_min`` before its start until ``late_min`` after its end.
    """

    id: str
    code: str
    queue: str
    services: tuple[str, ...] = ()
    date: str
    start: str
    end: str
    early_min: int = 15
    late_min: int = 15


class CancelAppointment(_Command, frozen=True, kw_only=True):
    """Somebody gave their time back."""

    id: str


# --- windows ------------------------------------------------------------------------------------


class _AtWindow(_Command, frozen=True, kw_only=True):
    window: str
    ticket: str | None = None


class SignIn(_Command, frozen=True, kw_only=True):
    """A teller takes up duty at a window. ``skills`` narrow what they are trained for."""

    window: str
    teller: str
    skills: tuple[str, ...] | None = None


class SignOut(_Command, frozen=True, kw_only=True):
    """Duty at a window ends; refused while a ticket is there."""

    window: str


class CallNext(_Command, frozen=True, kw_only=True):
    """Rule 7: close what is at the window by rule and call the next ticket.

    ``after`` is the ticket the caller believes is there (None: nobody).
    """

    window: str
    after: str | UnsetType | None = UNSET


class CallTicket(_Command, frozen=True, kw_only=True):
    """Call one given ticket (by number, a held one, a late-comer)."""

    window: str
    ticket: str


class Recall(_AtWindow, frozen=True):
    """重呼."""


class StartService(_AtWindow, frozen=True):
    """开始办理."""


class MarkNoShow(_AtWindow, frozen=True):
    """过号, where rule 8 allows it."""


class HoldTicket(_AtWindow, frozen=True, kw_only=True):
    """挂起."""

    kind: HoldKind = HoldKind.ANY_WINDOW


class TransferTicket(_AtWindow, frozen=True, kw_only=True):
    """转移 under the same number to exactly one of queue, window or person."""

    to_queue: str | None = None
    to_window: str | None = None
    to_teller: str | None = None


class Requeue(_AtWindow, frozen=True):
    """退回排队: back to its queue with its waiting time."""


class FinishTicket(_AtWindow, frozen=True, kw_only=True):
    """办结; all particulars may follow by `AmendTicket`. ``rate`` opens the rating slot."""

    result: Result = Result.DONE
    items: int = 1
    materials: int = 0
    rate: bool = False


class AmendTicket(_Command, frozen=True, kw_only=True):
    """Complete or correct a finished ticket until sign-off; None leaves a field as it is."""

    ticket: str
    result: Result | None = None
    items: int | None = None
    materials: int | None = None
    services: tuple[str, ...] | None = None


class OpenRating(_AtWindow, frozen=True):
    """The evaluate key: ends the service at the window and asks for its rating."""


class MoveSkills(_Command, frozen=True, kw_only=True):
    """A lead changes for some minutes what a window calls (潮汐窗口): ``add`` and ``remove`` are queues.

    What is added needs a window that is equipped for it; the lead answers for the teller's training.
    ``minutes`` 0 ends a move early.
    """

    window: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    minutes: int = 60


class Pause(_Command, frozen=True, kw_only=True):
    """暂停服务, at once; reason, minutes and contact may follow by another `Pause`.

    ``contact`` is a staff name and phone shown to citizens (离岗告知).
    """

    window: str
    reason: str | None = None
    minutes: int | None = None
    contact: str | None = None


class Resume(_Command, frozen=True, kw_only=True):
    """恢复服务."""

    window: str


class AttachCase(_AtWindow, frozen=True, kw_only=True):
    """The business system hands over its case for the ticket here or the one just finished."""

    project_no: str
    task_code: str = ""
    task_name: str = ""
    status: str = ""
    accepted: str = ""
    rate: bool = False


class AskSignature(_AtWindow, frozen=True):
    """The window's pad takes a signature for the ticket in hand."""


class DropSignature(_Command, frozen=True, kw_only=True):
    """No signature is wanted any more."""

    window: str


class KeepSignature(_AtWindow, frozen=True, kw_only=True):
    """Somebody signed at a window. ``signature`` and ``picture`` are references, never the strokes."""

    signature: str
    picture: str


class KeepPage(_AtWindow, frozen=True, kw_only=True):
    """A page of a paper was taken at a window and lies encrypted in the spool: its name there, ``page``.

    ``material`` is a paper of the service (its Chinese name in the catalogue), empty for any other;
    ``replaces`` an earlier page that this one is taken again for. ``sha256`` and ``size`` (bytes) are those
    of the page before it was encrypted; ``source`` is ``camera`` or ``browser``.
    """

    page: str
    sha256: str
    size: int
    material: str = ""
    replaces: str = ""
    source: str = "camera"
    warnings: tuple[str, ...] = ()


class DropPages(_AtWindow, frozen=True, kw_only=True):
    """Pages are not wanted after all."""

    pages: tuple[str, ...]


class ArrangePages(_AtWindow, frozen=True, kw_only=True):
    """Every page of the ticket in its new order, each with its material."""

    pages: tuple[tuple[str, str], ...]


class PrintNotice(_AtWindow, frozen=True, kw_only=True):
    """Print a paper for the citizen at a window: ``notice``, the 一次性告知单 with what is ``missing``
    (papers of the ticket's services, by their Chinese names), or ``receipt``, the 受理回执.

    ``printer``: an office printer by its name in the settings, empty for the hall's ticket printer.
    """

    paper: str
    language: str = "zh"
    missing: tuple[str, ...] = ()
    printer: str = ""


class ReportArchived(_Command, frozen=True, kw_only=True):
    """An archive has a document and said so by its SHA-256. ``sink`` is the archive's name."""

    document: str
    sink: str
    sha256: str
    size: int


class ReportRemoved(_Command, frozen=True, kw_only=True):
    """A document's pages are no longer in the spool. ``why`` is ``archived`` (all archives have it and its
    time is over) or ``purged``.
    """

    document: str
    why: str


class PressKey(_Command, frozen=True, kw_only=True):
    """A key of the hardware keypad; rule 7 says what it does.

    ``key`` is a value of the drivers' ``Key``; ``shown`` is the ticket the window's sign last showed
    (None: none); ``age_ms`` how long ago the press was.
    """

    window: str
    key: str
    shown: str | UnsetType | None = UNSET
    age_ms: int = 0


# --- ratings ------------------------------------------------------------------------------------


class Rate(_Command, frozen=True, kw_only=True):
    """A rating for one ticket by page, QR or program. ``comment`` and ``contact`` are references, never the
    text.
    """

    ticket: str
    level: int
    options: tuple[int, ...] = ()
    comment: str | None = None
    source: str = "4"
    contact: str | None = None


class PressRating(_Command, frozen=True, kw_only=True):
    """A key of the pad at a window; ``slot`` is the ticket the pad asked about (None: nothing).

    ``age_ms`` may be days: a rating kept on a station's disk arrives late.
    """

    window: str
    level: int
    slot: str | UnsetType | None = UNSET
    age_ms: int = 0


class MovePoorRating(_Command, frozen=True, kw_only=True):
    """A step in working off a 差评 (`kioskd.hall.poor.Step`), done by ``person`` (empty: who ``by`` says).

    ``version`` is how many steps the caller has seen (None: whatever). ``teller`` is who the person is at the
    windows: nobody works off their own. ``note`` is a reference, never the text.
    """

    rating: str
    step: str
    person: str = ""
    version: int | None = None
    teller: str | None = None
    handler: str = ""
    ground: str = ""
    result: str = ""
    note: str | None = None


# --- what needs a second person -----------------------------------------------------------------


class AskApproval(_Command, frozen=True, kw_only=True):
    """``person`` asks that another one agree to ``about`` for ``subject`` within ``minutes``.

    ``approval`` is a fresh id. ``params`` hold what will be done; see `kioskd.hall.decide.approvals`.
    """

    approval: str
    about: str
    subject: str
    params: dict[str, str | int | float | bool | None] = {}
    person: str = ""
    minutes: int = 60
    why: str = ""


class DecideApproval(_Command, frozen=True, kw_only=True):
    """Another person agrees, and it is done; or does not. ``teller`` is who that is at the windows."""

    approval: str
    granted: bool
    person: str = ""
    teller: str | None = None


class WithdrawApproval(_Command, frozen=True, kw_only=True):
    """Who asked takes it back."""

    approval: str
    person: str = ""


# --- the hall as a whole ------------------------------------------------------------------------


class SetQueueOpen(_Command, frozen=True, kw_only=True):
    """A lead opens or closes a queue's ticketing for today."""

    queue: str
    open: bool


class SetOrder(_Command, frozen=True, kw_only=True):
    """A lead changes for the rest of the day how the next ticket is chosen: ``credits`` are minutes by
    priority, the other fields as in `kioskd.hall.rules.Order`. ``back``: as the settings say again, whatever
    else is said.
    """

    mode: OrderMode = OrderMode.AGEING
    k: int = 1
    n: int = 3
    cap_min: int = 60
    credits: dict[str, int] = {}
    back: bool = False


class SetRoster(_Command, frozen=True, kw_only=True):
    """A lead imports who should work where: ``days``, each whole."""

    days: tuple[DayRoster, ...]


class SetNotice(_Command, frozen=True, kw_only=True):
    """The hall notice on slips, boards and pages; empty texts remove it."""

    zh: str = ""
    en: str = ""


class SetQuiet(_Command, frozen=True, kw_only=True):
    """Lower the voice for 15, 30 or 60 minutes; 0 ends it early."""

    minutes: int


class AcknowledgeAlert(_Command, frozen=True, kw_only=True):
    """A lead has seen an alert."""

    alert: str


class CallLead(_Command, frozen=True, kw_only=True):
    """Somebody in the hall (``person``, as people call them) asks the lead to come to ``place``; ``note``
    says why.
    """

    place: str
    person: str = ""
    note: str = ""


class NoteAudit(_Command, frozen=True, kw_only=True):
    """For the record only: somebody signed in, looked at something that is not everybody's to see, or
    changed who may do what. ``action`` is a stable code, ``wall`` when it happened if that was before
    now (UTC milliseconds, a label).
    """

    action: str
    subject: str = ""
    params: dict[str, str | int | float | bool | None] = {}
    wall: int | None = None


# --- devices ------------------------------------------------------------------------------------


class AttachStation(_Command, frozen=True, kw_only=True):
    """A station is connected; ``incarnation`` changes when its store was lost, and with it what it
    knew of jobs. ``numbers`` are the last ones of ``numbers_day`` that it has seen given.
    """

    station: str
    incarnation: str
    numbers: dict[str, int] = {}
    numbers_day: str = ""


class ReportDevice(_Command, frozen=True, kw_only=True):
    """A device's state changed, in the words of `drivers.status`; empty: it was taken out of the settings.

    ``behind`` names what it shares with others that went with it (``usb:hall-pc/1-1``, a hub;
    ``line:hall-pc/serial:///…``, a cable), None where it is alone. ``slips`` is how many the paper of a
    printer that runs low is good for, as far as that is known.
    """

    device: str
    device_class: str
    state: str
    code: str = ""
    paper: str | None = None
    window: str | None = None
    behind: str | None = None
    slips: int | None = None


class ChangeRoll(_Command, frozen=True, kw_only=True):
    """A new roll of paper is in a printer (换好纸了)."""

    device: str


class JudgeRoll(_Command, frozen=True, kw_only=True):
    """字迹清楚吗? answered, about the slip that was printed after the roll was changed."""

    device: str
    clear: bool


class ReportRebound(_Command, frozen=True, kw_only=True):
    """A station found devices at another port and wrote that into its settings.

    ``by`` is who confirmed it: the device whose key was pressed, or a person. ``undone``: it was rolled
    back, and ``new`` is the address from before.
    """

    devices: tuple[str, ...]
    old: str
    new: str
    undone: bool = False


class ReportAnnounced(_Command, frozen=True, kw_only=True):
    """A sign showed or a speaker said a call. ``call`` is which call of that ticket (1, 2, …)."""

    ticket: str
    call: int
    device: str


class ReportJob(_Command, frozen=True, kw_only=True):
    """What became of a job (print, speech): ``done``, ``failed`` or ``unknown``.

    ``job`` is ``"epoch.seq.copy"`` of the event that asked for it; ``ticket`` the ticket it is about.
    """

    job: str
    outcome: str
    code: str = ""
    ticket: str | None = None


class ReportUpkeep(_Command, frozen=True, kw_only=True):
    """What lies outside the hall's own state needs somebody, or no longer does (``well``).

    ``about`` is ``backup`` or ``standby``; ``params`` are for the alert's sentence.
    """

    about: str
    subject: str = ""
    well: bool = False
    params: dict[str, str | int | float | bool | None] = {}


class NoteOrder(_Command, frozen=True, kw_only=True):
    """What became of an order of the central server: ``done``, ``refused`` (``code`` says why), ``known``
    (its id was done before), ``expired`` or ``unreadable``. It stood at ``seq`` of ``feed``.
    """

    feed: str
    seq: int
    order: str
    order_kind: str
    outcome: str
    code: str = ""


class SettleJob(_Command, frozen=True, kw_only=True):
    """A person says whether a doubtful slip is on paper."""

    job: str
    printed: bool


Command = (
    StartHub
    | ApplySettings
    | Tick
    | ConfirmDay
    | CloseDay
    | IssueTicket
    | CancelTicket
    | VoidTicket
    | ReturnTicket
    | ReprintTicket
    | DecidePriority
    | MoveTicket
    | WakeTicket
    | ChangeServices
    | EnterPaperRange
    | BookAppointment
    | CancelAppointment
    | SignIn
    | SignOut
    | CallNext
    | CallTicket
    | Recall
    | StartService
    | MarkNoShow
    | HoldTicket
    | TransferTicket
    | Requeue
    | FinishTicket
    | AmendTicket
    | OpenRating
    | MoveSkills
    | Pause
    | Resume
    | AttachCase
    | AskSignature
    | DropSignature
    | KeepSignature
    | PressKey
    | Rate
    | PressRating
    | MovePoorRating
    | AskApproval
    | DecideApproval
    | WithdrawApproval
    | KeepPage
    | DropPages
    | ArrangePages
    | PrintNotice
    | ReportArchived
    | ReportRemoved
    | SetQueueOpen
    | SetRoster
    | SetOrder
    | SetNotice
    | SetQuiet
    | AcknowledgeAlert
    | CallLead
    | NoteAudit
    | AttachStation
    | ReportDevice
    | ChangeRoll
    | JudgeRoll
    | ReportRebound
    | ReportAnnounced
    | ReportJob
    | SettleJob
    | NoteOrder
    | ReportUpkeep
)
