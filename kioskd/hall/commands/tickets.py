"""Numbers: taken, given up, moved and corrected."""

from __future__ import annotations

from kioskd.hall.commands.base import Asked


class IssueTicket(Asked, frozen=True, kw_only=True):
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


class CancelTicket(Asked, frozen=True, kw_only=True):
    """The citizen gives up a waiting ticket."""

    ticket: str


class VoidTicket(Asked, frozen=True, kw_only=True):
    """Staff void 作废 a ticket that is not being served."""

    ticket: str
    reason: str = ""


class ReturnTicket(Asked, frozen=True, kw_only=True):
    """过号恢复: back in after a no-show, behind the next few."""

    ticket: str


class ReprintTicket(Asked, frozen=True, kw_only=True):
    """补打: the same number on paper again, marked as a copy."""

    ticket: str


class DecidePriority(Asked, frozen=True, kw_only=True):
    """Staff confirm a priority after seeing the card, or return the ticket to ordinary."""

    ticket: str
    confirmed: bool


class MoveTicket(Asked, frozen=True, kw_only=True):
    """A guide moves a waiting ticket to another queue, keeping number and waiting time."""

    ticket: str
    queue: str


class WakeTicket(Asked, frozen=True, kw_only=True):
    """待唤醒 is over: the held ticket is callable again."""

    ticket: str


class ChangeServices(Asked, frozen=True, kw_only=True):
    """Record or correct the services of a ticket."""

    ticket: str
    services: tuple[str, ...]


class EnterPaperRange(Asked, frozen=True, kw_only=True):
    """The kiosk was dead and a pre-printed roll was used: numbers ``first`` to ``last`` now wait.
    ``ids`` and ``codes`` name the tickets, in order.
    """

    queue: str
    first: int
    last: int
    ids: tuple[str, ...]
    codes: tuple[str, ...]
