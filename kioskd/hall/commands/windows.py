"""Duty at a window, and what its teller does with a ticket."""

from __future__ import annotations

from enum import StrEnum

from msgspec import UNSET, UnsetType

from kioskd.hall.commands.base import Asked, AtWindow


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


class SignIn(Asked, frozen=True, kw_only=True):
    """A teller takes up duty at a window. ``skills`` narrow what they are trained for."""

    window: str
    teller: str
    skills: tuple[str, ...] | None = None


class SignOut(Asked, frozen=True, kw_only=True):
    """Duty at a window ends; refused while a ticket is there."""

    window: str


class CallNext(Asked, frozen=True, kw_only=True):
    """Rule 7: close what is at the window by rule and call the next ticket.

    ``after`` is the ticket the caller believes is there (None: nobody).
    """

    window: str
    after: str | UnsetType | None = UNSET


class CallTicket(Asked, frozen=True, kw_only=True):
    """Call one given ticket (by number, a held one, a late-comer)."""

    window: str
    ticket: str


class Recall(AtWindow, frozen=True):
    """重呼."""


class StartService(AtWindow, frozen=True):
    """开始办理."""


class MarkNoShow(AtWindow, frozen=True):
    """过号, where rule 8 allows it."""


class HoldTicket(AtWindow, frozen=True, kw_only=True):
    """挂起."""

    kind: HoldKind = HoldKind.ANY_WINDOW


class TransferTicket(AtWindow, frozen=True, kw_only=True):
    """转移 under the same number to exactly one of queue, window or person."""

    to_queue: str | None = None
    to_window: str | None = None
    to_teller: str | None = None


class Requeue(AtWindow, frozen=True):
    """退回排队: back to its queue with its waiting time."""


class FinishTicket(AtWindow, frozen=True, kw_only=True):
    """办结; all particulars may follow by `AmendTicket`. ``rate`` opens the rating slot."""

    result: Result = Result.DONE
    items: int = 1
    materials: int = 0
    rate: bool = False


class AmendTicket(Asked, frozen=True, kw_only=True):
    """Complete or correct a finished ticket until sign-off; None leaves a field as it is."""

    ticket: str
    result: Result | None = None
    items: int | None = None
    materials: int | None = None
    services: tuple[str, ...] | None = None


class OpenRating(AtWindow, frozen=True):
    """The evaluate key: ends the service at the window and asks for its rating."""


class MoveSkills(Asked, frozen=True, kw_only=True):
    """A lead changes for some minutes what a window calls (潮汐窗口): ``add`` and ``remove`` are queues.

    What is added needs a window that is equipped for it; the lead answers for the teller's training.
    ``minutes`` 0 ends a move early.
    """

    window: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    minutes: int = 60


class Pause(Asked, frozen=True, kw_only=True):
    """暂停服务, at once; reason, minutes and contact may follow by another `Pause`.

    ``contact`` is a staff name and phone shown to citizens (离岗告知). With ``if_paused`` it only says more
    of a pause that goes on, and begins none.
    """

    window: str
    reason: str | None = None
    minutes: int | None = None
    contact: str | None = None
    if_paused: bool = False


class Resume(Asked, frozen=True, kw_only=True):
    """恢复服务."""

    window: str


class AttachCase(AtWindow, frozen=True, kw_only=True):
    """The business system hands over its case for the ticket here or the one just finished."""

    project_no: str
    task_code: str = ""
    task_name: str = ""
    status: str = ""
    accepted: str = ""
    rate: bool = False


class PressKey(Asked, frozen=True, kw_only=True):
    """A key of the hardware keypad; rule 7 says what it does.

    ``key`` is a value of the drivers' ``Key``; ``shown`` is the ticket the window's sign last showed
    (None: none); ``age_ms`` how long ago the press was.
    """

    window: str
    key: str
    shown: str | UnsetType | None = UNSET
    age_ms: int = 0
