"""What clients outside are told of an event: the forms of `kioskd.hub.public_events`.

Fields only ever get added.
"""

from __future__ import annotations

import msgspec

from kioskd.hall.events import Params
from kioskd.hall.rules import Name


class _Public(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``at`` is wall time, RFC 3339 in the hall's zone."""

    v: int
    type: str
    at: str


class TicketChange(_Public, frozen=True, kw_only=True, omit_defaults=True):
    """Something happened to a ticket. ``state`` is its state after that, as in GET tickets/{ticket}.

    ``window`` is where, ``queue`` where it waits now; ``call`` which call of this visit, ``caption`` what is
    announced then. ``ticket`` from `Audience.DEVICES` on; ``teller``, ``reason``, ``priority`` and ``by`` (a
    role) from `Audience.STAFF` on.
    """

    number: str
    state: str | None = None
    window: str | None = None
    queue: str | None = None
    call: int = 0
    caption: Name | None = None
    test: bool = False
    ticket: str | None = None
    teller: str | None = None
    reason: str | None = None
    params: Params = {}
    priority: str | None = None
    by: str | None = None


class RatingChange(_Public, frozen=True, kw_only=True, omit_defaults=True):
    """A rating slot of a ticket opened or closed.

    To `Audience.LEADS` its real kind and answer; to everybody before them all ends are ``rating.closed``.
    """

    number: str
    window: str
    ticket: str
    item: int = 1
    of: int = 1
    asked: bool = False
    timeout_s: int | None = None
    level: int | None = None
    options: tuple[int, ...] = ()


class WindowChange(_Public, frozen=True, kw_only=True, omit_defaults=True):
    """Duty, pause or moved skills (``minutes`` 0: no longer) of a window. ``contact`` is meant for citizens
    (离岗告知); ``teller`` is for staff.
    """

    window: str
    state: str
    reason: str | None = None
    minutes: int | None = None
    contact: str | None = None
    teller: str | None = None


class HallChange(_Public, frozen=True, kw_only=True, omit_defaults=True):
    """The hall as a whole: day, hours, rules, notice, quiet, queues. Which fields are there depends on
    ``type``; ``settings.applied`` and ``hub.started`` have none and mean: fetch what you show again.
    """

    date: str | None = None
    question: str | None = None
    zh: str | None = None
    en: str | None = None
    minutes: int | None = None
    queue: str | None = None
    ticketing: tuple[str, ...] | None = None
    serving: tuple[str, ...] | None = None


class AlertChange(_Public, frozen=True, kw_only=True, omit_defaults=True):
    """An alert was raised, cleared or acknowledged."""

    alert: str
    about: str | None = None
    subject: str | None = None
    tier: int | None = None
    params: Params = {}


class DeviceChange(_Public, frozen=True, kw_only=True, omit_defaults=True):
    """A device's state, or what became of a job (``job.done``, …): for a ticket's slip with ``ticket`` and
    ``copy``, for an announcement with neither (``job`` begins with the position of its call).

    ``roll.changed`` and ``roll.judged`` are about a printer's paper; ``clear`` is what was said of the
    print on a new roll.
    """

    device: str | None = None
    device_class: str | None = None
    state: str | None = None
    code: str | None = None
    paper: str | None = None
    window: str | None = None
    job: str | None = None
    ticket: str | None = None
    copy: int = 0
    printed: bool | None = None
    clear: bool | None = None


class DeskChange(_Public, frozen=True, kw_only=True, omit_defaults=True):
    """Something on the leads' desk moved: the item ``rating`` of a 差评, or an approval."""

    rating: str | None = None
    approval: str | None = None


PublicEvent = (
    TicketChange | RatingChange | WindowChange | HallChange | AlertChange | DeviceChange | DeskChange
)
