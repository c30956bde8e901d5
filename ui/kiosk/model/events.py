"""What happens to a kiosk, and what it asks its shell to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ui.kiosk.facts import Appointment, Device, Hall, Language, Place, Problem, Service, Ticket

Job = Literal["new_roll", "test", "clear", "unclear"]

# --- what a target does -------------------------------------------------------------------------


@dataclass(frozen=True)
class Choose:
    """A queue was touched."""

    queue: str


@dataclass(frozen=True)
class Claim:
    """A priority class was touched; None is the ordinary way."""

    priority: str | None


@dataclass(frozen=True)
class People:
    """The headcount is to be changed by so many."""

    by: int


@dataclass(frozen=True)
class Take:
    """Give me the number."""


@dataclass(frozen=True)
class GoHome:
    """Back to the first screen."""


@dataclass(frozen=True)
class GoBack:
    """Back to the screen before."""


@dataclass(frozen=True)
class SwitchLanguage:
    """The other language."""


@dataclass(frozen=True)
class SwitchLarge:
    """Large text on or off."""


@dataclass(frozen=True)
class Switch:
    """High contrast, controls within low reach, or the spoken menu: ``on``, off, or (None) the other."""

    what: Literal["contrast", "low", "spoken"]
    on: bool | None = None


@dataclass(frozen=True)
class Stay:
    """Somebody is still there."""


@dataclass(frozen=True)
class Open:
    """Another way in: making the screen easier, finding a service, one's own number, an appointment."""

    what: Literal["ease", "search", "mine", "appointment"]


@dataclass(frozen=True)
class Press:
    """A key of a keyboard, on the screen or a real one."""

    key: str


@dataclass(frozen=True)
class Erase:
    """The last sign goes; with ``all`` everything."""

    all: bool = False


@dataclass(frozen=True)
class Turn:
    """To another part of a long list."""

    by: int


@dataclass(frozen=True)
class Show:
    """A service of the list was touched."""

    service: str


@dataclass(frozen=True)
class Pick:
    """A number for the service that is shown."""


@dataclass(frozen=True)
class AddService:
    """One more service on the same number."""


@dataclass(frozen=True)
class Drop:
    """A service is not wanted after all."""

    service: str


@dataclass(frozen=True)
class Enter:
    """What was typed is whole."""


@dataclass(frozen=True)
class ShowCheck:
    """The check code is to be typed."""


@dataclass(frozen=True)
class Do:
    """过号恢复, 补打 or 取消 of the ticket that is shown."""

    what: Literal["return", "reprint", "cancel"]


@dataclass(frozen=True)
class ReallyCancel:
    """The number is given up."""


@dataclass(frozen=True)
class Instead:
    """The other way that was offered where the first was shut."""


@dataclass(frozen=True)
class Knock:
    """The hidden door for staff was touched."""


@dataclass(frozen=True)
class EndHelp:
    """The guide is done."""


@dataclass(frozen=True)
class Work:
    """A device is to be tested, a new roll was put in, or its first slip is clear or not."""

    what: Job
    device: str


@dataclass(frozen=True)
class LookAgain:
    """The devices are to be looked at again."""


@dataclass(frozen=True)
class Restart:
    """The kiosk is to start anew."""


Action = (
    Choose
    | Claim
    | People
    | Take
    | GoHome
    | GoBack
    | SwitchLanguage
    | SwitchLarge
    | Switch
    | Stay
    | Open
    | Press
    | Erase
    | Turn
    | Show
    | Pick
    | AddService
    | Drop
    | Enter
    | ShowCheck
    | Do
    | ReallyCancel
    | Instead
    | Knock
    | EndHelp
    | Work
    | LookAgain
    | Restart
)


# --- what happens -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pressed:
    """A citizen touched a target."""

    action: Action


@dataclass(frozen=True)
class Touched:
    """A citizen touched somewhere else."""


@dataclass(frozen=True)
class Scanned:
    """A scanner read a code."""

    text: str


@dataclass(frozen=True)
class Tick:
    """Time went on."""


@dataclass(frozen=True)
class HallSeen:
    """The hub is there, and this is the hall."""

    hall: Hall


@dataclass(frozen=True)
class HubLost:
    """The hub is out of reach."""


@dataclass(frozen=True)
class Given:
    """A question was answered with a number."""

    serial: int
    ticket: Ticket


@dataclass(frozen=True)
class Refused:
    """A question was answered with a problem, in the language it was asked in."""

    serial: int
    problem: Problem


@dataclass(frozen=True)
class Unanswered:
    """A question got no answer. ``certain`` says that the hub cannot have heard it."""

    serial: int
    certain: bool


@dataclass(frozen=True)
class Slipped:
    """A slip's state changed: ``done``, ``failed``, ``unknown`` or ``none``. ``why`` there is none, where it
    is known: ``paper`` is out, or a ``jam``; known while it is still ``asked``, nobody has to wait.
    """

    ticket: str
    state: str
    why: Literal["", "paper", "jam"] = ""


@dataclass(frozen=True)
class Found:
    """Services that were looked for; one, whole, where one was asked for."""

    serial: int
    services: tuple[Service, ...]


@dataclass(frozen=True)
class PlaceSeen:
    """A ticket as it is now."""

    serial: int
    place: Place


@dataclass(frozen=True)
class BookedSeen:
    """The appointment that a code is for."""

    serial: int
    appointment: Appointment


@dataclass(frozen=True)
class Helper:
    """A person of the hall at this kiosk: a guide (``id`` goes with the tickets) or a technician."""

    kind: Literal["guide", "technician"]
    id: str
    name: str


@dataclass(frozen=True)
class Known:
    """Whose PIN or card it was; None: nobody's."""

    serial: int
    who: Helper | None


@dataclass(frozen=True)
class DevicesSeen:
    """The devices of the hall."""

    serial: int
    devices: tuple[Device, ...]


@dataclass(frozen=True)
class Worked:
    """What came of a test or a new roll; ``said`` is for the technician."""

    serial: int
    passed: bool
    said: str = ""


Event = (
    Pressed
    | Touched
    | Scanned
    | Tick
    | HallSeen
    | HubLost
    | Given
    | Refused
    | Unanswered
    | Slipped
    | Found
    | PlaceSeen
    | BookedSeen
    | Known
    | DevicesSeen
    | Worked
)


# --- what is to be done -------------------------------------------------------------------------


@dataclass(frozen=True)
class Ask:
    """Ask the hub for a number and report `Given`, `Refused` or `Unanswered`."""

    serial: int
    language: Language
    large: bool
    queue: str | None = None
    services: tuple[str, ...] = ()
    priority: str | None = None
    headcount: int | None = None
    appointment: str | None = None
    assisted_by: str | None = None


@dataclass(frozen=True)
class FindServices:
    """Ask which services match, and report `Found` or `Unanswered`."""

    serial: int
    text: str


@dataclass(frozen=True)
class AskService:
    """Ask for all of one service, and report `Found` or `Unanswered`."""

    serial: int
    code: str


@dataclass(frozen=True)
class AskPlace:
    """Look at a ticket, or do something with it, and report `PlaceSeen`, `Refused` or `Unanswered`."""

    serial: int
    name: str
    language: Language
    what: Literal["look", "return", "reprint", "cancel"] = "look"


@dataclass(frozen=True)
class AskAppointment:
    """Ask which appointment a code is for, and report `BookedSeen`, `Refused` or `Unanswered`."""

    serial: int
    code: str
    language: Language


@dataclass(frozen=True)
class CheckStaff:
    """Find out whose PIN or card this is, and report `Known`."""

    serial: int
    text: str


@dataclass(frozen=True)
class AskDevices:
    """Look at the devices, and report `DevicesSeen`, `Refused` or `Unanswered`."""

    serial: int
    language: Language


@dataclass(frozen=True)
class WorkOn:
    """Do what a `Work` says, and report `Worked`, `Refused` or `Unanswered`."""

    serial: int
    device: str
    what: Job
    language: Language


@dataclass(frozen=True)
class StartAnew:
    """End this process; whoever looks after it starts another."""


Wish = (
    Ask | FindServices | AskService | AskPlace | AskAppointment | CheckStaff | AskDevices | WorkOn | StartAnew
)
