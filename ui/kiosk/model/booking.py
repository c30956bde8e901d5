"""预约取号: from a code that was scanned or typed to a number, or to what can be done instead."""

from __future__ import annotations

from dataclasses import replace

from ui.kiosk.facts import Problem
from ui.kiosk.model import taking
from ui.kiosk.model.events import AskAppointment, BookedSeen, Wish
from ui.kiosk.model.kiosk import ANSWER_S, NOTE_S, Kiosk
from ui.kiosk.model.screens import About, Asking, Booked, Confirm, Entry, Screen, Trouble, Waiting

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""What codes are made of: nothing that looks like something else."""
SIGNS = 9
"""Characters of a code; one of them checks the others."""


def grouped(typed: str) -> str:
    """Return a code as it stands on paper and phones: ``ABC-DEF-GHJ``."""
    return "-".join(typed[at : at + 3] for at in range(0, len(typed), 3))


def look(kiosk: Kiosk, code: str, back: Screen, now: float) -> tuple[Kiosk, Wish | None]:
    """Ask which appointment a code is for; ``back`` is where a second try begins."""
    serial = kiosk.serial + 1
    waiting = Waiting("appointment", serial, now + ANSWER_S, back, code)
    return replace(kiosk, serial=serial, screen=waiting), AskAppointment(serial, code, kiosk.language)


def seen(kiosk: Kiosk, event: BookedSeen, now: float) -> tuple[Kiosk, Wish | None]:
    """Check in, unless something is to be chosen first. Whether it is time is for the hub to say."""
    waiting, found = kiosk.screen, event.appointment
    if not isinstance(waiting, Waiting) or waiting.serial != event.serial:
        return kiosk, None
    kiosk = replace(kiosk, touched_at=now)
    want = Confirm(found.queue, booked=Booked(waiting.name, found.start, found.end))
    queue = kiosk.hall.queue(found.queue) if kiosk.hall is not None else None
    if queue is not None and queue.headcount and (found.state, found.when) == ("booked", "open"):
        return kiosk.at(want), None
    return taking.asked(kiosk, want, now)


def refused(kiosk: Kiosk, problem: Problem, now: float) -> Kiosk | None:
    """Say why an appointment gives no number, and offer what helps; None: it is about something else."""
    kind = _kind(kiosk, problem)
    if kind is None:
        return None
    params = {name: str(value) for name, value in problem.params.items()}
    about = About(
        date=params.get("date", ""),
        start=params.get("start", ""),
        end=params.get("end", ""),
        opens=params.get("from", ""),
        until=params.get("until", ""),
        number=params.get("number", ""),
    )
    queue = _queue(kiosk, params.get("queue", ""))
    trouble = Trouble(kind, now + NOTE_S, queue=queue, about=about)
    if kind in ("appointment_unknown", "appointment_mistyped"):
        trouble = replace(trouble, back=_again(kiosk.screen))
    elif kind == "appointment_used":
        trouble = replace(trouble, offer="mine" if about.number else None)
    elif kind not in ("appointment_early", "appointment_day"):
        trouble = replace(trouble, offer="ordinary" if queue else None)
    return kiosk.at(trouble)


def _kind(kiosk: Kiosk, problem: Problem) -> str | None:
    today = kiosk.hall.at[:10] if kiosk.hall is not None else ""
    that_day = problem.params.get("date") == today
    match problem.code:
        case "appointment_unknown":
            return "appointment_mistyped" if problem.params.get("mistyped") else problem.code
        case "appointment_early":
            return problem.code if that_day else "appointment_day"
        case "appointment_late":
            return problem.code if that_day else "appointment_past"
        case "appointment_used" | "appointment_cancelled":
            return problem.code
    return None


def _queue(kiosk: Kiosk, name: str) -> str:
    """Return the id of a queue whose ordinary number can be offered; empty where there is none."""
    want = kiosk.screen.want if isinstance(kiosk.screen, Asking) else None
    for known in (name, want.queue if want is not None else ""):
        if known and kiosk.hall is not None and kiosk.hall.queue(known) is not None:
            return known
    return ""


def _again(screen: Screen) -> Screen:
    """What was typed can be put right; what was scanned is scanned or typed again."""
    back = screen.back if isinstance(screen, Waiting) else None
    return back if isinstance(back, Entry) else Entry("appointment")
