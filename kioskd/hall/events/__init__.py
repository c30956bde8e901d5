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

from kioskd.hall.events.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentMissed,
)
from kioskd.hall.events.approvals import ApprovalAsked, ApprovalDecided, ApprovalEnded
from kioskd.hall.events.base import Params, Place, Reason, Wait
from kioskd.hall.events.central import CommandApplied
from kioskd.hall.events.devices import (
    DeviceChanged,
    DeviceRebound,
    JobDone,
    JobFailed,
    JobSettled,
    JobUnknown,
    RollChanged,
    RollJudged,
    StationAttached,
)
from kioskd.hall.events.documents import (
    DocumentArchived,
    DocumentRemoved,
    DocumentsFiled,
    FiledDocument,
    NoticeAsked,
    PagesArranged,
    PageScanned,
    PagesDropped,
)
from kioskd.hall.events.hall import (
    AlertAcknowledged,
    AlertCleared,
    AlertRaised,
    AuditNoted,
    NoticeSet,
    OrderSet,
    QueueClosed,
    QueueOpened,
    QuietSet,
)
from kioskd.hall.events.poor_ratings import (
    PoorRatingMoved,
    PoorRatingRegistered,
    PrivateErased,
    RatingVoided,
)
from kioskd.hall.events.ratings import (
    RatingChanged,
    RatingGiven,
    RatingLate,
    RatingMissed,
    RatingOpened,
    RatingStray,
)
from kioskd.hall.events.roster import RosterSet
from kioskd.hall.events.tickets import (
    CaseAttached,
    PaperRangeEntered,
    PaperTicket,
    PriorityDecided,
    ReprintAsked,
    ServicesChanged,
    SignatureAsked,
    SignatureDropped,
    TicketAmended,
    TicketAnnounced,
    TicketCalled,
    TicketCancelled,
    TicketEnded,
    TicketFinished,
    TicketHeld,
    TicketIssued,
    TicketMoved,
    TicketNoShow,
    TicketPassedOn,
    TicketRecalled,
    TicketRequeued,
    TicketReturned,
    TicketSigned,
    TicketStarted,
    TicketTransferred,
    TicketVoided,
    TicketWoken,
)
from kioskd.hall.events.time import (
    ClockJumped,
    DayClosed,
    DayConfirmed,
    DayOpened,
    DayQuestioned,
    HallChecked,
    HoursChanged,
    HubStarted,
    SettingsApplied,
)
from kioskd.hall.events.windows import (
    Paused,
    PauseDetailed,
    PressDropped,
    Resumed,
    SignedIn,
    SignedOut,
    SkillsMoved,
)

__all__ = [
    "AlertAcknowledged",
    "AlertCleared",
    "AlertRaised",
    "AppointmentBooked",
    "AppointmentCancelled",
    "AppointmentMissed",
    "ApprovalAsked",
    "ApprovalDecided",
    "ApprovalEnded",
    "AuditNoted",
    "CaseAttached",
    "ClockJumped",
    "CommandApplied",
    "DayClosed",
    "DayConfirmed",
    "DayOpened",
    "DayQuestioned",
    "DeviceChanged",
    "DeviceRebound",
    "DocumentArchived",
    "DocumentRemoved",
    "DocumentsFiled",
    "Event",
    "FiledDocument",
    "HallChecked",
    "HallEvent",
    "HoursChanged",
    "HubStarted",
    "JobDone",
    "JobFailed",
    "JobSettled",
    "JobUnknown",
    "JournalNote",
    "NoticeAsked",
    "NoticeSet",
    "OrderSet",
    "PageScanned",
    "PagesArranged",
    "PagesDropped",
    "PaperRangeEntered",
    "PaperTicket",
    "Params",
    "PauseDetailed",
    "Paused",
    "Place",
    "PoorRatingMoved",
    "PoorRatingRegistered",
    "PressDropped",
    "PriorityDecided",
    "PrivateErased",
    "QueueClosed",
    "QueueOpened",
    "QuietSet",
    "RatingChanged",
    "RatingGiven",
    "RatingLate",
    "RatingMissed",
    "RatingOpened",
    "RatingStray",
    "RatingVoided",
    "Reason",
    "ReprintAsked",
    "Resumed",
    "RollChanged",
    "RollJudged",
    "RosterSet",
    "ServicesChanged",
    "SettingsApplied",
    "SignatureAsked",
    "SignatureDropped",
    "SignedIn",
    "SignedOut",
    "SkillsMoved",
    "StationAttached",
    "TicketAmended",
    "TicketAnnounced",
    "TicketCalled",
    "TicketCancelled",
    "TicketEnded",
    "TicketFinished",
    "TicketHeld",
    "TicketIssued",
    "TicketMoved",
    "TicketNoShow",
    "TicketPassedOn",
    "TicketRecalled",
    "TicketRequeued",
    "TicketReturned",
    "TicketSigned",
    "TicketStarted",
    "TicketTransferred",
    "TicketVoided",
    "TicketWoken",
    "Wait",
]


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
    | PageScanned
    | NoticeAsked
    | PagesDropped
    | PagesArranged
    | DocumentsFiled
    | DocumentArchived
    | DocumentRemoved
    | ReprintAsked
    | TicketAnnounced
    | AppointmentBooked
    | AppointmentCancelled
    | AppointmentMissed
    | RatingOpened
    | RatingGiven
    | RatingChanged
    | RatingLate
    | RatingMissed
    | RatingStray
    | PoorRatingRegistered
    | PoorRatingMoved
    | RatingVoided
    | PrivateErased
    | ApprovalAsked
    | ApprovalDecided
    | ApprovalEnded
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
    | RosterSet
    | OrderSet
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
