"""What the kiosk can show. Moments are seconds of the shell's steady clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ui.kiosk.facts import Device, Place, Service, Ticket

MOST_SERVICES = 3
"""Services on one number; more are for the window to add."""


@dataclass(frozen=True)
class Home:
    """The queues."""


@dataclass(frozen=True)
class Ease:
    """How the screen may be made easier to use."""


@dataclass(frozen=True)
class Booked:
    """An appointment by its code, from ``start`` to ``end`` (``HH:MM``)."""

    code: str
    start: str
    end: str


@dataclass(frozen=True)
class Confirm:
    """One queue with its options, and the services that were chosen if any, or the appointment."""

    queue: str
    priority: str | None = None
    headcount: int = 1
    services: tuple[Service, ...] = ()
    booked: Booked | None = None


@dataclass(frozen=True)
class Search:
    """Finding a service. ``serial`` is the latest question, ``page`` which part of ``found`` is shown.

    ``adding`` is the number that the service is to be added to.
    """

    typed: str = ""
    page: int = 0
    found: tuple[Service, ...] | None = None
    serial: int = 0
    adding: Confirm | None = None


@dataclass(frozen=True)
class Guide:
    """One service: what to bring, how long it takes, where. ``whole`` once the hub has told all of it."""

    service: Service
    search: Search
    serial: int = 0
    page: int = 0
    whole: bool = False


Wanted = Literal["number", "check", "appointment", "pin"]


@dataclass(frozen=True)
class Entry:
    """Something is typed: a number, its check code, an appointment's code or a PIN.

    ``number`` is the number whose check code is asked for.
    """

    wanted: Wanted
    typed: str = ""
    number: str = ""


@dataclass(frozen=True)
class Mine:
    """A ticket's place. ``name`` is what the hub knows it by; ``holds`` says that the slip was shown, or its
    check code; ``done`` what was just done with it.
    """

    place: Place
    name: str
    holds: bool
    done: str = ""


@dataclass(frozen=True)
class Sure:
    """Whether the number is really to be given up."""

    mine: Mine


Errand = Literal["look", "return", "reprint", "cancel", "scan", "appointment", "pin", "new_roll", "test"]


@dataclass(frozen=True)
class Waiting:
    """An answer is waited for. ``back`` is where a failure leads, ``name`` what was asked about."""

    errand: Errand
    serial: int
    until: float
    back: Screen
    name: str = ""


@dataclass(frozen=True)
class Asking:
    """The hub is asked for a number."""

    want: Confirm
    serial: int
    until: float


@dataclass(frozen=True)
class Printing:
    """There is a number, for an appointment where one was ``booked``; its slip is on the way."""

    ticket: Ticket
    verify: bool
    until: float
    booked: Booked | None = None


@dataclass(frozen=True)
class Number:
    """The number, large. ``slip`` says whether its slip came out; without one it is to be noted down, and
    ``why`` says what keeps it, where that is known.
    """

    ticket: Ticket
    verify: bool
    slip: bool
    until: float
    booked: Booked | None = None
    why: Literal["", "paper", "jam"] = ""


@dataclass(frozen=True)
class Told:
    """Something was done. ``kind`` names the sentence."""

    kind: str
    until: float
    number: str = ""


@dataclass(frozen=True)
class About:
    """What a sentence on an appointment is about: its ``date`` (``YYYY-MM-DD``) and times (``HH:MM``), from
    when until when it gives a number, and the number it gave.
    """

    date: str = ""
    start: str = ""
    end: str = ""
    opens: str = ""
    until: str = ""
    number: str = ""


@dataclass(frozen=True)
class Trouble:
    """Something was not done. ``kind`` names the kiosk's own sentence, ``refused`` has the hub's.

    ``serial`` is the question whose outcome is unknown: its answer is still welcome. ``back`` is where a
    second try begins, ``offer`` another way: an ``ordinary`` number of ``queue``, or what became of ``mine``.
    """

    kind: str
    until: float
    title: str = ""
    detail: str = ""
    queue: str = ""
    serial: int = 0
    back: Screen | None = None
    about: About | None = None
    offer: Literal["ordinary", "mine"] | None = None


@dataclass(frozen=True)
class Maintenance:
    """For staff: the devices, and what was done with one. ``serial`` is the latest look at them, ``work``
    what is being done.
    """

    devices: tuple[Device, ...] | None = None
    serial: int = 0
    work: int = 0
    said: str = ""
    passed: bool = True


Screen = (
    Home
    | Ease
    | Confirm
    | Search
    | Guide
    | Entry
    | Mine
    | Sure
    | Waiting
    | Asking
    | Printing
    | Number
    | Told
    | Trouble
    | Maintenance
)

Offering = Home | Ease | Confirm | Search | Guide | Entry | Mine | Sure
"""Screens that wait for the citizen: left alone, they ask whether anybody is there."""

Passing = Waiting | Asking | Printing | Number | Told | Trouble
"""Screens that end at a moment of their own."""
