"""The hall as a whole: what a lead changes in it, and what is noted for the record."""

from __future__ import annotations

from kioskd.hall.commands.base import Asked
from kioskd.hall.roster import DayRoster
from kioskd.hall.rules import OrderMode


class SetQueueOpen(Asked, frozen=True, kw_only=True):
    """A lead opens or closes a queue's ticketing for today."""

    queue: str
    open: bool


class SetOrder(Asked, frozen=True, kw_only=True):
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


class SetRoster(Asked, frozen=True, kw_only=True):
    """A lead imports who should work where: ``days``, each whole."""

    days: tuple[DayRoster, ...]


class SetNotice(Asked, frozen=True, kw_only=True):
    """The hall notice on slips, boards and pages; empty texts remove it."""

    zh: str = ""
    en: str = ""


class SetQuiet(Asked, frozen=True, kw_only=True):
    """Lower the voice for 15, 30 or 60 minutes; 0 ends it early."""

    minutes: int


class AcknowledgeAlert(Asked, frozen=True, kw_only=True):
    """A lead has seen an alert."""

    alert: str


class CallLead(Asked, frozen=True, kw_only=True):
    """Somebody in the hall (``person``, as people call them) asks the lead to come to ``place``; ``note``
    says why.
    """

    place: str
    person: str = ""
    note: str = ""


class NoteAudit(Asked, frozen=True, kw_only=True):
    """For the record only: somebody signed in, looked at something that is not everybody's to see, or
    changed who may do what. ``action`` is a stable code, ``wall`` when it happened if that was before
    now (UTC milliseconds, a label).
    """

    action: str
    subject: str = ""
    params: dict[str, str | int | float | bool | None] = {}
    wall: int | None = None
