"""我的号 and 预约取号: what was scanned or typed, and what may be done with a ticket."""

from __future__ import annotations

import re
from dataclasses import replace

from ui.kiosk.facts import Ticket
from ui.kiosk.model import booking, taking
from ui.kiosk.model.events import (
    AskPlace,
    CheckStaff,
    Do,
    Enter,
    Erase,
    PlaceSeen,
    Press,
    ReallyCancel,
    ShowCheck,
    Slipped,
    Wish,
)
from ui.kiosk.model.kiosk import ANSWER_S, PRINT_S, TOLD_S, Kiosk, shows_away
from ui.kiosk.model.screens import (
    Entry,
    Errand,
    Home,
    Mine,
    Offering,
    Printing,
    Screen,
    Sure,
    Told,
    Trouble,
    Waiting,
)

LONGEST = {"number": 6, "check": 4, "appointment": booking.SIGNS, "pin": 8}
SHORTEST = {"number": 2, "check": 4, "appointment": booking.SIGNS, "pin": 4}
_SLIP = re.compile(r"(?:https?://\S+/t/)?(c_[0-9a-z]{8,60})")
_CODE = re.compile(r"[!-~]{4,64}")


def scanned(kiosk: Kiosk, text: str, now: float) -> tuple[Kiosk, Wish | None]:
    """A slip leads to its place; anything else is a guide's card or an appointment."""
    text = text.strip()
    if not isinstance(kiosk.screen, Offering | Trouble) or shows_away(kiosk, now):
        return kiosk, None
    if (slip := _SLIP.fullmatch(text)) is not None:
        return ask(kiosk, "look", slip[1], Home(), now)
    if _CODE.fullmatch(text) is None:
        return kiosk, None
    serial = kiosk.serial + 1
    waiting = Waiting("scan", serial, now + ANSWER_S, back=Home(), name=text)
    return replace(kiosk, serial=serial, screen=waiting), CheckStaff(serial, text)


def typed(kiosk: Kiosk, action: Press | Erase | Enter, now: float) -> tuple[Kiosk, Wish | None]:
    """Type into an entry, or have it looked up."""
    entry = kiosk.screen
    assert isinstance(entry, Entry)
    match action:
        case Press(key):
            if not _fits(entry, key) or len(entry.typed) >= LONGEST[entry.wanted]:
                return kiosk, None
            return kiosk.at(replace(entry, typed=entry.typed + key.upper())), None
        case Erase(all=whole):
            return kiosk.at(replace(entry, typed="" if whole else entry.typed[:-1])), None
        case Enter():
            if len(entry.typed) < SHORTEST[entry.wanted]:
                return kiosk, None
            return _entered(kiosk, entry, now)


def _fits(entry: Entry, key: str) -> bool:
    match entry.wanted:
        case "check" | "pin":
            return key.isascii() and key.isdigit()
        case "appointment":
            return key.upper() in booking.ALPHABET
        case "number":
            # The sign of test numbers is no letter.
            return (key.isascii() and key.isalnum()) or key == "测"


def _entered(kiosk: Kiosk, entry: Entry, now: float) -> tuple[Kiosk, Wish | None]:
    match entry.wanted:
        case "number":
            return ask(kiosk, "look", entry.typed, entry, now)
        case "check":
            return ask(kiosk, "look", f"{entry.number}-{entry.typed}", replace(entry, typed=""), now)
        case "appointment":
            return booking.look(kiosk, entry.typed, entry, now)
        case "pin":
            serial = kiosk.serial + 1
            waiting = Waiting("pin", serial, now + ANSWER_S, back=replace(entry, typed=""))
            return replace(kiosk, serial=serial, screen=waiting), CheckStaff(serial, entry.typed)


def ask(kiosk: Kiosk, errand: Errand, name: str, back: Screen, now: float) -> tuple[Kiosk, Wish | None]:
    """Ask the hub about a ticket, or to do something with it."""
    assert errand in ("look", "return", "reprint", "cancel")
    serial = kiosk.serial + 1
    waiting = Waiting(errand, serial, now + ANSWER_S, back, name)
    wish = AskPlace(serial, name, kiosk.language, errand)
    return replace(kiosk, serial=serial, screen=waiting), wish


def pressed(kiosk: Kiosk, action: ShowCheck | Do | ReallyCancel, now: float) -> tuple[Kiosk, Wish | None]:
    """Do something with the ticket that is shown."""
    match kiosk.screen, action:
        case Mine(holds=False, place=place), ShowCheck():
            return kiosk.at(Entry("check", number=place.number)), None
        case Mine(holds=True) as shown, Do("cancel"):
            return kiosk.at(Sure(shown)), None
        case Mine(holds=True) as shown, Do(what):
            return ask(kiosk, what, shown.name, shown, now)
        case Sure(mine=shown), ReallyCancel():
            return ask(kiosk, "cancel", shown.name, shown, now)
    return kiosk, None


def seen(kiosk: Kiosk, event: PlaceSeen, now: float) -> Kiosk:
    """Show the ticket as it is now."""
    waiting, place = kiosk.screen, event.place
    if not isinstance(waiting, Waiting) or waiting.serial != event.serial:
        return kiosk
    kiosk = replace(kiosk, touched_at=now)
    if waiting.errand == "cancel":
        return kiosk.at(Told("cancelled", now + TOLD_S, place.number))
    if waiting.errand == "reprint" and place.id is not None:
        slip = place.print.state if place.print is not None else "asked"
        ticket = Ticket(
            id=place.id, number=place.number, queue=place.queue or "", ahead=place.ahead or 0, wait=place.wait
        )
        printing = Printing(ticket, verify=False, until=now + PRINT_S)
        return taking.slipped(kiosk.at(printing), Slipped(place.id, slip), now)
    done = "returned" if waiting.errand == "return" else ""
    return kiosk.at(Mine(place, waiting.name, holds=place.id is not None, done=done))
