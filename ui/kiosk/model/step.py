"""What happens moves the kiosk on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ui.kiosk.model import booking, finding, mine, staff, taking
from ui.kiosk.model.events import (
    Action,
    AddService,
    BookedSeen,
    Choose,
    Claim,
    DevicesSeen,
    Do,
    Drop,
    EndHelp,
    Enter,
    Erase,
    Event,
    Found,
    Given,
    GoBack,
    GoHome,
    HallSeen,
    HubLost,
    Instead,
    Knock,
    Known,
    LookAgain,
    Open,
    People,
    Pick,
    PlaceSeen,
    Press,
    Pressed,
    ReallyCancel,
    Refused,
    Restart,
    Scanned,
    Show,
    ShowCheck,
    Slipped,
    StartAnew,
    Switch,
    SwitchLanguage,
    SwitchLarge,
    Take,
    Tick,
    Touched,
    Turn,
    Unanswered,
    Wish,
    Work,
    Worked,
)
from ui.kiosk.model.kiosk import (
    NOTE_S,
    TROUBLE_S,
    WARNING_S,
    Kiosk,
    patience,
    shows_away,
)
from ui.kiosk.model.screens import (
    Asking,
    Confirm,
    Ease,
    Entry,
    Guide,
    Home,
    Maintenance,
    Mine,
    Number,
    Offering,
    Printing,
    Search,
    Sure,
    Told,
    Trouble,
    Waiting,
)

Step = tuple[Kiosk, Wish | None]


def step(kiosk: Kiosk, event: Event, now: float) -> Step:
    """Return the kiosk after an event, and what is to be done if anything is."""
    kiosk = _passed(kiosk, now)
    match event:
        case Pressed(action):
            return _pressed(replace(kiosk, touched_at=now, warned_until=None), action, now)
        case Touched():
            return replace(kiosk, touched_at=now, warned_until=None), None
        case Scanned(text):
            return mine.scanned(replace(kiosk, touched_at=now, warned_until=None), text, now)
        case Tick():
            return kiosk, None
        case HallSeen(hall):
            # Whatever happened in the hall may have happened to its devices.
            return staff.look(taking.checked(replace(kiosk, hall=hall, seen_at=now, lost_at=None)))
        case HubLost():
            return replace(kiosk, lost_at=now if kiosk.lost_at is None else kiosk.lost_at), None
        case Given():
            return taking.given(kiosk, event, now), None
        case Slipped():
            return taking.slipped(kiosk, event, now), None
        case Found():
            return finding.found(kiosk, event), None
        case PlaceSeen():
            return mine.seen(kiosk, event, now), None
        case BookedSeen():
            return booking.seen(kiosk, event, now)
        case Known():
            return staff.known(kiosk, event, now)
        case DevicesSeen() | Worked():
            return staff.worked(kiosk, event)
        case Refused():
            return _refused(kiosk, event, now), None
        case Unanswered():
            return _unanswered(kiosk, event, now), None


def _passed(kiosk: Kiosk, now: float) -> Kiosk:
    """Return the kiosk after the time that went by."""
    match kiosk.screen:
        case Asking(want=want, serial=serial, until=until) if now >= until:
            return kiosk.at(Trouble("unknown", now + TROUBLE_S, queue=want.queue, serial=serial))
        case Waiting(until=until, back=back) if now >= until:
            return kiosk.at(Trouble("unanswered", now + TROUBLE_S, back=back))
        case Printing(ticket=ticket, verify=verify, until=until, booked=booked) if now >= until:
            return kiosk.at(Number(ticket, verify, slip=False, until=now + NOTE_S, booked=booked))
        case Number(until=until) | Trouble(until=until) | Told(until=until) if now >= until:
            return replace(kiosk.home(), touched_at=now)
        case Maintenance():
            return kiosk.home() if now >= kiosk.touched_at + patience(kiosk) else kiosk
        case screen if isinstance(screen, Offering) and not kiosk.pristine:
            if kiosk.warned_until is not None:
                return replace(kiosk.home(), helper=None) if now >= kiosk.warned_until else kiosk
            if now >= kiosk.touched_at + patience(kiosk):
                return replace(kiosk, warned_until=now + WARNING_S)
    return kiosk


def _pressed(kiosk: Kiosk, action: Action, now: float) -> Step:
    """Do what was touched, if this screen offers it; a touch that came too late does nothing."""
    offers = isinstance(kiosk.screen, Offering) and not shows_away(kiosk, now)
    match action:
        case GoHome():
            busy = isinstance(kiosk.screen, Asking | Printing | Waiting)
            return (kiosk if busy else kiosk.home()), None
        case GoBack():
            return _back(kiosk, now), None
        case SwitchLanguage() | SwitchLarge() | Switch() if isinstance(kiosk.screen, Offering):
            return _switched(kiosk, action), None
        case Knock() | LookAgain() | Work() | Restart() | EndHelp():
            return _for_staff(kiosk, action, now)
        case Open() | Press() | Erase() | Enter() | Turn() if offers:
            return _typing(kiosk, action, now)
        case Choose() | Claim() | People() | Take() | Drop() if offers:
            return taking.pressed(kiosk, action, now)
        case Show() | Pick() | AddService() if offers:
            return finding.pressed(kiosk, action, now)
        case ShowCheck() | Do() | ReallyCancel() if offers:
            return mine.pressed(kiosk, action, now)
        case Instead() if isinstance(kiosk.screen, Trouble):
            return _instead(kiosk, kiosk.screen, now)
    return kiosk, None


def _instead(kiosk: Kiosk, trouble: Trouble, now: float) -> Step:
    """Go the way that was offered where the first was shut."""
    kiosk = replace(kiosk, touched_at=now)
    if trouble.offer == "ordinary":
        return taking.chosen(kiosk, Confirm(trouble.queue), now), None
    if trouble.offer == "mine" and trouble.about is not None:
        return mine.ask(kiosk, "look", trouble.about.number, Home(), now)
    return kiosk, None


def _for_staff(kiosk: Kiosk, action: Knock | LookAgain | Work | Restart | EndHelp, now: float) -> Step:
    match action:
        case Knock():
            return staff.knocked(kiosk, now), None
        case EndHelp():
            return replace(kiosk.home(), helper=None), None
        case Restart():
            return kiosk, StartAnew() if isinstance(kiosk.screen, Maintenance) else None
        case LookAgain() | Work():
            return staff.pressed(kiosk, action)


def _typing(kiosk: Kiosk, action: Open | Press | Erase | Enter | Turn, now: float) -> Step:
    match kiosk.screen, action:
        case Home(), Open(what="ease"):
            return kiosk.at(Ease()), None
        case Home(), Open(what="search"):
            return finding.opened(kiosk, None)
        case Home(), Open(what="mine"):
            return kiosk.at(Entry("number")), None
        case Home(), Open(what="appointment"):
            return kiosk.at(Entry("appointment")), None
        case ((Search() | Guide()), (Press() | Erase() | Turn())):
            return finding.typed(kiosk, action)
        case Entry(), (Press() | Erase() | Enter()):
            return mine.typed(kiosk, action, now)
    return kiosk, None


def _switched(kiosk: Kiosk, action: SwitchLanguage | SwitchLarge | Switch) -> Kiosk:
    ways = kiosk.ways
    match action:
        case SwitchLanguage():
            ways = replace(ways, language="en" if ways.language == "zh" else "zh")
        case SwitchLarge():
            ways = replace(ways, large=not ways.large)
        case Switch(what=what, on=on):
            value = not getattr(ways, what) if on is None else on
            changed: dict[str, Any] = {what: value}
            ways = replace(ways, **changed)
    return replace(kiosk, ways=ways)


def _back(kiosk: Kiosk, now: float) -> Kiosk:
    """One screen back; the settings of the screen stay."""
    match kiosk.screen:
        case Ease():
            return kiosk.at(Home())
        case Search(adding=adding) if adding is not None:
            return kiosk.at(adding)
        case Guide(search=search):
            return kiosk.at(search)
        case Entry(wanted="check", number=number):
            return kiosk.at(Entry("number", number))
        case Sure(mine=shown):
            return kiosk.at(shown)
        case Trouble(back=back) if back is not None:
            return replace(kiosk.at(back), touched_at=now)
        case Confirm() | Search() | Entry() | Mine():
            return kiosk.at(Home())
        case Maintenance() | Number() | Told() | Trouble():
            return kiosk.home()
        case Home() if kiosk.ways != kiosk.home_ways:
            return kiosk.home()
    return kiosk


# --- what went wrong ----------------------------------------------------------------------------


def _refused(kiosk: Kiosk, event: Refused, now: float) -> Kiosk:
    screen, problem = kiosk.screen, event.problem
    if isinstance(screen, Maintenance) and event.serial in (screen.serial, screen.work):
        return kiosk.at(replace(screen, said=problem.detail or problem.title or problem.code, passed=False))
    if not taking.awaited(kiosk, event.serial):
        return kiosk
    if (told := booking.refused(kiosk, problem, now)) is not None:
        return told
    back = screen.back if isinstance(screen, Waiting) else None
    if problem.code == "check_wrong" and isinstance(back, Entry):
        back = replace(back, typed="")
    if problem.code in FOR_CITIZENS and problem.detail:
        return kiosk.at(
            Trouble("refused", now + TROUBLE_S, title=problem.title, detail=problem.detail, back=back)
        )
    kind = "failed" if back is None else "unanswered"
    return kiosk.at(Trouble(kind, now + TROUBLE_S, back=back))


def _unanswered(kiosk: Kiosk, event: Unanswered, now: float) -> Kiosk:
    match kiosk.screen:
        case Maintenance() as shown if event.serial in (shown.serial, shown.work):
            return kiosk.at(replace(shown, devices=shown.devices or (), said="", passed=False))
        case Search(serial=serial) | Guide(serial=serial) if serial == event.serial > 0:
            return kiosk.at(Trouble("unanswered", now + TROUBLE_S, back=Home()))
        case Waiting(serial=serial, back=back) if serial == event.serial:
            return kiosk.at(Trouble("unanswered", now + TROUBLE_S, back=back))
        case Asking(serial=serial, want=want) if serial == event.serial:
            kind = "unreached" if event.certain else "unknown"
            return kiosk.at(Trouble(kind, now + TROUBLE_S, queue=want.queue, serial=serial))
    return kiosk


FOR_CITIZENS = frozenset(
    {
        "appointment_other_queue",
        "burst",
        "check_locked",
        "check_wrong",
        "closed",
        "day_closed",
        "duplicate_person",
        "headcount_needed",
        "intake_closed",
        "no_day",
        "nobody_serves",
        "not_today",
        "print_pending",
        "queue_closed",
        "quota_reached",
        "returned_before",
        "unknown_ticket",
        "wrong_state",
    }
)
"""Problems whose sentences are written for citizens; all others are for technicians and stay in the log."""
