"""The kiosk as a state machine: pure, with time as data.

`step` takes what happened at a moment (seconds of a steady clock) and returns the next state and what
the shell has to do. Every screen but the bare home screen has a moment at which it leaves by itself,
so nothing that happens, or fails to happen, can leave the kiosk stuck.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ui.kiosk.facts import Hall, Language, Problem, Ticket

IDLE_S = 30.0
"""Nobody touches for so long: the kiosk asks whether anybody is there."""
WARNING_S = 10.0
"""How long it asks before it goes home and forgets."""
NUMBER_S = 8.0
"""How long a number stays large."""
NOTE_S = 30.0
"""The same for a number that has to be written down, since there is no slip."""
TROUBLE_S = 15.0
"""How long a sentence about what went wrong stays."""
ANSWER_S = 15.0
"""The hub has this long to answer; longer than the client tries, so this is a last resort."""
PRINT_S = 8.0
"""A slip that is not out by then is not waited for; when it comes after all, the screen says so."""
LOST_S = 1.5
"""A hub that returns sooner was never away for anybody in front of the screen."""
MOST_PEOPLE = 9999


# --- screens ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Home:
    """The queues."""


@dataclass(frozen=True)
class Confirm:
    """One queue with its options."""

    queue: str
    priority: str | None = None
    headcount: int = 1


@dataclass(frozen=True)
class Asking:
    """The hub is asked for a number."""

    want: Confirm
    serial: int
    until: float


@dataclass(frozen=True)
class Printing:
    """There is a number; its slip is on the way."""

    ticket: Ticket
    verify: bool
    until: float


@dataclass(frozen=True)
class Number:
    """The number, large. ``slip`` says whether its slip came out; without one it is to be noted down."""

    ticket: Ticket
    verify: bool
    slip: bool
    until: float


@dataclass(frozen=True)
class Trouble:
    """Something was not done. ``kind`` names the kiosk's own sentence, ``refused`` has the hub's.

    ``serial`` is the question whose outcome is unknown: its answer is still welcome.
    """

    kind: str
    until: float
    title: str = ""
    detail: str = ""
    queue: str = ""
    serial: int = 0


Screen = Home | Confirm | Asking | Printing | Number | Trouble


# --- what happens -------------------------------------------------------------------------------


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
class SwitchLanguage:
    """The other language."""


@dataclass(frozen=True)
class SwitchLarge:
    """Large text on or off."""


@dataclass(frozen=True)
class Stay:
    """Somebody is still there."""


Action = Choose | Claim | People | Take | GoHome | SwitchLanguage | SwitchLarge | Stay


@dataclass(frozen=True)
class Pressed:
    """A citizen touched a target."""

    action: Action


@dataclass(frozen=True)
class Touched:
    """A citizen touched somewhere else."""


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
    """A slip's state changed: ``done``, ``failed``, ``unknown`` or ``none``."""

    ticket: str
    state: str


Event = Pressed | Touched | Tick | HallSeen | HubLost | Given | Refused | Unanswered | Slipped


@dataclass(frozen=True)
class Ask:
    """To do: ask the hub for a number and report `Given`, `Refused` or `Unanswered`."""

    serial: int
    queue: str
    priority: str | None
    headcount: int | None
    language: Language
    large: bool


# --- the state ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kiosk:
    """Everything the kiosk knows. ``seen_at`` is when ``hall`` was fetched, for the clock."""

    home_language: Language = "zh"
    home_large: bool = False
    language: Language = "zh"
    large: bool = False
    screen: Screen = Home()
    hall: Hall | None = None
    seen_at: float = 0.0
    lost_at: float | None = 0.0
    touched_at: float = 0.0
    warned_until: float | None = None
    serial: int = 0

    @property
    def away(self) -> bool:
        """Whether the hub has been missed for so long that people are told."""
        return self.hall is None or not self.hall.ready or self.lost_at is not None

    @property
    def pristine(self) -> bool:
        """Whether nobody has left anything here to be forgotten."""
        same = self.language == self.home_language and self.large == self.home_large
        return same and isinstance(self.screen, Home)


def started(language: Language, large: bool, now: float) -> Kiosk:
    """Return the kiosk as it starts: at home, the hub not seen yet."""
    return Kiosk(
        home_language=language, home_large=large, language=language, large=large, lost_at=now, touched_at=now
    )


def shows_away(kiosk: Kiosk, now: float) -> bool:
    """Return whether the screen says that the hub is out of reach instead of offering anything."""
    if not isinstance(kiosk.screen, Home | Confirm):
        return False
    if kiosk.hall is None or not kiosk.hall.ready:
        return True
    return kiosk.lost_at is not None and now >= kiosk.lost_at + LOST_S


def next_change(kiosk: Kiosk) -> float | None:
    """Return the moment at which a `Tick` will change something, None when only events will."""
    moments: list[float] = []
    if isinstance(kiosk.screen, Asking | Printing | Number | Trouble):
        moments.append(kiosk.screen.until)
    elif kiosk.warned_until is not None:
        moments.append(kiosk.warned_until)
    elif not kiosk.pristine:
        moments.append(kiosk.touched_at + IDLE_S)
    return min(moments, default=None)


def step(kiosk: Kiosk, event: Event, now: float) -> tuple[Kiosk, Ask | None]:
    """Return the kiosk after an event, and a question for the hub if one is to be asked."""
    kiosk = _passed(kiosk, now)
    match event:
        case Pressed(action):
            return _pressed(replace(kiosk, touched_at=now, warned_until=None), action, now)
        case Touched():
            return replace(kiosk, touched_at=now, warned_until=None), None
        case Tick():
            return kiosk, None
        case HallSeen(hall):
            return _checked(replace(kiosk, hall=hall, seen_at=now, lost_at=None)), None
        case HubLost():
            lost_at = now if kiosk.lost_at is None else kiosk.lost_at
            return replace(kiosk, lost_at=lost_at), None
        case Given(serial, ticket):
            return _given(kiosk, serial, ticket, now), None
        case Refused(serial, problem):
            return _refused(kiosk, serial, problem, now), None
        case Unanswered(serial, certain):
            return _unanswered(kiosk, serial, certain, now), None
        case Slipped(ticket, state):
            return _slipped(kiosk, ticket, state, now), None


def _home(kiosk: Kiosk) -> Kiosk:
    """Home, with nothing left of whoever was here."""
    return replace(
        kiosk,
        screen=Home(),
        language=kiosk.home_language,
        large=kiosk.home_large,
        warned_until=None,
    )


def _passed(kiosk: Kiosk, now: float) -> Kiosk:
    """Return the kiosk after the time that went by."""
    match kiosk.screen:
        case Asking(want=want, serial=serial, until=until) if now >= until:
            trouble = Trouble("unknown", until=now + TROUBLE_S, queue=want.queue, serial=serial)
            return replace(kiosk, screen=trouble)
        case Printing(ticket=ticket, verify=verify, until=until) if now >= until:
            return replace(kiosk, screen=Number(ticket, verify, slip=False, until=now + NOTE_S))
        case Number(until=until) | Trouble(until=until) if now >= until:
            return _home(kiosk)
        case Home() | Confirm():
            if kiosk.warned_until is not None:
                return _home(kiosk) if now >= kiosk.warned_until else kiosk
            if not kiosk.pristine and now >= kiosk.touched_at + IDLE_S:
                return replace(kiosk, warned_until=now + WARNING_S)
    return kiosk


def _pressed(kiosk: Kiosk, action: Action, now: float) -> tuple[Kiosk, Ask | None]:
    """Do what was touched, if this screen offers it; a touch that came too late does nothing."""
    screen = kiosk.screen
    match action, screen:
        case GoHome(), Confirm() | Number() | Trouble():
            return _home(kiosk), None
        case GoHome(), Home() if not kiosk.pristine:
            return _home(kiosk), None
        case SwitchLanguage(), Home() | Confirm():
            return replace(kiosk, language="en" if kiosk.language == "zh" else "zh"), None
        case SwitchLarge(), Home() | Confirm():
            return replace(kiosk, large=not kiosk.large), None
        case Choose(queue), Home() if not kiosk.away or not shows_away(kiosk, now):
            return _chosen(kiosk, queue, now), None
        case Claim(priority), Confirm():
            known = kiosk.hall is not None and (priority is None or kiosk.hall.priority(priority) is not None)
            return (replace(kiosk, screen=replace(screen, priority=priority)) if known else kiosk), None
        case People(by), Confirm():
            headcount = min(max(1, screen.headcount + by), MOST_PEOPLE)
            return replace(kiosk, screen=replace(screen, headcount=headcount)), None
        case Take(), Confirm() if not shows_away(kiosk, now):
            return _taken(kiosk, screen, now)
    return kiosk, None


def _chosen(kiosk: Kiosk, name: str, now: float) -> Kiosk:
    queue = kiosk.hall.queue(name) if kiosk.hall is not None else None
    if queue is None:
        return kiosk
    if queue.refusal is not None:
        return replace(kiosk, screen=Trouble(queue.refusal, until=now + TROUBLE_S, queue=name))
    return replace(kiosk, screen=Confirm(name))


def _taken(kiosk: Kiosk, want: Confirm, now: float) -> tuple[Kiosk, Ask | None]:
    queue = kiosk.hall.queue(want.queue) if kiosk.hall is not None else None
    if queue is None:
        return _home(kiosk), None
    serial = kiosk.serial + 1
    ask = Ask(
        serial=serial,
        queue=want.queue,
        priority=want.priority,
        headcount=want.headcount if queue.headcount else None,
        language=kiosk.language,
        large=kiosk.large,
    )
    return replace(kiosk, serial=serial, screen=Asking(want, serial, now + ANSWER_S)), ask


def _checked(kiosk: Kiosk) -> Kiosk:
    """Leave a question about something that the hall no longer has."""
    hall, screen = kiosk.hall, kiosk.screen
    if hall is None or not isinstance(screen, Confirm):
        return kiosk
    if hall.ready and hall.queue(screen.queue) is None:
        return _home(kiosk)
    if screen.priority is not None and hall.priority(screen.priority) is None:
        return replace(kiosk, screen=replace(screen, priority=None))
    return kiosk


def _awaited(kiosk: Kiosk, serial: int) -> bool:
    return isinstance(kiosk.screen, Asking | Trouble) and kiosk.screen.serial == serial > 0


def _given(kiosk: Kiosk, serial: int, ticket: Ticket, now: float) -> Kiosk:
    screen = kiosk.screen
    if not _awaited(kiosk, serial):
        return kiosk
    claimed = screen.want.priority if isinstance(screen, Asking) else None
    priority = kiosk.hall.priority(claimed) if kiosk.hall is not None else None
    printing = Printing(ticket, priority is not None and priority.verify, now + PRINT_S)
    return _slipped(replace(kiosk, screen=printing), ticket.id, ticket.print.state, now)


def _refused(kiosk: Kiosk, serial: int, problem: Problem, now: float) -> Kiosk:
    if not _awaited(kiosk, serial):
        return kiosk
    if problem.code in FOR_CITIZENS and problem.detail:
        trouble = Trouble("refused", until=now + TROUBLE_S, title=problem.title, detail=problem.detail)
    else:
        trouble = Trouble("failed", until=now + TROUBLE_S)
    return replace(kiosk, screen=trouble)


def _unanswered(kiosk: Kiosk, serial: int, certain: bool, now: float) -> Kiosk:
    if not isinstance(kiosk.screen, Asking) or not _awaited(kiosk, serial):
        return kiosk
    kind = "unreached" if certain else "unknown"
    queue = kiosk.screen.want.queue
    return replace(kiosk, screen=Trouble(kind, until=now + TROUBLE_S, queue=queue, serial=serial))


def _slipped(kiosk: Kiosk, ticket: str, state: str, now: float) -> Kiosk:
    screen = kiosk.screen
    if not isinstance(screen, Printing | Number) or screen.ticket.id != ticket or state == "asked":
        return kiosk
    if state == "done":
        if isinstance(screen, Number) and screen.slip:
            return kiosk
        return replace(kiosk, screen=Number(screen.ticket, screen.verify, slip=True, until=now + NUMBER_S))
    if isinstance(screen, Number):
        return kiosk
    return replace(kiosk, screen=Number(screen.ticket, screen.verify, slip=False, until=now + NOTE_S))


FOR_CITIZENS = frozenset(
    {
        "appointment_used",
        "burst",
        "closed",
        "day_closed",
        "duplicate_person",
        "headcount_needed",
        "intake_closed",
        "no_day",
        "nobody_serves",
        "not_today",
        "queue_closed",
        "quota_reached",
    }
)
"""Problems whose sentences are written for citizens; all others are for technicians and stay in the log."""
