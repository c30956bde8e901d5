"""What can be asked of a hall.

A command is a wish; `decide` turns it into events or a refusal. Identifiers and secrets that need
randomness are made by the shell and travel inside the command. ``by`` says who asked.

Window commands may name the ticket they mean. ``ticket`` left out means the one at the window now;
a ticket that is no longer there refuses with ``window_moved_on``. Times inside commands are ages or
hall times in milliseconds.
"""

from __future__ import annotations

from kioskd.hall.commands.appointments import (
    BookAppointment,
    CancelAppointment,
)
from kioskd.hall.commands.approvals import (
    AskApproval,
    DecideApproval,
    WithdrawApproval,
)
from kioskd.hall.commands.base import (
    By,
)
from kioskd.hall.commands.central import (
    NoteOrder,
    ReportUpkeep,
)
from kioskd.hall.commands.devices import (
    AttachStation,
    ChangeRoll,
    JudgeRoll,
    ReportAnnounced,
    ReportDevice,
    ReportJob,
    ReportRebound,
    SettleJob,
)
from kioskd.hall.commands.documents import (
    ArrangePages,
    AskSignature,
    DropPages,
    DropSignature,
    KeepPage,
    KeepSignature,
    PrintNotice,
    ReportArchived,
    ReportRemoved,
)
from kioskd.hall.commands.hall import (
    AcknowledgeAlert,
    CallLead,
    NoteAudit,
    SetNotice,
    SetOrder,
    SetQueueOpen,
    SetQuiet,
    SetRoster,
)
from kioskd.hall.commands.ratings import (
    MovePoorRating,
    PressRating,
    Rate,
)
from kioskd.hall.commands.tickets import (
    CancelTicket,
    ChangeServices,
    DecidePriority,
    EnterPaperRange,
    IssueTicket,
    MoveTicket,
    ReprintTicket,
    ReturnTicket,
    VoidTicket,
    WakeTicket,
)
from kioskd.hall.commands.time import (
    ApplySettings,
    CloseDay,
    ConfirmDay,
    StartHub,
    Tick,
)
from kioskd.hall.commands.windows import (
    AmendTicket,
    AttachCase,
    CallNext,
    CallTicket,
    FinishTicket,
    HoldKind,
    HoldTicket,
    MarkNoShow,
    MoveSkills,
    OpenRating,
    Pause,
    PressKey,
    Recall,
    Requeue,
    Result,
    Resume,
    SignIn,
    SignOut,
    StartService,
    TransferTicket,
)

__all__ = [
    "AcknowledgeAlert",
    "AmendTicket",
    "ApplySettings",
    "ArrangePages",
    "AskApproval",
    "AskSignature",
    "AttachCase",
    "AttachStation",
    "BookAppointment",
    "By",
    "CallLead",
    "CallNext",
    "CallTicket",
    "CancelAppointment",
    "CancelTicket",
    "ChangeRoll",
    "ChangeServices",
    "CloseDay",
    "Command",
    "ConfirmDay",
    "DecideApproval",
    "DecidePriority",
    "DropPages",
    "DropSignature",
    "EnterPaperRange",
    "FinishTicket",
    "HoldKind",
    "HoldTicket",
    "IssueTicket",
    "JudgeRoll",
    "KeepPage",
    "KeepSignature",
    "MarkNoShow",
    "MovePoorRating",
    "MoveSkills",
    "MoveTicket",
    "NoteAudit",
    "NoteOrder",
    "OpenRating",
    "Pause",
    "PressKey",
    "PressRating",
    "PrintNotice",
    "Rate",
    "Recall",
    "ReportAnnounced",
    "ReportArchived",
    "ReportDevice",
    "ReportJob",
    "ReportRebound",
    "ReportRemoved",
    "ReportUpkeep",
    "ReprintTicket",
    "Requeue",
    "Result",
    "Resume",
    "ReturnTicket",
    "SetNotice",
    "SetOrder",
    "SetQueueOpen",
    "SetQuiet",
    "SetRoster",
    "SettleJob",
    "SignIn",
    "SignOut",
    "StartHub",
    "StartService",
    "Tick",
    "TransferTicket",
    "VoidTicket",
    "WakeTicket",
    "WithdrawApproval",
]

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
