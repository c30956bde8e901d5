"""From a queue to a number in the hand."""

from __future__ import annotations

from dataclasses import replace

from ui.kiosk.model.events import Ask, Choose, Claim, Drop, Given, People, Slipped, Take, Wish
from ui.kiosk.model.kiosk import ANSWER_S, NOTE_S, NUMBER_S, PRINT_S, TROUBLE_S, Kiosk
from ui.kiosk.model.screens import (
    Asking,
    Confirm,
    Guide,
    Home,
    Number,
    Printing,
    Search,
    Trouble,
    Waiting,
)

MOST_PEOPLE = 9999


def pressed(
    kiosk: Kiosk, action: Choose | Claim | People | Take | Drop, now: float
) -> tuple[Kiosk, Wish | None]:
    """Choose a queue, change what is wanted, or take the number."""
    match kiosk.screen, action:
        case Home(), Choose(queue):
            return chosen(kiosk, Confirm(queue), now), None
        case Confirm() as want, Claim(priority):
            known = kiosk.hall is not None and (priority is None or kiosk.hall.priority(priority) is not None)
            return (kiosk.at(replace(want, priority=priority)) if known else kiosk), None
        case Confirm() as want, People(by):
            return kiosk.at(replace(want, headcount=min(max(1, want.headcount + by), MOST_PEOPLE))), None
        case Confirm() as want, Drop(service):
            left = tuple(one for one in want.services if one.code != service)
            return kiosk.at(replace(want, services=left)), None
        case Confirm() as want, Take():
            return _taken(kiosk, want, now)
    return kiosk, None


def chosen(kiosk: Kiosk, want: Confirm, now: float) -> Kiosk:
    """Return the kiosk asking for confirmation, or saying why this queue gives no numbers."""
    queue = kiosk.hall.queue(want.queue) if kiosk.hall is not None else None
    if queue is None:
        return kiosk
    if queue.refusal is not None:
        return kiosk.at(Trouble(queue.refusal, until=now + TROUBLE_S, queue=want.queue))
    return kiosk.at(want)


def _taken(kiosk: Kiosk, want: Confirm, now: float) -> tuple[Kiosk, Wish | None]:
    if kiosk.hall is None or kiosk.hall.queue(want.queue) is None:
        return kiosk.home(), None
    return asked(kiosk, want, now)


def asked(kiosk: Kiosk, want: Confirm, now: float) -> tuple[Kiosk, Wish | None]:
    """Return the kiosk waiting for a number, and the question. An appointment brings its own queue."""
    queue = kiosk.hall.queue(want.queue) if kiosk.hall is not None else None
    ask = Ask(
        serial=kiosk.serial + 1,
        language=kiosk.language,
        large=kiosk.large,
        queue=want.queue if want.booked is None else None,
        services=tuple(service.code for service in want.services),
        priority=want.priority,
        headcount=want.headcount if queue is not None and queue.headcount else None,
        appointment=want.booked.code if want.booked is not None else None,
        assisted_by=kiosk.helper.id if kiosk.helper is not None else None,
    )
    return replace(kiosk, serial=ask.serial, screen=Asking(want, ask.serial, now + ANSWER_S)), ask


def checked(kiosk: Kiosk) -> Kiosk:
    """Leave a question about something that the hall no longer has."""
    hall, screen = kiosk.hall, kiosk.screen
    if hall is None or not hall.ready:
        return kiosk
    if isinstance(screen, Search) and screen.adding is not None and hall.queue(screen.adding.queue) is None:
        return kiosk.home()
    if isinstance(screen, Guide) and hall.queue(screen.service.queue) is None:
        return kiosk.home()
    if not isinstance(screen, Confirm):
        return kiosk
    if hall.queue(screen.queue) is None:
        return kiosk.home()
    if screen.priority is not None and hall.priority(screen.priority) is None:
        return kiosk.at(replace(screen, priority=None))
    return kiosk


def awaited(kiosk: Kiosk, serial: int) -> bool:
    """Return whether an answer is still of interest."""
    return isinstance(kiosk.screen, Asking | Trouble | Waiting) and kiosk.screen.serial == serial > 0


def given(kiosk: Kiosk, event: Given, now: float) -> Kiosk:
    """There is a number."""
    screen = kiosk.screen
    if not awaited(kiosk, event.serial):
        return kiosk
    want = screen.want if isinstance(screen, Asking) else None
    priority = kiosk.hall.priority(want.priority if want else None) if kiosk.hall is not None else None
    printing = Printing(
        event.ticket,
        priority is not None and priority.verify,
        now + PRINT_S,
        booked=want.booked if want else None,
    )
    return slipped(kiosk.at(printing), Slipped(event.ticket.id, event.ticket.print.state), now)


def slipped(kiosk: Kiosk, event: Slipped, now: float) -> Kiosk:
    """Something is known of a slip."""
    screen = kiosk.screen
    if not isinstance(screen, Printing | Number) or screen.ticket.id != event.ticket:
        return kiosk
    if event.state == "asked" and not event.why:
        return kiosk
    if isinstance(screen, Number) and (screen.slip or event.state != "done"):
        return kiosk
    slip = event.state == "done"
    until = now + (NUMBER_S if slip else NOTE_S)
    why = "" if slip else event.why
    return kiosk.at(Number(screen.ticket, screen.verify, slip, until, screen.booked, why))
